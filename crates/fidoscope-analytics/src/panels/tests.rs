use fidoscope_report::Cell;

use crate::StoreError;
use crate::tests::{days, noon, store_of};
use crate::{Span, panel_names};

const GOOD: &str = r#""kind":"authentication.completed","outcome":"success","server_ms":40"#;
const BAD: &str = r#""kind":"authentication.failed","outcome":"failure","server_ms":80,"signature_verified":false,"aaguid":"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4""#;
const REJECTED: &str = r#""kind":"registration.failed","outcome":"failure","failure_reason":"attestation_untrusted","attestation_fmt":"packed","authenticator_model":"Key 5""#;
const DAY: u32 = 1440;

fn cells(row: &[Cell]) -> String {
    let cell = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Bool(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Number(value) => format!("{value:.2}"),
        Cell::Text(text) => text.clone(),
    };
    row.iter().map(cell).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(name: &str, span: Span, expected: &[&str]) {
    let (_folder, store) = store_of(&[
        (0, GOOD),
        (7, GOOD),
        (8, GOOD),
        (9, BAD),
        (2 * DAY, REJECTED),
        (
            2 * DAY + 1,
            r#""kind":"recovery.requested","outcome":"success""#,
        ),
        (3 * DAY, BAD),
    ]);
    let table = store.panel(name, span).unwrap();
    let rows: Vec<String> = table.rows.iter().map(|row| cells(row)).collect();
    assert_eq!(rows, expected);
}

#[test]
fn a_share_is_unknown_where_nothing_happened() {
    check(
        "auth_success_by_day",
        days(1, 5),
        &[
            "2026-11-01 0.75 0.75",
            "2026-11-02 - 0.75",
            "2026-11-03 - 0.75",
            "2026-11-04 0.00 0.60",
            "2026-11-05 - 0.60",
        ],
    );
    check(
        "registration_success_by_day",
        days(10, 11),
        &["2026-11-10 - -", "2026-11-11 - -"],
    );
}

#[test]
fn a_count_is_zero_where_nothing_happened() {
    check(
        "recovery_by_day",
        days(2, 3),
        &["2026-11-02 0.00", "2026-11-03 0.00"],
    );
    check(
        "recovery_by_day",
        days(2, 4),
        &["2026-11-02 0.00", "2026-11-03 1.00", "2026-11-04 0.00"],
    );
    let quarter = Span {
        since: noon(1),
        until: noon(1) + chrono::TimeDelta::minutes(10),
    };
    let table = |name| {
        let (_folder, store) = store_of(&[(0, GOOD), (9, BAD)]);
        store.panel(name, quarter).unwrap().rows
    };
    assert_eq!(table("outcome_by_bucket").len(), 60);
    let latency = table("latency_p95_by_bucket");
    assert_eq!(cells(&latency[0]), "2026-11-01T12:00:00Z - 40.00");
    assert_eq!(cells(&latency[1]), "2026-11-01T12:00:10Z - -");
}

#[test]
fn models_and_rejections_are_named() {
    check(
        "failed_signatures_by_model",
        days(1, 5),
        &["ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4 2"],
    );
    check(
        "attestation_rejections_recent",
        days(1, 5),
        &["2026-11-03T12:00:00Z native Key 5 packed attestation_untrusted"],
    );
    check("events_by_source", days(1, 5), &["native 7"]);
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let (_folder, store) = store_of(&[]);
    let error = store.panel("auth_success", days(1, 2)).unwrap_err();
    assert!(matches!(&error, StoreError::UnknownPanel { known, .. }
        if panel_names().all(|name| known.contains(name))));
}
