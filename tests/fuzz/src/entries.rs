//! What is fuzzed: every decoder of bytes from outside, by name. Nothing is asserted but what
//! holds for any bytes: no panic, and agreement of two readers of the same thing.

use std::sync::LazyLock;

use fidoscope_conformance::inspect::{Artifact, Request, Style, inspect as draw};
use fidoscope_conformance::{PolicyFile, load};
use fidoscope_detect::Rule;
use fidoscope_events::{Catalogue, Context as LineContext, Mapping, Pseudonyms, Scratch};
use fidoscope_metadata::{Anchors, Blob, Options};
use fidoscope_tui::Dashboard;
use fidoscope_verifier::{Context, Profile, verify};
use fidoscope_webauthn::key_description::KeyDescription;
use fidoscope_webauthn::tpm::{TpmAttest, TpmPublic, TpmSignature};
use fidoscope_webauthn::{
    AttestationObject, AuthenticatorData, ClientDataText, CoseKey, Recording, ResponseBody,
    base64url, cbor, der,
};

/// A fuzzed function.
pub type Entry = fn(&[u8]);

/// Every entry by name; a target of the same name runs it.
pub const ENTRIES: &[(&str, Entry)] = &[
    ("attestation_object", attestation_object),
    ("authenticator_data", authenticator_data),
    ("base64url", base64_url),
    ("cbor", cbor_item),
    ("certificate", certificate),
    ("client_data", client_data),
    ("cose_key", cose_key),
    ("crl", crl),
    ("dashboard", dashboard),
    ("der", der_elements),
    ("events", events),
    ("inspect", inspect),
    ("key_description", key_description),
    ("mapping", mapping),
    ("metadata_blob", metadata_blob),
    ("policy", policy),
    ("recording", recording),
    ("rule", rule),
    ("signature", signature),
    ("tpm", tpm),
    ("verify", verify_bytes),
];

/// 2026-11-20, the demonstration data's present.
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_795_132_800, 0).unwrap_or_default()
}

fn attestation_object(bytes: &[u8]) {
    if let Ok(object) = AttestationObject::decode(bytes) {
        let _ = (object.trailing(), object.foreign_keys());
        let data = object.authenticator_data().and_then(cbor::Value::as_bytes);
        authenticator_data(data.unwrap_or_default());
    }
}

fn authenticator_data(bytes: &[u8]) {
    let data = AuthenticatorData::decode(bytes);
    let extensions = data.extensions.as_ref();
    let _ = extensions.map(|found| (found.names().is_some(), found.wrong_shape()));
    // Whoever can be read has no problem, and whoever cannot has one.
    assert_eq!(data.rp_id_hash.is_none(), bytes.len() < 32);
}

fn base64_url(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(decoded) = base64url::decode(text)
    {
        assert_eq!(base64url::encode(&decoded), text);
    }
}

fn cbor_item(bytes: &[u8]) {
    let outline = cbor::outline(bytes, 0);
    match cbor::decode(bytes) {
        Ok(decoded) => assert_eq!((outline.fault, outline.consumed), (None, decoded.consumed)),
        Err(error) => assert_eq!(outline.fault, Some(error)),
    }
}

/// A certificate as the verifier meets it: in the attestation of a recording, and as an anchor.
fn certificate(bytes: &[u8]) {
    drawn(bytes, Artifact::Certificate);
    static REGISTRATION: LazyLock<Option<Recording>> = LazyLock::new(|| {
        Recording::from_json(include_bytes!(
            "../../../datasets/ceremonies/registration-packed.json"
        ))
        .ok()
    });
    let Some(mut recording) = REGISTRATION.clone() else {
        return;
    };
    let text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}{padding}\n-----END CERTIFICATE-----\n");
    recording.policy.anchors.push(pem.clone());
    judged(&recording);
    let _ = Anchors::from_pem(pem.as_bytes());
}

fn client_data(bytes: &[u8]) {
    let text = ClientDataText::decode(bytes);
    let _ = text.parse();
    drawn(bytes, Artifact::ClientData);
}

fn cose_key(bytes: &[u8]) {
    if let Ok(key) = CoseKey::decode(bytes) {
        let _ = (key.has_integer_labels(), key.labels().count());
    }
    drawn(bytes, Artifact::CoseKey);
}

