use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use chrono::TimeDelta;
use fidoscope_events::{Catalogue, Privacy};
use fidoscope_report::Cell;
use tempfile::TempDir;

use super::*;
use crate::Store;
use crate::store::MARKER;
use crate::tests::noon;
use crate::{
    CredentialOptions, IngestObserver, IngestOptions, Input, Limits, Silent, SourceChoice, Stage,
};

/// The marker of a store that an older version made.
const OF_OLD: &str = "{\"schema\":\"fidoscope.store/1\",\"columns\":3}\n";

const KEY: [u8; 32] = [7; 32];

/// An identifier of the form of ours, which a log gave.
const LIKE_OURS: &str = "00112233445566778899aabbccddeeff";

/// A store of old in a folder, beside places for others.
struct House {
    folder: TempDir,
    catalogue: Catalogue,
}

impl House {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            catalogue: Catalogue::builtin(),
        }
    }

    fn place(&self, name: &str) -> Place {
        Place::from(&self.folder.path().join(name))
    }

    /// A store of old.
    fn old(&self) -> Store {
        let store = Store::create_or_open(self.place("old")).unwrap();
        fs::write(store.path().join(MARKER), OF_OLD).unwrap();
        store
    }

    /// One that is keyed from its beginning.
    fn keyed(&self) -> Store {
        Store::create_or_open(self.place("keyed")).unwrap()
    }

    #[track_caller]
    fn ingest(&self, store: &Store, name: &str, bytes: &[u8]) -> u64 {
        self.ingest_until(store, name, bytes, &mut Silent)
    }

    fn ingest_until(
        &self,
        store: &Store,
        name: &str,
        bytes: &[u8],
        observer: &mut dyn IngestObserver,
    ) -> u64 {
        let privacy = store.held().unwrap().privacy;
        let pseudonyms = Pseudonyms::new(KEY).with_privacy(privacy);
        let options = IngestOptions {
            piece_bytes: 1000,
            unit_bytes: 20_000,
            keep_whole: true,
            source: SourceChoice::Named("native".to_owned()),
            ..IngestOptions::new(&self.catalogue, &pseudonyms, noon(22))
        };
        let input = Input::new(name, bytes);
        let input = match name.strip_prefix("stream ") {
            Some(name) => input.with_source_id(name),
            None => input,
        };
        match store.ingest(input, &options, observer) {
            Ok(summary) => summary.events,
            Err(StoreError::Interrupted) => 0,
            Err(error) => panic!("{name}: {error}"),
        }
    }

    fn try_rekey(&self, name: &str, options: &RekeyOptions) -> Result<Rekeyed, StoreError> {
        let old = Store::open_to_copy(self.place("old"))?;
        old.rekey(self.place(name), options, |_| {})?.complete()
    }

    #[track_caller]
    fn rekey(&self, name: &str) -> (Rekeyed, Store) {
        let rekeyed = self.try_rekey(name, &options()).unwrap();
        assert_eq!(Store::check(self.place(name)).unwrap().problems, []);
        (rekeyed, Store::open(self.place(name)).unwrap())
    }
}

fn options() -> RekeyOptions {
    RekeyOptions {
        now: noon(23),
        key: KEY,
        in_store: true,
        own_ids: BTreeSet::new(),
    }
}

/// Lines of three days: some cannot be read, some have an identifier.
fn log(lines: std::ops::Range<u32>) -> Vec<u8> {
    let line = |number: u32| match number % 10 {
        3 => format!("{{\"user\":\"u{number}\n"),
        _ => {
            let id = match number % 10 {
                5 => format!("\"event_id\":\"e-{number}\","),
                _ => String::new(),
            };
            format!(
                "{{\"ts\":\"2026-11-{:02}T{:02}:00:{:02}Z\",{id}\"kind\":\"authentication.completed\",\
                 \"outcome\":\"success\",\"request_id\":\"r{number}\",\"user_id\":\"u{}\",\
                 \"credential_id\":\"AAAA\",\"sign_count\":{number}}}\n",
                1 + number % 3,
                number % 24,
                number % 60,
                number % 7
            )
        }
    };
    lines.map(line).collect::<String>().into_bytes()
}

fn update(store: &Store) {
    let options = CredentialOptions::new(noon(22), 2);
    crate::Credentials::of(store).update(&options).unwrap();
    store.update_minutes(noon(22)).unwrap();
}

#[track_caller]
fn ask(store: &Store, sql: &str) -> Vec<Vec<Cell>> {
    store.query(sql, &Limits::default()).unwrap().rows
}

