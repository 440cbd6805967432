//! What may stand in a credential key (`WebAuthn L3 §6.5.1`), and what is an RSA key at all.

use ciborium::Value;
use fidoscope_authenticator::Algorithm;
use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Status};

use crate::algorithms::{assertion, cose, key_for, registration};
use crate::fixture::{compare, compare_stricter, put, status_of, verify};

fn edited(algorithm: Algorithm, edit: impl FnOnce(&mut Vec<(Value, Value)>)) -> Recording {
    let mut made = registration(&key_for(algorithm));
    edit(&mut made.cose);
    made.build()
}

fn bytes(length: usize) -> Value {
    Value::Bytes(vec![1; length])
}

/// Refused in every profile, told as `found`.
#[track_caller]
fn excess(algorithm: Algorithm, label: impl Into<Value>, value: Value, found: &str) {
    let recording = edited(algorithm, |key| put(key, label, value));
    compare(&recording, "cose.optional", "");
    compare_stricter(&recording, "cose.optional", "cose.optional");
    let trace = verify(&recording, &Context::default());
    let said = trace.outcome("cose.optional").unwrap();
    assert_eq!(said.found(), Some(found), "{algorithm:?}");
}

#[test]
fn parameters_that_the_key_type_does_not_define() {
    use Algorithm as A;
    excess(A::Es256, 100, 1.into(), "unknown parameter (100)");
    excess(A::Es256, -70_000, 1.into(), "unknown parameter (-70000)");
    excess(A::Es256, 0, 1.into(), "unknown parameter (0)");
    excess(A::Es256, -5, bytes(32), "unknown parameter (-5)");
    excess(A::Rs256, -70_000, 1.into(), "unknown parameter (-70000)");
    excess(A::Rs256, -13, bytes(256), "unknown parameter (-13)");
    excess(A::EdDsa, -3, bytes(32), "unknown parameter (-3)");
    excess(A::Ed448, 100, 1.into(), "unknown parameter (100)");
    excess(A::MlDsa44, -3, bytes(32), "unknown parameter (-3)");
    let most = "unknown parameter (18446744073709551615)";
    excess(A::Es384, u64::MAX, 1.into(), most);
    excess(A::Es256, 2, bytes(3), "optional parameter (2)");
    excess(A::Rs256, 5, bytes(3), "optional parameter (5)");
    let verify = Value::Array(vec![2.into()]);
    excess(A::EdDsa, 4, verify, "optional parameter (4)");
}

/// RFC 9053 §7.1.1 and §7.2, RFC 8230 §4, and the AKP key type.
#[test]
fn private_parts_are_told_from_unknown_parameters() {
    use Algorithm as A;
    excess(A::Es256, -4, bytes(32), "private part (-4)");
    excess(A::EdDsa, -4, bytes(32), "private part (-4)");
    excess(A::MlDsa44, -2, bytes(32), "private part (-2)");
    for label in -12..=-3 {
        let found = format!("private part ({label})");
        excess(A::Rs256, label, bytes(128), &found);
    }
    // Of both, the one that burns the key is told.
    let both = edited(A::Es256, |key| {
        put(key, 100, 1);
        put(key, -4, bytes(32));
    });
    let trace = verify(&both, &Context::default());
    let found = trace.outcome("cose.optional").unwrap().found();
    assert_eq!(found, Some("private part (-4)"));
}

/// Whoever does not know the key type does not know its parameters.
#[test]
fn parameters_of_a_key_type_that_is_not_known() {
    let unknown = |label: i64| {
        edited(Algorithm::Es256, |key| {
            put(key, 1, 99);
            put(key, label, bytes(3));
        })
    };
    compare(&unknown(-70_000), "cose.alg-kty", "");
    compare(&unknown(2), "cose.optional", "");
    compare(&unknown(100), "cose.optional", "");
}

#[track_caller]
fn no_rsa_key(label: i64, number: Vec<u8>, found: &str) {
    let recording = edited(Algorithm::Rs256, |key| {
        put(key, label, Value::Bytes(number))
    });
    compare(&recording, "cose.rsa-key", "");
    compare_stricter(&recording, "cose.rsa-key", "cose.rsa-key");
    let trace = verify(&recording, &Context::default());
    let said = trace.outcome("cose.rsa-key").unwrap().found();
    assert_eq!(said, Some(found));
}

/// RFC 8017 §3.1.
#[test]
fn numbers_that_are_no_rsa_key() {
    let (n, _) = key_for(Algorithm::Rs256).rsa_parts().unwrap();
    no_rsa_key(-1, vec![], "a modulus of 0");
    no_rsa_key(-1, vec![0; 256], "a modulus of 0");
    let mut even = n.clone();
    even[255] &= 0xfe;
    no_rsa_key(-1, even, "an even modulus");
    no_rsa_key(-2, vec![], "an exponent of 0");
    no_rsa_key(-2, vec![0, 0, 1], "an exponent of 1");
    no_rsa_key(-2, vec![1, 0, 0], "an even exponent");
    let whole = "an exponent of 2048 bits, a modulus of 2048";
    no_rsa_key(-2, n.clone(), whole);
    let longer = "an exponent of 2056 bits, a modulus of 2048";
    no_rsa_key(-2, [&[0xff], &n[..]].concat(), longer);
    no_rsa_key(-1, vec![3], "an exponent of 17 bits, a modulus of 2");
    let usual = edited(Algorithm::Rs256, |_| {});
    status_of(&usual, "cose.rsa-key", Status::Pass);
    compare_stricter(&usual, "accept", "accept");
    // The exponent of some old keys, and one that few read.
    for exponent in [vec![3], vec![0xff; 16]] {
        let rare = edited(Algorithm::Rs256, |key| put(key, -2, Value::Bytes(exponent)));
        compare(&rare, "accept", "");
    }
}

/// Once stored, no signature is one by such a key; with an exponent of 1 everybody could write it.
#[test]
fn no_signature_is_by_a_key_that_is_none() {
    for (label, number) in [(-2, vec![1]), (-2, vec![1, 0, 0]), (-1, vec![])] {
        let mut stored = cose(&key_for(Algorithm::Rs256));
        put(&mut stored, label, Value::Bytes(number));
        let made = assertion(stored, |m| key_for(Algorithm::Rs256).sign(m));
        compare(&made.build(), "auth.signature", "");
    }
}
