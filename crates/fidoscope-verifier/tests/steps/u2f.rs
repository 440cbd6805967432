use ciborium::Value;
use fidoscope_authenticator::TestKey;
use fidoscope_verifier::Status;

use crate::fixture::{RP_ID, Registration, compare, key, put, sha256, status_of};
use crate::packed::{Pki, map, pem};

/// A key of another kind than U2F knows.
struct EdwardsKey;

impl rcgen::PublicKeyData for EdwardsKey {
    fn der_bytes(&self) -> &[u8] {
        &[7; 32]
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

/// A U2F statement; `edit` may change its members.
pub(crate) fn attest(edit: impl FnOnce(&mut Vec<(Value, Value)>) + 'static) -> Registration {
    let mut registration = Registration::new();
    registration.format = "fido-u2f".into();
    let root = Pki::new().root_pem();
    registration.around(move |r| r.policy.anchors = vec![root]);
    registration.attest = Some(Box::new(move |r, _| {
        let credential: TestKey = key("credential");
        let message = [
            vec![0],
            sha256(RP_ID.as_bytes()),
            sha256(&r.client_data),
            r.credential_id.clone(),
            credential.point().to_vec(),
        ]
        .concat();
        let leaf = Pki::new().leaf(&|_| {});
        let mut statement = vec![
            (
                "sig".into(),
                Value::Bytes(key("attestation").sign_der(&message)),
            ),
            ("x5c".into(), Value::Array(vec![Value::Bytes(leaf)])),
        ];
        edit(&mut statement);
        Value::Map(statement)
    }));
    registration
}

#[track_caller]
fn check(edit: impl FnOnce(&mut Vec<(Value, Value)>) + 'static, step: &str) {
    compare(&attest(edit).build(), step, "");
}

#[test]
fn statement_faults() {
    check(|_| {}, "accept");
    check(|s| map(s, "sig", None), "att.u2f.syntax");
    check(|s| map(s, "x5c", None), "att.u2f.syntax");
    check(
        |s| map(s, "x5c", Some(Value::Array(Vec::new()))),
        "att.u2f.x5c-one",
    );
    check(
        |s| {
            let leaf = Value::Bytes(Pki::new().leaf(&|_| {}));
            map(s, "x5c", Some(Value::Array(vec![leaf.clone(), leaf])));
        },
        "att.u2f.x5c-one",
    );
    check(
        |s| {
            let leaf = Pki::new().leaf_for(&EdwardsKey);
            map(s, "x5c", Some(Value::Array(vec![Value::Bytes(leaf)])));
        },
        "att.u2f.cert-p256",
    );
    check(
        |s| {
            map(
                s,
                "sig",
                Some(Value::Bytes(key("attestation").sign_der(b"else"))),
            )
        },
        "att.u2f.sig",
    );
}

/// The form of the key is judged before, but the format asks again.
#[test]
fn coordinates_have_32_bytes() {
    for (label, step) in [(-2, "att.u2f.x"), (-3, "att.u2f.y")] {
        let mut registration = attest(|_| {});
        put(&mut registration.cose, label, Value::Bytes(vec![7; 31]));
        let recording = registration.build();
        compare(&recording, "cose.coord-len", "");
        status_of(&recording, step, Status::Fail);
    }
}

#[test]
fn flags_and_counter_are_not_covered() {
    let mut registration = attest(|_| {});
    registration.flags = 0x41;
    compare(&registration.build(), "accept", "");
}

#[test]
fn another_anchor_does_not_help() {
    let mut registration = attest(|_| {});
    let other = pem(&Pki::named("another").root());
    registration.around(move |r| r.policy.anchors = vec![other]);
    compare(&registration.build(), "chain.build", "");
}