/// Everything in a store, in an order that does not depend on its files.
#[track_caller]
fn contents(store: &Store) -> [Vec<Vec<Cell>>; 5] {
    [
        "SELECT * FROM events ORDER BY raw_ref['input'], raw_ref['offset'], event_id",
        "SELECT * FROM quarantine ORDER BY input, \"offset\", length",
        "SELECT * FROM inputs ORDER BY input, \"offset\"",
        "SELECT * FROM credentials ORDER BY source, credential_id",
        "SELECT * FROM minutes ORDER BY ts, source, dimension, value",
    ]
    .map(|sql| ask(store, sql))
}

#[track_caller]
fn check_same(found: &Store, expected: &Store) {
    for (found, expected) in contents(found).into_iter().zip(contents(expected)) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            assert_eq!(found, expected);
        }
    }
}

/// Every file of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => drop(all.insert(path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    all
}

/// Logs as they come: grown, parted, as streams, and with a record that is too large for a row.
fn fill(house: &House, store: &Store) {
    house.ingest(store, "a", &log(0..300));
    update(store);
    house.ingest(store, "a", &log(0..600));
    house.ingest(store, "b", &[log(0..300), log(1000..1100)].concat());
    house.ingest(store, "stream one", &log(2000..2050));
    house.ingest(store, "stream two", &log(2000..2050));
    house.ingest(store, "short", &log(3000..3002));
    let mut large = b"{\"ts\":".to_vec();
    large.resize(2 << 20, b'x');
    house.ingest(
        store,
        "large",
        &[large, b"\n".to_vec(), log(3100..3101)].concat(),
    );
}

#[test]
fn a_rekeyed_store_is_as_one_that_was_keyed_from_its_beginning() {
    let house = House::new();
    let (old, keyed) = (house.old(), house.keyed());
    for store in [&old, &keyed] {
        fill(&house, store);
        update(store);
    }
    let (rekeyed, new) = house.rekey("new");
    check_same(&new, &keyed);
    let held = new.held().unwrap();
    assert_eq!((held.ids, held.privacy), (Ids::Keyed, Privacy::default()));
    assert_eq!(held.key, keyed.held().unwrap().key);
    assert_eq!(new.kept_key().unwrap(), Some(KEY));
    let [events, lines] = ["events", "quarantine"].map(|table| {
        match ask(&new, &format!("SELECT count(*) FROM {table}"))[..] {
            [ref row] => row[0].clone(),
            _ => panic!("{table}"),
        }
    });
    let [source] = rekeyed.sources.as_slice() else {
        panic!("{rekeyed:?}")
    };
    assert_eq!(
        Cell::Integer(i64::try_from(source.keyed + source.left).unwrap()),
        events
    );
    assert!(source.left > 50 && source.keyed > 500, "{source:?}");
    assert_eq!(
        Cell::Integer(i64::try_from(rekeyed.quarantined).unwrap()),
        lines
    );
    assert_eq!(rekeyed.inputs, 6);

    // The same again adds nothing, grown logs what they have grown by, and new ones all.
    fill(&house, &new);
    check_same(&new, &keyed);
    for store in [&new, &keyed] {
        assert_eq!(house.ingest(store, "a", &log(0..700)), 90);
        assert_eq!(house.ingest(store, "short", &log(3000..3020)), 16);
        let parted = [log(0..300), log(1000..1100), log(4000..4010)].concat();
        assert_eq!(house.ingest(store, "b", &parted), 9);
        assert_eq!(house.ingest(store, "c", &log(5000..5010)), 9);
        update(store);
    }
    check_same(&new, &keyed);
    assert_eq!(Store::check(house.place("new")).unwrap().problems, []);
}

/// Stops an ingest where it has got so far for the second time.
struct Stop(Stage, u32);

