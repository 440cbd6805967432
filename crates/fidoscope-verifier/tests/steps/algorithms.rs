//! Every COSE algorithm: in registrations of format none and packed, in certificates, in assertions.

use ciborium::Value;
use fidoscope_authenticator::{Algorithm, LeafOptions, Seed, TestKey, TestPki, Validity};
use fidoscope_recording::CredentialParameter;
use fidoscope_verifier::Status;
use fidoscope_webauthn::{Aaguid, base64url};

use crate::fixture::{AAGUID, Assertion, Registration, cbor, compare, status_of};

pub(crate) fn key_for(algorithm: Algorithm) -> TestKey {
    TestKey::derive_for(algorithm, &Seed::new(1, "algorithms"), "credential")
}

pub(crate) fn cose(key: &TestKey) -> Vec<(Value, Value)> {
    let bytes = fidoscope_authenticator::cose_key(key).unwrap();
    let value: Value = ciborium::from_reader(&bytes[..]).unwrap();
    value.into_map().unwrap()
}

/// A registration of format none with this key, whose algorithm was offered.
pub(crate) fn registration(key: &TestKey) -> Registration {
    let mut registration = Registration::new();
    registration.cose = cose(key);
    offer(&mut registration, key.algorithm().number());
    registration
}

pub(crate) fn offer(registration: &mut Registration, alg: i64) {
    registration.around(move |recording| {
        let kind = "public-key".to_owned();
        recording.options.pub_key_cred_params = Some(vec![CredentialParameter { kind, alg }]);
    });
}

/// A packed statement: `alg`, what was signed with, and certificates.
pub(crate) fn packed(
    registration: &mut Registration,
    alg: i64,
    sign: impl FnOnce(&[u8]) -> Vec<u8> + 'static,
    x5c: Vec<Vec<u8>>,
) {
    registration.format = "packed".into();
    registration.attest = Some(Box::new(move |_, signed| {
        let mut statement = vec![
            ("alg".into(), alg.into()),
            ("sig".into(), Value::Bytes(sign(signed))),
        ];
        if !x5c.is_empty() {
            let x5c = x5c.into_iter().map(Value::Bytes).collect();
            statement.push(("x5c".into(), Value::Array(x5c)));
        }
        Value::Map(statement)
    }));
}

/// An assertion by a key that was stored with these parameters.
pub(crate) fn assertion(
    stored: Vec<(Value, Value)>,
    sign: impl FnOnce(&[u8]) -> Vec<u8> + 'static,
) -> Assertion {
    let mut assertion = Assertion::new();
    assertion.signature = Box::new(move |message| sign(&message));
    assertion.record(move |record| {
        record.public_key = base64url::encode(&cbor(&Value::Map(stored)));
    });
    assertion
}

pub(crate) fn flipped(mut signature: Vec<u8>) -> Vec<u8> {
    // Not the first bytes, which are the form of some, nor the last, which are zero in others.
    let middle = signature.len() / 2;
    signature[middle] ^= 1;
    signature
}

#[track_caller]
fn check_algorithm(algorithm: Algorithm) {
    let key = key_for(algorithm);
    compare(&registration(&key).build(), "accept", "");
    let number = algorithm.number();
    let attested = |sign: fn(&TestKey, &[u8]) -> Vec<u8>| {
        let mut made = registration(&key);
        let signing = key.clone();
        packed(&mut made, number, move |m| sign(&signing, m), Vec::new());
        made.build()
    };
    compare(&attested(|key, signed| key.sign(signed)), "accept", "");
    let broken = attested(|key, signed| flipped(key.sign(signed)));
    compare(&broken, "att.packed.self.sig", "");
    let asserted = |sign: fn(&TestKey, &[u8]) -> Vec<u8>| {
        let signing = key.clone();
        assertion(cose(&key), move |m| sign(&signing, m)).build()
    };
    compare(&asserted(|key, signed| key.sign(signed)), "accept", "");
    let broken = asserted(|key, signed| flipped(key.sign(signed)));
    compare(&broken, "auth.signature", "");
    let other = asserted(|_, _| vec![0x30]);
    let step = match algorithm.name().starts_with("ES") {
        true => "sig.der",
        false => "auth.signature",
    };
    compare(&other, step, "");
}

#[test]
fn every_algorithm_registers_and_signs_in() {
    for algorithm in Algorithm::ALL {
        check_algorithm(algorithm);
    }
}

