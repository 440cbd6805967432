//! `att.tpm.*`. Statements come from a software TPM; what is edited before it signs is signed.

use ciborium::Value;
use fidoscope_authenticator::{
    AaguidExtension, Algorithm, Identity, LeafOptions, Seed, SignatureKind, TestKey, TestPki,
    TpmDraft, TpmNames, Validity, cose_key, extended_key_usage,
};
use fidoscope_verifier::Status;
use fidoscope_webauthn::Aaguid;

use crate::fixture::{AAGUID, Registration, compare, compare_stricter, key, put, status_of};
use crate::packed::map;

type Members = Vec<(Value, Value)>;

pub(crate) fn validity() -> Validity {
    Validity {
        not_before: "2024-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2034-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn pki() -> TestPki {
    TestPki::new(&Seed::new(1, "steps"), "fidoscope test tpm", validity()).unwrap()
}

pub(crate) fn identity(edit: impl FnOnce(&mut LeafOptions)) -> Identity {
    let mut options = LeafOptions::tpm(validity());
    edit(&mut options);
    pki().attestation("aik", &options).unwrap()
}

/// A registration that a TPM attests.
pub(crate) fn attested(
    tpm: TpmDraft,
    signature: SignatureKind,
    edit: impl FnOnce(&mut Members) + 'static,
) -> Registration {
    let mut registration = Registration::new();
    registration.format = "tpm".into();
    let root = pki().root_pem();
    registration.around(move |r| r.policy.anchors = vec![root]);
    registration.attest = Some(Box::new(move |registration, signed| {
        let (data, hash) = signed.split_last_chunk().unwrap();
        let cose = registration.key_bytes();
        let statement = tpm.statement(&cose, data, hash, signature).unwrap();
        let mut members = statement.into_map().unwrap();
        edit(&mut members);
        Value::Map(members)
    }));
    registration
}

fn sound() -> TpmDraft {
    TpmDraft::new(identity(|_| {}))
}

/// Edits what the TPM says before it signs.
#[track_caller]
fn said(edit: impl FnOnce(&mut TpmDraft), l3: &str, l2: &str) {
    let mut tpm = sound();
    edit(&mut tpm);
    compare(
        &attested(tpm, SignatureKind::Genuine, |_| {}).build(),
        l3,
        l2,
    );
}

/// Edits the members after everything was signed.
#[track_caller]
fn member(name: &'static str, value: Option<Value>, l3: &str, l2: &str) {
    let edit = move |members: &mut Members| map(members, name, value);
    compare(
        &attested(sound(), SignatureKind::Genuine, edit).build(),
        l3,
        l2,
    );
}

/// Edits the attestation key's certificate.
#[track_caller]
fn certificate(edit: impl FnOnce(&mut LeafOptions), step: &str) {
    let tpm = TpmDraft::new(identity(edit));
    compare(
        &attested(tpm, SignatureKind::Genuine, |_| {}).build(),
        step,
        "",
    );
}

#[track_caller]
fn names(edit: impl FnOnce(&mut TpmNames), step: &str) {
    let mut names = TpmNames::default();
    edit(&mut names);
    certificate(|leaf| put_extension(leaf, names.extension()), step);
}

pub(crate) fn put_extension(
    leaf: &mut LeafOptions,
    extension: fidoscope_authenticator::CertificateExtension,
) {
    leaf.extensions.retain(|old| old.oid != extension.oid);
    leaf.extensions.push(extension);
}

#[test]
fn a_sound_statement_is_accepted() {
    let recording = attested(sound(), SignatureKind::Genuine, |_| {}).build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, "accept", "accept");
    for step in [
        "att.tpm.syntax",
        "att.tpm.ver",
        "att.tpm.pub-area",
        "att.tpm.pub-key",
        "att.tpm.x5c",
        "att.tpm.cert.version",
        "att.tpm.cert.subject",
        "att.tpm.cert.san",
        "att.tpm.cert.vendor",
        "att.tpm.cert.eku",
        "att.tpm.cert.ca",
        "att.tpm.sig",
        "att.tpm.magic",
        "att.tpm.type",
        "att.tpm.extra-data",
        "att.tpm.name",
        "att.tpm.cert-info",
        "reg.trust",
    ] {
        status_of(&recording, step, Status::Pass);
    }
    status_of(&recording, "att.tpm.aaguid-match", Status::NotApplicable);
}