impl IngestObserver for Stop {
    fn reached(&mut self, stage: Stage) -> ControlFlow<()> {
        if stage == self.0 {
            self.1 += 1;
        }
        match self.1 {
            2 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn what_a_killed_ingest_left_is_taken_up_in_the_new_store() {
    for stage in [
        Stage::FilesWritten,
        Stage::Announced,
        Stage::QuarantineCommitted,
        Stage::EventsCommitted,
    ] {
        let house = House::new();
        let (old, keyed) = (house.old(), house.keyed());
        for store in [&old, &keyed] {
            house.ingest_until(store, "a", &log(0..300), &mut Stop(stage, 0));
            // Another log that was stopped in its first step, of which nothing is stored.
            house.ingest_until(store, "b", &log(500..600), &mut Stop(stage, 1));
        }
        let (_, new) = house.rekey("new");
        check_same(&new, &keyed);
        for store in [&new, &keyed] {
            house.ingest(store, "a", &log(0..300));
            house.ingest(store, "b", &log(500..600));
            update(store);
        }
        check_same(&new, &keyed);
        assert_eq!(
            ask(
                &new,
                "SELECT count(*), count(DISTINCT request_id) FROM events"
            ),
            [[Cell::Integer(360), Cell::Integer(360)]],
            "{stage:?}"
        );
        let lines = ask(&new, "SELECT count(*) FROM quarantine");
        assert_eq!(lines, [[Cell::Integer(40)]], "{stage:?}");
    }
}

/// Upkeep of the old store, and what of its tables was behind, at any time before the new one is made.
#[test]
fn credentials_and_minutes_come_out_the_same_whatever_they_lacked() {
    type Change = fn(&Store);
    let nothing: Change = |_| {};
    let credentials: Change = |store| {
        let options = CredentialOptions::new(noon(22), 1);
        crate::Credentials::of(store).update(&options).unwrap();
    };
    let minutes: Change = |store| {
        store.update_minutes(noon(22)).unwrap();
    };
    let packed: Change = |store| drop(store.optimize(noon(22), 2).unwrap());
    let retained: Change = |store| {
        update(store);
        let dropped = store.retain(20, noon(22), false).unwrap();
        assert_eq!(dropped.days.len(), 1);
    };
    for (first, second) in [
        (nothing, nothing),
        (credentials, nothing),
        (minutes, nothing),
        (update, nothing),
        (nothing, update),
        (credentials, packed),
        (retained, nothing),
        (retained, update),
    ] {
        let house = House::new();
        let (old, keyed) = (house.old(), house.keyed());
        for store in [&old, &keyed] {
            house.ingest(store, "a", &log(0..60));
            first(store);
            house.ingest(store, "b", &log(400..430));
            second(store);
        }
        let (_, new) = house.rekey("new");
        for store in [&new, &keyed] {
            update(store);
        }
        check_same(&new, &keyed);
        for store in [&new, &keyed] {
            house.ingest(store, "b", &log(400..440));
            update(store);
        }
        check_same(&new, &keyed);
    }
}

#[test]
fn nothing_is_written_in_the_old_store() {
    let house = House::new();
    let old = house.old();
    house.ingest(&old, "a", &log(0..60));
    update(&old);
    // As it was before there were these tables and columns.
    fs::write(old.path().join(MARKER), OF_OLD).unwrap();
    for table in ["minutes", "credentials"] {
        fs::remove_dir_all(old.path().join(table)).unwrap();
    }
    let before = files(old.path());
    let (_, new) = house.rekey("new");
    assert_eq!(files(old.path()), before);
    let keyed = house.keyed();
    house.ingest(&keyed, "a", &log(0..60));
    for store in [&new, &keyed] {
        update(store);
    }
    check_same(&new, &keyed);
}

/// What is told of the identifiers of a source, and what became of one that is like ours.
#[track_caller]
fn check_own(own_ids: &[&str], counts: (u64, u64), stays: bool) {
    let house = House::new();
    let old = house.old();
    let line =
        r#""ts":"2026-11-01T10:00:00Z","kind":"authentication.completed","outcome":"success""#;
    let text = format!(
        "{{{line}}}\n{{\"event_id\":\"{LIKE_OURS}\",{line}}}\n{{\"event_id\":\"e-1\",{line}}}\n"
    );
    house.ingest(&old, "a", text.as_bytes());
    let options = RekeyOptions {
        own_ids: own_ids.iter().map(|name| (*name).to_owned()).collect(),
        ..options()
    };
    let rekeyed = house.try_rekey("new", &options).unwrap();
    let [source] = rekeyed.sources.as_slice() else {
        panic!("{rekeyed:?}")
    };
    assert_eq!((source.keyed, source.left), counts);
    let new = Store::open(house.place("new")).unwrap();
    let sql = format!("SELECT count(*) FROM events WHERE event_id = '{LIKE_OURS}'");
    assert_eq!(ask(&new, &sql), [[Cell::Integer(i64::from(stays))]]);
    assert_eq!(
        ask(&new, "SELECT count(*) FROM events WHERE event_id = 'e-1'"),
        [[Cell::Integer(1)]]
    );
    // Its line is not read again either way.
    assert_eq!(house.ingest(&new, "a", text.as_bytes()), 0);
}

#[test]
fn an_identifier_like_ours_is_keyed_unless_its_source_is_named() {
    check_own(&[], (2, 1), false);
    check_own(&["native"], (0, 3), true);
    let house = House::new();
    house.ingest(&house.old(), "a", &log(0..20));
    let options = RekeyOptions {
        own_ids: BTreeSet::from(["okta".to_owned()]),
        ..options()
    };
    let error = house.try_rekey("new", &options).unwrap_err().to_string();
    assert!(
        error.contains("of the source okta; there are native"),
        "{error}"
    );
    assert!(!house.folder.path().join("new").exists());
}

/// A store that is not rekeyed, and why; nothing is left of the attempt.
#[track_caller]
fn refused(prepare: impl FnOnce(&House), to: &str, key: u8, expected: &str) {
    let house = House::new();
    house.ingest(&house.old(), "a", &log(0..20));
    prepare(&house);
    let before = files(house.folder.path());
    let options = RekeyOptions {
        key: [key; 32],
        ..options()
    };
    let error = house.try_rekey(to, &options).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert_eq!(files(house.folder.path()), before);
}

fn marker(house: &House, text: &str) {
    fs::write(house.folder.path().join("old").join(MARKER), text).unwrap();
}

#[test]
fn what_a_key_does_not_help_is_refused_and_so_are_places_that_are_taken() {
    let nothing = |_: &House| {};
    refused(nothing, "new", 8, "each would be taken for another one");
    refused(nothing, "old", 7, "lies in the store");
    refused(nothing, "old/inner/new", 7, "lies in the store");
    let taken = |house: &House| drop(house.keyed());
    refused(taken, "keyed", 7, "there is a store at ");
    let full = |house: &House| {
        let folder = house.folder.path().join("full");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("notes.txt"), "mine").unwrap();
    };
    refused(full, "full", 7, "it is not empty and has no fidoscope.json");
    let keyed = |house: &House| {
        marker(
            house,
            r#"{"schema":"fidoscope.store/1","columns":4,"ids":"keyed"}"#,
        );
    };
    refused(keyed, "new", 7, "its identifiers are keyed already");
    let keeps = |house: &House| {
        let text = r#"{"schema":"fidoscope.store/1","columns":4,"privacy":{"users":"keep"}}"#;
        marker(house, text);
    };
    refused(keeps, "new", 7, "a key would hide nothing");
    let none = |house: &House| fs::remove_dir_all(house.folder.path().join("old")).unwrap();
    refused(none, "new", 7, "there is no store at ");
}

#[test]
fn a_key_that_nothing_tells_is_taken_and_told() {
    let house = House::new();
    house.ingest(&house.old(), "a", &log(0..20));
    let known = |name: &str| house.try_rekey(name, &options()).unwrap().is_known;
    assert!(known("new"));
    marker(&house, OF_OLD);
    assert!(!known("other"));
    // A store that drops users is under no key, so that any will do.
    let text = r#"{"schema":"fidoscope.store/1","columns":4,"privacy":{"users":"drop"}}"#;
    marker(&house, text);
    assert!(known("dropped"));
    let new = Store::open(house.place("dropped")).unwrap();
    assert_eq!(house.ingest(&new, "a", &log(0..30)), 9);
}

#[test]
fn what_was_begun_is_no_store_until_it_is_whole() {
    let house = House::new();
    house.ingest(&house.old(), "a", &log(0..20));
    let old = Store::open_to_copy(house.place("old")).unwrap();
    let begun = old.rekey(house.place("new"), &options(), |_| {}).unwrap();
    let is_refused = |opened: Result<(), StoreError>| {
        let error = opened.unwrap_err().to_string();
        let from = house.folder.path().join("old");
        assert!(
            error.contains("is not whole: a store was begun there from ")
                && error.contains(&*from.canonicalize().unwrap().to_string_lossy()),
            "{error}"
        );
    };
    let new = || house.place("new");
    is_refused(Store::open(new()).map(drop));
    is_refused(Store::open_to_read(new()).map(drop));
    is_refused(Store::create_or_open(new()).map(drop));
    is_refused(Store::open_to_copy(new()).map(drop));
    is_refused(Store::check(new()).map(drop));
    is_refused(old.rekey(new(), &options(), |_| {}).map(drop));
    begun.complete().unwrap();
    assert_eq!(Store::check(new()).unwrap().problems, []);
}

#[test]
fn lines_are_forgotten_when_they_would_have_been() {
    let house = House::new();
    let old = house.old();
    house.ingest(&old, "a", &log(0..20));
    old.settle_term(7).unwrap();
    let options = RekeyOptions {
        now: noon(28),
        ..options()
    };
    house.try_rekey("new", &options).unwrap();
    let new = Store::open(house.place("new")).unwrap();
    // They came on the 22nd.
    let forget = |now| new.forget_quarantine(now).unwrap().lines;
    assert_eq!(forget(noon(28)), 0);
    assert_eq!(forget(noon(29) + TimeDelta::hours(1)), 2);
}

#[test]
fn a_damaged_store_is_not_made_a_whole_one() {
    let house = House::new();
    house.ingest(&house.old(), "a", &log(0..20));
    let inputs = house.folder.path().join("old/inputs");
    fs::remove_dir_all(&inputs).unwrap();
    fs::rename(house.keyed().path().join("inputs"), &inputs).unwrap();
    let error = house.try_rekey("new", &options()).unwrap_err().to_string();
    assert!(
        error.contains("an input that the table of inputs does not know"),
        "{error}"
    );
    let left = Store::open(house.place("new"));
    assert!(matches!(left, Err(StoreError::Begun { .. })), "{left:?}");
}
