use std::fs;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use deltalake::kernel::Transaction;
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::{Cell, Sli};
use fidoscope_slo::{Measure, Relation};
use tempfile::TempDir;

use super::*;
use crate::store::exchange;
use crate::tests::{add, noon, store_of};
use crate::{IngestOptions, Input, Limits, Silent, SourceChoice, Span};

mod any_order;

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
    store.slis(span, by, &Catalogue::builtin()).unwrap()
}

#[track_caller]
fn ask(store: &Store, sql: &str) -> Vec<Vec<Cell>> {
    store.query(sql, &Limits::default()).unwrap().rows
}

fn whole(number: i64) -> Cell {
    Cell::Integer(number)
}

fn whole_of(number: u64) -> Cell {
    whole(i64::try_from(number).unwrap())
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
         WHERE dimension IN ('os', 'rp_id') GROUP BY 1, 2 ORDER BY 1, 2",
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
fn a_half_hour_is_the_sum_of_its_minutes() {
    let (_folder, store) = empty();
    let mut lines = quiet_log();
    lines.extend(quiet_log().into_iter().map(|(at, line)| {
        let line = line.replace("\"ceremony_id\":\"", "\"ceremony_id\":\"later");
        (at + 1800, line.replace("linux", "macos"))
    }));
    ingest(&store, "a.ndjson", &lines);
    store.update_minutes(noon(22)).unwrap();
    let rows = ask(
        &store,
        "SELECT dimension, value, date_part('hour', ts) * 100 + date_part('minute', ts) AS at, \
         events, closed, array_to_string(kinds, ' ') FROM minutes \
         WHERE dimension LIKE 'half_hour%' AND ts < '2026-11-01T17:00:00Z' ORDER BY 1, 3",
    );
    let text = |text: &str| Cell::Text(text.to_owned());
    let row = |[dimension, value, kinds]: [&str; 3], numbers: [i64; 3]| {
        let absent = |part: &str| {
            if part.is_empty() {
                Cell::Null
            } else {
                text(part)
            }
        };
        let mut row = vec![text(dimension), absent(value)];
        row.extend(numbers.map(whole));
        row.push(absent(kinds));
        row
    };
    let kinds = "authentication.completed authentication.failed authentication.started";
    assert_eq!(
        rows,
        [
            row(["half_hour", "", kinds], [1200, 5, 3]),
            row(["half_hour", "", kinds], [1230, 5, 3]),
            row(["half_hour:os", "linux", ""], [1200, 1, 1]),
            row(["half_hour:os", "macos", ""], [1230, 1, 1]),
            row(["half_hour:rp_id", "shop.example", ""], [1200, 5, 3]),
            row(["half_hour:rp_id", "shop.example", ""], [1230, 5, 3]),
        ]
    );
    let latencies = "SELECT map_keys(authentications_handled_ms)[1], \
                     map_values(authentications_handled_ms)[1] FROM minutes \
                     WHERE dimension = 'half_hour' AND authentications_handled_ms IS NOT NULL";
    assert_eq!(
        ask(&store, latencies),
        [[40_000, 1], [40_000, 1]].map(|row| row.map(whole))
    );
}

#[test]
fn what_comes_late_restates_its_minute_and_no_other() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    store.update_minutes(noon(22)).unwrap();
    let day = span(0, 86_400);
    assert_eq!(
        store
            .measure(day, None, &Catalogue::builtin())
            .unwrap()
            .restated_minutes,
        0
    );
    let late = r#""kind":"authentication.completed","outcome":"success","ceremony_id":"c""#;
    ingest(&store, "late.ndjson", &[(310, late.to_owned())]);
    let before = slis(&store, day, None);
    store.update_minutes(noon(22)).unwrap();
    let measured = store.measure(day, None, &Catalogue::builtin()).unwrap();
    // What is no longer given up in one minute is completed in another.
    assert_eq!(measured.restated_minutes, 2);
    assert_eq!(measured.slis, before);
    let rows = |dimension: &str| {
        let sql = format!(
            "SELECT date_part('minute', ts), authentication_completed, authentication_abandoned, \
             restated FROM minutes WHERE restated > 0 AND {dimension} ORDER BY ts"
        );
        ask(&store, &sql)
    };
    let row = |numbers: [i64; 4]| numbers.map(whole).to_vec();
    assert_eq!(
        rows("dimension IS NULL"),
        [row([5, 1, 0, 1]), row([10, 0, 0, 1])]
    );
    assert_eq!(rows("dimension = 'half_hour'"), [row([0, 2, 0, 1])]);
    // From within the half hour on.
    let since = |second| {
        store
            .measure(span(second, 86_400), None, &Catalogue::builtin())
            .unwrap()
    };
    assert_eq!(since(301).restated_minutes, 1);
    assert_eq!(since(601).restated_minutes, 0);
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
         WHERE dimension IN ('rp_id', 'half_hour:rp_id') AND ts < '2026-11-02T11:00:00Z' \
         GROUP BY dimension",
    );
    let rest = i64::try_from(many).unwrap();
    let row = [whole(101), whole(20), whole(rest)];
    assert_eq!(rows, [row.clone(), row]);
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
    assert!(
        again
            .slis(week, Some("attachment"), &Catalogue::builtin())
            .is_err()
    );
}

