use std::fs;

use tempfile::TempDir;

use super::*;
use crate::Store;
use crate::schema::{EVENT_DATE, event_schema};

#[track_caller]
fn check(marker: Option<&str>, expected: &str) {
    let folder = TempDir::new().unwrap();
    let (file, text) = marker.map_or(("notes.txt", "mine"), |text| (MARKER, text));
    fs::write(folder.path().join(file), text).unwrap();
    let error = Store::create_or_open(folder.path())
        .unwrap_err()
        .to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_no_store_of_this_version_is_refused() {
    check(
        None,
        "is not a fidoscope store: it is not empty and has no fidoscope.json",
    );
    check(
        Some(r#"{"schema":"fidoscope.store/2"}"#),
        "is a store of schema fidoscope.store/2, and this program reads fidoscope.store/1",
    );
    check(Some("{"), "cannot be read as the marker of a store");
}

/// A store whose marker says this; it is refused however it is opened, and stays as it is.
#[track_caller]
fn check_newer(marker: &str, expected: &str) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store");
    drop(Store::create_or_open(&path).unwrap());
    fs::write(path.join(MARKER), marker).unwrap();
    for opened in [
        Store::create_or_open(&path),
        Store::open(&path),
        Store::open_to_read(&path),
    ] {
        let error = opened.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let problems = Store::check(&path).unwrap().problems;
    assert!(problems[0].problem.contains(expected), "{problems:?}");
    assert_eq!(fs::read_to_string(path.join(MARKER)).unwrap(), marker);
}

#[test]
fn what_a_newer_version_wrote_is_not_written_to() {
    check_newer(
        r#"{"schema":"fidoscope.store/1","columns":99}"#,
        "was written by a newer fidoscope (columns 99, this one knows 4)",
    );
    check_newer(
        r#"{"schema":"fidoscope.store/1","columns":4,"encryption":"x"}"#,
        "unknown field `encryption`",
    );
    check_newer(
        r#"{"schema":"fidoscope.store/1","columns":4,"ids":"salted"}"#,
        "unknown variant `salted`",
    );
    check_newer(
        r#"{"schema":"fidoscope.store/1","columns":4,"privacy":{"users":"hash","devices":"drop"}}"#,
        "unknown field `devices`",
    );
}

/// Several processes make a store and fill it at the same time.
#[track_caller]
fn check_at_once(place: impl Fn() -> Place + Sync) {
    std::thread::scope(|scope| {
        for number in 0..4_u32 {
            let place = &place;
            scope.spawn(move || {
                let store = Store::create_or_open(place()).unwrap();
                let line = format!(
                    r#""kind":"authentication.completed","outcome":"success","request_id":"r{number}""#
                );
                let name = format!("{number}.ndjson");
                crate::tests::add(&store, &name, &[(number, &line)]);
            });
        }
    });
    let store = Store::open(place()).unwrap();
    let sql = "SELECT count(*), count(DISTINCT request_id) FROM events";
    let rows = store.query(sql, &crate::Limits::default()).unwrap().rows;
    assert_eq!(
        rows,
        [[
            fidoscope_report::Cell::Integer(4),
            fidoscope_report::Cell::Integer(4)
        ]]
    );
}

#[test]
fn a_store_may_be_made_by_several_at_once() {
    for _ in 0..4 {
        let folder = TempDir::new().unwrap();
        check_at_once(|| Place::from(&folder.path().join("store")));
    }
    // An empty folder that is there already.
    let folder = TempDir::new().unwrap();
    check_at_once(|| Place::from(folder.path()));
    let memory: deltalake::logstore::ObjectStoreRef =
        std::sync::Arc::new(object_store::memory::InMemory::new());
    check_at_once(|| {
        let url = url::Url::parse("memory://bucket/logs/store").unwrap();
        Place::objects(url, std::sync::Arc::clone(&memory), "logs/store".into())
    });
}

#[test]
fn what_a_killed_process_began_does_not_fill_a_folder() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".fidoscope-ab12.new"), "{\"sch").unwrap();
    Store::create_or_open(folder.path()).unwrap();
}

