use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::Cell;
use tempfile::TempDir;

use crate::tests::{add, noon, store_of};
use crate::{
    CredentialOptions, IngestObserver, IngestOptions, Input, Limits, Silent, SourceChoice, Stage,
    Store, StoreError, VacuumOptions,
};

/// A sign-in of a credential, with a counter.
fn sign_in(credential: &str, count: u32) -> String {
    format!(
        r#""kind":"authentication.completed","outcome":"success","credential_id":"{credential}","sign_count":{count},"request_id":"{credential}{count}""#
    )
}

const DAY: u32 = 24 * 60;

/// Small files over three days, from several logs and with the credentials up to date.
fn busy_store() -> (TempDir, Store) {
    let (folder, store) = store_of(&[(0, &sign_in("a2V5", 1))]);
    for log in 0..4_u32 {
        let lines: Vec<(u32, String)> = (0..6)
            .map(|line| {
                let number = 2 + log * 6 + line;
                (line / 2 * DAY + number, sign_in("a2V5", number))
            })
            .collect();
        let lines: Vec<(u32, &str)> = lines
            .iter()
            .map(|(at, text)| (*at, text.as_str()))
            .collect();
        add(&store, &format!("{log}.ndjson"), &lines);
        update(&store);
    }
    (folder, store)
}

fn update(store: &Store) {
    crate::Credentials::of(store)
        .update(&CredentialOptions::new(noon(22), 2))
        .unwrap();
    store.update_minutes(noon(22)).unwrap();
}

#[track_caller]
fn ask(store: &Store, sql: &str) -> Vec<Vec<Cell>> {
    store.query(sql, &Limits::default()).unwrap().rows
}

