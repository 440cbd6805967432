//! Every kind of artifact as it is drawn, and what happens when bytes are missing or wrong.

use super::*;
use fidoscope_authenticator::{
    AndroidKeyDraft, MetadataSigner, Seed, SignatureKind, TestKey, TestPki, Validity, ceremonies,
    metadata, pem,
};
use fidoscope_recording::{Kind, Recording};
use fidoscope_webauthn::{AttestationObject, base64url};
use proptest::prelude::*;
use std::sync::LazyLock;

static RECORDINGS: LazyLock<Vec<Recording>> =
    LazyLock::new(|| ceremonies(7, "example.org", now()).unwrap());

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-09-01T12:00:00Z".parse().unwrap()
}

fn recording(id: &str) -> &'static Recording {
    RECORDINGS.iter().find(|r| r.id == id).unwrap()
}

/// A member of the response of a recording, decoded.
fn member(id: &str, name: &str) -> Vec<u8> {
    let response = serde_json::to_value(&recording(id).response).unwrap();
    base64url::decode(response["response"][name].as_str().unwrap()).unwrap()
}

fn leaf(id: &str) -> Vec<u8> {
    let object = member(id, "attestationObject");
    let object = AttestationObject::decode(&object).unwrap();
    let x5c = object.statement().unwrap().member("x5c").unwrap();
    x5c.as_array().unwrap()[0].as_bytes().unwrap().to_vec()
}

fn key(id: &str) -> Vec<u8> {
    let object = member(id, "attestationObject");
    let object = AttestationObject::decode(&object).unwrap();
    let data = object.authenticator_data().unwrap().as_bytes().unwrap();
    let data = fidoscope_webauthn::AuthenticatorData::decode(data);
    data.attested.unwrap().key_bytes.to_vec()
}

