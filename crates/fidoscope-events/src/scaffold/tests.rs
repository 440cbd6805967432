use chrono::{TimeZone as _, Utc};
use fidoscope_report::Became;
use proptest::prelude::*;

use super::*;
use crate::{Context, Pseudonyms, Trial};

/// The scaffold of some lines, and `mapped events, other, rejected` of a trial on the same lines.
fn made(lines: &str) -> (Scaffold, [u64; 4]) {
    let lines: Vec<&[u8]> = lines.lines().map(str::as_bytes).collect();
    let made = scaffold("acme", &lines).unwrap();
    let mapping = Mapping::parse(&made.yaml, "acme.yaml");
    let mapping = mapping.unwrap_or_else(|found| panic!("{found:#?}\n{}", made.yaml));
    let pseudonyms = Pseudonyms::new([0; 32]);
    let now = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
    let mut trial = Trial::new(&mapping, Context::new(&pseudonyms, now));
    for line in lines {
        let tried = trial.line(line);
        if tried.became == Became::Rejected {
            assert!(
                made.to_do.iter().any(|left| left.contains("`ts`")) || made.unreadable > 0,
                "{tried:?}\n{}",
                made.yaml
            );
        }
    }
    let summary = trial.summary();
    let counts = [
        summary.mapped,
        summary.events,
        summary.other,
        summary.rejected,
    ];
    (made, counts)
}

#[track_caller]
fn check(name: &str, lines: &str, expected: [u64; 4]) {
    let (made, counts) = made(lines);
    insta::assert_snapshot!(name, made.yaml);
    assert_eq!(counts, expected, "{}", made.yaml);
}

#[test]
fn flat_records() {
    check(
        "flat",
        concat!(
            r#"{"@timestamp":"2026-11-01T08:00:00.123Z","event":"passkey_login","result":"success","user_id":"u-1","ip":"198.51.100.7:443","user_agent":"Mozilla/5.0 (X11)","credential_id":"AQIDBAUGBwgJCgsMDQ4PEA","sign_count":7,"userVerified":true,"backedUp":false,"session_id":"s1"}"#,
            "\n",
            r#"{"@timestamp":"2026-11-01T08:01:00.123Z","event":"passkey_login","result":"failed","reason":"bad signature","user_id":"u-2","ip":"198.51.100.8","user_agent":"Mozilla/5.0 (X11)","credential_id":"AQIDBAUGBwgJCgsMDQ4PEQ","sign_count":9,"userVerified":true,"backedUp":false,"session_id":"s2"}"#,
            "\n",
            r#"{"@timestamp":"2026-11-01T08:02:00.123Z","event":"passkey_register","result":"success","aaguid":"ee882879-721c-4913-9775-3dfcce97072a","user_id":"u-2","ip":"198.51.100.8","user_agent":"Mozilla/5.0 (X11)","session_id":"s2"}"#,
            "\n",
            r#"{"@timestamp":"2026-11-01T08:03:00.123Z","event":"page_view","result":"ok","user_id":"u-2","ip":"198.51.100.8","session_id":"s2"}"#,
            "\n",
        ),
        [3, 3, 1, 0],
    );
}

#[test]
fn records_in_an_envelope_with_names_and_values() {
    check(
        "envelope",
        concat!(
            r#"{"kind":"list","items":[{"id":{"time":"2026-11-01T08:00:00Z","uid":"e1"},"actor":{"email":"ada@example.com","id":"1"},"event":{"name":"WebAuthnAuthentication"},"parameters":[{"name":"aaguid","value":"ee882879-721c-4913-9775-3dfcce97072a"},{"name":"outcome","value":"SUCCESS"}]},"#,
            r#"{"id":{"time":"2026-11-01T08:00:05Z","uid":"e2"},"actor":{"email":"bob@example.com","id":"2"},"event":{"name":"WebAuthnAuthentication"},"parameters":[{"name":"outcome","value":"FAILURE"}]}]}"#,
            "\n",
        ),
        [1, 2, 0, 0],
    );
}

#[test]
fn names_that_need_quotes_and_json_in_text() {
    check(
        "quotes",
        concat!(
            r#"{"time":1793520000123,"event.type":"webauthn.login","all":"x","$user":"y","it's":"#,
            r#""z","details":"{\"credentialId\":\"AQIDBAUGBwgJCgsMDQ4PEA\",\"result\":\"OK\"}","targets":[{"type":"User","id":"u"},{"type":"App","id":"a"}]}"#,
            "\n",
        ),
        [1, 1, 0, 0],
    );
}

#[test]
fn what_cannot_be_told_is_left_to_do() {
    check("nothing", "{\"a\":1,\"b\":\"x\"}\nplain\n", [0, 0, 1, 1]);
    check("only_flags", "{\"uv\":false}\n", [0, 0, 1, 0]);
    check(
        "no_passkeys",
        "{\"ts\":\"2026-11-01T08:00:00Z\",\"type\":\"login\",\"status\":\"ok\"}\n",
        [0, 0, 1, 0],
    );
    check(
        "no_time",
        "{\"type\":\"passkey.login\",\"status\":\"ok\"}\n",
        [0, 0, 0, 1],
    );
}

#[test]
fn what_is_no_sample() {
    assert_eq!(
        scaffold("acme", &[b"plain", b"[1]", b""]),
        Err(ScaffoldError::NoRecords)
    );
    assert_eq!(scaffold("Acme Inc", &[b"{}"]), Err(ScaffoldError::BadName));
}

/// Lines of every source that we know give a mapping that reads them.
#[test]
fn lines_of_known_sources() {
    for mapping in crate::Catalogue::builtin().iter() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests-data");
        let file = format!("{folder}/{}.ndjson", mapping.source());
        let text = std::fs::read_to_string(file).unwrap();
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        // A scaffold needs a JSON record; one source has text alone.
        let made = match scaffold("acme", &lines) {
            Err(ScaffoldError::NoRecords) if mapping.source() == "pingfederate" => continue,
            made => made.unwrap(),
        };
        Mapping::parse(&made.yaml, "acme.yaml")
            .unwrap_or_else(|found| panic!("{}: {found:#?}\n{}", mapping.source(), made.yaml));
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[ -~é\u{0}-\u{1f}]{0,12}".prop_map(Into::into),
    ];
    let name = prop_oneof![
        "[a-z$@.\\[\\]\"'<>*# :{}-]{0,8}",
        prop::sample::select(vec![
            "name", "value", "type", "ts", "event", "all", "result"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(name.clone(), inner, 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_the_lines_are_the_result_is_a_mapping(values in prop::collection::vec(json(), 1..4)) {
        let lines: Vec<String> = values.iter().map(ToString::to_string).collect();
        let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        if let Ok(made) = scaffold("acme", &lines) {
            let parsed = Mapping::parse(&made.yaml, "acme.yaml");
            prop_assert!(parsed.is_ok(), "{:#?}\n{}", parsed, made.yaml);
        }
    }
}
