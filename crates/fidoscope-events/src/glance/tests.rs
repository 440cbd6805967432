use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;

use crate::{BUILTIN, Context, Line, Mapping, Pseudonyms, Scratch, write_columns};

/// Okta's mapping, and the same without a discriminator and words: it reads every line.
fn both() -> [Mapping; 2] {
    let (name, yaml) = BUILTIN
        .iter()
        .find(|(name, _)| *name == "okta.yaml")
        .unwrap();
    let (head, rest) = yaml
        .split_once("discriminator: eventType\nprefilter:\n")
        .unwrap();
    let (_, tail) = rest.split_once("\nfields:").unwrap();
    let reads_all = format!("{head}fields:{tail}");
    [*yaml, &reads_all].map(|yaml| Mapping::parse(yaml, name).unwrap())
}

fn decoded(mapping: &Mapping, line: &str) -> (Line, Vec<String>) {
    decoded_bytes(mapping, line.as_bytes())
}

fn decoded_bytes(mapping: &Mapping, line: &[u8]) -> (Line, Vec<String>) {
    let now = Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap();
    let (pseudonyms, mut events) = (Pseudonyms::new([7; 32]), Vec::new());
    let is = mapping.decode(
        line,
        &Context::new(&pseudonyms, now),
        &mut Scratch::new(),
        &mut |event| {
            // The mapping's hash differs, and nothing else may.
            let mut event = event.clone();
            event.mapping_version = "".into();
            let mut columns = String::new();
            write_columns(&event, &mut columns);
            events.push(columns);
        },
    );
    (is, events)
}

/// A record of Okta's with these members behind the ones that every record has.
fn record(members: &str) -> String {
    format!(
        r#"{{"uuid":"u","published":"2026-10-01T00:00:00Z","actor":{{"id":"a","type":"User"}},{members}}}"#
    )
}

#[track_caller]
fn check(line: &str, expected: Line) {
    let [glances, reads_all] = both();
    let (is, events) = decoded(&glances, line);
    assert_eq!(is, expected, "{line}");
    let (read, of_all) = decoded(&reads_all, line);
    assert_eq!(events, of_all, "{line}");
    let emits = |line: &Line| matches!(line, Line::Mapped(_));
    assert_eq!(emits(&is), emits(&read), "{line}");
}

const PASSKEY: &str =
    r#""outcome":{"result":"SUCCESS"},"debugContext":{"debugData":{"factor":"FIDO_WEBAUTHN"}}"#;
const SESSION: &str = r#""eventType":"user.session.start""#;
const MFA: &str = r#""eventType":"user.authentication.auth_via_mfa""#;

