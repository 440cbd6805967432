//! Lines that we wrote, and the canonical events that each mapping makes of them.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it could not do by failing"
)]

use std::fmt::Write as _;
use std::sync::LazyLock;

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{
    Catalogue, Context, Line, Pseudonyms, Rejection, Scratch, Tally, write_columns,
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

/// One paragraph a line: what it was, and its events.
fn decode_all(source: &str, lines: &str) -> String {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 3, 3, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let mapping = CATALOGUE.get(source).unwrap();
    let mut scratch = Scratch::new();
    let mut out = String::new();
    for (index, line) in lines.lines().enumerate() {
        let mut events = String::new();
        let found = mapping.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
            write_columns(event, &mut events);
        });
        let found = match found {
            Line::Rejected(rejections) => {
                let reasons: Vec<String> = rejections.iter().map(rejected).collect();
                format!("rejected: {}", reasons.join(" and "))
            }
            other => format!("{other:?}"),
        };
        let Tally {
            mapped,
            shadow,
            other,
            unknown_keys,
            ..
        } = scratch.tally();
        let tally = format!(
            "Tally {{ mapped: {mapped}, shadow: {shadow}, other: {other}, unknown_keys: {unknown_keys} }}"
        );
        writeln!(out, "{}: {found} {tally}", index + 1).unwrap();
        // The version holds a hash of the file, which may change without the events changing.
        out.push_str(&events.replace(mapping.version(), "VERSION"));
    }
    out
}

fn rejected(why: &Rejection) -> String {
    let path = why
        .record
        .as_ref()
        .map(|within| format!("{}: ", within.path));
    format!(
        "{}{} {} @{:?}: {}",
        path.unwrap_or_default(),
        why.code,
        why.field.as_deref().unwrap_or_default(),
        why.offset_in_line,
        why.message
    )
}

/// One test a source, over the file of its name.
macro_rules! golden {
    ($($source:ident)*) => {
        const FILES: &[(&str, &str)] = &[
            $((
                stringify!($source),
                include_str!(concat!("../tests-data/", stringify!($source), ".ndjson")),
            ),)*
        ];

        $(#[test]
        fn $source() {
            let lines = include_str!(concat!("../tests-data/", stringify!($source), ".ndjson"));
            insta::assert_snapshot!(stringify!($source), decode_all(stringify!($source), lines));
        })*
    };
}

golden! {
    native okta govuk_one_login keycloak entra_id auth0 zitadel hanko teleport aws_cloudtrail
    google_workspace duo authentik authelia ory_kratos otlp ibm_verify github simplewebauthn ocsf
    ecs pingone pingfederate onelogin rum support_tickets caep office365
}

#[test]
fn every_source_has_lines() {
    let known: Vec<_> = CATALOGUE
        .iter()
        .map(fidoscope_events::Mapping::source)
        .collect();
    let have: Vec<_> = FILES.iter().map(|(source, _)| *source).collect();
    assert_eq!(known, have);
}

/// The lines of each file are recognised, and no other source fits them as well.
#[test]
fn each_file_is_recognised() {
    for (source, lines) in FILES {
        let lines: Vec<&[u8]> = lines.lines().map(str::as_bytes).collect();
        let ranking = CATALOGUE.ranking(&lines);
        let first = ranking.first().unwrap();
        assert_eq!(first.mapping.source(), *source);
        if let Some(second) = ranking.get(1) {
            assert!(
                (first.lines, first.tests) > (second.lines, second.tests),
                "{source} is as much {}",
                second.mapping.source()
            );
        }
    }
}

/// A line may not stand for more records than memory is meant to hold.
#[test]
fn a_line_with_too_many_records_is_refused() {
    let records = |count: usize| {
        let record =
            r#"{"eventName":"webauthn.session.ended","timeUnixNano":"1772438400300000000"}"#;
        let records = vec![record; count].join(",");
        decode_all(
            "otlp",
            &format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#),
        )
    };
    assert!(records(300).starts_with("1: Mapped(300) "));
    let refused = records(20_001);
    assert!(
        refused.starts_with("1: rejected: too_many_records"),
        "{}",
        refused.get(..200).unwrap_or(&refused)
    );
}

/// An event of a source is complete: what every event must have is there, and no identifier of a
/// person is in the clear.
#[test]
fn events_hold_no_identifiers_in_the_clear() {
    for (source, lines) in FILES {
        let decoded = decode_all(source, lines);
        for line in decoded.lines().filter(|line| line.starts_with('{')) {
            assert!(!line.contains(r#""user_id":"u-"#), "{line}");
            for must in [
                r#""ts":""#,
                r#""kind":""#,
                r#""outcome":""#,
                r#""event_id":""#,
            ] {
                assert!(line.contains(must), "{must} {line}");
            }
        }
    }
}
