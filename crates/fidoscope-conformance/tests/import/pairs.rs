//! Options and responses side by side, and what is odd about files.

use fidoscope_recording::{Batches, Import, Imported, Recording};
use serde_json::{Value, json};

use super::fixture::*;

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
    for batch in Batches::new(name, text.as_bytes()) {
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
