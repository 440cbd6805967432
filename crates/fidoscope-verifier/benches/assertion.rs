//! One recorded ES256 assertion, from the bytes of its JSON to the trace, beside the raw signature
//! verification that no verifier can do without.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Verdict, verify};

#[path = "cases/assertion.rs"]
mod case;

fn assertion(criterion: &mut Criterion) {
    let case = case::Assertion::new();
    let mut group = criterion.benchmark_group("es256-assertion");
    group.throughput(Throughput::Elements(1));
    group.bench_function("raw-p256-verify", |bencher| {
        bencher.iter(|| case.verify_signature());
    });
    group.bench_function("json-to-trace", |bencher| {
        bencher.iter(|| {
            let recording = Recording::from_json(black_box(&case.json)).expect("a recording");
            let trace = verify(&recording, &Context::default());
            assert_eq!(trace.verdict, Verdict::Accept);
            trace
        });
    });
    group.bench_function("json-only", |bencher| {
        bencher.iter(|| Recording::from_json(black_box(&case.json)));
    });
    group.bench_function("recording-to-trace", |bencher| {
        bencher.iter(|| verify(black_box(&case.recording), &Context::default()));
    });
    group.bench_function("recording-fail-fast", |bencher| {
        bencher.iter(|| case.fail_fast());
    });
    group.finish();
}

criterion_group!(benches, assertion);
criterion_main!(benches);
