use fidoscope_report::{Sli, SliStatus};

use super::*;
use crate::tests::{add, days, store_of};

const STARTED: &str = r#""kind":"authentication.started","outcome":"challenge""#;
const GOOD: &str = r#""kind":"authentication.completed","outcome":"success","server_ms":40,"ceremony_ms":900,"signature_verified":true"#;
const BAD: &str = r#""kind":"authentication.failed","outcome":"failure","failure_reason":"signature_invalid","signature_verified":false"#;

fn store() -> (tempfile::TempDir, Store) {
    let with =
        |start: &str, id: &str, os: &str| format!(r#"{start},"ceremony_id":"{id}","os":"{os}""#);
    let lines = [
        (0, with(STARTED, "a", "linux")),
        (1, with(GOOD, "a", "linux")),
        (2, with(STARTED, "b", "linux")),
        (3, with(BAD, "b", "linux")),
        (4, with(STARTED, "c", "macos")),
        (5, with(GOOD, "c", "macos")),
        (6, with(STARTED, "d", "macos")),
    ];
    let lines: Vec<(u32, &str)> = lines
        .iter()
        .map(|(at, text)| (*at, text.as_str()))
        .collect();
    store_of(&lines)
}

fn find<'s>(slis: &'s [Sli], id: &str, group: Option<&str>) -> &'s Sli {
    slis.iter()
        .find(|sli| sli.id == id && sli.group.as_deref() == group)
        .unwrap()
}

#[test]
fn ceremonies_are_counted_once_with_their_starts() {
    let (_folder, store) = store();
    let slis = store.slis(days(1, 2), None, &Catalogue::builtin()).unwrap();
    let success = find(&slis, "M2", None);
    // Two of four: one failed, one was given up.
    assert_eq!((success.value, success.sample), (Some(0.5), 4));
    assert_eq!(find(&slis, "M7", None).value, Some(40.0));
    assert_eq!(find(&slis, "M3", None).sample, 2);
    let registration = find(&slis, "M1", None);
    assert_eq!(
        (registration.value, registration.status),
        (None, SliStatus::NoData)
    );
}

#[test]
fn a_repeated_line_counts_once() {
    let (_folder, store) = store();
    let before = store.slis(days(1, 2), None, &Catalogue::builtin()).unwrap();
    let again = format!(r#"{GOOD},"ceremony_id":"a","os":"linux""#);
    add(&store, "copy.ndjson", &[(1, &again)]);
    assert_eq!(
        store.slis(days(1, 2), None, &Catalogue::builtin()).unwrap(),
        before
    );
}

#[test]
fn groups_are_the_values_of_a_column() {
    let (_folder, store) = store();
    let slis = store
        .slis(days(1, 2), Some("os"), &Catalogue::builtin())
        .unwrap();
    assert_eq!(find(&slis, "M2", Some("linux")).value, Some(0.5));
    assert_eq!(find(&slis, "M2", Some("macos")).sample, 2);
    let error = store
        .slis(days(1, 2), Some("oss"), &Catalogue::builtin())
        .unwrap_err()
        .to_string();
    assert_eq!(error, "oss is not a column; did you mean os?");
    assert!(
        store
            .slis(days(1, 2), Some("aaguid"), &Catalogue::builtin())
            .is_ok()
    );
    assert!(
        store
            .slis(days(1, 2), Some("transports"), &Catalogue::builtin())
            .is_err()
    );
}

#[test]
fn an_empty_span_has_no_values_and_the_store_has_an_extent() {
    let (_folder, store) = store();
    let slis = store.slis(days(5, 6), None, &Catalogue::builtin()).unwrap();
    assert!(
        slis.iter()
            .filter(|sli| sli.unit != fidoscope_report::Unit::Count)
            .all(|sli| sli.value.is_none())
    );
    let extent = store.extent().unwrap().unwrap();
    assert_eq!(extent.since, crate::tests::noon(1));
    let (_folder, empty) = store_of(&[]);
    assert_eq!(empty.extent().unwrap(), None);
}
