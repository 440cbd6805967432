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
            Line::Rejected(rejections) => {
                let codes: Vec<&str> = rejections.iter().map(|why| why.code).collect();
                format!("rejected {}", codes.join(", "))
            }
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
            ("prefiltered", 78),
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
fn entra_id() {
    // One of the others is read because it has an escaped letter, which may be of any word.
    check(
        "entra_id",
        "logs/entra_id/panther.ndjson",
        &[("other", 3), ("prefiltered", 44)],
    );
}

#[test]
fn auth0() {
    check(
        "auth0",
        "logs/auth0/panther.ndjson",
        &[
            ("other", 2),
            ("prefiltered", 54),
            ("rejected not_this_source", 1),
        ],
    );
}

#[test]
fn teleport() {
    check(
        "teleport",
        "logs/teleport/panther.ndjson",
        &[
            ("kind authentication.completed", 1),
            ("mapped", 1),
            ("other", 5),
            ("prefiltered", 20),
        ],
    );
}

#[test]
fn aws_cloudtrail() {
    check(
        "aws_cloudtrail",
        "logs/aws_cloudtrail/panther.ndjson",
        &[
            ("kind authentication.completed", 1),
            ("mapped", 1),
            ("other", 24),
            ("prefiltered", 60),
            ("rejected not_this_source", 1),
        ],
    );
}

#[test]
fn google_workspace() {
    check(
        "google_workspace",
        "logs/google_workspace/panther.ndjson",
        &[("other", 28)],
    );
}

#[test]
fn duo() {
    check(
        "duo",
        "logs/duo/panther.ndjson",
        &[("kind recovery.requested", 3), ("mapped", 3), ("other", 39)],
    );
}

#[test]
fn onelogin() {
    check("onelogin", "logs/onelogin/panther.ndjson", &[("other", 26)]);
}

#[test]
fn github() {
    check(
        "github",
        "logs/github/panther.ndjson",
        &[("other", 2), ("prefiltered", 175)],
    );
}

#[test]
fn authelia_shape() {
    check(
        "authelia",
        "logs/shapes/authelia_clone.ndjson",
        &[("kind authentication.failed", 1), ("mapped", 1)],
    );
}

#[test]
fn aws_shape() {
    check(
        "aws_cloudtrail",
        "logs/shapes/aws_identity_center.ndjson",
        &[
            ("kind authentication.completed", 1),
            ("kind authentication.started", 1),
            ("mapped", 2),
        ],
    );
}

#[test]
fn hanko_shape() {
    check(
        "hanko",
        "logs/shapes/hanko_audit.ndjson",
        &[
            ("kind authentication.failed", 1),
            ("kind authentication.started", 1),
            ("mapped", 2),
        ],
    );
}

/// Its time is 0, which no event has.
#[test]
fn ibm_shape() {
    check(
        "ibm_verify",
        "logs/shapes/ibm_verify_fido2_authentication.json",
        &[("rejected time_out_of_range", 1)],
    );
}

#[test]
fn zitadel_shape() {
    check(
        "zitadel",
        "logs/shapes/zitadel_events.ndjson",
        &[
            ("kind authentication.completed", 1),
            ("kind authentication.started", 1),
            ("kind credential.updated", 1),
            ("kind registration.completed", 1),
            ("kind registration.started", 1),
            ("mapped", 5),
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
        ("logs/github/panther.ndjson", Some("github")),
        ("logs/auth0/panther.ndjson", Some("auth0")),
        ("logs/entra_id/panther.ndjson", Some("entra_id")),
        ("logs/teleport/panther.ndjson", Some("teleport")),
        ("logs/aws_cloudtrail/panther.ndjson", Some("aws_cloudtrail")),
        (
            "logs/google_workspace/panther.ndjson",
            Some("google_workspace"),
        ),
        ("logs/duo/panther.ndjson", Some("duo")),
        ("logs/onelogin/panther.ndjson", Some("onelogin")),
        ("logs/cloudflare/panther.ndjson", None),
        ("logs/zoom/panther.ndjson", None),
        ("logs/gitlab/panther.ndjson", None),
        ("logs/onepassword/panther.ndjson", None),
        ("logs/push_security/panther.ndjson", None),
    ] {
        let text = std::fs::read(PathBuf::from(&corpus).join(file)).unwrap();
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let found = catalogue.detect(&lines).map(|found| found.mapping.source());
        assert_eq!(found, expected, "{file}");
    }
}

/// Pretty-printed examples are one export each when they stand on one line.
#[test]
fn otlp_examples_are_read_and_hold_no_passkeys() {
    let Some(corpus) = std::env::var_os("FIDOSCOPE_CORPUS") else {
        eprintln!("skipped: FIDOSCOPE_CORPUS is not set");
        return;
    };
    let catalogue = Catalogue::builtin();
    for name in ["events", "logs", "trace"] {
        let file = format!("logs/otlp/otel_proto_example_{name}.json");
        let text = std::fs::read_to_string(PathBuf::from(&corpus).join(file)).unwrap();
        let line = text.replace('\n', " ");
        let found = catalogue.detect(&[line.as_bytes()]).unwrap();
        assert_eq!(found.mapping.source(), "otlp", "{name}");
    }
}

/// The table of the corpus has no row that our strings lack.
#[test]
fn every_failure_string_of_the_table_has_its_reason() {
    let Some(corpus) = std::env::var_os("FIDOSCOPE_CORPUS") else {
        eprintln!("skipped: FIDOSCOPE_CORPUS is not set");
        return;
    };
    let table =
        std::fs::read_to_string(PathBuf::from(corpus).join("logs/failure_reasons.tsv")).unwrap();
    let ours: Vec<Vec<&str>> = include_str!("../tests-data/failure_strings.tsv")
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let row: Vec<_> = line.split('\t').collect();
        assert!(
            ours.iter().any(|our| our[0] == row[0] && our[1] == row[2]),
            "{line}"
        );
        rows += 1;
    }
    assert_eq!(rows, 72);
}
