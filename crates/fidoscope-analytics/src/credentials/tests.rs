use std::fmt::Write as _;
use std::fs;

use chrono::TimeDelta;
use deltalake::DeltaTable;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::Cell;

use super::*;
use crate::Store;
use crate::schema::Credential;
use crate::store::data_files;
use crate::tests::{add, noon, store_of};
use crate::{Follower, IngestOptions, Input, Limits, Silent, SourceChoice};

fn update(store: &Store) -> CredentialSummary {
    Credentials::of(store)
        .update(&CredentialOptions::new(noon(22), 2))
        .unwrap()
}

/// All rows of the table, in order.
fn rows(store: &Store) -> Vec<Credential> {
    let table = store.load(Table::Credentials).unwrap();
    let mut rows = Vec::new();
    for file in data_files(&table).unwrap() {
        let path = store.path().join("credentials").join(&*file.path());
        let file = fs::File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in reader.build().unwrap() {
            rows.extend(Credential::read(&batch.unwrap()));
        }
    }
    rows.sort_by_key(|row| (row.credential_id.clone(), row.credential_ref.clone()));
    rows
}

/// The rows as a table that is made of all events at once has them.
fn recounted(store: &Store) -> Vec<Credential> {
    fs::remove_dir_all(store.path().join("credentials")).unwrap();
    let store = Store::open(store.path()).unwrap();
    update(&store);
    rows(&store)
}

#[track_caller]
fn ask(store: &Store, sql: &str) -> Vec<Vec<String>> {
    let text = |cell: Cell| match cell {
        Cell::Text(text) => text,
        Cell::Integer(number) => number.to_string(),
        Cell::Bool(truth) => truth.to_string(),
        other => format!("{other:?}"),
    };
    let table = store.query(sql, &Limits::default()).unwrap();
    table
        .rows
        .into_iter()
        .map(|row| row.into_iter().map(text).collect())
        .collect()
}

const REGISTERED: &str = r#""kind":"registration.completed","outcome":"success""#;
const SIGNED_IN: &str = r#""kind":"authentication.completed","outcome":"success""#;