/// A store in a folder of this name is filled, read, put together and checked.
#[track_caller]
fn check_name(name: &std::ffi::OsStr) {
    let above = TempDir::new().unwrap();
    let path = above.path().join(name);
    let store = Store::create_or_open(&path).unwrap();
    let line = r#""kind":"authentication.completed","outcome":"success","credential_id":"AQ""#;
    for minute in 0..3 {
        crate::tests::add(&store, &format!("{minute}.ndjson"), &[(minute, line)]);
    }
    let now = crate::tests::noon(22);
    let options = crate::CredentialOptions::new(now, 1);
    crate::Credentials::of(&store).update(&options).unwrap();
    store.update_minutes(now).unwrap();
    assert!(!store.optimize(now, 2).unwrap().is_empty());
    let vacuum = crate::VacuumOptions {
        now: now + chrono::TimeDelta::days(36_500),
        older_than: chrono::TimeDelta::days(7),
        dry_run: false,
    };
    store.vacuum(&vacuum).unwrap();
    let store = Store::open(&path).unwrap();
    let sql = "SELECT count(*) FROM events_enriched";
    let rows = store.query(sql, &crate::Limits::default()).unwrap().rows;
    assert_eq!(rows, [[fidoscope_report::Cell::Integer(3)]], "{name:?}");
    assert_eq!(Store::check(&path).unwrap().problems, [], "{name:?}");
    let beside = fs::read_dir(above.path()).unwrap();
    let beside: Vec<_> = beside.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, [name], "nothing lies under another name");
}

#[test]
fn a_store_may_have_any_name_that_the_engine_reads_as_it_is() {
    for name in ["a%", "a%zz", "a b#c?d", "gr\u{fc}n"] {
        check_name(name.as_ref());
    }
}

/// A folder of this name is refused, and nothing is made under this or another one.
#[track_caller]
fn check_refused(name: &std::ffi::OsStr) {
    let above = TempDir::new().unwrap();
    for made in [
        Store::create_or_open(&above.path().join(name)),
        Store::open(&above.path().join(name)),
    ] {
        let error = made.unwrap_err();
        assert!(matches!(error, StoreError::Place { .. }), "{error}");
    }
    assert_eq!(fs::read_dir(above.path()).unwrap().count(), 0);
}

#[test]
fn a_name_that_the_engine_takes_for_another_is_refused() {
    for name in ["a%20b", "a%25b", "a%2Fb", "a\\b", "a\nb"] {
        check_refused(name.as_ref());
    }
    #[cfg(unix)]
    check_refused(std::os::unix::ffi::OsStrExt::from_bytes(b"a\xffb"));
}

#[test]
fn a_store_is_opened_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store");
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::Missing { .. })
    ));
    let made = Store::create_or_open(&path).unwrap().version().unwrap();
    let opened = Store::create_or_open(&path).unwrap();
    assert_eq!(opened.version().unwrap(), made);
}

/// A store that was made before there were these columns.
#[test]
fn an_older_store_gets_the_columns_that_it_lacks() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store");
    drop(Store::create_or_open(&path).unwrap());
    fs::remove_dir_all(path.join("events")).unwrap();
    fs::create_dir(path.join("events")).unwrap();
    fs::write(path.join(MARKER), "{\"schema\":\"fidoscope.store/1\"}").unwrap();
    let old = event_schema();
    let mut fields = old.fields().iter();
    let fields: Vec<_> = fields
        .by_ref()
        .filter(|field| field.name() != "attestation_object")
        .cloned()
        .collect();
    let schema = deltalake::arrow::datatypes::Schema::new(fields);
    let schema: deltalake::kernel::StructType =
        deltalake::kernel::engine::arrow_conversion::TryFromArrow::try_from_arrow(&schema).unwrap();
    let made = async {
        let url = deltalake::ensure_table_uri(path.join("events").to_string_lossy()).unwrap();
        DeltaTable::try_from_url(url)
            .await
            .unwrap()
            .create()
            .with_columns(schema.fields().cloned())
            .with_partition_columns([EVENT_DATE])
            .await
            .unwrap();
    };
    Runtime::new().unwrap().block_on(made);
    let store = Store::open(&path).unwrap();
    let line = r#""kind":"authentication.completed","outcome":"success","credential_id":"AQ""#;
    crate::tests::add(&store, "native.ndjson", &[(1, line)]);
    let sql = "SELECT attestation_object, kind FROM events";
    let rows = store.query(sql, &crate::Limits::default()).unwrap().rows;
    assert_eq!(rows.len(), 1);
    let marker = fs::read_to_string(path.join(MARKER)).unwrap();
    assert!(marker.contains("\"columns\":4"), "{marker}");
}
