//! Faults that other verifiers had in judging TPMs and compound statements, by their number in our
//! list of peers.

use fidoscope_authenticator::{
    Algorithm, Seed, SignatureKind, TestKey, TpmDraft, TpmNames, cose_key, extended_key_usage,
};
use fidoscope_verifier::Status;

use crate::compound::{Part, attested as compound};
use crate::fixture::{Registration, compare, compare_stricter, status_of};
use crate::tpm::{attested, identity, keys, put_extension};

/// The check of `pubArea` was left out for keys of a kind that TPMs do not have.
#[test]
fn n44_a_key_that_no_tpm_has_is_no_reason_to_look_away() {
    let mut registration = attested(
        TpmDraft::new(identity(|_| {})),
        SignatureKind::Genuine,
        |_| {},
    );
    let made = registration.attest.take().unwrap();
    let key = TestKey::derive_for(Algorithm::EdDsa, &Seed::new(1, "steps"), "credential");
    registration.key_item = Some(cose_key(&key).unwrap());
    registration.around(|r| r.options.pub_key_cred_params.as_mut().unwrap()[0].alg = -8);
    // The TPM speaks of a key of its own.
    registration.attest = Some(Box::new(|_, signed| made(&Registration::new(), signed)));
    compare(&registration.build(), "att.tpm.pub-key", "");
}

#[test]
fn n44_the_exponent_is_big_endian() {
    let both = (Algorithm::Rs256, Algorithm::Rs256);
    let swapped = 65537_u32.swap_bytes();
    keys(both, |tpm| tpm.public.exponent = 65537, "accept");
    keys(both, |tpm| tpm.public.exponent = swapped, "att.tpm.pub-key");
}

/// A usage that the verifier had not heard of made it refuse the certificate.
#[test]
fn n45_an_unknown_usage_beside_the_right_one_is_fine() {
    let usages = extended_key_usage(&[&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 99], &[0x67, 0x81, 5, 8, 3]]);
    let identity = identity(|leaf| put_extension(leaf, usages));
    let registration = attested(TpmDraft::new(identity), SignatureKind::Genuine, |_| {});
    compare(&registration.build(), "accept", "");
}

/// A compound statement counted as no attestation at all.
#[test]
fn n45_a_compound_statement_is_an_attestation() {
    let mut registration = compound(&[Part::Certified, Part::Tpm], None);
    registration.around(|r| r.policy.require_attestation = Some(true));
    let recording = registration.build();
    compare(&recording, "accept", "att-obj.att-stmt");
    status_of(&recording, "reg.trust-anchors", Status::Pass);
}

/// The subject is empty and its names are critical: neither is a fault.
#[test]
fn n51_an_empty_subject_and_critical_names() {
    let registration = attested(
        TpmDraft::new(identity(|_| {})),
        SignatureKind::Genuine,
        |_| {},
    );
    let recording = registration.build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, "accept", "accept");
    let names = TpmNames {
        critical: false,
        ..TpmNames::default()
    };
    let identity = identity(|leaf| put_extension(leaf, names.extension()));
    let registration = attested(TpmDraft::new(identity), SignatureKind::Genuine, |_| {});
    compare(&registration.build(), "att.tpm.cert.san", "");
}
