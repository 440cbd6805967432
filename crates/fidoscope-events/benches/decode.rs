//! Native lines per second, beside `serde_json` into a struct of the same fields; and Okta's, whose
//! mapping finds its values by paths.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it could not do by failing"
)]

use std::hint::black_box;

use chrono::{TimeZone as _, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidoscope_events::{Catalogue, Context, Line, Pseudonyms, Scratch};

/// A line as a relying party would write it, about 580 bytes.
fn lines() -> Vec<String> {
    (0..1000_u32)
        .map(|n| {
            format!(
                concat!(
                    r#"{{"ts":"2026-03-01T12:{:02}:{:02}.{:03}Z","event_id":"01JNA{:08}","kind":"authentication.completed","#,
                    r#""outcome":"success","ceremony":"get","role":"primary","challenge_hash":"AAECAwQFBgcICQoLDA0ODw","#,
                    r#""session_id":"s-{:06}","user_id":"u-{:06}","user_segment":"consumer","rp_id":"example.org","#,
                    r#""origin":"https://login.example.org","app":"web","credential_id":"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA","#,
                    r#""flags":{{"up":true,"uv":true,"be":false,"bs":false}},"sign_count":{},"transports":["usb","nfc"],"#,
                    r#""server_ms":{}.5,"ceremony_ms":{},"client_ip":"198.51.100.{}","geo_country":"DE","browser":"Firefox","os":"Linux"}}"#,
                ),
                n % 60, n / 60, n, n, n % 97, n % 389, n + 1, n % 90 + 3, n + 900, n % 250,
            )
        })
        .collect()
}

/// What a program written for this one shape would do, without looking at any value.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "only parsing is measured")]
struct Fixed<'a> {
    ts: &'a str,
    event_id: &'a str,
    kind: &'a str,
    outcome: &'a str,
    ceremony: &'a str,
    role: &'a str,
    challenge_hash: &'a str,
    session_id: &'a str,
    user_id: &'a str,
    user_segment: &'a str,
    rp_id: &'a str,
    origin: &'a str,
    app: &'a str,
    credential_id: &'a str,
    flags: Flags,
    sign_count: u32,
    #[serde(borrow)]
    transports: Vec<&'a str>,
    server_ms: f64,
    ceremony_ms: f64,
    client_ip: &'a str,
    geo_country: &'a str,
    browser: &'a str,
    os: &'a str,
}

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "only parsing is measured")]
struct Flags {
    up: bool,
    uv: bool,
    be: bool,
    bs: bool,
}

fn decode(c: &mut Criterion) {
    let lines = lines();
    let bytes = lines
        .iter()
        .map(|line| u64::try_from(line.len()).unwrap())
        .sum();
    let mut group = c.benchmark_group("native");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("decode into events", |bench| {
        let pseudonyms = Pseudonyms::new([7; 32]);
        let now = Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap();
        let context = Context::new(&pseudonyms, now);
        let catalogue = Catalogue::builtin();
        let native = catalogue.get("native").unwrap();
        let mut scratch = Scratch::new();
        bench.iter(|| {
            for line in &lines {
                let line = native.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
                    black_box(event);
                });
                assert_eq!(line, Line::Mapped(1));
            }
        });
    });
    group.bench_function("serde_json into a fixed struct", |bench| {
        bench.iter(|| {
            for line in &lines {
                black_box(serde_json::from_slice::<Fixed<'_>>(line.as_bytes()).unwrap());
            }
        });
    });
    group.finish();
}

/// Lines of Okta's System Log, about two kilobytes each.
const OKTA: &str = include_str!("okta.ndjson");

fn mapped(c: &mut Criterion) {
    let mut group = c.benchmark_group("okta");
    group.throughput(Throughput::Bytes(u64::try_from(OKTA.len()).unwrap()));
    group.bench_function("decode into events", |bench| {
        let pseudonyms = Pseudonyms::new([7; 32]);
        let now = Utc.with_ymd_and_hms(2030, 1, 1, 0, 0, 0).unwrap();
        let context = Context::new(&pseudonyms, now);
        let catalogue = Catalogue::builtin();
        let okta = catalogue.get("okta").unwrap();
        let mut scratch = Scratch::new();
        bench.iter(|| {
            let mut events = 0;
            for line in OKTA.lines() {
                okta.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
                    black_box(event);
                    events += 1;
                });
            }
            assert!(events > 0, "the lines have events");
        });
    });
    group.finish();
}

criterion_group!(benches, decode, mapped);
criterion_main!(benches);
