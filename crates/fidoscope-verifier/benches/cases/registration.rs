//! Recorded registrations with certificates, each beside the two signature verifications that no
//! verifier can do without: the statement's and the certificate's.

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use ciborium::Value;
use fidoscope_authenticator::{Format, Model, TestBench};
use fidoscope_recording::Recording;
use fidoscope_webauthn::Aaguid;
use x509_parser::prelude::{FromDer as _, X509Certificate};

pub(crate) struct Registration {
    pub(crate) name: &'static str,
    pub(crate) recording: Recording,
    signed: [Signed; 2],
}

/// A P-256 key, what it signed and the signature.
struct Signed {
    point: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Registration {
    pub(crate) fn packed() -> Self {
        let model = Model::security_key(Aaguid([7; 16]), "Juniper Key 2");
        Self::new("packed-x5c-registration", model)
    }

    pub(crate) fn tpm() -> Self {
        let model = Model::computer(Aaguid([8; 16]), "Hazel Laptop");
        Self::new("tpm-registration", model)
    }

    fn new(name: &'static str, model: Model) -> Self {
        let now = "2026-10-01T12:00:00Z".parse().expect("an instant");
        let bench = TestBench::new(7, "example.org", now).expect("a bench");
        let format = model.format;
        let mut authenticator = bench.authenticator(model, 1).expect("an authenticator");
        let (created, mut recording) = bench
            .registration("registered", &mut authenticator, None)
            .expect("a registration");
        (recording.expect, recording.source) = (None, None);
        let object = ciborium::from_reader(&created.attestation_object[..]).expect("CBOR");
        let statement = member(&object, "attStmt");
        let bytes = |name| member(&statement, name).into_bytes().expect("bytes");
        let hash = digest(&SHA256, &created.client_data_json);
        let chain = member(&statement, "x5c").into_array().expect("a list");
        let leaf = chain.first().and_then(Value::as_bytes).expect("a leaf");
        let (_, leaf) = X509Certificate::from_der(leaf).expect("a certificate");
        let (_, root) = X509Certificate::from_der(bench.pki().root_der()).expect("a certificate");
        let point = |certificate: &X509Certificate<'_>| {
            certificate.public_key().subject_public_key.data.to_vec()
        };
        let of_statement = Signed {
            point: point(&leaf),
            message: match format {
                Format::Tpm => bytes("certInfo"),
                _ => [created.authenticator_data.as_slice(), hash.as_ref()].concat(),
            },
            signature: bytes("sig"),
        };
        let of_certificate = Signed {
            point: point(&root),
            message: leaf.tbs_certificate.as_ref().to_vec(),
            signature: leaf.signature_value.data.to_vec(),
        };
        Self {
            name,
            recording,
            signed: [of_statement, of_certificate],
        }
    }

    pub(crate) fn verify_signatures(&self) {
        for signed in &self.signed {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, black_box(&signed.point));
            key.verify(&signed.message, &signed.signature)
                .expect("a good signature");
        }
    }
}

fn member(map: &Value, name: &str) -> Value {
    let entries = map.as_map().expect("a map");
    let found = entries.iter().find(|(key, _)| key.as_text() == Some(name));
    found.expect("a member").1.clone()
}