fn drawn(input: &[u8]) -> String {
    match inspect(input, Request::default()) {
        Ok(inspection) => inspection.text(Style::default()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn attestation_objects() {
    for format in ["none", "packed", "packed-self", "fido-u2f"] {
        let bytes = member(&format!("registration-{format}"), "attestationObject");
        insta::assert_snapshot!(format!("attestation_object_{format}"), drawn(&bytes));
    }
}

#[test]
fn the_model_has_its_name_from_metadata() {
    let signer = MetadataSigner::new(7, now()).unwrap();
    let blob = signer.sign(&metadata(7, "example.org", now()).unwrap());
    let blob = Blob::open(&blob.unwrap()).unwrap();
    let request = Request {
        models: Some(&blob),
        ..Request::default()
    };
    let bytes = member("registration-packed", "attestationObject");
    let text = inspect(&bytes, request).unwrap().text(Style::default());
    assert_eq!(text.matches("(Juniper Key 2").count(), 2, "{text}");
}

#[test]
fn authenticator_data() {
    let bytes = member("authentication-packed", "authenticatorData");
    insta::assert_snapshot!(drawn(&bytes));
}

#[test]
fn client_data() {
    let bytes = member("authentication-packed", "clientDataJSON");
    insta::assert_snapshot!(drawn(base64url::encode(&bytes).as_bytes()));
}

#[test]
fn cose_keys() {
    insta::assert_snapshot!(drawn(&key("registration-packed")));
}

#[test]
fn certificates() {
    insta::assert_snapshot!(drawn(pem(&leaf("registration-packed")).as_bytes()));
}

#[test]
fn key_descriptions() {
    let validity = Validity {
        not_before: "2024-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2034-01-01T00:00:00Z".parse().unwrap(),
    };
    let seed = Seed::new(7, "inspect");
    let draft = AndroidKeyDraft::new(TestPki::new(&seed, "keystore", validity).unwrap());
    let key = TestKey::derive(&seed, "credential");
    let statement = draft.statement(&key, &[0; 37], &[7; 32], SignatureKind::Genuine);
    let statement = statement.unwrap().into_map().unwrap();
    let (_, x5c) = &statement[2];
    let leaf = x5c.as_array().unwrap()[0].as_bytes().unwrap();
    insta::assert_snapshot!(drawn(leaf));
}

/// What a TPM writes, by TPM 2.0 Library Part 2.
#[test]
fn tpm_structures() {
    let attest = [
        "ff544347 8017 0004 01020304 0020",
        &"ab".repeat(32),
        "0000000000012345 00000002 00000001 01 2019102300163636 0022000b",
        &"cd".repeat(32),
        "0000",
    ];
    insta::assert_snapshot!("tpm_cert_info", drawn(attest.concat().as_bytes()));
    let public = [
        "0023 000b 00060472 0000 0010 0010 0003 0010 0020",
        &"11".repeat(32),
        "0020",
        &"22".repeat(32),
    ];
    insta::assert_snapshot!("tpm_pub_area", drawn(public.concat().as_bytes()));
}

#[test]
fn responses_and_recordings() {
    let recording = recording("authentication-packed");
    let response = serde_json::to_vec_pretty(&recording.response).unwrap();
    insta::assert_snapshot!("response", drawn(&response));
    let whole = serde_json::to_vec(recording).unwrap();
    insta::assert_snapshot!("recording", drawn(&whole));
}

#[test]
fn metadata_blobs() {
    let signer = MetadataSigner::new(7, now()).unwrap();
    let blob = signer.sign(&metadata(7, "example.org", now()).unwrap());
    insta::assert_snapshot!(drawn(&blob.unwrap()));
}

#[test]
fn json_has_every_byte() {
    let bytes = member("registration-none", "attestationObject");
    let inspection = inspect(&bytes, Request::default()).unwrap();
    insta::assert_snapshot!(inspection.json());
}

#[test]
fn what_is_broken_is_drawn_as_far_as_it_goes() {
    let object = member("registration-packed", "attestationObject");
    insta::assert_snapshot!(
        "cut_attestation_object",
        drawn(&object[..object.len() - 40])
    );
    let certificate = leaf("registration-packed");
    insta::assert_snapshot!("cut_certificate", drawn(&certificate[..120]));
    let client_data = br#"{"type":"webauthn.get","challenge":"AAEC","origin":"https://ex"#;
    insta::assert_snapshot!("cut_client_data", drawn(client_data));
}

/// Hexadecimal in; what is said about it, without the drawing itself, out.
#[track_caller]
fn check_notes(input: &str, expected: &[&str]) {
    fn collect(part: &Part, notes: &mut Vec<String>) {
        notes.extend(
            part.notes
                .iter()
                .map(|note| format!("{}: {note}", part.name)),
        );
        part.parts.iter().for_each(|part| collect(part, notes));
    }
    let inspection = inspect(input.as_bytes(), Request::default()).unwrap();
    let mut notes = Vec::new();
    collect(&inspection.root, &mut notes);
    let faults = inspection.faults.iter();
    notes.extend(faults.map(|fault| format!("broken at {}: {}", fault.offset, fault.message)));
    assert_eq!(notes, expected);
}

#[test]
fn what_is_odd_is_noted() {
    check_notes("a2 01 02 03 26", &[]);
    check_notes("a2 03 26 01 02", &["kty (1): map key out of order"]);
    check_notes("a3 01 02 03 26 03 26", &["alg (3): duplicate map key"]);
    check_notes(
        "a4 01 02 03 26 20 01 22 f5",
        &["y (-3): compressed point; WebAuthn allows the uncompressed form only"],
    );
    check_notes(
        "a4 01 02 03 26 20 01 21 41 00",
        &["x (-2): 1 bytes, the curve has 32"],
    );
    check_notes(
        "a2 01 02 03 26 ff",
        &["COSE key: 1 bytes left over at offset 5"],
    );
    check_notes(
        &format!("{}51 00000000", "00".repeat(32)),
        &[
            "flags: BS without BE: backed up, but not eligible for it",
            "broken at 37: AAGUID needs 16 bytes, 0 are left",
        ],
    );
}

#[track_caller]
fn check_kind(input: &[u8], expected: &str) {
    let said = match inspect(input, Request::default()) {
        Ok(found) => format!("{} from {}", found.artifact, found.encoding.as_str()),
        Err(error) => error.to_string(),
    };
    assert_eq!(said, expected);
}

#[test]
fn encodings_are_recognized() {
    let object = member("registration-none", "attestationObject");
    check_kind(&object, "attestation-object from raw bytes");
    let url = base64url::encode(&object);
    check_kind(url.as_bytes(), "attestation-object from base64url");
    check_kind(
        format!("\"{url}\"\n").as_bytes(),
        "attestation-object from base64url",
    );
    let hex = text::hexadecimal(&object);
    check_kind(hex.as_bytes(), "attestation-object from hexadecimal");
    check_kind(b"a5:01:02:03:26:20:01", "cose-key from hexadecimal");
    let certificate = pem(&leaf("registration-packed"));
    check_kind(certificate.as_bytes(), "certificate from PEM");
    let two = format!("{certificate}\n{certificate}");
    check_kind(two.as_bytes(), "certificate from PEM");
}

#[test]
fn what_is_nothing_is_said_so() {
    check_kind(b" \n", "the input is empty");
    check_kind(
        b"hello, world!",
        "13 bytes (raw bytes) that look like nothing known",
    );
    check_kind(
        b"hellos",
        "6 bytes (base64url, raw bytes) that look like nothing known",
    );
    check_kind(
        br#"{"a":1}"#,
        "7 bytes (raw bytes) that look like nothing known",
    );
}

#[test]
fn what_is_asked_for_is_drawn_whatever_it_is() {
    for artifact in Artifact::ALL {
        let request = Request {
            artifact: Some(artifact),
            ..Request::default()
        };
        let found = inspect(b"hello, world!", request).unwrap();
        assert_eq!(found.artifact, artifact);
        assert_eq!(artifact.as_str().parse(), Ok(artifact));
    }
}

#[test]
fn lines_fit_and_nothing_reaches_the_terminal_raw() {
    let odd = format!(
        "{{\"type\":\"webauthn.get\",\"challenge\":\"a\",\"\\u001b[2J\":\"{}\"}}",
        "é\u{202e}".repeat(300)
    );
    let mut inputs = vec![odd.into_bytes(), leaf("registration-packed")];
    for recording in RECORDINGS.iter() {
        inputs.push(serde_json::to_vec(recording).unwrap());
    }
    for input in inputs {
        for width in [80, 100] {
            let text = inspect(&input, Request::default()).unwrap();
            let text = text.text(Style {
                width,
                color: false,
            });
            let long = text.lines().find(|line| line.chars().count() > width);
            assert_eq!(long, None);
            assert!(!text.contains(['\u{1b}', '\u{202e}']));
        }
    }
}

#[test]
fn every_truncation_and_many_flips_are_drawn() {
    for id in ["registration-packed", "registration-none"] {
        let object = member(id, "attestationObject");
        for length in 0..object.len() {
            let _ = drawn(&object[..length]);
        }
        for at in 0..object.len() {
            let mut changed = object.clone();
            changed[at] ^= 1 << (at % 8);
            let _ = drawn(&changed);
        }
    }
    let document = serde_json::to_vec(recording("registration-packed")).unwrap();
    for length in (0..document.len()).step_by(7) {
        let _ = drawn(&document[..length]);
    }
    assert!(RECORDINGS.iter().any(|r| r.kind == Kind::Registration));
}

#[test]
fn bombs_are_bounded() {
    let deep = [0x81].repeat(100_000);
    assert!(drawn(&deep).len() < 10_000);
    let wide = [vec![0x9a, 0, 1, 0, 0], vec![0; 65536]].concat();
    assert!(drawn(&wide).len() < 60_000);
    let sequences = [0x30, 0x80].repeat(10_000);
    let request = Request {
        artifact: Some(Artifact::Der),
        ..Request::default()
    };
    assert!(
        inspect(&sequences, request)
            .unwrap()
            .text(Style::default())
            .len()
            < 10_000
    );
    let json = format!(
        "{{\"type\":1,\"challenge\":{}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert!(drawn(json.as_bytes()).len() < 10_000);
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = drawn(&bytes);
        for artifact in Artifact::ALL {
            let request = Request { artifact: Some(artifact), ..Request::default() };
            if let Ok(inspection) = inspect(&bytes, request) {
                let _ = (inspection.text(Style::default()), inspection.json());
            }
        }
    }
}
