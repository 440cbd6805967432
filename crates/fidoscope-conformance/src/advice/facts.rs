//! What the signed bytes of a recording say, as far as a change may answer it.

use chrono::{DateTime, Utc};
use fidoscope_metadata::Envelope;
use fidoscope_recording::{AuthenticatorResponse, Kind, Recording};
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::{AttestationObject, AuthenticatorData, ClientDataText, base64url};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Members of the client data that are texts.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientTexts {
    pub(super) challenge: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) top_origin: Option<String>,
}

pub(super) fn response(recording: &Recording) -> Option<&AuthenticatorResponse> {
    recording.response.credential()?.authenticator_response()
}

pub(super) fn client_texts(recording: &Recording) -> ClientTexts {
    let read = || {
        let text = response(recording)?.client_data_json.text()?;
        let bytes = base64url::decode(text).ok()?;
        let text = ClientDataText::decode(&bytes);
        let data = text.parse().ok()?;
        Some(ClientTexts {
            challenge: data.challenge.text().map(str::to_owned),
            origin: data.origin.text().map(str::to_owned),
            top_origin: data.top_origin.text().map(str::to_owned),
        })
    };
    read().unwrap_or_default()
}

/// What the authenticator data says.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) rp_id_hash: Option<[u8; 32]>,
    pub(super) aaguid: Option<String>,
    pub(super) algorithm: Option<i64>,
}

pub(super) fn said(recording: &Recording) -> Said {
    let read = || match recording.kind {
        Kind::Authentication => {
            let text = response(recording)?.authenticator_data.text()?;
            Some(decoded(&base64url::decode(text).ok()?))
        }
        Kind::Registration => {
            let bytes = attestation_bytes(recording)?;
            let object = AttestationObject::decode(&bytes).ok()?;
            Some(decoded(object.authenticator_data()?.as_bytes()?))
        }
    };
    read().unwrap_or_default()
}

fn decoded(bytes: &[u8]) -> Said {
    const ALG: i64 = 3;
    let data = AuthenticatorData::decode(bytes);
    let attested = data.attested.as_ref();
    let key = attested.and_then(|attested| attested.key.as_ref());
    let alg = key.and_then(|key| {
        let entries = key.item().value.as_map()?;
        let entry = entries.iter().find(|entry| entry.key.as_i64() == Some(ALG));
        entry?.value.as_i64()
    });
    Said {
        rp_id_hash: data.rp_id_hash.copied(),
        aaguid: attested.map(|attested| attested.aaguid.to_string()),
        algorithm: alg,
    }
}

fn attestation_bytes(recording: &Recording) -> Option<Vec<u8>> {
    let text = response(recording)?.attestation_object.text()?;
    base64url::decode(text).ok()
}

/// What an attestation brings besides its signature.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    pub(super) format: String,
    /// Certificates in DER, leaf first.
    pub(super) certificates: Vec<Vec<u8>>,
    /// When the SafetyNet service answered.
    pub(super) answered: Option<DateTime<Utc>>,
}

pub(super) fn proof(recording: &Recording) -> Proof {
    let read = || {
        let bytes = attestation_bytes(recording)?;
        let object = AttestationObject::decode(&bytes).ok()?;
        let statement = object.statement()?;
        let mut proof = Proof {
            format: object.format()?.as_text()?.to_owned(),
            ..Proof::default()
        };
        let listed = statement.member("x5c").and_then(Value::as_array);
        let listed = listed.unwrap_or_default().iter();
        proof.certificates = listed
            .filter_map(Value::as_bytes)
            .map(<[u8]>::to_vec)
            .collect();
        let answer = statement.member("response").and_then(Value::as_bytes);
        if let Some(answer) = answer.and_then(|bytes| Envelope::open(bytes).ok()) {
            proof.certificates.clone_from(&answer.header().x5c);
            proof.answered = answered(answer.payload());
        }
        Some(proof)
    };
    read().unwrap_or_default()
}

fn answered(payload: &[u8]) -> Option<DateTime<Utc>> {
    let payload: serde_json::Value = serde_json::from_slice(payload).ok()?;
    DateTime::from_timestamp_millis(payload.get("timestampMs")?.as_i64()?)
}

impl Proof {
    /// The first instant at which all of the certificates are valid.
    pub(super) fn valid_from(&self) -> Option<DateTime<Utc>> {
        let periods = self.certificates.iter().filter_map(|der| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            let period = certificate.validity();
            Some((period.not_before.timestamp(), period.not_after.timestamp()))
        });
        let (from, until) = periods.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))?;
        DateTime::from_timestamp(from, 0).filter(|_| from <= until)
    }

    /// The last certificate that was sent, which stands nearest to a root, and its subject.
    pub(super) fn topmost(&self) -> Option<(String, &[u8])> {
        let der = self.certificates.last()?;
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some((certificate.subject().to_string(), der))
    }
}
