use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::Cell;
use tempfile::TempDir;

use crate::tests::noon;
use crate::{
    Follow, IngestObserver, IngestOptions, Input, Limits, Silent, Stage, Store, StoreError,
};

/// A log that somebody writes to while it is read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

struct Reader(Log, usize);

impl Log {
    fn append(&self, text: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(text);
    }

    fn reader(&self) -> Reader {
        Reader(self.clone(), 0)
    }
}

impl Read for Reader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let log = self.0.0.lock().unwrap();
        let rest = &log[self.1..];
        let length = rest.len().min(to.len());
        to[..length].copy_from_slice(&rest[..length]);
        self.1 += length;
        Ok(length)
    }
}

struct House {
    _folder: TempDir,
    store: Store,
    catalogue: Catalogue,
    pseudonyms: Pseudonyms,
}

impl House {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::create_or_open(&folder.path().join("store")).unwrap();
        Self {
            _folder: folder,
            store,
            catalogue: Catalogue::builtin(),
            pseudonyms: Pseudonyms::new([7; 32]),
        }
    }

    fn options(&self) -> IngestOptions<'_> {
        IngestOptions {
            piece_bytes: 1000,
            unit_bytes: 5000,
            ..IngestOptions::new(&self.catalogue, &self.pseudonyms, noon(22))
        }
    }

    fn follow(&self, log: &Log) -> Follow<'_> {
        let input = Input::new("app.log", log.reader());
        self.store.follow(input, &self.options()).unwrap()
    }

    fn stream(&self, log: &Log) -> Follow<'_> {
        let input = Input::new("-", log.reader()).with_source_id("pod-1");
        self.store.follow(input, &self.options()).unwrap()
    }

    #[track_caller]
    fn holds(&self, expected: i64) {
        let sql = "SELECT count(*), count(DISTINCT request_id) FROM events";
        let rows = self.store.query(sql, &Limits::default()).unwrap().rows;
        assert_eq!(rows, [[Cell::Integer(expected), Cell::Integer(expected)]]);
    }
}

fn lines(numbers: std::ops::Range<u32>) -> Vec<u8> {
    let line = |number| {
        format!(
            r#"{{"ts":"2026-11-01T10:00:{:02}Z","kind":"authentication.completed","outcome":"success","request_id":"r{number}"}}{}"#,
            number % 60,
            "\n"
        )
    };
    numbers.map(line).collect::<String>().into_bytes()
}

#[track_caller]
fn look(follow: &mut Follow<'_>) -> u64 {
    follow.look(noon(22), &mut Silent).unwrap()
}

#[test]
fn each_look_commits_whole_lines() {
    let (house, log) = (House::new(), Log::default());
    log.append(&lines(0..3)[..40]);
    let mut follow = house.follow(&log);
    assert_eq!(look(&mut follow), 0);
    log.append(&lines(0..3)[40..]);
    look(&mut follow);
    house.holds(3);
    let more = lines(3..200);
    log.append(&more[..more.len() - 1]);
    look(&mut follow);
    house.holds(199);
    assert_eq!(look(&mut follow), 0);
    log.append(b"\n");
    look(&mut follow);
    house.holds(200);
    assert_eq!(follow.summary().events, 200);
    // Long quiet, then more: nothing is read again.
    for _ in 0..20 {
        assert_eq!(look(&mut follow), 0);
    }
    log.append(&lines(200..201));
    look(&mut follow);
    assert_eq!(follow.summary().skipped_events, 0);
    house.holds(201);
}

/// The log of a table is shortened while an input that never wrote to it is followed.
#[test]
fn a_shortened_log_does_not_end_it() {
    let (house, log) = (House::new(), Log::default());
    log.append(&lines(0..10));
    let mut follow = house.follow(&log);
    look(&mut follow);
    // Another input has lines that cannot be read.
    let text = [lines(0..30), b"no json\n".repeat(3)].concat();
    let other = Input::new("other.log", text.as_slice()).with_source_id("other");
    let options = IngestOptions {
        unit_bytes: 1000,
        ..house.options()
    };
    house.store.ingest(other, &options, &mut Silent).unwrap();
    let later = noon(22) + TimeDelta::minutes(30);
    log.append(&lines(100..110));
    follow.look(later, &mut Silent).unwrap();
    // Long after the files on this disk were written.
    let much_later = noon(22) + TimeDelta::days(36_500);
    house
        .store
        .shorten_logs(much_later, TimeDelta::hours(1))
        .unwrap();
    log.append(b"no json either\n");
    log.append(&lines(110..111));
    follow.look(later, &mut Silent).unwrap();
    let sql = "SELECT count(*) FROM quarantine";
    let rows = house.store.query(sql, &Limits::default()).unwrap().rows;
    assert_eq!(rows, [[Cell::Integer(4)]]);
}

