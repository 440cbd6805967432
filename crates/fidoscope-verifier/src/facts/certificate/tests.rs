//! The reader of certificates as they should be written, beside `x509-parser`, which reads more.

use std::path::{Path, PathBuf};

use fidoscope_metadata::Blob;
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::{AttestationObject, base64url};
use proptest::prelude::*;

use super::*;

/// Whether the strict reader reads it; then the other one reads the same.
#[track_caller]
fn is_usual(der: &[u8]) -> bool {
    let Some(usual) = form::Certificate::read(der) else {
        return false;
    };
    assert_eq!(tolerant::read(der), Ok(usual));
    let certificate = Certificate::parse_tolerant(der).unwrap();
    let subject = tolerant::in_words(der, |read| read.subject.to_string());
    assert_eq!(Some(certificate.subject()), subject);
    true
}

fn certificates_of(document: &serde_json::Value) -> Vec<Vec<u8>> {
    let member = document.pointer("/response/response/attestationObject");
    let bytes = member.and_then(|member| base64url::decode(member.as_str()?).ok());
    let bytes = bytes.unwrap_or_default();
    let object = AttestationObject::decode(&bytes).ok();
    let statement = object.as_ref().and_then(|object| object.statement());
    let list = statement.and_then(|statement| statement.member("x5c")?.as_array());
    let items = list.unwrap_or_default().iter();
    items
        .filter_map(Value::as_bytes)
        .map(<[u8]>::to_vec)
        .collect()
}

/// What our own authenticators send, in every format, and what mutations make of it.
fn made() -> Vec<Vec<u8>> {
    let mutants = fidoscope_mutations::mutants(&|_| true).unwrap().mutants;
    let documents = mutants
        .iter()
        .map(|mutant| serde_json::from_str(&mutant.json));
    let documents = documents.filter_map(Result::ok);
    let mut found: Vec<_> = documents
        .flat_map(|document| certificates_of(&document))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What real authenticators sent, and the roots of real metadata.
fn collected(corpus: &Path) -> Vec<Vec<u8>> {
    let files = |folder| {
        let files = std::fs::read_dir(corpus.join(folder)).unwrap();
        files.map(|file| file.unwrap().path())
    };
    let mut found = Vec::new();
    for path in files("ceremonies") {
        let text = std::fs::read_to_string(path).unwrap();
        let documents = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        found.extend(documents.flat_map(|document| certificates_of(&document)));
    }
    for path in files("metadata") {
        if let Ok(blob) = Blob::open(&std::fs::read(path).unwrap()) {
            let roots = blob
                .entries()
                .iter()
                .flat_map(|entry| entry.attestation_roots());
            found.extend(roots.cloned());
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn certificates_of_authenticators_are_read_alike() {
    let made = made();
    let rare: Vec<_> = made.iter().filter(|der| !is_usual(der)).collect();
    // The mutations that are not about a certificate's contents: none at all, and two in one.
    assert!(
        rare.iter().all(|der| tolerant::read(der).is_err()),
        "{rare:x?}"
    );
    assert!(
        made.len() > 50 && rare.len() < 4,
        "{} of {}",
        rare.len(),
        made.len()
    );
    let Some(corpus) = std::env::var_os("FIDOSCOPE_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: FIDOSCOPE_CORPUS names no folder");
        return;
    };
    let mut rare = collected(&corpus);
    rare.retain(|der| !is_usual(der));
    let [two, old] = rare.as_slice() else {
        panic!("{rare:x?}");
    };
    let refused = Err("476 bytes after the certificate".to_owned());
    assert_eq!(tolerant::read(two), refused);
    // Its organizational unit is a TeletexString, which RFC 5280 §4.1.2.4 leaves to old names.
    let old = Certificate::parse(old).unwrap();
    assert!(
        old.subject()
            .ends_with("CN=Entrust.net Certification Authority (2048)")
    );
    assert_eq!(
        old.subject_values(Attribute::OrganizationalUnit).next(),
        Some("")
    );
}

/// Some certificates that are read.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = made();
    samples.retain(|der| is_usual(der));
    samples.truncate(8);
    samples
}

#[test]
fn a_changed_byte_is_read_alike() {
    let mut read = 0;
    for der in samples().iter().take(2) {
        for at in 0..der.len() {
            let mut der = der.clone();
            for byte in [der[at] ^ 1, der[at] ^ 0x20, der[at] ^ 0x80, 0xff] {
                der[at] = byte;
                read += usize::from(is_usual(&der));
            }
        }
    }
    assert!(read > 500, "{read}");
}

proptest! {
    #[test]
    fn changes_are_read_alike(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..4),
    ) {
        static SAMPLES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(samples);
        let mut der = which.get(&SAMPLES).clone();
        for (at, byte, how) in changes {
            let at = at.index(der.len());
            match how {
                0 => der[at] = byte,
                1 => der.insert(at, byte),
                _ => drop(der.remove(at)),
            }
        }
        is_usual(&der);
    }
}
