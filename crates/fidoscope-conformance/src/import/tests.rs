use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;
use crate::{LoadedRecording, Settings, replay_one};

/// A registration and a sign-in with the same key, made by the test instrument.
fn ceremonies() -> (Recording, Recording) {
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

fn entry(url: &str, sent: Option<String>, status: u16, answer: &str, base64: bool) -> Value {
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
type Encoding = fn(&str) -> Value;

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A body with every binary member in another encoding.
fn encoded(value: &Value, encoding: Encoding) -> Value {
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

fn archive(encoding: Encoding, statuses: [u16; 2]) -> String {
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

fn import(name: &str, text: &str) -> Imported {
    assert!(Import::is_importable(name, text.as_bytes()));
    let mut import = Import::new(Vec::new());
    import.add(name, text.as_bytes());
    import.finish()
}

fn judged(recording: &Recording) -> String {
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
fn check(encoding: Encoding) {
    let imported = import("t.har", &archive(encoding, [200, 200]));
    assert_eq!(imported.diagnostics, []);
    assert_eq!(imported.words(), "2 ceremonies, 1 other entries");
    let verdicts: Vec<String> = imported.recordings.iter().map(judged).collect();
    assert_eq!(verdicts, ["accept", "accept"]);
}

#[test]
fn a_har_becomes_ceremonies_however_bytes_are_written() {
    check(|text| json!(text));
    check(|text| json!(STANDARD.encode(bytes(text))));
    check(|text| json!(bytes(text)));
    check(|text| json!({ "type": "Buffer", "data": bytes(text) }));
    check(|text| {
        let hex: String = bytes(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        json!(hex)
    });
    check(|text| {
        let members = bytes(text).into_iter().enumerate();
        members
            .map(|(at, byte)| (at.to_string(), json!(byte)))
            .collect()
    });
}

#[test]
fn nothing_personal_is_kept() {
    let mut imported = import("t.har", &archive(|text| json!(text), [200, 400]));
    for recording in &imported.recordings {
        let text = serde_json::to_string(recording).unwrap();
        for secret in ["SECRET", "alice", "Alice", "session"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let (before, verdict) = (
        imported.recordings[1].clone(),
        judged(&imported.recordings[1]),
    );
    redact(&mut imported.recordings[1]);
    let after = &imported.recordings[1];
    assert_ne!(
        after.record.as_ref().unwrap().user_handle,
        before.record.unwrap().user_handle
    );
    assert_eq!(after.decision.as_ref().unwrap().reason, None);
    assert_eq!(after.source, None);
    assert_eq!(judged(after), verdict);
}

#[test]
fn the_answer_of_the_relying_party_is_its_decision() {
    let imported = import("t.har", &archive(|text| json!(text), [200, 400]));
    let decision = imported.recordings[1].decision.clone().unwrap();
    assert_eq!(
        decision.verdict,
        fidoscope_webauthn::DecisionVerdict::Reject
    );
    assert_eq!(decision.reason.as_deref(), Some("HTTP 400: bad origin"));
    assert_eq!(judged(&imported.recordings[1]), "accept rp-rejected");
}

#[test]
fn an_authentication_gets_the_record_of_the_registration_before_it() {
    let imported = import("t.har", &archive(|text| json!(text), [200, 200]));
    let record = imported.recordings[1].record.as_ref().unwrap();
    let id = imported.recordings[0]
        .response
        .credential()
        .unwrap()
        .raw_id
        .text();
    assert_eq!(Some(record.id.as_str()), id);
    // A registration that the relying party refused leaves no record.
    let imported = import("t.har", &archive(|text| json!(text), [403, 200]));
    assert_eq!(imported.recordings[1].record, None);
}

#[test]
fn a_posted_form_is_read() {
    let (registered, _) = ceremonies();
    let response = registered.response.credential().unwrap();
    let inner = response.authenticator_response().unwrap();
    let form = format!(
        "clientDataJSON={}&attestationObject={}&publicKeyCredentialId={}&error=",
        inner.client_data_json.text().unwrap(),
        inner.attestation_object.text().unwrap(),
        response.raw_id.text().unwrap(),
    );
    let options = serde_json::to_string(&registered.options).unwrap();
    let text = json!({ "log": { "entries": [
        entry("https://shop.example/options", None, 200, &options, false),
        entry("https://shop.example/register", Some(form), 302, "", false),
    ] } });
    let imported = import("t.har", &text.to_string());
    assert_eq!(imported.words(), "1 ceremonies");
    assert_eq!(judged(&imported.recordings[0]), "accept");
    assert_eq!(imported.recordings[0].decision, None);
}

#[test]
fn pairs_come_in_one_file_or_in_two() {
    let (registered, used) = ceremonies();
    let pair = json!({ "options": registered.options, "response": registered.response,
        "origin": "https://shop.example", "mediation": "optional" });
    let imported = import("pair.json", &pair.to_string());
    assert_eq!(
        imported.recordings[0].mediation.as_deref(),
        Some("optional")
    );
    assert_eq!(imported.recordings[0].rp.origins, ["https://shop.example"]);
    assert_eq!(judged(&imported.recordings[0]), "accept");
    let mut two = Import::new(vec!["https://shop.example".to_owned()]);
    two.add("pair.json", pair.to_string().as_bytes());
    two.add(
        "response.json",
        serde_json::to_string(&used.response).unwrap().as_bytes(),
    );
    two.add(
        "options.json",
        serde_json::to_string(&used.options).unwrap().as_bytes(),
    );
    let imported = two.finish();
    assert_eq!(imported.words(), "2 ceremonies");
    assert_eq!(judged(&imported.recordings[1]), "accept");
}

#[track_caller]
fn odd(name: &str, text: &str, expected: &[&str]) {
    let mut import = Import::new(Vec::new());
    import.add(name, text.as_bytes());
    let found = import.finish().diagnostics;
    let found: Vec<String> = found
        .iter()
        .map(|d| {
            format!(
                "{} {} {}",
                d.code,
                d.at.field.as_deref().unwrap_or("-"),
                d.message
            )
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_is_odd_is_said_with_its_path() {
    odd(
        "t.har",
        "{\"log\":",
        &["FS-C030 - neither a recording nor an archive: EOF while parsing a value"],
    );
    odd(
        "t.json",
        "{}",
        &["FS-C031 - no options and no response of a ceremony are in it"],
    );
    odd(
        "t.json",
        r#"{"options":{"challenge":7,"rpId":"a"}}"#,
        &["FS-C032 /options options that cannot be read: `challenge` is neither text nor bytes"],
    );
    odd(
        "t.json",
        r#"[{"response":{"clientDataJSON":"e30"}}]"#,
        &[
            "FS-C033 /0 a response that cannot be read: neither attestationObject nor signature is \
           beside clientDataJSON",
        ],
    );
    odd(
        "t.json",
        r#"{"credential":{"response":{"clientDataJSON":"e30","signature":"AA"}}}"#,
        &["FS-C034 /credential no options with this response's challenge are in the file"],
    );
}

#[test]
fn a_recording_is_not_imported() {
    let (registered, _) = ceremonies();
    let text = serde_json::to_vec(&registered).unwrap();
    assert!(!Import::is_importable("a.json", &text));
    assert!(!Import::is_importable("a.json", b"{\"a\":1}"));
    assert!(!Import::is_importable("a.json", b"\xff"));
}

proptest::proptest! {
    #[test]
    fn no_document_makes_it_panic(text in ".{0,200}") {
        let mut import = Import::new(Vec::new());
        import.add("a.har", text.as_bytes());
        import.add("a.json", text.as_bytes());
        let _ = import.finish();
    }
}