#[test]
fn where_all_is_counted_the_events_are_not_opened() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    // From the first event, from between two of them, and behind the last one.
    let spans = [0, 7200, 43_200].map(|since| span(since, 86_400));
    let expected = spans.map(|span| slis(&store, span, Some("os")));
    store.update_minutes(noon(22)).unwrap();
    let again = Store::open(store.path()).unwrap();
    for entry in fs::read_dir(store.path().join("events/_delta_log")).unwrap() {
        fs::write(entry.unwrap().path(), "gone").unwrap();
    }
    assert_eq!(again.update_minutes(noon(23)).unwrap().slots, 0);
    assert_eq!(spans.map(|span| slis(&again, span, Some("os"))), expected);
    assert!(
        again
            .slis(span(0, 86_400), Some("attachment"), &Catalogue::builtin())
            .is_err()
    );
}

#[test]
fn what_another_build_counted_is_not_taken_for_all() {
    let (_folder, store) = empty();
    let (early, late) = (quiet_log(), quiet_log());
    ingest(&store, "a.ndjson", &early);
    store.update_minutes(noon(22)).unwrap();
    let known = store.load(Table::Minutes).unwrap();
    let known = store.settled_minutes(&known).unwrap().unwrap();
    let late = late.into_iter().map(|(at, line)| {
        let line = line.replace("\"ceremony_id\":\"", "\"ceremony_id\":\"late-");
        (at + 20 * 86_400, line)
    });
    ingest(&store, "b.ndjson", &late.collect::<Vec<_>>());
    // It has not come to the last half hours.
    let mut table = store.load(Table::Minutes).unwrap();
    let events = i64::try_from(known.events + 1).unwrap();
    let positions = positions(events, known.slot, None);
    let nothing = (Vec::new(), Vec::new());
    let done = exchange(&mut table, Table::Minutes, nothing.0, nothing.1, positions);
    store.runtime().block_on(done).unwrap().unwrap();
    let again = Store::open(store.path()).unwrap();
    let month = span(0, 30 * 86_400);
    let plain = empty();
    ingest(&plain.1, "a.ndjson", &early);
    let twice = slis(&again, month, None);
    let samples = |slis: &[Sli]| slis.iter().map(|sli| sli.sample).collect::<Vec<_>>();
    let doubled: Vec<u64> = samples(&slis(&plain.1, month, None))
        .iter()
        .map(|sample| 2 * sample)
        .collect();
    assert_eq!(samples(&twice), doubled);
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
    crate::Credentials::of(&store).update(&options).unwrap();
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
    let sum = ask(
        &store,
        "SELECT sum(sync_errors) FROM minutes WHERE dimension IS NULL",
    );
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
    // Which kinds were ever seen is known from what is stored until that is counted anew.
    let numbers = || {
        let slis = slis(&store, span(0, 86_400), None).into_iter();
        slis.map(|sli| (sli.id, sli.basis, sli.value, sli.sample))
            .collect::<Vec<_>>()
    };
    let expected = numbers();
    assert!(store.update_minutes(noon(22)).unwrap().anew);
    assert_eq!(numbers(), expected);
    let sum = ask(
        &store,
        "SELECT sum(authentication_failed), sum(restated) FROM minutes WHERE dimension IS NULL",
    );
    assert_eq!(sum, [[whole(0), whole(1)]]);
}

