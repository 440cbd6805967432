use super::Search;
use crate::tests::{corpus_blobs, day, unsigned};
use crate::{Blob, Level};

const BLOB: &str = r#"{"entries":[
  {"aaguid":"f1d05c0e-0000-0000-0000-000000000002",
   "metadataStatement":{"description":"Juniper Key 2","keyProtection":["hardware","secure_element"],
     "authenticationAlgorithms":["secp256r1_ecdsa_sha256_raw","ed25519_eddsa_sha512_raw"],
     "attachmentHint":["external","wired","nfc"],"friendlyNames":{"de-DE":"Wacholder"}},
   "statusReports":[{"status":"FIDO_CERTIFIED_L2","effectiveDate":"2026-01-01"},
     {"status":"FIDO_CERTIFIED","effectiveDate":"2026-01-01"},
     {"status":"FIDO_CERTIFIED_L1","effectiveDate":"2024-01-01"}]},
  {"aaguid":"f1d05c0e-0000-0000-0000-000000000001",
   "metadataStatement":{"description":"Juniper Key 1","keyProtection":["software"],
     "authenticatorGetInfo":{"transports":["usb","hybrid"]}},
   "statusReports":[{"status":"REVOKED","effectiveDate":"2026-06-01","sunsetDate":"2026-09-01"},
     {"status":"FIDO_CERTIFIED_L1","effectiveDate":"2024-01-01"}]},
  {"aaid":"4e4e#4005"}
]}"#;

#[track_caller]
fn check(search: Search, on: &str, expected: &[&str]) {
    let blob = Blob::open(&unsigned(BLOB)).unwrap();
    let found: Vec<_> = blob
        .search(&search, day(on))
        .iter()
        .map(|entry| entry.description())
        .collect();
    assert_eq!(found, expected);
}

fn text(text: &str) -> Search {
    Search {
        text: Some(text.to_owned()),
        ..Search::default()
    }
}

#[test]
fn everything_matches_nothing_asked() {
    check(
        Search::default(),
        "2026-10-01",
        &["", "Juniper Key 1", "Juniper Key 2"],
    );
}

#[test]
fn models_are_found_by_words_of_their_names() {
    check(
        text("juniper"),
        "2026-10-01",
        &["Juniper Key 1", "Juniper Key 2"],
    );
    check(text("2 KEY"), "2026-10-01", &["Juniper Key 2"]);
    check(text("wacholder"), "2026-10-01", &["Juniper Key 2"]);
    check(text("birch"), "2026-10-01", &[]);
}

#[test]
fn models_are_found_by_level_at_a_date() {
    let level = |level| Search {
        level: Some(level),
        ..Search::default()
    };
    check(
        level(Level::L1),
        "2026-10-01",
        &["Juniper Key 1", "Juniper Key 2"],
    );
    check(level(Level::L2), "2026-10-01", &["Juniper Key 2"]);
    check(level(Level::L2), "2025-12-31", &[]);
    check(level(Level::L3), "2026-10-01", &[]);
    check(level(Level::L1), "2026-07-01", &["Juniper Key 2"]);
}

#[test]
fn models_are_found_by_status_in_force() {
    let status = |word: &str| Search {
        status: Some(word.to_owned()),
        ..Search::default()
    };
    check(status("REVOKED"), "2026-07-01", &["Juniper Key 1"]);
    check(status("revoked"), "2026-05-31", &[]);
    check(status("revoked"), "2026-09-01", &[]);
    check(status("FIDO_CERTIFIED"), "2026-10-01", &["Juniper Key 2"]);
}

#[test]
fn models_are_found_by_what_they_can() {
    let one = |set: fn(&mut Search) -> &mut Option<String>, word: &str| {
        let mut search = Search::default();
        *set(&mut search) = Some(word.to_owned());
        search
    };
    let today = "2026-10-01";
    check(
        one(|s| &mut s.transport, "usb"),
        today,
        &["Juniper Key 1", "Juniper Key 2"],
    );
    check(one(|s| &mut s.transport, "NFC"), today, &["Juniper Key 2"]);
    check(
        one(|s| &mut s.transport, "hybrid"),
        today,
        &["Juniper Key 1"],
    );
    check(
        one(|s| &mut s.algorithm, "ed25519"),
        today,
        &["Juniper Key 2"],
    );
    check(
        one(|s| &mut s.key_protection, "Secure_Element"),
        today,
        &["Juniper Key 2"],
    );
}

#[test]
fn levels_are_read_as_people_write_them() {
    for (word, level) in [
        ("L1", Level::L1),
        ("l1+", Level::L1Plus),
        ("L3plus", Level::L3Plus),
        ("FIDO_CERTIFIED_L2", Level::L2),
    ] {
        assert_eq!(word.parse(), Ok(level));
        assert_eq!(level.to_string().parse(), Ok(level));
    }
    assert_eq!(
        "L4".parse::<Level>().unwrap_err().to_string(),
        "unknown level `L4`, expected L1, L1plus, L2, L2plus, L3 or L3plus"
    );
}

#[test]
fn real_models_are_found() {
    let Some((_, blob, _)) = corpus_blobs().pop() else {
        return;
    };
    let today = day("2024-12-20");
    let names = |search: &Search| -> Vec<&str> {
        let found = blob.search(search, today);
        found.iter().map(|entry| entry.description()).collect()
    };
    let revoked = Search {
        status: Some("REVOKED".to_owned()),
        ..Search::default()
    };
    assert_eq!(names(&revoked), ["TruU Windows Authenticator"]);
    let high = Search {
        level: Some(Level::L2),
        ..Search::default()
    };
    assert_eq!(names(&high).len(), 45);
    // Its description does not name the vendor, its trust anchor does.
    let yubico = names(&text("yubico"));
    assert!(yubico.contains(&"YubiKey 5 Series with NFC"), "{yubico:?}");
}