#[test]
fn members_of_the_statement() {
    for name in ["ver", "alg", "sig", "certInfo", "pubArea"] {
        member(name, None, "att.tpm.syntax", "");
        member(name, Some(Value::Null), "att.tpm.syntax", "");
    }
    member("x5c", None, "att.tpm.x5c", "");
    member("x5c", Some(Value::Array(vec![])), "att.tpm.x5c", "");
    member("x5c", Some(Value::Map(vec![])), "att.tpm.syntax", "");
    let garbage = Value::Array(vec![Value::Bytes(vec![0x30, 0])]);
    member("x5c", Some(garbage), "att.tpm.syntax", "");
    member("ver", Some("1.2".into()), "att.tpm.ver", "");
    member("sig", Some(Value::Bytes(vec![])), "att.tpm.sig", "");
    let array = |r: &mut Registration| r.object = vec![("attStmt", Some(Value::Array(vec![])))];
    let mut registration = attested(sound(), SignatureKind::Genuine, |_| {});
    array(&mut registration);
    compare(&registration.build(), "att.tpm.syntax", "att-obj.att-stmt");
}

#[test]
fn the_public_area_is_a_structure_and_nothing_else() {
    said(|tpm| tpm.public.sized = true, "att.tpm.pub-area", "");
    said(|tpm| tpm.public.trailing = vec![0], "att.tpm.pub-area", "");
    let cut = Value::Bytes(vec![0, 0x23, 0]);
    member("pubArea", Some(cut), "att.tpm.pub-area", "");
    said(|tpm| tpm.public.auth_policy = vec![7; 32], "accept", "");
}

#[test]
fn the_public_area_is_about_the_credential_key() {
    said(
        |tpm| tpm.public.x = Some(vec![1; 32]),
        "att.tpm.pub-key",
        "",
    );
    said(
        |tpm| tpm.public.y = Some(vec![1; 32]),
        "att.tpm.pub-key",
        "",
    );
    said(|tpm| tpm.public.x = Some(vec![]), "att.tpm.pub-key", "");
    said(|tpm| tpm.public.curve = Some(4), "att.tpm.pub-key", "");
    // Leading zeros are a matter of form.
    let x = [&[0, 0], key("credential").x()].concat();
    said(move |tpm| tpm.public.x = Some(x), "accept", "");
}

#[test]
fn what_the_tpm_signed() {
    said(|tpm| tpm.attest.magic = 0xff54_4348, "att.tpm.magic", "");
    said(|tpm| tpm.attest.kind = 0x8018, "att.tpm.type", "");
    let wrong = Some(vec![0xee; 32]);
    said(
        move |tpm| tpm.attest.extra_data = wrong,
        "att.tpm.extra-data",
        "",
    );
    said(
        |tpm| tpm.attest.extra_data = Some(vec![]),
        "att.tpm.extra-data",
        "",
    );
    let other = [&[0, 0x0b], [0xee; 32].as_slice()].concat();
    said(|tpm| tpm.attest.name = Some(other), "att.tpm.name", "");
    said(|tpm| tpm.attest.name = Some(vec![]), "att.tpm.name", "");
    // The digest is right, the algorithm before it is another than the key's.
    let cose = Registration::new().key_bytes();
    let mut name = sound().public.name(&cose).unwrap();
    name[1] = 0x0c;
    said(move |tpm| tpm.attest.name = Some(name), "att.tpm.name", "");
    said(|tpm| tpm.public.name_algorithm = 0x0004, "accept", "");
    said(|tpm| tpm.public.name_algorithm = 0x000d, "accept", "");
}

/// The clock, the firmware version and the qualified names are nobody's business.
#[test]
fn members_without_a_rule() {
    said(
        |tpm| {
            tpm.attest.safe = 0x33;
            tpm.attest.firmware_version = u64::MAX;
            tpm.attest.qualified_signer = vec![0, 0x0b, 9];
            tpm.attest.qualified_name = vec![1];
        },
        "accept",
        "",
    );
}

