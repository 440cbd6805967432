use std::fs;

use tempfile::TempDir;

use super::*;
use crate::Store;
use crate::tests::add;

const LINE: &str = r#""kind":"authentication.completed","outcome":"success","user_id":"ada""#;

fn print(key: u8) -> String {
    Pseudonyms::new([key; 32]).fingerprint()
}

fn digits(key: u8) -> String {
    key_text(&[key; 32])
}

/// A store, perhaps with an event under the key of sevens, as today's version makes one or as an older one
/// did; and perhaps with this in the file of its key.
fn store(filled: bool, old: bool, file: Option<&str>) -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store");
    let store = Store::create_or_open(&path).unwrap();
    if old {
        fs::write(
            path.join(MARKER),
            "{\"schema\":\"fidoscope.store/1\",\"columns\":3}",
        )
        .unwrap();
    }
    if filled {
        add(&store, "log", &[(1, LINE)]);
    }
    if old {
        fs::write(
            path.join(MARKER),
            "{\"schema\":\"fidoscope.store/1\",\"columns\":3}",
        )
        .unwrap();
    }
    if let Some(text) = file {
        fs::write(path.join(KEY), text).unwrap();
    }
    (folder, store)
}

/// What the store gives as its own key, of eights where one is made.
#[track_caller]
fn check_own((filled, old, file): (bool, bool, Option<&str>), expected: Result<u8, &str>) {
    let (_folder, store) = store(filled, old, file);
    match (store.own_key(|| Ok([8; 32])), expected) {
        (Ok(key), Ok(expected)) => {
            assert_eq!(key, [expected; 32]);
            assert_eq!(store.kept_key().unwrap(), Some(key));
        }
        (Err(error), Err(expected)) => {
            assert!(error.to_string().contains(expected), "{error}");
        }
        (found, expected) => panic!("{found:?}, not {expected:?}"),
    }
}

#[test]
fn a_key_is_made_once_and_a_lost_one_is_not_made_anew() {
    let seven = digits(7);
    check_own((false, false, None), Ok(8));
    check_own((false, true, None), Ok(8));
    check_own((true, false, Some(&seven)), Ok(7));
    check_own((true, true, Some(&seven)), Ok(7));
    // What a full disk left of it before anything was stored.
    check_own((false, false, Some("")), Ok(8));
    check_own((true, false, None), Err("under a key that lies elsewhere"));
    check_own((true, true, None), Err("pseudonym.key is gone"));
    check_own(
        (true, false, Some("")),
        Err("would be taken for another one"),
    );
    check_own(
        (true, false, Some(&seven[..40])),
        Err("does not hold a key: 64 hexadecimal digits expected, found 40"),
    );
    check_own((false, false, Some("x")), Err("does not hold a key"));
}

/// Whether a store takes this key.
#[track_caller]
fn check_key(from: (bool, bool, Option<&str>), key: u8, taken: bool) {
    let (_folder, store) = store(from.0, from.1, from.2);
    let pseudonyms = Pseudonyms::new([key; 32]);
    assert_eq!(store.check_key(&pseudonyms).is_ok(), taken);
    match store.settle_key(&pseudonyms) {
        Ok(_) => {
            assert!(taken);
            assert_eq!(store.held().unwrap().key, Some(print(key)));
        }
        Err(error) => {
            assert!(!taken, "{error}");
            let said = error.to_string();
            assert!(said.contains(&print(key)), "{said}");
            assert!(said.contains(&print(7)), "{said}");
        }
    }
}

#[test]
fn another_key_than_that_of_the_users_is_refused() {
    check_key((true, false, None), 7, true);
    check_key((true, false, None), 8, false);
    check_key((true, false, Some(&digits(8))), 8, false);
    // A store of old remembers none, but may have its own.
    check_key((true, true, Some(&digits(7))), 7, true);
    check_key((true, true, Some(&digits(7))), 8, false);
    check_key((true, true, None), 7, true);
    // Nothing is stored yet.
    check_key((false, false, Some(&digits(7))), 8, true);
}

/// What a check says of the key.
#[track_caller]
fn check_faults(file: Option<&str>, mode: u32, expected: &[&str]) {
    let (_folder, store) = store(false, false, Some(&digits(7)));
    add(&store, "log", &[(1, LINE)]);
    let path = store.path().join(KEY);
    match file {
        None => fs::remove_file(&path).unwrap(),
        Some(text) => fs::write(&path, text).unwrap(),
    }
    #[cfg(unix)]
    if file.is_some() {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&path, mode).unwrap();
    }
    let report = Store::check(store.path()).unwrap();
    let found: Vec<&str> = report.problems.iter().map(|one| &*one.problem).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn a_check_looks_at_the_key() {
    check_faults(Some(&digits(7)), 0o600, &[]);
    check_faults(Some(""), 0o600, &["does not hold a key"]);
    check_faults(Some("0707"), 0o600, &["does not hold a key"]);
    check_faults(None, 0o600, &["the key of the pseudonyms is gone"]);
    check_faults(Some(&digits(8)), 0o600, &["and the pseudonyms are under"]);
    check_faults(
        Some(&digits(7)),
        0o644,
        &["may be read by others than its owner (mode 644)"],
    );
}