#[test]
fn a_credential_is_what_its_events_say() {
    let registered = format!(
        r#"{REGISTERED},"credential_id":"AQ","user_id":"ada","rp_id":"a.example","aaguid":"f1d05c0b-514d-4f00-a000-000000000001","transports":["usb","nfc"],"flags":{{"be":false,"bs":false}},"sign_count":1,"attestation_fmt":"packed","attestation_trust":"trusted""#
    );
    let signed_in = format!(r#"{SIGNED_IN},"credential_id":"AQ","user_id":"ada","sign_count":7"#);
    let failed = r#""kind":"authentication.failed","outcome":"failure","credential_id":"Ag""#;
    let removed =
        r#""kind":"credential.removed","outcome":"success","credential_id":"AQ","user_id":"ada""#;
    let (_folder, store) =
        store_of(&[(1, &registered), (5, &signed_in), (6, failed), (9, removed)]);
    update(&store);
    let found = ask(
        &store,
        "SELECT credential_id, rp_id, aaguid, attestation_fmt, attestation_trust, be, bs, \
         sign_count, sign_ins, first_seen, last_seen, registered_at, last_sign_in, removed_at, \
         CAST(transports AS VARCHAR), cardinality(users) FROM credentials",
    );
    let expected = "AQ|a.example|f1d05c0b-514d-4f00-a000-000000000001|packed|trusted|false|false|\
        7|1|2026-11-01T12:01:00Z|2026-11-01T12:09:00Z|2026-11-01T12:01:00Z|2026-11-01T12:05:00Z|\
        2026-11-01T12:09:00Z|[nfc, usb]|1";
    assert_eq!(found, [expected.split('|').collect::<Vec<_>>()]);
}

#[test]
fn a_sign_in_gets_the_model_of_the_registration() {
    let aaguid = "f1d05c0b-514d-4f00-a000-000000000001";
    let registered = format!(r#"{REGISTERED},"credential_id":"AQ","aaguid":"{aaguid}""#);
    let by_ref = format!(r#"{REGISTERED},"credential_ref":"AQ","authenticator_model":"Acme""#);
    let signed_in = format!(r#"{SIGNED_IN},"credential_id":"AQ""#);
    let unknown = format!(r#"{SIGNED_IN},"credential_id":"Ag""#);
    let none = r#""kind":"prompt.shown","outcome":"unknown""#;
    let lines: [(u32, &str); 5] = [
        (1, &registered),
        (2, &by_ref),
        (3, &signed_in),
        (4, &unknown),
        (5, none),
    ];
    let (_folder, store) = store_of(&lines);
    update(&store);
    let sql = "SELECT kind, aaguid, authenticator_model FROM events_enriched ORDER BY ts";
    let found = ask(&store, sql);
    let expected = [
        ["registration.completed", aaguid, "Null"],
        ["registration.completed", "Null", "Acme"],
        ["authentication.completed", aaguid, "Null"],
        ["authentication.completed", "Null", "Null"],
        ["prompt.shown", "Null", "Null"],
    ];
    assert_eq!(found, expected);
    let timeline = ask(
        &store,
        "SELECT kind, aaguid FROM credential_timeline WHERE credential_id = X'01'",
    );
    assert_eq!(timeline.len(), 2);
}

/// Lines of a log in which much goes wrong: copies, disorder, several users, credentials that come
/// and go. Any two calls with the same number are alike.
fn log(seed: u64, lines: u64) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let mut written: Vec<String> = Vec::new();
    for number in 0..lines {
        if !written.is_empty() && next(6) == 0 {
            let again = usize::try_from(next(u64::try_from(written.len()).unwrap())).unwrap();
            written.push(written[again].clone());
            continue;
        }
        let ts = noon(1) + TimeDelta::minutes(i64::try_from(number * 20 + next(90)).unwrap());
        let kind = match next(10) {
            0 => r#""registration.completed","outcome":"success","attestation_fmt":"packed""#,
            1 => r#""credential.removed","outcome":"success""#,
            2 => r#""authentication.failed","outcome":"failure""#,
            3 => r#""credential.snapshot","outcome":"unknown","transports":["usb"]"#,
            _ => r#""authentication.completed","outcome":"success""#,
        };
        let mut line = format!("{{\"ts\":\"{}\",\"kind\":{kind}", ts.to_rfc3339());
        let credential = ["AQ", "Ag", "Aw", "BA"][usize::try_from(next(4)).unwrap()];
        let by = if next(4) == 0 {
            "credential_ref"
        } else {
            "credential_id"
        };
        write!(
            line,
            ",\"{by}\":\"{credential}\",\"sign_count\":{}",
            next(50)
        )
        .unwrap();
        write!(line, ",\"user_id\":\"user-{}\"", next(20)).unwrap();
        if next(2) == 0 {
            let flags = next(4);
            let (be, bs) = (flags & 1 == 1, flags & 2 == 2);
            write!(line, ",\"flags\":{{\"be\":{be},\"bs\":{bs}}}").unwrap();
        }
        if next(3) == 0 {
            let model = next(3);
            write!(
                line,
                ",\"aaguid\":\"f1d05c0b-514d-4f00-a000-00000000000{model}\""
            )
            .unwrap();
        }
        line.push('}');
        written.push(line);
    }
    written
}

fn ingest(store: &Store, followers: &[&dyn Follower], path: &str, lines: &[String]) {
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let options = IngestOptions {
        source: SourceChoice::Named("native".to_owned()),
        piece_bytes: 700,
        unit_bytes: 2000,
        followers,
        ..IngestOptions::new(&catalogue, &pseudonyms, noon(22))
    };
    // The first line tells inputs apart that would else begin alike.
    let text = format!("\n{}\n", lines.join("\n"));
    let input = Input::new(path, text.as_bytes()).with_source_id(path);
    store.ingest(input, &options, &mut Silent).unwrap();
}

/// However the events arrive, and whenever the table is brought up to date, or not for a while
/// because a process was killed: it is what a recount of all events is, and its sign-ins are those of
/// `events_once`.
#[test]
fn the_table_is_what_a_recount_is() {
    for seed in 1..=3 {
        let (_folder, store) = store_of(&[]);
        let lines = log(seed, 120);
        let credentials = Credentials::of(&store);
        let update = || {
            credentials
                .update(&CredentialOptions::new(noon(22), 2))
                .unwrap()
        };
        let pieces = lines.chunks(17 + usize::try_from(seed).unwrap());
        for (number, piece) in pieces.enumerate() {
            // Folded while they are decoded, read from their files, or by turns.
            let followers: &[&dyn Follower] = match (seed, number % 4) {
                (1, _) | (2, 0..3) => &[&credentials],
                _ => &[],
            };
            ingest(&store, followers, &format!("log-{number}"), piece);
            if !(number + usize::try_from(seed).unwrap()).is_multiple_of(3) {
                update();
            }
        }
        update();
        let counted = ask(
            &store,
            "SELECT count(*) FROM events_once WHERE kind = 'authentication.completed'",
        );
        let summed = ask(&store, "SELECT sum(sign_ins) FROM credentials");
        assert_eq!(summed, counted, "seed {seed}");
        let found = rows(&store);
        assert_eq!(found, recounted(&store), "seed {seed}");
    }
}

/// What an ingest has shown is in the table without a look at its files.
#[test]
fn what_was_seen_while_it_was_decoded_is_not_read_again() {
    let check = |is_shown: bool| {
        let (_folder, store) = store_of(&[]);
        let credentials = Credentials::of(&store);
        let followers: &[&dyn Follower] = if is_shown { &[&credentials] } else { &[] };
        ingest(&store, followers, "log", &log(1, 40));
        for entry in fs::read_dir(store.path().join("events")).unwrap() {
            let path = entry.unwrap().path();
            if !path.ends_with("_delta_log") {
                fs::remove_dir_all(path).unwrap();
            }
        }
        let update = credentials.update(&CredentialOptions::new(noon(22), 2));
        assert_eq!(update.is_ok(), is_shown, "{update:?}");
    };
    check(true);
    check(false);
}

#[test]
fn nothing_new_changes_nothing() {
    let line = format!(r#"{SIGNED_IN},"credential_id":"AQ""#);
    let (_folder, store) = store_of(&[(1, &line)]);
    assert_eq!(update(&store).versions, 1);
    let version = store.version().unwrap();
    assert_eq!(update(&store), CredentialSummary::default());
    // Another log with a copy of the line.
    let other = r#""kind":"prompt.shown","outcome":"unknown""#;
    add(&store, "again.ndjson", &[(0, other), (1, &line)]);
    update(&store);
    assert_eq!(ask(&store, "SELECT sign_ins FROM credentials"), [["1"]]);
    assert!(store.version().unwrap().credentials > version.credentials);
}

/// Another engine works on the event table, after what was stored last has been read or before that.
#[track_caller]
fn check_after(
    work: impl AsyncFnOnce(DeltaTable),
    read_before: bool,
    anew: bool,
    expected: &[[&str; 2]],
) {
    let line = |id: &str| format!(r#"{SIGNED_IN},"credential_id":"{id}""#);
    let (_folder, store) = store_of(&[(1, &line("AQ"))]);
    update(&store);
    add(&store, "more.ndjson", &[(2, &line("Ag"))]);
    if read_before {
        update(&store);
    }
    let events = store.load(Table::Events).unwrap();
    store.runtime().block_on(work(events));
    add(&store, "last.ndjson", &[(3, &line("AQ"))]);
    assert_eq!(update(&store).anew, anew);
    let found = ask(
        &store,
        "SELECT credential_id, sign_ins FROM credentials ORDER BY 1",
    );
    assert_eq!(found, expected);
}

/// What was read before stays read; where it has moved what is new, that can no longer be told from
/// the log.
#[test]
fn a_compacted_event_table_is_read_anew_only_where_it_must() {
    let compact = async |events: DeltaTable| {
        events.optimize().await.unwrap();
    };
    check_after(compact, true, false, &[["AQ", "2"], ["Ag", "1"]]);
    check_after(compact, false, true, &[["AQ", "2"], ["Ag", "1"]]);
}

#[test]
fn a_changed_event_table_is_read_anew() {
    let change = async |events: DeltaTable| {
        let gone = "CAST(credential_id AS BYTEA) = X'02'";
        events.delete().with_predicate(gone).await.unwrap();
    };
    check_after(change, true, true, &[["AQ", "2"]]);
}

/// Files that were replaced long ago do not pile up.
#[test]
fn replaced_files_are_deleted_after_a_while() {
    let (_folder, store) = store_of(&[]);
    for minute in 0..12 {
        let line = format!(r#"{SIGNED_IN},"credential_id":"AQ""#);
        add(&store, &format!("log-{minute}"), &[(minute, &line)]);
        update(&store);
    }
    let entries = fs::read_dir(store.path().join("credentials")).unwrap();
    let files = entries.filter(|entry| entry.as_ref().unwrap().path().is_file());
    let files = files.count();
    assert!(files <= 10, "{files}");
    assert_eq!(ask(&store, "SELECT sign_ins FROM credentials"), [["12"]]);
}