fn validity() -> Validity {
    Validity {
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn leaf_options() -> LeafOptions {
    LeafOptions::new("Key", Aaguid(AAGUID), validity())
}

pub(crate) fn pki(root: Algorithm) -> TestPki {
    TestPki::new_for(
        root,
        &Seed::new(1, "algorithms"),
        "fidoscope test",
        validity(),
    )
    .unwrap()
}

/// A packed registration by a certified key under a root.
pub(crate) fn certified(
    pki: &TestPki,
    key: TestKey,
    alg: i64,
    sign: impl FnOnce(&TestKey, &[u8]) -> Vec<u8> + 'static,
) -> Registration {
    let identity = pki.certify(key, &leaf_options()).unwrap();
    let mut made = registration(&key_for(Algorithm::Es256));
    let key = identity.key;
    packed(&mut made, alg, move |m| sign(&key, m), identity.x5c);
    let anchor = pki.root_pem();
    made.around(|recording| recording.policy.anchors = vec![anchor]);
    made
}

/// The attestation key and the key of the root above it.
#[test]
fn attestation_keys_and_roots_of_every_kind() {
    for kind in Algorithm::ALL {
        let key = key_for(kind);
        let made = |sign: fn(&TestKey, &[u8]) -> Vec<u8>| {
            certified(&pki(kind), key.clone(), kind.number(), sign).build()
        };
        compare(&made(|key, signed| key.sign(signed)), "accept", "");
        let broken = made(|key, signed| flipped(key.sign(signed)));
        compare(&broken, "att.packed.sig", "");
    }
}

/// 1024 bits are too few for a lint of ours, and for nothing else, where the backend has the hash.
#[test]
fn short_rsa_keys_are_no_bad_signatures() {
    let short = || TestKey::derive_short_rsa(Algorithm::Rs256, &Seed::new(1, "algorithms"), "old");
    let made = certified(&pki(Algorithm::Rs256), short(), -257, |key, m| key.sign(m));
    compare(&made.build(), "accept", "");
    let sha384 = |key: &TestKey, m: &[u8]| key.sign_as(Algorithm::Rs384, m).unwrap();
    let made = certified(&pki(Algorithm::Rs256), short(), -258, sha384);
    compare(&made.build(), "open: att.packed.sig", "");
    let stored = cose(&short());
    let signed = assertion(stored.clone(), move |m| short().sign(m)).build();
    compare(&signed, "accept", "");
    let broken = assertion(stored, move |m| flipped(short().sign(m))).build();
    compare(&broken, "auth.signature", "");
    let recording = registration(&short()).build();
    status_of(&recording, "cose.rsa", Status::Observation);
    let usual = registration(&key_for(Algorithm::Rs256)).build();
    status_of(&usual, "cose.rsa", Status::Pass);
}

/// The length of a key follows from its curve or its parameter set.
#[test]
fn keys_of_known_kinds_have_their_lengths() {
    use Algorithm as A;
    for (kind, label) in [
        (A::EdDsa, -2),
        (A::Ed448, -2),
        (A::MlDsa44, -1),
        (A::MlDsa87, -1),
    ] {
        let key = key_for(kind);
        let mut made = registration(&key);
        let cut = key.point()[1..].to_vec();
        crate::fixture::put(&mut made.cose, label, Value::Bytes(cut));
        compare(&made.build(), "cose.coord-len", "");
    }
}

/// A certificate signed in a way that is not verified here: nothing is known of the signature, and
/// so the path is neither trusted nor refused.
#[test]
fn unsupported_certificate_signatures_leave_trust_open() {
    const ECDSA_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
    let pki = pki(Algorithm::Es256);
    let identity = pki
        .certify(key_for(Algorithm::Es256), &leaf_options())
        .unwrap();
    let mut leaf = identity.x5c[0].clone();
    let mut changed = 0;
    while let Some(at) = leaf.windows(8).position(|part| part == ECDSA_SHA256) {
        // ecdsa-with-SHA224
        leaf[at + 7] = 1;
        changed += 1;
    }
    assert_eq!(changed, 2);
    let mut made = registration(&identity.key);
    packed(&mut made, -7, move |m| identity.key.sign(m), vec![leaf]);
    let anchor = pki.root_pem();
    made.around(|recording| recording.policy.anchors = vec![anchor]);
    let recording = made.build();
    compare(&recording, "open: chain.name-sig", "");
    status_of(&recording, "reg.trust", Status::NotEvaluated);
    status_of(&recording, "reg.trust.untrusted", Status::NotEvaluated);
}
