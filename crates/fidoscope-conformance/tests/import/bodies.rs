//! Bodies as sites write them, and options as browsers read them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fidoscope_recording::{Import, Imported};
use serde_json::{Value, json};

use super::fixture::*;

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
