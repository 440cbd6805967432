use std::fs;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::{Cell, Sli};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::tests::{add, noon, store_of};
use crate::{IngestOptions, Input, Limits, Silent, SourceChoice, Span};

/// A line of a log: seconds after noon of 1 November, and the members of the object.
type Line = (i64, String);

fn ingest(store: &Store, path: &str, lines: &[Line]) {
    let mut text = String::new();
    for (second, members) in lines {
        let ts = noon(1) + TimeDelta::seconds(*second);
        let ts = ts.to_rfc3339_opts(SecondsFormat::Secs, true);
        text += &format!("{{\"ts\":\"{ts}\",{members}}}\n");
    }
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let options = IngestOptions {
        source: SourceChoice::Named("native".to_owned()),
        ..IngestOptions::new(&catalogue, &pseudonyms, noon(22))
    };
    let input = Input::new(path, text.as_bytes());
    store.ingest(input, &options, &mut Silent).unwrap();
}

fn empty() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::create_or_open(&folder.path().join("store")).unwrap();
    (folder, store)
}

fn span(since: i64, until: i64) -> Span {
    Span {
        since: noon(1) + TimeDelta::seconds(since),
        until: noon(1) + TimeDelta::seconds(until),
    }
}

#[track_caller]
fn slis(store: &Store, span: Span, by: Option<&str>) -> Vec<Sli> {
    store.slis(span, by).unwrap()
}

#[track_caller]
fn ask(store: &Store, sql: &str) -> Vec<Vec<Cell>> {
    store.query(sql, &Limits::default()).unwrap().rows
}

fn whole(number: i64) -> Cell {
    Cell::Integer(number)
}

/// Three ceremonies of the first half hour, one of which nobody finishes, and an event much later.
fn quiet_log() -> Vec<Line> {
    let line = |kind: &str, outcome: &str, id: &str, more: &str| {
        format!(
            r#""kind":"{kind}","outcome":"{outcome}","ceremony_id":"{id}","rp_id":"shop.example"{more}"#
        )
    };
    let start = |id: &str| line("authentication.started", "challenge", id, "");
    let done = r#","server_ms":40,"ceremony_ms":900,"os":"linux""#;
    vec![
        (60, start("a")),
        (62, line("authentication.completed", "success", "a", done)),
        (120, start("b")),
        (
            130,
            line(
                "authentication.failed",
                "failure",
                "b",
                r#","failure_reason":"signature_invalid""#,
            ),
        ),
        (300, start("c")),
        (
            5 * 3600,
            r#""kind":"sync.error","outcome":"failure""#.to_owned(),
        ),
    ]
}

#[test]
fn a_minute_has_what_closed_in_it() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    let done = store.update_minutes(noon(22)).unwrap();
    assert!(done.slots > 0 && !done.anew, "{done:?}");
    let rows = ask(
        &store,
        "SELECT date_part('minute', ts), events, closed, authentication_completed, \
         authentication_failed, authentication_abandoned, restated FROM minutes \
         WHERE dimension IS NULL ORDER BY ts",
    );
    let row = |numbers: [i64; 7]| numbers.map(whole).to_vec();
    assert_eq!(
        rows,
        [
            row([1, 2, 1, 1, 0, 0, 0]),
            row([2, 2, 1, 0, 1, 0, 0]),
            row([5, 1, 0, 0, 0, 0, 0]),
            // The timeout and the grace of the third have passed.
            row([10, 0, 1, 0, 0, 1, 0]),
            row([0, 1, 0, 0, 0, 0, 0]),
        ]
    );
    let rows = ask(
        &store,
        "SELECT dimension, value, sum(events), sum(closed) FROM minutes \
         WHERE dimension IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
    );
    let row = |dimension: &str, value: &str, events, closed| {
        vec![
            Cell::Text(dimension.to_owned()),
            Cell::Text(value.to_owned()),
            whole(events),
            whole(closed),
        ]
    };
    assert_eq!(
        rows,
        [row("os", "linux", 1, 1), row("rp_id", "shop.example", 5, 3)]
    );
    let latencies = ask(
        &store,
        "SELECT map_keys(authentications_handled_ms)[1], map_values(authentications_handled_ms)[1] \
         FROM minutes WHERE dimension IS NULL AND authentications_handled_ms IS NOT NULL",
    );
    assert_eq!(latencies, [[whole(40_000), whole(1)]]);
    assert_eq!(
        store.update_minutes(noon(22)).unwrap(),
        MinuteSummary::default()
    );
}