#[test]
fn a_structure_that_ends_early_fails_where_the_member_is_missing() {
    let cut = |length: usize| {
        move |members: &mut Members| {
            let (_, info) = members
                .iter_mut()
                .find(|(name, _)| *name == Value::from("certInfo"))
                .unwrap();
            info.as_bytes_mut().unwrap().truncate(length);
        }
    };
    for (length, step) in [
        (3, "att.tpm.magic"),
        (5, "att.tpm.type"),
        (30, "att.tpm.extra-data"),
        (70, "att.tpm.name"),
    ] {
        let recording = attested(sound(), SignatureKind::Genuine, cut(length)).build();
        status_of(&recording, step, Status::Fail);
        status_of(&recording, "att.tpm.cert-info", Status::Observation);
        compare(&recording, "att.tpm.sig", step);
    }
}

#[test]
fn the_signature() {
    let flipped = attested(sound(), SignatureKind::BitFlipped, |_| {});
    compare(&flipped.build(), "att.tpm.sig", "");
    let mut other = sound();
    other.identity.key = TestKey::derive(&Seed::new(1, "steps"), "another");
    let other = attested(other, SignatureKind::Genuine, |_| {});
    compare(&other.build(), "att.tpm.sig", "");
    let raw = |members: &mut Members| put(members, "sig", Value::Bytes(vec![0x11; 64]));
    let raw = attested(sound(), SignatureKind::Genuine, raw);
    compare(&raw.build(), "sig.der", "");
}

/// The text asks for a structure around the signature, deployed TPMs have none.
#[test]
fn a_wrapped_signature_is_an_observation() {
    let mut tpm = sound();
    tpm.wrapped = true;
    let recording = attested(tpm.clone(), SignatureKind::Genuine, |_| {}).build();
    compare(&recording, "accept", "");
    status_of(&recording, "att.tpm.sig", Status::Observation);
    let flipped = attested(tpm, SignatureKind::BitFlipped, |_| {}).build();
    status_of(&flipped, "reg.att-stmt", Status::Fail);
}

#[test]
fn the_certificate_of_the_attestation_key() {
    certificate(|leaf| leaf.finish.version = 1, "att.tpm.cert.version");
    certificate(
        |leaf| leaf.common_name = Some("AIK".to_owned()),
        "att.tpm.cert.subject",
    );
    certificate(|leaf| leaf.ca = Some(true), "att.tpm.cert.ca");
    certificate(|leaf| leaf.ca = None, "att.tpm.cert.ca");
    let usage = extended_key_usage(&[&[0x2b, 6, 1, 5, 5, 7, 3, 1]]);
    certificate(|leaf| put_extension(leaf, usage), "att.tpm.cert.eku");
    certificate(
        |leaf| leaf.extensions.retain(|e| e.oid != [2, 5, 29, 37]),
        "att.tpm.cert.eku",
    );
    let both = extended_key_usage(&[&[0x2b, 6, 1, 5, 5, 7, 3, 1], &[0x67, 0x81, 5, 8, 3]]);
    certificate(|leaf| put_extension(leaf, both), "accept");
}

#[test]
fn the_names_of_the_tpm() {
    names(|names| names.manufacturer = None, "att.tpm.cert.san");
    names(|names| names.model = None, "att.tpm.cert.san");
    names(|names| names.version = None, "att.tpm.cert.san");
    names(|names| names.critical = false, "att.tpm.cert.san");
    names(|names| names.together = true, "accept");
    names(|names| names.trailing = vec![0x82, 1, b'a', 0], "accept");
    let host = TpmNames::host("tpm.example");
    certificate(|leaf| put_extension(leaf, host), "att.tpm.cert.san");
    certificate(
        |leaf| leaf.extensions.retain(|e| e.oid != [2, 5, 29, 17]),
        "att.tpm.cert.san",
    );
}

#[test]
fn the_model_that_the_certificate_names() {
    let ours = AaguidExtension::Present(Aaguid(AAGUID));
    certificate(move |leaf| leaf.aaguid = ours, "accept");
    let other = AaguidExtension::Present(Aaguid([7; 16]));
    certificate(move |leaf| leaf.aaguid = other, "att.tpm.aaguid-match");
    let bare = AaguidExtension::Unwrapped(Aaguid(AAGUID));
    certificate(move |leaf| leaf.aaguid = bare, "att.tpm.aaguid-match");
}

