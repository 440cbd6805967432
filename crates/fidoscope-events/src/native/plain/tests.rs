use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;

use super::super::{State, general};
use super::{plain_length, read};
use crate::native::KeyOrder;
use crate::{Context, Event, Pseudonyms};

/// Reads a line both ways; true when the plain reader took it.
#[track_caller]
fn agree(line: &str) -> bool {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let mut order = KeyOrder::default();
    let mut event = Event::default();
    let mut state = State::new(&mut event, &context, &mut order);
    let Some(()) = read(line, &mut state) else {
        return false;
    };
    let plain = state.finish(line).ok();
    let plain = plain.map(|unknown| format!("{unknown} {event:?}"));
    let (mut event, mut order) = (Event::default(), KeyOrder::default());
    let known = general(line, State::new(&mut event, &context, &mut order)).ok();
    let known = known.map(|unknown| format!("{unknown} {event:?}"));
    assert_eq!(plain, known, "{line}");
    true
}

const START: &str =
    r#""ts":"2026-03-01T12:00:00.250Z","kind":"authentication.completed","outcome":"success""#;

#[track_caller]
fn check(members: &str, plain: bool) {
    assert_eq!(agree(&format!("{{{START}{members}}}")), plain, "{members}");
}

#[test]
fn what_writers_write_is_plain() {
    for members in [
        "",
        r#","flags":{"up":true,"uv":false},"sign_count":7"#,
        r#","server_ms":71.022,"ceremony_ms":1635,"public_key_alg":-7"#,
        r#","transports":["usb","nfc"],"is_proxy":false,"geo_city":null"#,
        r#", "user_id": "usr-1", "asn": 64498 "#,
        r#","geo_lat":-0.5,"geo_lon":0.25,"login_ms":0"#,
        r#","geo_city":"Zürich","client_ip":"203.0.113.7","client_port":1"#,
    ] {
        let known = !members.contains("client_port");
        check(members, known);
    }
}

#[test]
fn whatever_is_different_is_left_to_the_general_reader() {
    for members in [
        r#","geo_city":"a\u0041""#,
        r#","geo_city":"tab	here""#,
        r#","attrs":{"a":"b"}"#,
        r#","flags":5"#,
        r#","flags":{"up":true,"up":true}"#,
        r#","flags":{}"#,
        r#","sign_count":01"#,
        r#","sign_count":-0"#,
        r#","sign_count":1e3"#,
        r#","server_ms":1.5e3"#,
        r#","server_ms":1."#,
        r#","server_ms":0.1234567890123456"#,
        r#","asn":1234567890123456789"#,
        r#","asn":truest"#,
        r#","kind":"registration.completed""#,
        r#","transports":[]"#,
        r#","transports":["usb",1]"#,
        r#","event_date":"2026-01-01""#,
        r#","sign_count":"x""#,
        ",",
    ] {
        check(members, false);
    }
    assert!(!agree(&format!("{{{START}}} ")));
    assert!(!agree(&format!("{{{START}}}}}")));
    assert!(!agree(&format!("{{{START}")));
}

#[test]
fn a_text_ends_at_its_quote() {
    for length in 0..40 {
        let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
        let quoted = format!("{text}\"more\\ \u{1}");
        assert_eq!(plain_length(quoted.as_bytes()), Some(text.len()));
        let escaped = format!("{text}\\\"\"");
        assert_eq!(plain_length(escaped.as_bytes()), None);
        let control = format!("{text}\u{1f}\"");
        assert_eq!(plain_length(control.as_bytes()), None);
        assert_eq!(plain_length(text.as_bytes()), None);
    }
}

const BASE: &str = r#"{"ts":"2026-03-01T12:00:00.250Z","event_id":"e-1","kind":"authentication.completed","outcome":"success","transports":["usb","nfc"],"flags":{"up":true,"uv":false},"sign_count":52,"server_ms":71.022,"public_key_alg":-7,"asn":64498,"geo_city":"Zürich","is_proxy":false}"#;

fn pieces() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "\"",
        "\\",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        " ",
        "0",
        "-",
        ".",
        "e",
        "true",
        "null",
        "é",
        "\t",
        "\"asn\":1,",
        "1",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn both_readers_read_the_same(edits in prop::collection::vec((0..BASE.len(), 0..4_usize, pieces()), 0..4)) {
        let mut line = BASE.to_owned();
        for (at, removed, piece) in edits {
            let start = line.floor_char_boundary(at.min(line.len()));
            let end = line.ceil_char_boundary((start + removed).min(line.len()));
            line.replace_range(start..end, &piece);
        }
        agree(&line);
    }

    #[test]
    fn numbers_are_the_same(whole in 0_u64..100_000_000, fraction in "[0-9]{1,8}", sign in "-?") {
        let line = format!("{{{START},\"geo_lat\":{sign}{whole}.{fraction}}}");
        prop_assert!(agree(&line) || whole.to_string().len() + fraction.len() > 15);
    }
}
