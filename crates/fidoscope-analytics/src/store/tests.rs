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
