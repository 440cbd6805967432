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

/// Both ceremonies, with the bodies as a site writes them: the answer with the options, whether it is
/// marked as base64, and what the page sends.
#[track_caller]
fn travelled(options: fn(Value) -> String, marked: bool, sent: fn(Value) -> String) -> Imported {
    let (registered, used) = ceremonies();
    let mut entries = Vec::new();
    for recording in [&registered, &used] {
        let answer = options(serde_json::to_value(&recording.options).unwrap());
        let mut asked = entry("https://shop.example/options", None, 200, &answer, false);
        if marked {
            asked["response"]["content"]["encoding"] = json!("base64");
        }
        entries.push(asked);
        let body = sent(serde_json::to_value(&recording.response).unwrap());
        entries.push(entry(
            "https://shop.example/finish",
            Some(body),
            200,
            "{}",
            false,
        ));
    }
    import(
        "t.har",
        &json!({ "log": { "entries": entries } }).to_string(),
    )
}

#[track_caller]
fn arrives(options: fn(Value) -> String, marked: bool, sent: fn(Value) -> String) {
    let imported = travelled(options, marked, sent);
    assert_eq!(imported.diagnostics, []);
    assert_eq!(imported.words(), "2 ceremonies");
    let verdicts: Vec<String> = imported.recordings.iter().map(judged).collect();
    assert_eq!(verdicts, ["accept", "accept"]);
}

fn plain(value: Value) -> String {
    value.to_string()
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[test]
fn a_body_is_read_however_it_travelled() {
    arrives(plain, false, |response| {
        format!("csrf=1&credential={}", escaped(&response.to_string()))
    });
    arrives(
        |options| {
            let text = options.to_string();
            json!({ "ChallengeParameters": { "OPTIONS": text, "n": 1 } }).to_string()
        },
        false,
        |response| {
            let text = response.to_string();
            json!({ "ChallengeResponses": { "USERNAME": "ana", "CREDENTIAL": text } }).to_string()
        },
    );
    // `JSON.stringify` of what was a text already.
    arrives(
        |options| json!(options.to_string()).to_string(),
        false,
        |response| json!(json!(response.to_string()).to_string()).to_string(),
    );
    arrives(plain, false, |response| {
        format!(
            "------b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n1\r\n------b\r\n\
             Content-Disposition: form-data; name=\"credential\"\r\n\
             Content-Type: application/json\r\n\r\n{response}\r\n------b--\r\n"
        )
    });
    arrives(|options| format!(")]}}',\n{options}"), false, plain);
    arrives(|options| format!(")]}}'\n{options}"), false, plain);
    arrives(|options| format!("while(1);{options}"), false, plain);
    arrives(|options| format!("\u{feff}{options}"), false, plain);
    arrives(plain, true, plain);
    arrives(|options| STANDARD.encode(options.to_string()), true, plain);
}

#[test]
fn form_parameters_hold_json_as_well() {
    let (registered, _) = ceremonies();
    let options = serde_json::to_string(&registered.options).unwrap();
    let response = serde_json::to_string(&registered.response).unwrap();
    let mut sent = entry(
        "https://shop.example/finish",
        Some(String::new()),
        200,
        "{}",
        false,
    );
    sent["request"]["postData"]["params"] = json!([{ "name": "credential", "value": response }]);
    let text = json!({ "log": { "entries": [
        entry("https://shop.example/options", None, 200, &options, false), sent,
    ] } });
    let imported = import("t.har", &text.to_string());
    assert_eq!(imported.words(), "1 ceremonies");
    assert_eq!(judged(&imported.recordings[0]), "accept");
}

/// Options that a server writes otherwise, and what is noted about each of the two ceremonies.
#[track_caller]
fn converted(options: fn(Value) -> String, expected: [&str; 2]) {
    let imported = travelled(options, false, plain);
    assert_eq!(imported.diagnostics, []);
    let verdicts: Vec<String> = imported.recordings.iter().map(judged).collect();
    assert_eq!(verdicts, ["accept", "accept"]);
    let noted = imported.recordings.iter();
    let noted: Vec<String> = noted.map(|r| r.options.conversions.join("; ")).collect();
    assert_eq!(noted, expected);
    let notes = imported.conversions().len();
    assert_eq!(notes, expected.iter().filter(|e| !e.is_empty()).count());
}

#[test]
fn options_are_read_as_a_browser_reads_them() {
    converted(
        |mut options| {
            let parameters = options
                .get_mut("pubKeyCredParams")
                .and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                parameter["alg"] = json!(parameter["alg"].to_string());
            }
            options.to_string()
        },
        [
            "pubKeyCredParams[0].alg: \"-7\", read as -7 as a client does; \
             pubKeyCredParams[1].alg: \"-257\", read as -257 as a client does",
            "",
        ],
    );
    converted(
        |mut options| {
            options["timeout"] = json!("60000");
            options["extensions"] = json!(null);
            options["hints"] = json!(null);
            let allowed = options
                .get_mut("allowCredentials")
                .and_then(Value::as_array_mut);
            for item in allowed.into_iter().flatten() {
                item["transports"] = json!(null);
            }
            options.to_string()
        },
        [
            "extensions: null, taken as left out; timeout: \"60000\", read as 60000 as a client \
             does; hints: null, taken as left out",
            "extensions: null, taken as left out; timeout: \"60000\", read as 60000 as a client \
             does; hints: null, taken as left out; allowCredentials[0].transports: null, taken as \
             left out",
        ],
    );
}

