use std::fs;

use tempfile::TempDir;

use super::*;

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
