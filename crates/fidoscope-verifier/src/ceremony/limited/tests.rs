use fidoscope_webauthn::{ClientData, ClientDataText};
use proptest::prelude::*;

use super::departure;

#[track_caller]
fn check(text: &str, expected: Option<usize>) {
    let decoded = ClientDataText::decode(text.as_bytes());
    let data = decoded.parse().unwrap();
    assert_eq!(departure(text.as_bytes(), &data), expected, "{text}");
}

#[test]
fn what_clients_serialize() {
    let start = r#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://example.org","#;
    check(&format!(r#"{start}"crossOrigin":false}}"#), None);
    check(&format!(r#"{start}"crossOrigin":true}}"#), None);
    check(&format!(r#"{start}"crossOrigin":false,"extra":1}}"#), None);
    check(
        &format!(r#"{start}"crossOrigin":true,"topOrigin":"https://a.example"}}"#),
        None,
    );
    check(
        r#"{"type":"a\"b\\c\u001f","challenge":"é","origin":"","crossOrigin":false}"#,
        None,
    );
}

#[test]
fn what_other_serializers_do() {
    check(
        r#"{"challenge":"AAAA","type":"webauthn.get","origin":"o","crossOrigin":false}"#,
        Some(0),
    );
    check(
        r#"{"type": "webauthn.get","challenge":"AAAA","origin":"o","crossOrigin":false}"#,
        Some(8),
    );
    check(
        r#"{"type":"webauthn.get","challenge":"AAAA","origin":"https:\/\/a","crossOrigin":false}"#,
        Some(52),
    );
    // Level 1 had no crossOrigin.
    check(
        r#"{"type":"webauthn.get","challenge":"AAAA","origin":"o"}"#,
        Some(54),
    );
    check(
        r#"{"type":"webauthn.get","challenge":"AAAA","origin":"o","crossOrigin":"false"}"#,
        Some(69),
    );
    check(
        r#"{"type":"webauthn.get","challenge":"AAAA","origin":"o","crossOrigin":false }"#,
        Some(74),
    );
}

proptest! {
    /// Whatever the values, the serialization of `§5.8.1.1` is recognized.
    #[test]
    fn any_text_survives(kind: String, challenge: String, origin: String) {
        let escape = |text: &str| {
            let escaped: String = text.chars().map(|c| match c {
                '"' | '\\' => format!("\\{c}"),
                c if c < ' ' => format!("\\u{:04x}", u32::from(c)),
                c => c.to_string(),
            }).collect();
            format!("\"{escaped}\"")
        };
        let text = format!(
            r#"{{"type":{},"challenge":{},"origin":{},"crossOrigin":false}}"#,
            escape(&kind), escape(&challenge), escape(&origin),
        );
        let decoded = ClientDataText::decode(text.as_bytes());
        prop_assert_eq!(departure(text.as_bytes(), &decoded.parse().unwrap()), None);
    }
}

proptest! {
    /// What is known to be serialized that way needs no comparison.
    #[test]
    fn the_short_way_and_the_long_one_agree(
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(vec![&b""[..], b"x", b"\"", b"\\", b"\xff", b"\xef\xbb\xbf", b" "]),
    ) {
        let mut bytes = br#"{"type":"a","challenge":"b","origin":"c","crossOrigin":false}"#.to_vec();
        let at = at.index(bytes.len() + 1);
        bytes.splice(at..at, with.iter().copied());
        let text = ClientDataText::decode(&bytes);
        if let Ok(data) = text.parse() {
            let short = departure(&bytes, &data);
            let long = departure(&bytes, &ClientData { is_plain: false, ..data });
            prop_assert_eq!(short, long);
        }
    }
}
