//! Assertions of other algorithms and registrations with certificates, each beside the signature
//! verifications that no verifier can do without.

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidoscope_authenticator::{
    Algorithm, Asserted, Created, SoftwareAuthenticator, TestBench, models,
};
use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Verdict, verify};
use fidoscope_webauthn::CoseKey;

use self::case::Registration;

#[path = "cases/registration.rs"]
mod case;

fn bench() -> TestBench {
    let now = "2026-10-01T12:00:00Z".parse().expect("an instant");
    TestBench::new(7, "example.org", now).expect("a bench")
}

fn registered(
    bench: &TestBench,
    algorithm: Algorithm,
) -> (SoftwareAuthenticator, Created, Recording) {
    let [mut model, ..] = models();
    model.algorithm = algorithm;
    let mut authenticator = bench.authenticator(model, 1).expect("an authenticator");
    let (created, recording) = bench
        .registration("registered", &mut authenticator, None)
        .expect("a registration");
    (authenticator, created, recording)
}

fn message(data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [data, digest(&SHA256, client_data).as_ref()].concat()
}

/// What verifies an assertion's signature and does nothing else.
struct Raw {
    algorithm: Algorithm,
    /// The parts of the COSE key, as the backend takes them.
    key: [Vec<u8>; 2],
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Raw {
    fn new(algorithm: Algorithm, created: &Created, asserted: &Asserted) -> Self {
        let key = CoseKey::decode(&created.public_key).expect("a key");
        let part = |label| key.bytes(label).unwrap_or_default().to_vec();
        Self {
            algorithm,
            key: match algorithm {
                Algorithm::Es384 => [[vec![4], part(-2), part(-3)].concat(), Vec::new()],
                _ => [part(-1), part(-2)],
            },
            message: message(&asserted.authenticator_data, &asserted.client_data_json),
            signature: asserted.signature.clone(),
        }
    }

    fn verify(&self) {
        let [first, second] = &self.key;
        let with = |with: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(with, key).verify(&self.message, &self.signature)
        };
        let verified = match self.algorithm {
            Algorithm::Es384 => with(&lc::ECDSA_P384_SHA384_ASN1, first),
            Algorithm::Rs256 => {
                let key = RsaPublicKeyComponents {
                    n: first,
                    e: second,
                };
                let with = &lc::RSA_PKCS1_2048_8192_SHA256;
                key.verify(with, &self.message, &self.signature)
            }
            _ => with(&lc::ED25519, second),
        };
        verified.expect("a good signature");
    }
}

fn assertions(criterion: &mut Criterion) {
    for algorithm in [Algorithm::Es384, Algorithm::Rs256, Algorithm::Ed25519] {
        let bench = bench();
        let (mut authenticator, created, recording) = registered(&bench, algorithm);
        let (asserted, used) = bench
            .authentication("used", &mut authenticator, &recording, &created, None)
            .expect("an assertion");
        let name = format!("{}-assertion", algorithm.name().to_lowercase());
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        let raw = Raw::new(algorithm, &created, &asserted);
        group.bench_function("raw-verify", |bencher| {
            bencher.iter(|| black_box(&raw).verify());
        });
        let trace = verify(&used, &Context::default());
        assert_eq!(trace.verdict, Verdict::Accept);
        group.bench_function("recording-to-trace", |bencher| {
            bencher.iter(|| verify(black_box(&used), &Context::default()));
        });
        group.finish();
    }
}

fn registrations(criterion: &mut Criterion) {
    for case in [Registration::packed(), Registration::tpm()] {
        let mut group = criterion.benchmark_group(case.name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("raw-two-p256-verifies", |bencher| {
            bencher.iter(|| case.verify_signatures());
        });
        let trace = verify(&case.recording, &Context::default());
        assert_eq!(trace.verdict, Verdict::Accept);
        group.bench_function("recording-to-trace", |bencher| {
            bencher.iter(|| verify(black_box(&case.recording), &Context::default()));
        });
        group.finish();
    }
}

criterion_group!(benches, assertions, registrations);
criterion_main!(benches);
