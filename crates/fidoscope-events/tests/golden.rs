//! Lines that we wrote, and the canonical events that each mapping makes of them.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it could not do by failing"
)]

use std::fmt::Write as _;

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{Catalogue, Context, Line, Pseudonyms, Scratch, write_columns};

/// One paragraph a line: what it was, and its events.
fn decode_all(source: &str, lines: &str) -> String {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 3, 3, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let catalogue = Catalogue::builtin();
    let mapping = catalogue.get(source).unwrap();
    let mut scratch = Scratch::new();
    let mut out = String::new();
    for (index, line) in lines.lines().enumerate() {
        let mut events = String::new();
        let found = mapping.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
            write_columns(event, &mut events);
        });
        let found = match found {
            Line::Rejected(why) => format!(
                "rejected: {} {} @{:?}: {}",
                why.code,
                why.field.unwrap_or_default(),
                why.offset_in_line,
                why.message
            ),
            other => format!("{other:?}"),
        };
        writeln!(out, "{}: {found} {:?}", index + 1, scratch.tally()).unwrap();
        // The version holds a hash of the file, which may change without the events changing.
        out.push_str(&events.replace(mapping.version(), "VERSION"));
    }
    out
}

#[test]
fn native() {
    insta::assert_snapshot!(decode_all(
        "native",
        include_str!("../tests-data/native.ndjson")
    ));
}

#[test]
fn okta() {
    insta::assert_snapshot!(decode_all(
        "okta",
        include_str!("../tests-data/okta.ndjson")
    ));
}

#[test]
fn keycloak() {
    insta::assert_snapshot!(decode_all(
        "keycloak",
        include_str!("../tests-data/keycloak.ndjson")
    ));
}

#[test]
fn govuk_one_login() {
    insta::assert_snapshot!(decode_all(
        "govuk_one_login",
        include_str!("../tests-data/govuk_one_login.ndjson")
    ));
}