/// Makes the table of minutes what an older build left: without half hours, with other transactions.
fn make_older(store: &Store) {
    let table = store.load(Table::Minutes).unwrap();
    let delete = table
        .clone()
        .delete()
        .with_predicate("dimension LIKE 'half_hour%'");
    let (mut table, _) = store.runtime().block_on(delete.into_future()).unwrap();
    let settled = store.settled_minutes(&table).unwrap().unwrap();
    let forgotten = Transaction::new(APPLICATION, -1);
    let events = i64::try_from(settled.events).unwrap();
    let positions = vec![
        forgotten,
        Transaction::new("fidoscope:minutes", events),
        Transaction::new("fidoscope:minutes:settled", settled.slot),
    ];
    let done = exchange(
        &mut table,
        Table::Minutes,
        Vec::new(),
        Vec::new(),
        positions,
    );
    store.runtime().block_on(done).unwrap().unwrap();
    store.keep(Table::Minutes, table);
}

#[test]
fn what_an_older_build_stored_is_counted_anew() {
    let (_folder, store) = empty();
    let mut lines = quiet_log();
    for day in 1..4 {
        let more = quiet_log().into_iter();
        lines.extend(more.map(|(at, line)| {
            let apart = format!("\"ceremony_id\":\"{day}");
            let line = line.replace("\"ceremony_id\":\"", &apart);
            (at + day * 86_400, line)
        }));
    }
    ingest(&store, "a.ndjson", &lines);
    let options = crate::CredentialOptions::new(noon(22), 1);
    crate::Credentials::of(&store).update(&options).unwrap();
    store.update_minutes(noon(22)).unwrap();
    let (week, halves) = (
        span(30, 6 * 86_400),
        "SELECT * FROM minutes ORDER BY ts, dimension, value",
    );
    let expected = (slis(&store, week, Some("os")), ask(&store, halves));
    make_older(&store);
    // As long as it cannot be written, all is counted from the events.
    assert_eq!(slis(&store, week, Some("os")), expected.0);
    assert!(store.update_minutes(noon(22)).unwrap().anew);
    assert_eq!(
        (slis(&store, week, Some("os")), ask(&store, halves)),
        expected
    );
    assert_eq!(
        store
            .measure(week, None, &Catalogue::builtin())
            .unwrap()
            .restated_minutes,
        0
    );
    // Days whose events are gone get their half hours from their minutes.
    assert_eq!(store.retain(1, noon(4), false).unwrap().days.len(), 2);
    make_older(&store);
    assert!(store.update_minutes(noon(22)).unwrap().anew);
    assert_eq!(
        (slis(&store, week, Some("os")), ask(&store, halves)),
        expected
    );
}

