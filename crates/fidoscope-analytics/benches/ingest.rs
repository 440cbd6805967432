//! How fast a native log gets into a store, and how fast rules, indicators and panels come out.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidoscope_analytics::{IngestOptions, Input, Silent, Span, Store};
use fidoscope_events::{Catalogue, Pseudonyms};

const EVENTS: u32 = 36_000;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 0, 0, 0)
        .single()
        .unwrap_or_default()
}

/// Lines of about 580 bytes, over ten days.
fn log() -> Vec<u8> {
    let mut text = String::new();
    for number in 0..EVENTS {
        let ts = now() - TimeDelta::days(10) + TimeDelta::seconds(i64::from(number) * 24);
        let id = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (user, key) = (number % 4999, id % 7001);
        let outcome = if number % 97 == 0 {
            "failure"
        } else {
            "success"
        };
        let kind = if outcome == "success" {
            "completed"
        } else {
            "failed"
        };
        let ts = ts.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let written = writeln!(
            text,
            "{{\"ts\":\"{ts}\",\"event_id\":\"{id:016x}{number:016x}\",\
             \"source_event_type\":\"webauthn.get\",\"kind\":\"authentication.{kind}\",\
             \"ceremony\":\"get\",\"outcome\":\"{outcome}\",\"ceremony_id\":\"c{id:016x}\",\
             \"request_id\":\"r{id:016x}\",\"session_id\":\"s{id:016x}\",\
             \"user_id\":\"user-{user}\",\"rp_id\":\"login.example\",\
             \"origin\":\"https://login.example\",\"credential_id\":\"AAAAAAAA{key:08}\",\
             \"aaguid\":\"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4\",\"attachment\":\"platform\",\
             \"transports\":[\"internal\",\"hybrid\"],\"flags\":{{\"up\":true,\"uv\":true}},\
             \"sign_count\":{number},\"signature_verified\":true,\"server_ms\":{user}.5,\
             \"client_ip\":\"203.0.113.9\",\"browser\":\"Firefox\",\"os\":\"Linux\"}}"
        );
        assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text.into_bytes()
}

fn ingest(folder: &Path, text: &[u8], threads: usize) -> Store {
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let options = IngestOptions {
        threads,
        ..IngestOptions::new(&catalogue, &pseudonyms, now())
    };
    let store = Store::create_or_open(folder).expect("an empty folder becomes a store");
    let input = Input::new("bench.ndjson", text);
    let summary = store
        .ingest(input, &options, &mut Silent)
        .expect("the log is sound");
    assert_eq!(summary.events, u64::from(EVENTS));
    store
}

fn writing(criterion: &mut Criterion) {
    let text = log();
    let mut group = criterion.benchmark_group("ingest native");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(
        u64::try_from(text.len()).unwrap_or(u64::MAX),
    ));
    for threads in [1, 2] {
        group.bench_function(format!("{threads} threads"), |bencher| {
            bencher.iter_with_large_drop(|| {
                let folder = tempfile::tempdir().expect("a temporary folder");
                black_box(ingest(&folder.path().join("store"), &text, threads));
                folder
            });
        });
    }
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = ingest(&folder.path().join("store"), &log(), 2);
    let span = Span {
        since: now() - TimeDelta::days(30),
        until: now(),
    };
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10);
    group.bench_function("indicators", |bencher| {
        bencher.iter(|| {
            store
                .slis(span, None, &Catalogue::builtin())
                .expect("the store answers")
        });
    });
    group.bench_function("panel", |bencher| {
        bencher.iter(|| {
            store
                .panel("outcome_by_bucket", span, &Catalogue::builtin())
                .expect("the store answers")
        });
    });
    group.finish();
}

criterion_group!(benches, writing, reading);
criterion_main!(benches);
