//! What sites and browsers write down, made by the test instrument, and how its import is judged.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fidoscope_conformance::{LoadedRecording, Settings, replay_one};
use fidoscope_recording::{Import, Imported, Recording};
use serde_json::{Value, json};

/// A registration and a sign-in with the same key, made by the test instrument.
pub(crate) fn ceremonies() -> (Recording, Recording) {
    use fidoscope_authenticator::{TestBench, models};
    let now = "2026-11-20T15:00:00Z".parse().unwrap();
    let bench = TestBench::new(11, "shop.example", now).unwrap();
    let model = models()
        .into_iter()
        .find(|model| model.format.identifier() == "none")
        .unwrap();
    let mut authenticator = bench.authenticator(model, 5).unwrap();
    let (created, registered) = bench.registration("r", &mut authenticator, None).unwrap();
    let (_, used) = bench
        .authentication("a", &mut authenticator, &registered, &created, None)
        .unwrap();
    (registered, used)
}

pub(crate) fn entry(
    url: &str,
    sent: Option<String>,
    status: u16,
    answer: &str,
    base64: bool,
) -> Value {
    let text = if base64 {
        STANDARD.encode(answer)
    } else {
        answer.to_owned()
    };
    let mut content = json!({ "size": 1, "mimeType": "application/json", "text": text });
    if base64 {
        content["encoding"] = json!("base64");
    }
    let mut request = json!({
        "method": "POST", "url": url, "httpVersion": "HTTP/2",
        "cookies": [{ "name": "session", "value": "SECRET" }],
        "headers": [
            { "name": "Cookie", "value": "session=SECRET" },
            { "name": "origin", "value": "https://shop.example" },
        ],
        "queryString": [], "headersSize": -1, "bodySize": 0,
    });
    if let Some(text) = sent {
        request["postData"] = json!({ "mimeType": "application/json", "text": text });
    }
    json!({
        "startedDateTime": "2026-11-20T15:00:00.000Z", "time": 1, "request": request,
        "response": { "status": status, "statusText": "", "httpVersion": "HTTP/2", "cookies": [],
            "headers": [], "content": content, "redirectURL": "", "headersSize": -1, "bodySize": 0 },
        "cache": {}, "timings": { "send": 0, "wait": 0, "receive": 0 },
    })
}

/// How a site writes its binary members.
pub(crate) type Encoding = fn(&str) -> Value;

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A body with every binary member in another encoding.
pub(crate) fn encoded(value: &Value, encoding: Encoding) -> Value {
    let binary = [
        "challenge",
        "id",
        "rawId",
        "clientDataJSON",
        "attestationObject",
        "authenticatorData",
        "signature",
        "userHandle",
        "publicKey",
    ];
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| match value {
                    Value::String(text)
                        if binary.contains(&name.as_str()) && text != "shop.example" =>
                    {
                        (name.clone(), encoding(text))
                    }
                    value => (name.clone(), encoded(value, encoding)),
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(|item| encoded(item, encoding)).collect(),
        other => other.clone(),
    }
}

pub(crate) fn archive(encoding: Encoding, statuses: [u16; 2]) -> String {
    let (registered, used) = ceremonies();
    let mut entries = vec![entry(
        "https://cdn.example/app.js",
        None,
        200,
        "alert(1)",
        false,
    )];
    for (recording, status) in [(&registered, statuses[0]), (&used, statuses[1])] {
        let mut options = encoded(&serde_json::to_value(&recording.options).unwrap(), encoding);
        if let Some(user) = options.get_mut("user") {
            user["name"] = json!("alice@example.com");
            user["displayName"] = json!("Alice");
        }
        let options = json!({ "status": "ok", "publicKey": options }).to_string();
        let sent = encoded(
            &serde_json::to_value(&recording.response).unwrap(),
            encoding,
        );
        entries.push(entry(
            "https://shop.example/options",
            None,
            200,
            &options,
            true,
        ));
        let answer = if status == 200 {
            "{\"verified\":true}"
        } else {
            "{\"message\":\"bad origin\"}"
        };
        entries.push(entry(
            "https://shop.example/finish",
            Some(sent.to_string()),
            status,
            answer,
            false,
        ));
    }
    json!({ "log": { "version": "1.2", "creator": { "name": "t", "version": "1" },
        "pages": [{ "title": "Alice's account" }], "entries": entries } })
    .to_string()
}

pub(crate) fn import(name: &str, text: &str) -> Imported {
    assert!(Import::is_importable(name, text.as_bytes()));
    let mut import = Import::new(Vec::new());
    import.add(name, text.as_bytes());
    import.finish()
}

pub(crate) fn judged(recording: &Recording) -> String {
    let loaded = LoadedRecording {
        file: "t.har".to_owned(),
        recording: recording.clone(),
    };
    let replay = replay_one(&loaded, &Settings::at(recording.now.unwrap_or_default()));
    let mismatches: Vec<&str> = replay.mismatches.iter().map(|m| m.word()).collect();
    format!("{} {}", replay.outcome(), mismatches.join(" "))
        .trim_end()
        .to_owned()
}

#[track_caller]
pub(crate) fn check(encoding: Encoding) {
    let imported = import("t.har", &archive(encoding, [200, 200]));
    assert_eq!(imported.diagnostics, []);
    assert_eq!(imported.words(), "2 ceremonies, 1 other entries");
    let verdicts: Vec<String> = imported.recordings.iter().map(judged).collect();
    assert_eq!(verdicts, ["accept", "accept"]);
}
