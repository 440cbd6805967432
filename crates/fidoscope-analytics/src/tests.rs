//! A store of a few lines, for the tests of what reads stores.

use chrono::{DateTime, TimeZone, Utc};
use fidoscope_events::{Catalogue, Pseudonyms};
use tempfile::TempDir;

use crate::{IngestOptions, Input, Silent, SourceChoice, Span, Store};

/// Noon of a day in November 2026.
pub(crate) fn noon(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap()
}

/// From noon of one day to noon of another.
pub(crate) fn days(since: u32, until: u32) -> Span {
    Span {
        since: noon(since),
        until: noon(until),
    }
}

/// A store of these native lines; `second` minutes after noon of 1 November are added as `ts`.
pub(crate) fn store_of(lines: &[(u32, &str)]) -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::create_or_open(&folder.path().join("store")).unwrap();
    add(&store, "native.ndjson", lines);
    (folder, store)
}

/// Adds lines; each is the minute after noon of 1 November, and the members of the object.
pub(crate) fn add(store: &Store, path: &str, lines: &[(u32, &str)]) {
    let mut text = String::new();
    for (minute, members) in lines {
        let ts = noon(1) + chrono::TimeDelta::minutes(i64::from(*minute));
        text += &format!("{{\"ts\":\"{}\",{members}}}\n", ts.to_rfc3339());
    }
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let options = IngestOptions {
        source: SourceChoice::Named("native".to_owned()),
        ..IngestOptions::new(&catalogue, &pseudonyms, noon(22))
    };
    let input = Input::new(path, text.as_bytes());
    let summary = store.ingest(input, &options, &mut Silent).unwrap();
    assert_eq!(summary.quarantined.values().next(), None);
}
