use super::{Calendar, office_hours};
use crate::dice::Dice;
use chrono::{DateTime, Utc};

fn friday() -> DateTime<Utc> {
    "2026-11-20T15:00:00Z".parse().unwrap()
}

fn calendar(days: u32) -> Calendar {
    Calendar::ending(friday(), days, &mut Dice::new(1, 1))
}

#[track_caller]
fn check(done: u64, all: u64, expected: &str) {
    let at = calendar(30).instant(done, all);
    let expected: DateTime<Utc> = expected.parse().unwrap();
    assert_eq!(DateTime::from_timestamp_millis(at).unwrap(), expected);
}

#[test]
fn the_span_begins_and_ends_where_it_should() {
    check(0, 1000, "2026-10-21T15:00:00Z");
    check(1000, 1000, "2026-11-20T15:00:00Z");
    check(5, 0, "2026-10-21T15:00:00Z");
}

#[test]
fn nights_are_quiet() {
    let calendar = calendar(30);
    let mut night = 0;
    for done in 0..10_000 {
        let at = DateTime::from_timestamp_millis(calendar.instant(done, 10_000)).unwrap();
        night += u32::from(chrono::Timelike::hour(&at) < 5);
    }
    assert!(night < 400, "{night} of 10000 between midnight and five");
}

#[test]
fn time_never_runs_backwards() {
    let calendar = calendar(2);
    let instants: Vec<i64> = (0..5000).map(|done| calendar.instant(done, 5000)).collect();
    assert!(instants.is_sorted());
}

#[test]
fn the_office_is_closed_on_sundays() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_millis();
    assert!(office_hours(at("2026-11-20T09:00:00Z")));
    assert!(!office_hours(at("2026-11-22T09:00:00Z")));
    assert!(!office_hours(at("2026-11-20T19:00:00Z")));
}
