use fidoscope_recording::{CeremonyOptions, Credential, Kind, Recording, RelyingParty};
use fidoscope_verifier::STEPS;
use proptest::prelude::*;

use super::*;

fn recording(kind: Kind, client_data: &[u8], data: &[u8]) -> Recording {
    let response = match kind {
        Kind::Registration => Credential::registration(b"id", client_data, data),
        Kind::Authentication => {
            Credential::authentication(b"id", client_data, data, data, Some(data))
        }
    };
    let options: CeremonyOptions = serde_json::from_str(r#"{"challenge":"AAAA"}"#).unwrap();
    Recording::new("r", kind, options, RelyingParty::default(), response)
}

#[track_caller]
fn check(step: &str, client_data: &str, expected: &[&str]) {
    let recording = recording(Kind::Authentication, client_data.as_bytes(), &[7; 37]);
    let excerpt = parts::excerpt(&recording, step).unwrap();
    assert_eq!(excerpt.lines, expected);
}

#[test]
fn plain_text_is_marked_and_letters_that_look_alike_are_shown_as_bytes() {
    check(
        "auth.origin",
        r#"{"origin":"https://a"}"#,
        &[r#"{"origin":"https://a"}"#, "          ^^^^^^^^^^^"],
    );
    check(
        "auth.origin",
        "{\"origin\":\"\u{430}\"}",
        &[
            "{\"origin\":\"\u{430}\"}",
            "          ^^^",
            "0000  7b 22 6f 72 69 67 69 6e  22 3a 22 d0 b0 22 7d     {\"origin\":\"..\"}",
            "                                     ^^ ^^ ^^ ^^",
        ],
    );
    check(
        "auth.top-origin",
        "{}",
        &["{}", "there is no member topOrigin"],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every step can be drawn whatever the bytes, and no line is wider than a terminal.
    #[test]
    fn any_bytes_are_drawn(client_data: Vec<u8>, data: Vec<u8>, flags: u8) {
        let mut long = vec![0; 32];
        long.push(flags);
        long.extend(&data);
        for kind in [Kind::Registration, Kind::Authentication] {
            for bytes in [&data, &long] {
                let recording = recording(kind, &client_data, bytes);
                for step in STEPS {
                    let excerpt = parts::excerpt(&recording, step.id);
                    for line in excerpt.iter().flat_map(|excerpt| &excerpt.lines) {
                        prop_assert!(line.chars().count() <= 76, "{}: {line}", step.id);
                    }
                }
            }
        }
    }
}