#[test]
fn a_challenge_is_enough_for_options() {
    let bare = |options: Value| json!({ "publicKey": { "challenge": options["challenge"] } });
    converted(
        |mut options| {
            let members = options.as_object_mut().unwrap();
            members.retain(|name, _| {
                !["rpId", "allowCredentials", "userVerification"].contains(&name.as_str())
            });
            json!({ "publicKey": options }).to_string()
        },
        ["", ""],
    );
    // A page that makes the rest of its options itself.
    let imported = travelled(
        |options| json!({ "challenge": options["challenge"], "user": "ana" }).to_string(),
        false,
        plain,
    );
    assert_eq!(imported.words(), "2 ceremonies");
    // A challenge that nobody repeats is another protocol's.
    let (registered, _) = ceremonies();
    let other = bare(serde_json::to_value(&registered.options).unwrap()).to_string();
    let text = json!({ "log": { "entries": [
        entry("https://shop.example/pkce", None, 200, &other, false),
    ] } });
    let mut import = Import::new(Vec::new());
    import.add("t.har", text.to_string().as_bytes());
    assert_eq!(import.finish().words(), "0 ceremonies, 1 other entries");
}

#[test]
fn bodies_that_cannot_be_read_are_listed_with_the_reason() {
    let imported = travelled(
        |options| format!("<html><script>login({options})</script></html>"),
        false,
        plain,
    );
    let first = &imported.diagnostics[0];
    assert_eq!(first.code, "FS-C035");
    assert_eq!(
        first.at.field.as_deref(),
        Some("/log/entries/0/response/content")
    );
    assert_eq!(
        first.message,
        "a body that looks like a part of a ceremony cannot be read: a page: what stands inside \
         HTML is not read"
    );
    // Then it would be untrue that the recording began too late.
    let unmatched = imported.diagnostics.last().unwrap();
    assert_eq!(
        unmatched.help.as_deref(),
        Some("they may be in one of the 2 bodies that could not be read")
    );
    assert_eq!(
        imported.words(),
        "0 ceremonies, 2 responses without their options, 2 bodies that could not be read"
    );
    let cut = |options: Value| {
        let text = options.to_string();
        text[..text.len() - 10].to_owned()
    };
    let imported = travelled(cut, false, plain);
    let why = &imported.diagnostics[0].message;
    assert!(why.contains("JSON that ends at line 1, column"), "{why}");
    // A script names the members of both, and is none.
    let script = "navigator.credentials.get({challenge, allowCredentials, clientDataJSON})";
    let mut script = entry("https://shop.example/app.js", None, 200, script, false);
    script["response"]["content"]["mimeType"] = json!("application/javascript");
    let text = json!({ "log": { "entries": [script] } }).to_string();
    let imported = import("t.har", &text);
    assert_eq!(imported.words(), "0 ceremonies, 1 other entries");
}

/// Pairs as test suites write them, with the origin of each.
fn pairs(second: &str) -> [Value; 2] {
    let (registered, used) = ceremonies();
    let pair = |recording: &Recording, origin: &str| {
        json!({ "options": { "publicKey": recording.options }, "response": recording.response,
            "origin": origin })
    };
    [
        pair(&registered, "https://shop.example"),
        pair(&used, second),
    ]
}