#[track_caller]
fn number(store: &Store, sql: &str) -> i64 {
    match ask(store, sql).as_slice() {
        [row] => match row.as_slice() {
            [Cell::Integer(number)] => *number,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn events(store: &Store) -> i64 {
    number(store, "SELECT count(*) FROM events")
}

/// Everything about events and credentials that upkeep must not change.
fn contents(store: &Store) -> [Vec<Vec<Cell>>; 3] {
    [
        ask(store, "SELECT * FROM events ORDER BY ts, event_id"),
        ask(store, "SELECT * FROM credentials"),
        ask(
            store,
            "SELECT * EXCEPT (digest) FROM inputs ORDER BY input, \"offset\"",
        ),
    ]
}

#[track_caller]
fn check(store: &Store, expected: &[&str]) {
    let report = Store::check(store.path()).unwrap();
    let problems: Vec<String> = report
        .problems
        .iter()
        .map(|damage| format!("{}: {}", damage.table, damage.problem))
        .collect();
    assert_eq!(problems, expected);
}

fn vacuum(store: &Store, now: DateTime<Utc>, dry_run: bool) -> (u64, u64) {
    let options = VacuumOptions {
        now,
        older_than: TimeDelta::days(7),
        dry_run,
    };
    let done = store.vacuum(&options).unwrap();
    let log = done.iter().filter_map(|table| table.log_files).sum();
    (done.iter().map(|table| table.files).sum(), log)
}

/// Long after the files on this disk were written.
fn much_later() -> DateTime<Utc> {
    noon(22) + TimeDelta::days(36_500)
}

#[test]
fn info_counts_what_is_there() {
    let (_folder, store) = busy_store();
    let info = store.info().unwrap();
    let events = &info.tables[0];
    assert_eq!((events.table, events.rows), ("events", 25));
    assert_eq!((events.files, events.small_files), (13, 13));
    assert_eq!(events.days, Some(3));
    assert_eq!(info.inputs, 5);
    let days = [info.first_day, info.last_day].map(|day| day.unwrap().to_string());
    assert_eq!(days, ["2026-11-01", "2026-11-03"]);
    assert!(info.tables.iter().all(|table| table.log_bytes > 0));
    assert_eq!(info.tables[3].table, "credentials");
    assert_eq!((info.tables[3].rows, info.tables[3].days), (1, None));
}

#[test]
fn optimize_puts_files_together_and_changes_no_row() {
    let (_folder, store) = busy_store();
    let before = contents(&store);
    let done = store.optimize(noon(22), 2).unwrap();
    let by_table: Vec<_> = done
        .iter()
        .map(|one| (one.table, one.day.as_deref(), one.files_before, one.rows))
        .collect();
    assert_eq!(
        by_table,
        [
            ("events", Some("2026-11-01"), 5, 9),
            ("events", Some("2026-11-02"), 4, 8),
            ("events", Some("2026-11-03"), 4, 8),
            ("inputs", None, 5, 5),
        ]
    );
    assert_eq!(contents(&store), before);
    check(&store, &[]);
    assert_eq!(store.optimize(noon(22), 2).unwrap(), []);
}

#[test]
fn credentials_do_not_count_twice_what_moved() {
    let (_folder, store) = busy_store();
    store.optimize(noon(22), 2).unwrap();
    let again = crate::Credentials::of(&store)
        .update(&CredentialOptions::new(noon(22), 2))
        .unwrap();
    assert!(!again.anew);
    add(&store, "late.ndjson", &[(3 * DAY, &sign_in("a2V5", 90))]);
    // The same line again, in another log: found among the files that were put together.
    let twice = [
        (DAY + 4, sign_in("a2V5", 4)),
        (4 * DAY, sign_in("a2V5", 91)),
    ];
    let twice: Vec<(u32, &str)> = twice
        .iter()
        .map(|(at, text)| (*at, text.as_str()))
        .collect();
    add(&store, "copy.ndjson", &twice);
    update(&store);
    let distinct = number(&store, "SELECT count(DISTINCT event_id) FROM events");
    assert_eq!(number(&store, "SELECT sign_ins FROM credentials"), distinct);
}

#[test]
fn events_that_the_credentials_lack_do_not_move() {
    let (_folder, store) = busy_store();
    add(&store, "new.ndjson", &[(5, &sign_in("a2V5", 70))]);
    add(&store, "newer.ndjson", &[(6, &sign_in("a2V5", 71))]);
    let done = store.optimize(noon(22), 2).unwrap();
    assert_eq!((done[0].files_before, done[0].rows), (5, 9));
    update(&store);
    assert_eq!(number(&store, "SELECT sign_ins FROM credentials"), 27);
    assert_eq!(store.optimize(noon(22), 2).unwrap()[0].files_before, 3);
    update(&store);
    assert_eq!(number(&store, "SELECT sign_ins FROM credentials"), 27);
}

#[test]
fn vacuum_keeps_positions_and_what_is_in_use() {
    let (_folder, store) = busy_store();
    store.optimize(noon(22), 2).unwrap();
    update(&store);
    let orphan = store
        .path()
        .join("events/event_date=2026-11-01/part-left.parquet");
    fs::write(&orphan, "left by a killed ingest").unwrap();
    let before = contents(&store);
    // Nothing is old enough yet.
    assert_eq!(vacuum(&store, noon(22), false).0, 0);
    let (would, log) = vacuum(&store, much_later(), true);
    assert_eq!((would >= 19, log), (true, 0), "{would}");
    assert!(orphan.exists());
    let (deleted, log) = vacuum(&store, much_later(), false);
    assert_eq!(deleted, would);
    assert!(log > 0);
    assert!(!orphan.exists());
    assert_eq!(vacuum(&store, much_later(), false).0, 0);
    let store = Store::open(store.path()).unwrap();
    assert_eq!(contents(&store), before);
    check(&store, &[]);
    // Every log is known by its position, which only the checkpoint still holds.
    add(&store, "0.ndjson", &[(0, &sign_in("a2V5", 1))]);
    assert_eq!(events(&store), 25);
    add(
        &store,
        "more.ndjson",
        &[(0, &sign_in("a2V5", 1)), (9, &sign_in("a2V5", 80))],
    );
    update(&store);
    assert_eq!(events(&store), 26);
    assert_eq!(number(&store, "SELECT sign_ins FROM credentials"), 26);
}

/// Has a vacuum run under another clock at a stage of an ingest.
struct Sweep<'a> {
    store: &'a Store,
    at: Stage,
}

impl IngestObserver for Sweep<'_> {
    fn reached(&mut self, stage: Stage) -> ControlFlow<()> {
        if stage == self.at {
            vacuum(self.store, much_later(), false);
        }
        ControlFlow::Continue(())
    }
}

/// An ingest whose files a vacuum takes for leftovers at some stage.
#[track_caller]
fn check_swept(at: Stage, lost: bool) {
    let (_folder, store) = busy_store();
    let mut text = format!(
        "{{\"ts\":\"{}\",{}}}\n",
        noon(2).to_rfc3339(),
        sign_in("a2V5", 50)
    );
    text += "{\"ts\":\n";
    let ingest = |observer: &mut dyn IngestObserver| {
        let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
        let options = IngestOptions::new(&catalogue, &pseudonyms, noon(22));
        store.ingest(Input::new("swept", text.as_bytes()), &options, observer)
    };
    let swept = ingest(&mut Sweep { store: &store, at });
    assert_eq!(
        matches!(swept, Err(StoreError::Vanished { .. })),
        lost,
        "{swept:?}"
    );
    assert_eq!(events(&store), 26 - i64::from(lost));
    ingest(&mut Silent).unwrap();
    update(&store);
    assert_eq!(events(&store), 26);
    assert_eq!(number(&store, "SELECT count(*) FROM quarantine"), 1);
    assert_eq!(number(&store, "SELECT sign_ins FROM credentials"), 26);
    check(&store, &[]);
}

#[test]
fn what_a_vacuum_took_is_not_committed() {
    for stage in [
        Stage::FilesWritten,
        Stage::Announced,
        Stage::QuarantineCommitted,
    ] {
        check_swept(stage, true);
    }
    check_swept(Stage::EventsCommitted, false);
}

/// Files that were put together, or dropped, for a time long past are still read by somebody.
#[test]
fn how_old_a_file_is_the_clock_says() {
    // Later than anything on this disk was written.
    let after = |days| much_later() + TimeDelta::days(days);
    let changes: [&dyn Fn(&Store); 2] = [
        &|store| drop(store.optimize(noon(1), 2).unwrap()),
        &|store| drop(store.retain(0, noon(3), false).unwrap()),
    ];
    for change in changes {
        let (_folder, store) = busy_store();
        vacuum(&store, much_later(), false);
        let store = store.by_clock(much_later);
        change(&store);
        assert_eq!(vacuum(&store, after(1), true).0, 0);
        assert!(vacuum(&store, after(8), true).0 > 0);
    }
}

/// Lines that cannot be read, one for each day of November.
fn quarantined() -> (TempDir, Store) {
    let (folder, store) = store_of(&[(0, &sign_in("a2V5", 1))]);
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    for day in 1..=20 {
        let options = IngestOptions {
            source: SourceChoice::Named("native".to_owned()),
            ..IngestOptions::new(&catalogue, &pseudonyms, noon(day))
        };
        for half in ["a", "b"] {
            let line = format!("{{\"user\":\"{half}{day}\n");
            let name = format!("{half}{day}");
            let input = Input::new(name, line.as_bytes());
            store.ingest(input, &options, &mut Silent).unwrap();
        }
    }
    (folder, store)
}

/// Data files in the folder of the quarantine.
fn raw_files(store: &Store) -> Vec<PathBuf> {
    let files = fs::read_dir(store.path().join("quarantine")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files.filter(|path| path.is_file()).collect()
}

#[test]
fn lines_that_nobody_mended_are_forgotten_on_a_term() {
    let (_folder, store) = quarantined();
    let lines = |store: &Store| number(store, "SELECT count(*) FROM quarantine");
    let forget = |store: &Store, now| {
        let forgotten = store.forget_quarantine(now).unwrap();
        (forgotten.lines, forgotten.files)
    };
    assert_eq!(store.held().unwrap().quarantine_days, 30);
    assert_eq!(forget(&store, noon(22)), (0, 0));
    let later = noon(30) + TimeDelta::days(5);
    // Thirty days before 5 December is 5 November; what came at noon of that day stays.
    assert_eq!(forget(&store, later), (8, 8));
    assert_eq!((lines(&store), raw_files(&store).len()), (32, 32));
    // Those of a day are put together, and go by that day; the files they were in go with them.
    store.optimize(noon(30), 2).unwrap();
    assert_eq!(lines(&store), 32);
    let old = std::time::SystemTime::from(noon(5));
    for file in raw_files(&store) {
        fs::File::open(&file).unwrap().set_modified(old).unwrap();
    }
    assert_eq!(forget(&store, later + TimeDelta::days(5)), (10, 5 + 32));
    assert_eq!((lines(&store), raw_files(&store).len()), (22, 11));
    store.settle_term(7).unwrap();
    assert_eq!(forget(&store, noon(22)).0, 10);
    assert_eq!(number(&store, "SELECT min(line) FROM quarantine"), 1);
    check(&store, &[]);
    // A log that is read again brings nothing back.
    add(&store, "native.ndjson", &[(0, &sign_in("a2V5", 1))]);
    assert_eq!(events(&store), 1);
}

#[cfg(unix)]
#[test]
fn raw_lines_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, store) = quarantined();
    store.optimize(noon(22), 2).unwrap();
    let folder = store.path().join("quarantine");
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let closed = |store: &Store| {
        assert_eq!(mode(&folder), 0o700);
        for file in raw_files(store) {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    };
    closed(&store);
    // As stores of old have them: a check says so, and whoever opens one to write shuts it.
    for file in raw_files(&store).iter().chain([&folder]) {
        let open = fs::Permissions::from_mode(if file.is_dir() { 0o755 } else { 0o644 });
        fs::set_permissions(file, open).unwrap();
    }
    let read = Store::open_to_read(store.path()).unwrap();
    assert_eq!(mode(&folder), 0o755);
    drop(read);
    closed(&Store::open(store.path()).unwrap());
}

#[test]
fn vacuum_leaves_the_log_that_credentials_have_to_read() {
    let (_folder, store) = busy_store();
    add(&store, "new.ndjson", &[(5, &sign_in("a2V5", 70))]);
    vacuum(&store, much_later(), false);
    let done = crate::Credentials::of(&store)
        .update(&CredentialOptions::new(noon(22), 2))
        .unwrap();
    assert!(!done.anew);
    assert_eq!(number(&store, "SELECT sign_ins FROM credentials"), 26);
}

#[test]
fn a_log_of_many_commits_is_opened_by_its_checkpoint() {
    let (_folder, store) = store_of(&[(0, &sign_in("a2V5", 1))]);
    for number in 2..20 {
        add(
            &store,
            &format!("{number}.ndjson"),
            &[(number, &sign_in("a2V5", number))],
        );
    }
    let log = store.path().join("events/_delta_log");
    assert!(!log.join("_last_checkpoint").exists());
    store.update_minutes(noon(22)).unwrap();
    let before = contents(&store);
    let newest = store.version().unwrap().events;
    assert!(
        log.join(format!("{newest:020}.checkpoint.parquet"))
            .exists()
    );
    for version in 0..newest {
        fs::remove_file(log.join(format!("{version:020}.json"))).unwrap();
    }
    let store = Store::open(store.path()).unwrap();
    assert_eq!(contents(&store), before);
}

#[test]
fn retain_drops_whole_days_and_keeps_credentials() {
    let (_folder, store) = busy_store();
    let credentials = ask(&store, "SELECT * FROM credentials");
    let would = store.retain(1, noon(3), true).unwrap();
    assert_eq!(events(&store), 25);
    let done = store.retain(1, noon(3), false).unwrap();
    assert_eq!(done, would);
    assert_eq!(done.before.to_string(), "2026-11-02");
    let days: Vec<_> = done
        .days
        .iter()
        .map(|day| (day.day.to_string(), day.events, day.files))
        .collect();
    assert_eq!(days, [("2026-11-01".to_owned(), 9, 5)]);
    assert_eq!(events(&store), 16);
    let update = crate::Credentials::of(&store)
        .update(&CredentialOptions::new(noon(22), 2))
        .unwrap();
    assert!(!update.anew);
    assert_eq!(ask(&store, "SELECT * FROM credentials"), credentials);
    check(&store, &[]);
    // The log of a dropped day is read again: its events do not come back.
    add(&store, "native.ndjson", &[(0, &sign_in("a2V5", 1))]);
    assert_eq!(events(&store), 16);
    assert_eq!(store.retain(1, noon(3), false).unwrap().days, []);
}

/// The first file of a table.
fn a_file(store: &Store, table: &str) -> PathBuf {
    let mut folder = store.path().join(table);
    loop {
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.ends_with("_delta_log"))
            .collect();
        entries.sort();
        match entries.into_iter().next().unwrap() {
            path if path.is_dir() => folder = path,
            path => return path,
        }
    }
}