/// Makes the table of minutes what the build before left: rows that do not say what they were counted by.
fn make_unsaid(store: &Store) {
    let table = store.load(Table::Minutes).unwrap();
    let update = table.update().with_update("measured", "NULL");
    let (mut table, _) = store.runtime().block_on(update.into_future()).unwrap();
    let settled = store.settled_minutes(&table).unwrap().unwrap();
    let positions = vec![
        Transaction::new(APPLICATION, -1),
        Transaction::new(
            "fidoscope:minutes:2",
            i64::try_from(settled.events).unwrap(),
        ),
        Transaction::new("fidoscope:minutes:2:settled", settled.slot),
    ];
    let nothing = (Vec::new(), Vec::new());
    let done = exchange(&mut table, Table::Minutes, nothing.0, nothing.1, positions);
    store.runtime().block_on(done).unwrap().unwrap();
    store.keep(Table::Minutes, table);
}

/// The registry, and measures of somebody's own.
fn with_own(sql: &str) -> Measures {
    let known = fidoscope_slo::measure::ALL.iter().copied().cloned();
    let events = Measure::of_rows("own_events", Relation::Events, sql);
    let ended = Measure::of_rows("own_ended", Relation::Ledger, "has_start AND has_end");
    Measures::of(known.chain([events, ended]))
}

#[test]
fn a_new_measure_is_counted_and_no_other() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    store.update_minutes(noon(22)).unwrap();
    // What another measure says is no longer what the events say: who counts it again would change it.
    let table = store.load(Table::Minutes).unwrap();
    let change = table
        .update()
        .with_update("authentication_failed", "authentication_failed + 5");
    store.runtime().block_on(change.into_future()).unwrap();
    let numbers = || {
        ask(
            &store,
            "SELECT dimension, sum(own_events), sum(own_ended), sum(authentication_failed), \
             sum(restated) FROM minutes WHERE dimension IS NULL \
             OR dimension IN ('os', 'half_hour', 'half_hour:os') GROUP BY 1 ORDER BY 1 NULLS FIRST",
        )
    };
    let row = |dimension: Option<&str>, numbers: [i64; 4]| {
        let dimension = dimension.map_or(Cell::Null, |name| Cell::Text(name.to_owned()));
        std::iter::once(dimension)
            .chain(numbers.map(whole))
            .collect::<Vec<_>>()
    };
    let all = with_own("os = 'linux'");
    store.update_measures(&all, noon(22)).unwrap();
    let expected = |own| {
        [
            row(None, [own, 2, 26, 0]),
            row(Some("half_hour"), [own, 2, 11, 0]),
            row(Some("half_hour:os"), [own, 1, 5, 0]),
            row(Some("os"), [own, 1, 5, 0]),
        ]
    };
    assert_eq!(numbers(), expected(1));
    // Nothing is lacking any more, and nothing is done.
    let version = store.version().unwrap();
    store.update_measures(&all, noon(22)).unwrap();
    assert_eq!(store.version().unwrap(), version);
    // Another definition under the same name is another measure.
    store
        .update_measures(&with_own("os = 'macos'"), noon(22))
        .unwrap();
    assert_eq!(numbers(), expected(0));
}

#[test]
fn what_the_build_before_stored_is_counted_anew() {
    let (_folder, store) = empty();
    ingest(&store, "a.ndjson", &quiet_log());
    store.update_minutes(noon(22)).unwrap();
    let (week, rows) = (
        span(30, 6 * 86_400),
        "SELECT * FROM minutes ORDER BY ts, dimension, value",
    );
    let expected = (slis(&store, week, Some("os")), ask(&store, rows));
    make_unsaid(&store);
    assert_eq!(slis(&store, week, Some("os")), expected.0);
    assert!(store.update_minutes(noon(22)).unwrap().anew);
    assert_eq!(
        (slis(&store, week, Some("os")), ask(&store, rows)),
        expected
    );
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
    let table = store.load(Table::Minutes).unwrap();
    let change = table
        .update()
        .with_update("events", "events + 1")
        .with_predicate("dimension = 'half_hour'");
    store.runtime().block_on(change.into_future()).unwrap();
    let report = Store::check(store.path()).unwrap();
    let first = "half hour from 2026-11-01T12:00:00Z: counted from the events it is otherwise";
    assert_eq!(report.problems.first().unwrap().problem, first);
}