#[track_caller]
fn origins(imported: &Imported) -> Vec<&str> {
    assert_eq!(imported.diagnostics, []);
    let all = imported.recordings.iter();
    all.map(|recording| recording.rp.origins[0].as_str())
        .collect()
}

fn batches(name: &str, text: &str) -> Imported {
    let mut import = Import::new(Vec::new());
    for batch in crate::Batches::new(name, text.as_bytes()) {
        let batch = batch.unwrap();
        assert!(batch.is_import, "{name}");
        import.add_batch(&batch);
    }
    import.finish()
}

#[test]
fn pairs_in_an_array_or_in_lines_keep_their_origins() {
    let [first, second] = pairs("https://other.example");
    let lines = format!("{first}\n\n{second}\n");
    for (name, text) in [
        ("pairs.json", json!([first, second]).to_string()),
        (
            "pairs.json",
            serde_json::to_string_pretty(&json!([first, second])).unwrap(),
        ),
        (
            "pairs.json",
            json!({ "cases": [first, second] }).to_string(),
        ),
        ("pairs.jsonl", lines.clone()),
        ("-", lines.clone()),
    ] {
        let imported = batches(name, &text);
        assert_eq!(
            origins(&imported),
            ["https://shop.example", "https://other.example"],
            "{name}"
        );
        let verdicts: Vec<String> = imported.recordings.iter().map(judged).collect();
        assert_eq!(verdicts, ["accept", "reject at auth.origin"], "{name}");
        assert!(imported.recordings[1].record.is_some());
    }
    let imported = batches("pairs.jsonl", &lines);
    let file = imported.recordings[1]
        .source
        .as_ref()
        .unwrap()
        .file
        .as_deref();
    assert_eq!(file, Some("pairs.jsonl:3"));
}

#[test]
fn a_sign_in_may_come_before_its_registration() {
    let [first, second] = pairs("https://shop.example");
    let imported = batches("pairs.jsonl", &format!("{second}\n{first}\n"));
    let verdicts: Vec<String> = imported.recordings.iter().map(judged).collect();
    assert_eq!(verdicts, ["accept", "accept"]);
}

#[test]
fn a_broken_line_does_not_stop_the_others() {
    let [first, second] = pairs("https://shop.example");
    let (registered, _) = ceremonies();
    let recording = serde_json::to_string(&registered).unwrap();
    let imported = batches(
        "pairs.jsonl",
        &format!("{{\n{first}\n{recording}\n{second}\n"),
    );
    assert_eq!(imported.words(), "2 ceremonies");
    let told = imported.diagnostics.iter();
    let told: Vec<String> = told
        .map(|d| {
            format!(
                "{} {:?} {:?}",
                d.code,
                d.at.file.as_deref().unwrap(),
                d.at.line
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "FS-C030 \"pairs.jsonl\" Some(1)",
            "FS-C036 \"pairs.jsonl:3\" None"
        ]
    );
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
        &[
            "FS-C033 /credential a response that cannot be read: its clientDataJSON cannot be read, \
           so nobody knows which options it answers",
        ],
    );
    odd(
        "t.json",
        r#"{"response":{"clientDataJSON":"{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"origin\":\"a\"}","signature":"AA"}}"#,
        &["FS-C034 - no options with this response's challenge are in the file"],
    );
    odd(
        "t.json",
        r#"{"challenge":"AAAA","rpId":"a","timeout":"soon"}"#,
        &[
            "FS-C032 - options that cannot be read: timeout: invalid value: string \"soon\", expected \
           a whole number",
        ],
    );
}

#[test]
fn a_recording_is_not_imported() {
    let (registered, _) = ceremonies();
    let text = serde_json::to_vec(&registered).unwrap();
    assert!(!Import::is_importable("a.json", &text));
    // A list of recordings is none, and no list of pairs: their records and policies would be lost.
    let list = json!([registered, registered]).to_string();
    assert!(!Import::is_importable("a.json", list.as_bytes()));
    odd(
        "a.json",
        &list,
        &[
            "FS-C036 /0 a recording among options and responses",
            "FS-C036 /1 a recording among options and responses",
        ],
    );
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
