//! Captured lines: each must get a definite answer, and the counts are known.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it could not do by failing"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{Catalogue, Context, Line, Pseudonyms, Scratch};

/// Counts by what the lines were, or `None` without a corpus.
fn count(source: &str, file: &str) -> Option<BTreeMap<String, u32>> {
    let Some(corpus) = std::env::var_os("FIDOSCOPE_CORPUS") else {
        eprintln!("skipped: FIDOSCOPE_CORPUS is not set");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(corpus).join(file)).unwrap();
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 11, 22, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let catalogue = Catalogue::builtin();
    let mapping = catalogue.get(source).unwrap();
    let mut scratch = Scratch::new();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let mut emitted = 0;
        let found = mapping.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
            emitted += 1;
            *counts.entry(format!("kind {}", event.kind)).or_insert(0) += 1;
        });
        let name = match found {
            Line::Mapped(events) => {
                assert_eq!(events, emitted);
                "mapped".to_owned()
            }
            Line::Rejected(why) => format!("rejected {}", why.code),
            other => format!("{other:?}").to_lowercase(),
        };
        *counts.entry(name).or_insert(0) += 1;
    }
    println!("{source}: {counts:?}");
    Some(counts)
}

#[track_caller]
fn check(source: &str, file: &str, expected: &[(&str, u32)]) {
    if let Some(found) = count(source, file) {
        let found: Vec<_> = found
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn okta() {
    // Two records have no time.
    check(
        "okta",
        "logs/okta/panther.ndjson",
        &[
            ("kind credential.removed", 3),
            ("kind recovery.completed", 1),
            ("mapped", 4),
            ("other", 6),
            ("prefiltered", 72),
            ("rejected missing_field", 2),
            ("shadow", 16),
        ],
    );
}

#[test]
fn govuk_one_login() {
    check(
        "govuk_one_login",
        "logs/govuk_one_login/passkey_events.ndjson",
        &[
            ("kind authentication.completed", 1),
            ("kind authentication.failed", 1),
            ("kind credential.removed", 1),
            ("kind prompt.skipped", 1),
            ("mapped", 4),
        ],
    );
}

#[test]
fn each_sample_is_recognised() {
    let Some(corpus) = std::env::var_os("FIDOSCOPE_CORPUS") else {
        eprintln!("skipped: FIDOSCOPE_CORPUS is not set");
        return;
    };
    let catalogue = Catalogue::builtin();
    for (file, expected) in [
        ("logs/okta/panther.ndjson", Some("okta")),
        (
            "logs/govuk_one_login/passkey_events.ndjson",
            Some("govuk_one_login"),
        ),
        ("logs/github/panther.ndjson", None),
        ("logs/auth0/panther.ndjson", None),
    ] {
        let text = std::fs::read(PathBuf::from(&corpus).join(file)).unwrap();
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let found = catalogue.detect(&lines).map(|found| found.mapping.source());
        assert_eq!(found, expected, "{file}");
    }
}