#[test]
fn check_names_what_is_damaged() {
    let (_folder, store) = busy_store();
    check(&store, &[]);
    let file = a_file(&store, "events");
    let bytes = fs::read(&file).unwrap();
    let mut other = bytes.clone();
    other[bytes.len() / 2] ^= 1;
    fs::write(&file, &other).unwrap();
    check(&store, &["events: its content is not what was written"]);
    fs::write(&file, &bytes[..100]).unwrap();
    let says = format!("events: has 100 bytes, the log says {}", bytes.len());
    check(&store, &[&says]);
    fs::remove_file(&file).unwrap();
    check(&store, &["events: the file is gone"]);
    fs::write(&file, &bytes).unwrap();
    let inputs = a_file(&store, "inputs");
    fs::remove_file(&inputs).unwrap();
    check(&store, &["inputs: the file is gone"]);
}

#[test]
fn check_sees_a_lost_log_and_a_broken_marker() {
    let (_folder, store) = busy_store();
    let log = store.path().join("quarantine/_delta_log");
    let aside = store.path().join("quarantine/aside");
    fs::rename(&log, &aside).unwrap();
    check(&store, &["quarantine: the log of the table is gone"]);
    fs::rename(&aside, &log).unwrap();
    let marker = store.path().join("fidoscope.json");
    fs::write(&marker, "{").unwrap();
    let report = Store::check(store.path()).unwrap();
    let damage = &report.problems[0];
    assert_eq!(
        (damage.table, damage.file.as_deref()),
        ("store", Some("fidoscope.json"))
    );
    fs::remove_file(&marker).unwrap();
    let error = Store::check(store.path()).unwrap_err();
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
}

#[test]
fn check_compares_positions_with_events() {
    let (_folder, store) = busy_store();
    // Another program deletes rows: the log is consistent, the inputs are not.
    let table = store.load(crate::store::Table::Events).unwrap();
    let delete = table.delete().with_predicate("sign_count = 3");
    store.runtime().block_on(delete.into_future()).unwrap();
    check(&store, &["events: 0.ndjson: 5 events, 6 were announced"]);
}