#[test]
fn what_comes_late_restates_its_minute_and_no_other() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    store.update_minutes(noon(22)).unwrap();
    let day = span(0, 86_400);
    assert_eq!(store.measure(day, None).unwrap().restated_minutes, 0);
    let late = r#""kind":"authentication.completed","outcome":"success","ceremony_id":"c""#;
    ingest(&store, "late.ndjson", &[(310, late.to_owned())]);
    let before = slis(&store, day, None);
    store.update_minutes(noon(22)).unwrap();
    let measured = store.measure(day, None).unwrap();
    // What is no longer given up in one minute is completed in another.
    assert_eq!(measured.restated_minutes, 2);
    assert_eq!(measured.slis, before);
    let rows = ask(
        &store,
        "SELECT date_part('minute', ts), authentication_completed, authentication_abandoned, \
         restated FROM minutes WHERE restated > 0 AND dimension IS NULL ORDER BY ts",
    );
    let row = |numbers: [i64; 4]| numbers.map(whole).to_vec();
    assert_eq!(rows, [row([5, 1, 0, 1]), row([10, 0, 0, 1])]);
}

#[test]
fn values_beyond_the_cap_share_a_row_and_are_counted_all_the_same() {
    let (_folder, store) = empty();
    let many = MOST_VALUES + 20;
    let line = |number: usize| {
        format!(
            r#""kind":"authentication.completed","outcome":"success","rp_id":"rp{number}.example","request_id":"{number}""#
        )
    };
    let mut lines: Vec<Line> = (0..many).map(|number| (60, line(number))).collect();
    lines.push((86_000, line(0)));
    ingest(&store, "a.ndjson", &lines);
    let day = span(0, 80_000);
    let counted = slis(&store, day, Some("rp_id"));
    store.update_minutes(noon(22)).unwrap();
    let rows = ask(
        &store,
        "SELECT count(*), max(others), sum(events) FROM minutes \
         WHERE dimension = 'rp_id' AND ts < '2026-11-02T11:00:00Z'",
    );
    let rest = i64::try_from(many).unwrap();
    assert_eq!(rows, [[whole(101), whole(20), whole(rest)]]);
    assert_eq!(slis(&store, day, Some("rp_id")), counted);
}

#[test]
fn what_is_stored_is_not_read_again() {
    let (_folder, store) = empty();
    let mut lines = quiet_log();
    for day in 1..5 {
        let more = quiet_log().into_iter();
        lines.extend(more.map(|(at, line)| {
            let apart = format!("\"ceremony_id\":\"{day}");
            (
                at + day * 86_400,
                line.replace("\"ceremony_id\":\"", &apart),
            )
        }));
    }
    ingest(&store, "a.ndjson", &lines);
    let week = span(30, 6 * 86_400);
    let expected = slis(&store, week, None);
    store.update_minutes(noon(22)).unwrap();
    // The days in the middle can no longer be read.
    for day in 2..5 {
        let folder = store
            .path()
            .join(format!("events/event_date=2026-11-0{day}"));
        for file in fs::read_dir(folder).unwrap() {
            fs::write(file.unwrap().path(), "gone").unwrap();
        }
    }
    let again = Store::open(store.path()).unwrap();
    assert_eq!(slis(&again, week, None), expected);
    assert!(again.slis(week, Some("attachment")).is_err());
}

#[test]
fn without_its_files_all_is_counted() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    let day = span(30, 86_400);
    let expected = slis(&store, day, None);
    store.update_minutes(noon(22)).unwrap();
    for entry in fs::read_dir(store.path().join("minutes")).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("_delta_log") {
            fs::remove_dir_all(path).unwrap();
        }
    }
    assert_eq!(slis(&store, day, None), expected);
}

