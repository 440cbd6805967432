//! Assertions and a certified registration of other algorithms, each beside the signature
//! verifications that no verifier can do without.

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use ciborium::Value;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fidoscope_authenticator::{
    Algorithm, Asserted, Created, Format, SoftwareAuthenticator, TestBench, models,
};
use fidoscope_verifier::{Context, Verdict, verify};
use fidoscope_webauthn::{CoseKey, Recording};
use x509_parser::prelude::{FromDer as _, X509Certificate};

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

/// The statement's signature and the certificate's, with keys as their certificates hold them.
fn packed_x5c(criterion: &mut Criterion) {
    let bench = bench();
    let (_, created, recording) = registered(&bench, Algorithm::Es256);
    let object: Value = ciborium::from_reader(&created.attestation_object[..]).expect("CBOR");
    let member = |map: &Value, name: &str| {
        let entries = map.as_map().expect("a map");
        let found = entries.iter().find(|(key, _)| key.as_text() == Some(name));
        found.expect("a member").1.clone()
    };
    assert_eq!(
        member(&object, "fmt").as_text(),
        Some(Format::PackedX5c.identifier())
    );
    let statement = member(&object, "attStmt");
    let signature = member(&statement, "sig").into_bytes().expect("bytes");
    let [leaf, ..] = &member(&statement, "x5c").into_array().expect("a list")[..] else {
        return;
    };
    let leaf = leaf.as_bytes().expect("a certificate");
    let (_, leaf) = X509Certificate::from_der(leaf).expect("a certificate");
    let (_, root) = X509Certificate::from_der(bench.pki().root_der()).expect("a certificate");
    let signed = message(&created.authenticator_data, &created.client_data_json);
    let point = |certificate: &X509Certificate<'_>| {
        certificate.public_key().subject_public_key.data.to_vec()
    };
    let (leaf_key, root_key) = (point(&leaf), point(&root));
    let mut group = criterion.benchmark_group("packed-x5c-registration");
    group.throughput(Throughput::Elements(1));
    group.bench_function("raw-two-p256-verifies", |bencher| {
        bencher.iter(|| {
            let key = UnparsedPublicKey::new(&lc::ECDSA_P256_SHA256_ASN1, black_box(&leaf_key));
            key.verify(&signed, &signature).expect("a good signature");
            let key = UnparsedPublicKey::new(&lc::ECDSA_P256_SHA256_ASN1, black_box(&root_key));
            key.verify(leaf.tbs_certificate.as_ref(), &leaf.signature_value.data)
                .expect("a good signature");
        });
    });
    let trace = verify(&recording, &Context::default());
    assert_eq!(trace.verdict, Verdict::Accept);
    group.bench_function("recording-to-trace", |bencher| {
        bencher.iter(|| verify(black_box(&recording), &Context::default()));
    });
    group.finish();
}

criterion_group!(benches, assertions, packed_x5c);
criterion_main!(benches);
