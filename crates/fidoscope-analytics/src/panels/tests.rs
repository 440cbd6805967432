use fidoscope_events::Catalogue;
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
        known => known.plain(),
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
    let table = store.panel(name, span, &Catalogue::builtin()).unwrap();
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
        store
            .panel(name, quarter, &Catalogue::builtin())
            .unwrap()
            .rows
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
    let error = store
        .panel("auth_success", days(1, 2), &Catalogue::builtin())
        .unwrap_err();
    assert!(matches!(&error, StoreError::UnknownPanel { known, .. }
        if panel_names().all(|name| known.contains(name))));
}

/// Sign-ins that are started: one succeeds, one fails, and one is given up.
fn started(day: u32) -> Vec<(u32, String)> {
    let line = |minute, members: &str, id: &str| {
        let members = format!(r#"{members},"ceremony_id":"{day}{id}""#);
        (day * DAY + minute, members)
    };
    let start = r#""kind":"authentication.started","outcome":"challenge""#;
    vec![
        line(0, start, "a"),
        line(1, GOOD, "a"),
        line(2, start, "b"),
        line(3, BAD, "b"),
        line(4, start, "c"),
    ]
}

/// The page never says another number than the indicator, and says what it is divided by.
#[test]
fn the_page_and_the_indicator_agree_to_the_last_digit() {
    let lines: Vec<(u32, String)> = (0..9).flat_map(started).collect();
    let lines: Vec<(u32, &str)> = lines.iter().map(|(at, of)| (*at, of.as_str())).collect();
    let (_folder, store) = store_of(&lines);
    let week = Span {
        since: noon(3) - chrono::TimeDelta::hours(12),
        until: noon(10) - chrono::TimeDelta::hours(12),
    };
    let mappings = Catalogue::builtin();
    let shown = || {
        let table = store.panel("auth_success_by_day", week, &mappings).unwrap();
        let heads = table.columns.iter().map(|of| of.name.clone());
        (
            heads.collect::<Vec<_>>(),
            table.rows.last().unwrap().clone(),
        )
    };
    let slis = store.slis(week, None, &mappings).unwrap();
    let success = slis.iter().find(|sli| sli.id == "M2").unwrap();
    assert_eq!((success.value, success.sample), (Some(1.0 / 3.0), 21));
    let (heads, last) = shown();
    assert_eq!(heads, ["day", "of started", "of started, 7 days"]);
    assert_eq!(last.last(), Some(&Cell::Number(success.value.unwrap())));
    // What is stored says the same, also when the events can no longer be read.
    store.update_minutes(noon(22)).unwrap();
    assert_eq!(shown(), (heads, last));
    for entry in std::fs::read_dir(store.path().join("events")).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("_delta_log") {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let again = crate::Store::open(store.path()).unwrap();
    for name in [
        "recovery_by_day",
        "outcome_by_bucket",
        "latency_p95_by_bucket",
        "events_by_source",
    ] {
        assert!(
            !again.panel(name, week, &mappings).unwrap().rows.is_empty(),
            "{name}"
        );
    }
    assert!(
        again
            .panel("attestation_rejections_recent", week, &mappings)
            .is_err()
    );
}