#[test]
fn a_glance_tells_what_reading_would() {
    check(&record(&format!("{MFA},{PASSKEY}")), Line::Mapped(1));
    check(&record(&format!("{SESSION},{PASSKEY}")), Line::Shadow);
    check(
        &record(&format!(r#""eventType" : "user.session.start",{PASSKEY}"#)),
        Line::Shadow,
    );
    check(
        &record(&format!(r#""eventType":"app.oauth2.token",{PASSKEY}"#)),
        Line::Prefiltered,
    );
    check(
        &record(r#""eventType":"user.mfa.factor.activate","outcome":{"result":"SUCCESS"}"#),
        Line::Prefiltered,
    );
}

/// An event is made of such a record only where some value says `webauthn` or `fido_`.
#[test]
fn what_must_be_in_a_line_tells_too() {
    let other = PASSKEY.replace("FIDO_WEBAUTHN", "OKTA_SMS");
    check(&record(&format!("{MFA},{other}")), Line::Prefiltered);
    for factor in ["fido_u2f", "Fido2 (WEBauthn)"] {
        let passkey = PASSKEY.replace("FIDO_WEBAUTHN", factor);
        check(&record(&format!("{MFA},{passkey}")), Line::Mapped(1));
    }
    // Elsewhere it decides nothing, and neither does what is not ASCII or escaped.
    for more in [
        r#""note":"WebAuthn""#,
        r#""note":"Zoë""#,
        r#""note":"Zo\u00eb""#,
    ] {
        check(&record(&format!("{MFA},{other},{more}")), Line::Other);
    }
    let escaped = PASSKEY.replace("FIDO_WEBAUTHN", r"\u0046IDO_WEBAUTHN");
    check(&record(&format!("{MFA},{escaped}")), Line::Mapped(1));
    let long_s = PASSKEY.replace("FIDO_WEBAUTHN", "fido2 webauthn\u{17f}");
    check(&record(&format!("{MFA},{long_s}")), Line::Mapped(1));
}

proptest! {
    /// Whatever stands where, a glance hides no event.
    #[test]
    fn a_glance_hides_no_event(
        kind in prop::sample::select(vec![
            "user.authentication.auth_via_mfa", "user.mfa.factor.activate", "user.session.start",
            "user.mfa.factor.reset_all", "user.account.unlock", "app.oauth2.token",
        ]),
        factor in prop::sample::select(vec![
            "FIDO_WEBAUTHN", "fido_u2f", r"\u0066ido_u2f", "OKTA_SMS", "Passkey (FIDO2 WebAuthn)", "wébauthn",
            "WEBAUTH\u{17f}N", r"web\/authn", "",
        ]),
        reason in prop::sample::select(vec!["", "FIDO_WEBAUTHN failed", "a\u{212a} fido_u2f", "none"]),
        result in prop::sample::select(vec!["SUCCESS", "FAILURE", "ABANDONED", "ALLOW", ""]),
        member in prop::sample::select(vec!["eventType", "eventtype", r"event\u0054ype"]),
        nested in any::<bool>(),
    ) {
        let [glances, reads_all] = both();
        let debug = if nested { r#","debug":{"eventType":"user.session.start"}"# } else { "" };
        let line = record(&format!(
            r#""{member}":"{kind}","outcome":{{"result":"{result}","reason":"{reason}"}},"debugContext":{{"debugData":{{"factor":"{factor}"}}}}{debug}"#
        ));
        prop_assert_eq!(decoded(&glances, &line).1, decoded(&reads_all, &line).1);
    }
}

#[test]
fn what_is_unusual_is_read() {
    // The name in another place as well, before and behind.
    check(
        &record(&format!(r#""debug":{{{SESSION}}},{MFA},{PASSKEY}"#)),
        Line::Mapped(1),
    );
    check(
        &record(&format!(r#"{MFA},{PASSKEY},"debug":{{{SESSION}}}"#)),
        Line::Mapped(1),
    );
    // Twice, in another letter case, or spelled with an escape, beside one that is not the record's.
    check(
        &record(&format!(
            r#""debug":{{{SESSION}}},"eventtype":"user.authentication.auth_via_mfa",{PASSKEY}"#
        )),
        Line::Mapped(1),
    );
    check(
        &record(&format!(
            r#""debug":{{{SESSION}}},"EVENTTYPE":"user.authentication.auth_via_mfa",{PASSKEY}"#
        )),
        Line::Mapped(1),
    );
    check(
        &record(&format!(
            r#""debug":{{{SESSION}}},"\u0065ventType":"user.authentication.auth_via_mfa",{PASSKEY}"#
        )),
        Line::Mapped(1),
    );
    check(
        &record(&format!(
            r#""eventType":"user.authentication.auth\u005fvia_mfa",{PASSKEY}"#
        )),
        Line::Mapped(1),
    );
    // Inside a text it is no name.
    check(
        &record(&format!(
            r#""note":"{{\"eventType\":\"user.session.start\"}}",{MFA},{PASSKEY}"#
        )),
        Line::Mapped(1),
    );
    // Several records on a line.
    let (session, key) = (record(SESSION), record(&format!("{MFA},{PASSKEY}")));
    check(&format!("[{session},{key}]"), Line::Mapped(1));
    check(
        &format!(r#"{{"data":{{"events":[{session},{key}]}}}}"#),
        Line::Mapped(1),
    );
    check(&format!(r#"{{"event":{key}}}"#), Line::Mapped(1));
    check(&format!(r#"{{"event":{session}}}"#), Line::Shadow);
}

/// A record without the member may be an event too, where one within it has the name.
#[test]
fn a_member_that_is_not_the_records_decides_nothing() {
    let mapping = "apiVersion: fidoscope/mapping/v1\nsource: mine\nversion: 1.0.0\nmaturity: documented\n\
        detect: {time: {exists: true}}\ndiscriminator: eventType\n\
        fields: {ts: {path: time, time: rfc3339}}\n\
        events:\n  - when: {eventType: {exists: false}}\n    \
        emit: {kind: session.started, outcome: success}\n";
    let mapping = Mapping::parse(mapping, "mine.yaml").unwrap();
    let line = r#"{"time":"2026-10-01T00:00:00Z","debug":{"eventType":"x"}}"#;
    assert_eq!(decoded(&mapping, line).0, Line::Mapped(1));
}

#[test]
fn a_line_that_is_cut_off_or_no_text_is_rejected() {
    let [glances, _] = both();
    let whole = record(&format!("{SESSION},{PASSKEY}"));
    let cut = whole.strip_suffix("}}}").unwrap();
    let (is, _) = decoded(&glances, cut);
    assert!(matches!(is, Line::Rejected(_)), "{is:?}");
    let no_text = whole.replace("FIDO", "F\u{1}DO").into_bytes();
    let no_text: Vec<u8> = no_text
        .into_iter()
        .map(|byte| if byte == 1 { 0xff } else { byte })
        .collect();
    let (is, _) = decoded_bytes(&glances, &no_text);
    assert!(
        matches!(&is, Line::Rejected(why) if why[0].code == "invalid_utf8"),
        "{is:?}"
    );
}