/// A revocation list for the demonstration's BLOB, DER.
fn crl(bytes: &[u8]) {
    static BLOB: LazyLock<Option<(Blob, Anchors)>> = LazyLock::new(|| {
        let blob = include_bytes!("../../../datasets/metadata/test-blob.jwt");
        let root = include_bytes!("../../../datasets/metadata/test-root.pem");
        Some((Blob::open(blob).ok()?, Anchors::from_pem(root).ok()?))
    });
    if let Some((blob, anchors)) = BLOB.as_ref() {
        let options = Options {
            crls: vec![bytes.to_vec()],
            ..Options::default()
        };
        let _ = blob.verify(anchors, now(), &options);
    }
}

fn dashboard(bytes: &[u8]) {
    let _ = yaml(bytes, |text| {
        Dashboard::parse(text, "fuzz.yaml", &["slis"]).is_ok()
    });
}

fn der_elements(bytes: &[u8]) {
    for element in der::Elements::new(bytes).flatten() {
        let _ = (element.kind(), element.integer());
    }
    drawn(bytes, Artifact::Der);
}

/// A line of every source that has a mapping.
fn events(bytes: &[u8]) {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
    let pseudonyms = Pseudonyms::new([7; 32]);
    let context = LineContext::new(&pseudonyms, now());
    let mut scratch = Scratch::new();
    for mapping in CATALOGUE.iter() {
        let _ = mapping.decode(bytes, &context, &mut scratch, &mut |_| ());
    }
    let _ = CATALOGUE.detect(&[bytes]);
}

fn inspect(bytes: &[u8]) {
    if let Ok(inspection) = draw(bytes, Request::default()) {
        let _ = (inspection.text(Style::default()), inspection.json());
    }
}

fn key_description(bytes: &[u8]) {
    let _ = KeyDescription::decode(bytes);
    drawn(bytes, Artifact::KeyDescription);
}

fn mapping(bytes: &[u8]) {
    let _ = yaml(bytes, |text| Mapping::parse(text, "fuzz.yaml").is_ok());
}

fn metadata_blob(bytes: &[u8]) {
    if let Ok(blob) = Blob::open(bytes) {
        static ANCHORS: LazyLock<Anchors> = LazyLock::new(Anchors::builtin);
        let _ = blob.verify(&ANCHORS, now(), &Options::default());
    }
}

fn policy(bytes: &[u8]) {
    let _ = yaml(bytes, |text| PolicyFile::parse(text, "fuzz.yaml").is_ok());
}

fn recording(bytes: &[u8]) {
    let _ = load("fuzz.json", bytes);
    let _ = load("fuzz.jsonl", bytes);
}

fn rule(bytes: &[u8]) {
    let _ = yaml(bytes, |text| Rule::parse(text, "fuzz.yml").is_ok());
}

/// The signature of an assertion.
fn signature(bytes: &[u8]) {
    static ASSERTION: LazyLock<Option<Recording>> = LazyLock::new(|| {
        Recording::from_json(include_bytes!(
            "../../../datasets/ceremonies/authentication-packed.json"
        ))
        .ok()
    });
    let Some(mut recording) = ASSERTION.clone() else {
        return;
    };
    if let Some(credential) = recording.response.credential_mut()
        && let ResponseBody::Object(response) = &mut credential.response
    {
        response.signature = base64url::encode(bytes).into();
    }
    judged(&recording);
}

fn tpm(bytes: &[u8]) {
    let _ = (TpmAttest::decode(bytes), TpmPublic::decode(bytes));
    let _ = TpmSignature::decode(bytes);
    drawn(bytes, Artifact::TpmCertInfo);
    drawn(bytes, Artifact::TpmPubArea);
}

fn verify_bytes(bytes: &[u8]) {
    if let Ok(recording) = Recording::from_json(bytes) {
        judged(&recording);
    }
}

fn judged(recording: &Recording) {
    let context = Context {
        now: Some(now()),
        profile: Profile::WebauthnL3,
        ..Context::default()
    };
    let _ = verify(recording, &context);
}

fn drawn(bytes: &[u8], artifact: Artifact) {
    let request = Request {
        artifact: Some(artifact),
        ..Request::default()
    };
    if let Ok(inspection) = draw(bytes, request) {
        let _ = inspection.text(Style::default());
    }
}

fn yaml(bytes: &[u8], parse: impl Fn(&str) -> bool) -> Option<bool> {
    std::str::from_utf8(bytes).ok().map(parse)
}
