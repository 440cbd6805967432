use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_report::Cell;
use tempfile::TempDir;

use super::*;
use crate::tests::noon;
use crate::{IngestOptions, Input, Limits, Silent, SourceChoice, Store};

/// Reads each text as an input of its own, and tells by which view each event is found once. The view must
/// give the very places that numbering all of them gives.
#[track_caller]
fn check(inputs: &[&str], expected: &str) {
    let folder = TempDir::new().unwrap();
    let store = Store::create_or_open(&folder.path().join("store")).unwrap();
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    for (second, text) in (0..).zip(inputs) {
        let now = noon(22) + chrono::TimeDelta::seconds(second);
        let options = IngestOptions {
            source: SourceChoice::Named("okta".to_owned()),
            ..IngestOptions::new(&catalogue, &pseudonyms, now)
        };
        let input = Input::new("log.ndjson", text.as_bytes());
        store.ingest(input, &options, &mut Silent).unwrap();
    }
    let engine = store.engine().unwrap();
    let chosen = store.runtime().block_on(make(&engine.context)).unwrap();
    assert_eq!(chosen, expected);
    let places = "SELECT source, event_id, raw_ref['input'], raw_ref['offset']";
    let sorted = "ORDER BY 1, 2, 3, 4";
    let numbered = format!(
        "{places} FROM (SELECT *, row_number() OVER (PARTITION BY source, event_id \
         ORDER BY observed_ts, raw_ref['input'], raw_ref['offset']) AS copy FROM events) \
         WHERE copy = 1 {sorted}"
    );
    let rows = |sql: &str| -> Vec<Vec<Cell>> { store.query(sql, &Limits::default()).unwrap().rows };
    let once = rows(&format!("{places} FROM events_once {sorted}"));
    assert_eq!(once, rows(&numbered));
    assert!(!once.is_empty());
    let tables =
        rows("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 're%'");
    assert!(
        !tables.contains(&vec![Cell::Text("repeats".to_owned())]),
        "{tables:?}"
    );
}

fn event(id: &str) -> String {
    format!(
        r#"{{"uuid":"{id}","published":"2026-11-01T10:00:00Z","eventType":"user.authentication.auth_via_mfa","actor":{{"id":"a","type":"User"}},"outcome":{{"result":"SUCCESS"}},"debugContext":{{"debugData":{{"factor":"FIDO_WEBAUTHN"}}}}}}"#
    )
}

#[test]
fn repeats_are_left_out_by_the_cheapest_view() {
    let (one, two, three) = (event("one"), event("two"), event("three"));
    let lines = |all: &[&String]| {
        let line = |event: &&String| format!("{event}\n");
        all.iter().map(line).collect::<String>()
    };
    let (first, grown) = (lines(&[&one, &two]), lines(&[&two, &three]));
    check(&[&first], ALL);
    check(&[&first, &first], ALL);
    check(&[&first, &grown], LISTED);
    check(&[&lines(&[&one, &two, &one, &one])], LISTED);
    check(&[&grown, &first, &lines(&[&two, &two])], LISTED);
    // Two records of one line have one place.
    check(&[&format!("[{one},{one},{two}]\n")], RANKED);
}

#[test]
fn equal_events_have_equal_hashes_whatever_their_batch() {
    let (_folder, store) = crate::tests::store_of(&[]);
    let sql = "SELECT count(DISTINCT event_hash(a, b)), count(*) FROM (VALUES \
               ('s', 'x'), ('s', 'x'), ('t', 'x'), ('s', 'y'), ('x', 's')) AS t(a, b)";
    let rows = store.query(sql, &Limits::default()).unwrap().rows;
    assert_eq!(rows, [[Cell::Integer(4), Cell::Integer(5)]]);
}