#[test]
fn the_last_half_hours_wait_for_their_ceremonies() {
    let (_folder, store) = store_of(&[(0, r#""kind":"sync.error","outcome":"failure""#)]);
    let first = noon(1) + TimeDelta::minutes(10);
    let done = store.update_minutes(first).unwrap();
    assert_eq!(done.slots, 0);
    add(
        &store,
        "b.ndjson",
        &[(60, r#""kind":"sync.error","outcome":"failure""#)],
    );
    let done = store.update_minutes(noon(1) + TimeDelta::hours(2)).unwrap();
    assert_eq!(done.slots, 2);
    // A day without events, and it is clear that none will come.
    let done = store.update_minutes(noon(3)).unwrap();
    assert_eq!(done.slots, 2);
}

/// A line of somebody's day: few ceremonies, so that lines belong together, and few values.
fn line() -> impl Strategy<Value = Line> {
    let kind = prop::sample::select(vec![
        ("authentication.started", "challenge"),
        ("authentication.started", "challenge"),
        ("authentication.completed", "success"),
        ("authentication.failed", "failure"),
        ("registration.started", "challenge"),
        ("registration.completed", "success"),
        ("registration.failed", "failure"),
        ("ceremony.abandoned", "abandoned"),
        ("attestation.rejected", "failure"),
        ("recovery.requested", "success"),
    ]);
    let seconds = prop_oneof![0..4 * 3600_i64, 1700..1900_i64];
    let members = (0..25_u32, 0..4_u32, 0..3_u32, any::<bool>(), 1..2000_u32);
    (seconds, kind, members).prop_map(|(at, (kind, outcome), members)| {
        let (ceremony, os, rp, conditional, latency) = members;
        let mut line = format!(r#""kind":"{kind}","outcome":"{outcome}""#);
        if ceremony < 20 {
            line += &format!(r#","ceremony_id":"c{ceremony}""#);
        }
        if os < 3 {
            line += &format!(r#","os":"os{os}""#);
        }
        if rp < 2 {
            line += &format!(r#","rp_id":"rp{rp}.example""#);
        }
        if conditional && latency % 5 == 0 {
            line += r#","conditional_ui":true"#;
        }
        if latency % 3 > 0 {
            line += &format!(r#","server_ms":{latency}.5,"ceremony_ms":{}"#, latency * 7);
        }
        if latency % 7 == 0 {
            line += r#","ceremony_timeout_ms":60000"#;
        }
        (at, line)
    })
}

/// What happens to a store between its logs.
#[derive(Clone, Copy, Debug)]
enum Step {
    Nothing,
    Update(i64),
    Optimize,
    Vacuum,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Nothing),
        (0..30_i64).prop_map(Step::Update),
        Just(Step::Update(48)),
        Just(Step::Optimize),
        Just(Step::Vacuum),
    ]
}

fn at(hours: i64) -> DateTime<Utc> {
    noon(1) + TimeDelta::hours(hours)
}

fn take(store: &Store, step: Step) {
    match step {
        Step::Nothing => {}
        Step::Update(hours) => {
            store.update_minutes(at(hours)).unwrap();
        }
        Step::Optimize => {
            let options = crate::CredentialOptions::new(noon(22), 1);
            store.update_credentials(&options).unwrap();
            store.optimize(noon(22), 2).unwrap();
        }
        Step::Vacuum => {
            let options = crate::VacuumOptions {
                now: noon(22) + TimeDelta::days(36_500),
                older_than: TimeDelta::days(7),
                dry_run: false,
            };
            store.vacuum(&options).unwrap();
        }
    }
}

#[test]
fn what_was_dropped_for_its_age_stays_counted() {
    let (_folder, store) = empty();
    let mut lines = Vec::new();
    for day in 0..4 {
        let more = quiet_log().into_iter();
        lines.extend(more.map(|(at, line)| {
            let apart = format!("\"ceremony_id\":\"{day}");
            (
                at + day * 86_400,
                line.replace("\"ceremony_id\":\"", &apart),
            )
        }));
    }
    ingest(&store, "a.ndjson", &lines);
    let options = crate::CredentialOptions::new(noon(22), 1);
    store.update_credentials(&options).unwrap();
    // What is not counted yet stays.
    let waits = store.retain(1, noon(4), false).unwrap();
    assert_eq!((waits.days.len(), waits.waiting), (0, 2));
    store.update_minutes(noon(22)).unwrap();
    let week = span(0, 6 * 86_400);
    let expected = slis(&store, week, Some("rp_id"));
    assert_eq!(store.retain(1, noon(4), false).unwrap().days.len(), 2);
    assert_eq!(slis(&store, week, Some("rp_id")), expected);
    ingest(
        &store,
        "late.ndjson",
        &[(
            3 * 86_400 + 7200,
            r#""kind":"sync.error","outcome":"failure""#.to_owned(),
        )],
    );
    let done = store.update_minutes(noon(22)).unwrap();
    assert!(!done.anew);
    let sum = ask(&store, "SELECT sum(sync_errors) FROM minutes");
    assert_eq!(sum, [[whole(5)]]);
    let report = Store::check(store.path()).unwrap();
    assert_eq!(report.problems, []);
}

#[test]
fn events_that_somebody_deleted_are_counted_no_more() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    store.update_minutes(noon(22)).unwrap();
    let table = store.load(Table::Events).unwrap();
    let delete = table.delete().with_predicate("ceremony_id = 'b'");
    store.runtime().block_on(delete.into_future()).unwrap();
    let day = span(0, 86_400);
    let expected = slis(&store, day, None);
    assert!(store.update_minutes(noon(22)).unwrap().anew);
    assert_eq!(slis(&store, day, None), expected);
    let sum = ask(
        &store,
        "SELECT sum(authentication_failed), sum(restated) FROM minutes WHERE dimension IS NULL",
    );
    assert_eq!(sum, [[whole(0), whole(1)]]);
}

#[test]
fn a_minute_that_is_wrong_is_named() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    store.update_minutes(noon(22)).unwrap();
    let table = store.load(Table::Minutes).unwrap();
    let change = table
        .update()
        .with_update("events", "events + 1")
        .with_predicate("dimension IS NULL AND events = 2");
    store.runtime().block_on(change.into_future()).unwrap();
    let report = Store::check(store.path()).unwrap();
    let problems: Vec<&str> = report
        .problems
        .iter()
        .map(|damage| damage.problem.as_str())
        .collect();
    assert_eq!(
        problems,
        [
            "2026-11-01T12:01:00Z: counted from the events it is otherwise",
            "2026-11-01T12:02:00Z: counted from the events it is otherwise"
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    /// However a log was cut into pieces, whatever came twice or late, and whatever was done
    /// meanwhile: what was stored says what the events say.
    #[test]
    fn stored_minutes_say_what_the_events_say(
        lines in prop::collection::vec(line(), 10..120),
        pieces in prop::collection::vec((0..5_usize, step()), 3..6),
        spans in prop::collection::vec((0..15_000_i64, 1..20_000_i64), 1..3),
    ) {
        let (_folder, plain) = empty();
        ingest(&plain, "whole.ndjson", &lines);
        let (_other, store) = empty();
        for (number, (piece, step)) in pieces.iter().enumerate() {
            // Each piece has every so many lines, from the end to the beginning, and some that
            // another piece has as well.
            let part = lines.iter().enumerate().rev().filter(|(place, _)| {
                place % pieces.len() == number || place % 5 == *piece && place % 3 == 0
            });
            let part: Vec<Line> = part.map(|(_, line)| line.clone()).collect();
            ingest(&store, &format!("{number}.ndjson"), &part);
            take(&store, *step);
        }
        for (since, length) in spans {
            let span = span(since, since + length);
            for by in [None, Some("os")] {
                let expected = slis(&plain, span, by);
                prop_assert_eq!(&slis(&store, span, by), &expected, "by {:?}", by);
            }
        }
        store.update_minutes(noon(3)).unwrap();
        let whole = span(0, 86_400);
        let again = Store::open(store.path()).unwrap();
        let by = Some("rp_id");
        prop_assert_eq!(slis(&again, whole, by), slis(&plain, whole, by));
    }
}