#[test]
fn the_last_line_needs_no_line_break_when_it_is_the_last() {
    let (house, log) = (House::new(), Log::default());
    log.append(lines(0..5).trim_ascii_end());
    let mut follow = house.follow(&log);
    look(&mut follow);
    house.holds(4);
    let summary = follow.finish(noon(22), &mut Silent).unwrap();
    assert_eq!(summary.events, 5);
    house.holds(5);
}

#[test]
fn a_log_is_opened_again_where_it_was_left() {
    let (house, log) = (House::new(), Log::default());
    for part in 0..6 {
        let mut follow = house.follow(&log);
        look(&mut follow);
        log.append(&lines(part * 40..part * 40 + 40));
        look(&mut follow);
        house.holds(i64::from(part) * 40 + 40);
    }
    // An ingest of the whole finds nothing new either.
    let text = lines(0..240);
    let input = Input::new("app.log.1", text.as_slice());
    let again = house.store.ingest(input, &house.options(), &mut Silent);
    assert_eq!(again.unwrap().events, 0);
}

#[test]
fn a_copy_that_is_still_being_made_is_no_new_log() {
    let (house, log) = (House::new(), Log::default());
    log.append(&lines(0..300));
    look(&mut house.follow(&log));
    let copy = Log::default();
    copy.append(&lines(0..300)[..9_000]);
    let mut follow = house.follow(&copy);
    assert_eq!(look(&mut follow), 0);
    copy.append(&lines(0..300)[9_000..]);
    assert_eq!(look(&mut follow), 0);
    copy.append(&lines(300..310));
    look(&mut follow);
    house.holds(310);
}

#[test]
fn a_log_that_begins_like_another_is_told_apart_when_it_differs() {
    let (house, log) = (House::new(), Log::default());
    log.append(&lines(0..300));
    look(&mut house.follow(&log));
    let other = Log::default();
    other.append(&lines(0..100));
    let mut follow = house.follow(&other);
    assert_eq!(look(&mut follow), 0);
    other.append(&lines(1000..1300));
    look(&mut follow);
    let sql = "SELECT count(DISTINCT request_id) FROM events";
    let rows = house.store.query(sql, &Limits::default()).unwrap().rows;
    assert_eq!(rows, [[Cell::Integer(600)]]);
}

#[test]
fn a_stream_that_is_sent_again_adds_nothing() {
    let house = House::new();
    let first = Log::default();
    first.append(&lines(0..100));
    let mut follow = house.stream(&first);
    look(&mut follow);
    follow.finish(noon(22), &mut Silent).unwrap();
    let again = Log::default();
    let text = lines(0..120);
    let mut follow = house.stream(&again);
    for chunk in text.chunks(3000) {
        again.append(chunk);
        look(&mut follow);
    }
    follow.finish(noon(22), &mut Silent).unwrap();
    house.holds(120);
}

#[test]
fn a_short_stream_does_not_wait_for_ever() {
    let (house, log) = (House::new(), Log::default());
    let mut follow = house.stream(&log);
    log.append(&lines(0..2));
    while look(&mut follow) == 0 {}
    house.holds(2);
}

/// Stops at the nth stage that it hears of.
struct Breaker(u32);

impl IngestObserver for Breaker {
    fn reached(&mut self, _: Stage) -> ControlFlow<()> {
        self.0 -= 1;
        match self.0 {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn stopped_anywhere_it_goes_on_from_there() {
    for stages in 1..=8 {
        let (house, log) = (House::new(), Log::default());
        log.append(&lines(0..100));
        let stopped = house.follow(&log).look(noon(22), &mut Breaker(stages));
        assert!(matches!(stopped, Err(StoreError::Interrupted)), "{stages}");
        log.append(&lines(100..120));
        look(&mut house.follow(&log));
        house.holds(120);
    }
}