/// FIDO wants a registered manufacturer; WebAuthn does not, and its own vector has none.
#[test]
fn manufacturers_and_left_over_bytes_matter_to_the_stricter_profiles() {
    for (id, fido_server, strict) in [
        ("id:00000000", "att.tpm.cert.vendor", "att.tpm.cert.vendor"),
        ("Infineon", "att.tpm.cert.vendor", "att.tpm.cert.vendor"),
        ("id:49465800", "accept", "accept"),
    ] {
        let names = TpmNames {
            manufacturer: Some(id.to_owned()),
            ..TpmNames::default()
        };
        let identity = identity(|leaf| put_extension(leaf, names.extension()));
        let recording = attested(TpmDraft::new(identity), SignatureKind::Genuine, |_| {}).build();
        compare(&recording, "accept", "");
        compare_stricter(&recording, fido_server, strict);
    }
    let mut tpm = sound();
    tpm.attest.trailing = vec![0];
    let recording = attested(tpm, SignatureKind::Genuine, |_| {}).build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, "accept", "att.tpm.cert-info");
}

/// Level 3 looks at the certificate before it looks at what was signed, Level 2 after.
#[test]
fn the_levels_differ_in_order() {
    let mut tpm = TpmDraft::new(identity(|leaf| leaf.ca = Some(true)));
    tpm.attest.magic = 0;
    let recording = attested(tpm.clone(), SignatureKind::Genuine, |_| {}).build();
    compare(&recording, "att.tpm.cert.ca", "att.tpm.magic");
    let recording = attested(tpm, SignatureKind::BitFlipped, |_| {}).build();
    compare(&recording, "att.tpm.cert.ca", "att.tpm.magic");
    let mut tpm = TpmDraft::new(identity(|leaf| leaf.ca = Some(true)));
    tpm.public.name_algorithm = 0x000b;
    let recording = attested(tpm, SignatureKind::BitFlipped, |_| {}).build();
    compare(&recording, "att.tpm.cert.ca", "att.tpm.sig");
}

/// The attestation key and the credential key as a TPM has them, each of any algorithm.
fn with_keys(aik: Algorithm, credential: Algorithm) -> (TpmDraft, TestKey) {
    let seed = Seed::new(1, "steps");
    let aik = TestKey::derive_for(aik, &seed, "aik");
    let identity = pki().certify(aik, &LeafOptions::tpm(validity())).unwrap();
    let key = TestKey::derive_for(credential, &seed, "credential");
    (TpmDraft::new(identity), key)
}

#[track_caller]
pub(crate) fn keys(
    (aik, credential): (Algorithm, Algorithm),
    edit: impl FnOnce(&mut TpmDraft),
    step: &str,
) -> fidoscope_recording::Recording {
    let (mut tpm, key) = with_keys(aik, credential);
    edit(&mut tpm);
    let mut registration = attested(tpm, SignatureKind::Genuine, |_| {});
    registration.key_item = Some(cose_key(&key).unwrap());
    registration.around(move |r| {
        let offered = r.options.pub_key_cred_params.as_mut().unwrap();
        offered[0].alg = credential.number();
    });
    let recording = registration.build();
    compare(&recording, step, "");
    recording
}

/// TPMs sign with the key they have, whatever the credential's algorithm is: RS1 under ES256 is
/// what many computers sent.
#[test]
fn keys_of_a_tpm() {
    use Algorithm::{Es256, Es384, Es512, Ps256, Rs1, Rs256};
    for pair in [
        (Rs256, Rs256),
        (Rs1, Es256),
        (Rs1, Rs256),
        (Ps256, Es256),
        (Es384, Es384),
        (Es256, Es512),
    ] {
        keys(pair, |_| {}, "accept");
        let wrapped = keys(pair, |tpm| tpm.wrapped = true, "accept");
        status_of(&wrapped, "att.tpm.sig", Status::Observation);
    }
    let short = |tpm: &mut TpmDraft| tpm.attest.extra_data = Some(vec![0xee; 20]);
    keys((Rs1, Es256), short, "att.tpm.extra-data");
}

#[test]
fn an_rsa_key_is_its_modulus_and_its_exponent() {
    let both = (Algorithm::Rs256, Algorithm::Rs256);
    keys(both, |tpm| tpm.public.exponent = 0, "accept");
    keys(both, |tpm| tpm.public.exponent = 65537, "accept");
    keys(both, |tpm| tpm.public.exponent = 3, "att.tpm.pub-key");
    let modulus = |tpm: &mut TpmDraft| tpm.public.modulus = Some(vec![0xee; 256]);
    keys(both, modulus, "att.tpm.pub-key");
}
