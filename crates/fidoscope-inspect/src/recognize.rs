//! What bytes are, why, and what else they could be.

use std::fmt;
use std::str::FromStr;

use fidoscope_recording::SCHEMA;
use fidoscope_webauthn::cbor::{self, Content, Item, Value};
use fidoscope_webauthn::{AuthenticatorData, KeyDescription};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::drawing::{Drawing, Window};
use super::members::Members;
use super::reading::{Encoding, Reading};
use super::tree::Part;
use super::{
    attestation, authenticator_data, certificate, client_data, cose, der, documents, jws,
    key_description, tpm,
};

/// What can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Artifact {
    /// An attestation object.
    AttestationObject,
    /// Authenticator data.
    AuthenticatorData,
    /// Client data.
    ClientData,
    /// A COSE key.
    CoseKey,
    /// An X.509 certificate.
    Certificate,
    /// A JWS, a metadata BLOB among them.
    Jws,
    /// A response in W3C JSON.
    Response,
    /// A recorded ceremony.
    Recording,
    /// What a TPM says about a key, `TPMS_ATTEST`.
    TpmCertInfo,
    /// The public part of a key of a TPM, `TPMT_PUBLIC`.
    TpmPubArea,
    /// The extension of Android key attestation.
    KeyDescription,
    /// Any CBOR item.
    Cbor,
    /// Any DER item.
    Der,
}

/// Something else that the input could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// What.
    pub artifact: Artifact,
    /// How the bytes would be written.
    pub encoding: Encoding,
    /// Why.
    pub reason: String,
}

/// A name of nothing that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is none of {}", names())]
pub struct UnknownArtifact {
    /// The name.
    pub name: String,
}

impl Artifact {
    /// Everything that can be drawn.
    pub const ALL: [Self; 13] = [
        Self::AttestationObject,
        Self::AuthenticatorData,
        Self::ClientData,
        Self::CoseKey,
        Self::Certificate,
        Self::Jws,
        Self::Response,
        Self::Recording,
        Self::TpmCertInfo,
        Self::TpmPubArea,
        Self::KeyDescription,
        Self::Cbor,
        Self::Der,
    ];

    /// Its name on a command line and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AttestationObject => "attestation-object",
            Self::AuthenticatorData => "authenticator-data",
            Self::ClientData => "client-data",
            Self::CoseKey => "cose-key",
            Self::Certificate => "certificate",
            Self::Jws => "jws",
            Self::Response => "response",
            Self::Recording => "recording",
            Self::TpmCertInfo => "tpm-cert-info",
            Self::TpmPubArea => "tpm-pub-area",
            Self::KeyDescription => "key-description",
            Self::Cbor => "cbor",
            Self::Der => "der",
        }
    }

    pub(super) fn draw(self, window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
        match self {
            Self::AttestationObject => attestation::draw(window, drawing),
            Self::AuthenticatorData => authenticator_data::draw(window, drawing),
            Self::ClientData => client_data::draw(window, drawing),
            Self::CoseKey => cose::draw(window, drawing),
            Self::Certificate => certificate::draw("certificate", window, drawing),
            Self::Jws => jws::draw(window, drawing),
            Self::Response => documents::response(window, drawing),
            Self::Recording => documents::recording(window, drawing),
            Self::TpmCertInfo => tpm::cert_info(window, drawing),
            Self::TpmPubArea => tpm::pub_area(window, drawing),
            Self::KeyDescription => key_description::draw(window, drawing),
            Self::Cbor => super::item::draw("CBOR item", window, drawing),
            Self::Der => der::draw("DER item", window, drawing),
        }
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Artifact {
    type Err = UnknownArtifact;

    fn from_str(name: &str) -> Result<Self, UnknownArtifact> {
        let found = Self::ALL.into_iter().find(|a| a.as_str() == name);
        found.ok_or_else(|| UnknownArtifact {
            name: name.to_owned(),
        })
    }
}

fn names() -> String {
    Artifact::ALL.map(Artifact::as_str).join(", ")
}

/// How sure the form of bytes makes us.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Confidence {
    Possible,
    Likely,
    Certain,
}

/// An artifact that the input could be.
pub(super) struct Candidate<'r> {
    pub(super) reading: &'r Reading<'r>,
    pub(super) artifact: Artifact,
    pub(super) reason: String,
    confidence: Confidence,
}

type Guess = (Artifact, Confidence, String);

/// Everything that the input could be, the likelier first; the artifact that was asked for alone.
pub(super) fn candidates<'r>(
    readings: &'r [Reading<'r>],
    asked: Option<Artifact>,
) -> Vec<Candidate<'r>> {
    let mut found = Vec::new();
    for reading in readings {
        let guesses = guesses(&reading.bytes);
        let guesses = guesses
            .into_iter()
            .map(|(artifact, confidence, reason)| Candidate {
                reading,
                artifact,
                reason,
                confidence,
            });
        found.extend(guesses);
    }
    // The sort is stable: of two equal guesses the likelier encoding stays first.
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.confidence));
    let Some(asked) = asked else { return found };
    found.retain(|candidate| candidate.artifact == asked);
    if found.is_empty() {
        // Nobody writes text in hexadecimal when a JSON document is meant, and the other way round.
        let textual = matches!(
            asked,
            Artifact::Jws | Artifact::Response | Artifact::Recording | Artifact::ClientData
        );
        let looks_like_text = |r: &&Reading<'_>| r.bytes.trim_ascii().starts_with(b"{");
        let reading = if textual {
            let text = readings.iter().find(looks_like_text);
            text.or_else(|| readings.last())
        } else {
            readings.first()
        };
        found.extend(reading.map(|reading| Candidate {
            reading,
            artifact: asked,
            reason: String::new(),
            confidence: Confidence::Possible,
        }));
    }
    found.truncate(1);
    for candidate in &mut found {
        "asked for".clone_into(&mut candidate.reason);
    }
    found
}

/// The other candidates, each once.
pub(super) fn alternatives(best: &Candidate<'_>, others: &[Candidate<'_>]) -> Vec<Alternative> {
    let mut seen = vec![best.artifact];
    let mut alternatives = Vec::new();
    for other in others {
        if !seen.contains(&other.artifact) {
            seen.push(other.artifact);
            alternatives.push(Alternative {
                artifact: other.artifact,
                encoding: other.reading.encoding,
                reason: other.reason.clone(),
            });
        }
    }
    alternatives
}

fn guesses(bytes: &[u8]) -> Vec<Guess> {
    let mut guesses = Vec::new();
    guesses.extend(json(bytes));
    guesses
        .extend(jws::recognize(bytes).map(|reason| (Artifact::Jws, Confidence::Certain, reason)));
    guesses.extend(cbor(bytes));
    guesses.extend(data(bytes));
    guesses.extend(asn1(bytes));
    guesses.extend(tpm(bytes));
    guesses
}

fn json(bytes: &[u8]) -> Option<Guess> {
    let trimmed = bytes.trim_ascii();
    let trimmed = trimmed.strip_prefix(b"\xef\xbb\xbf").unwrap_or(trimmed);
    if !trimmed.starts_with(b"{") {
        return None;
    }
    let text = String::from_utf8_lossy(trimmed);
    let members = Members::read(&text);
    let has = |name| members.find(name).is_some();
    if members.text("schema").as_deref() == Some(SCHEMA) {
        let reason = format!("JSON with schema {SCHEMA}");
        return Some((Artifact::Recording, Confidence::Certain, reason));
    }
    let sure = |artifact, why: &str| Some((artifact, Confidence::Certain, why.to_owned()));
    if has("response") && (has("rawId") || has("id")) {
        return sure(
            Artifact::Response,
            "JSON with a credential id and `response`",
        );
    }
    if has("clientDataJSON") {
        return sure(Artifact::Response, "JSON with `clientDataJSON`");
    }
    match (has("type"), has("challenge"), has("origin")) {
        (true, true, true) => sure(
            Artifact::ClientData,
            "JSON with `type`, `challenge` and `origin`",
        ),
        (false, false, _) => None,
        _ => {
            let reason = "JSON with `type` or `challenge`".to_owned();
            Some((Artifact::ClientData, Confidence::Likely, reason))
        }
    }
}

fn cbor(bytes: &[u8]) -> Option<Guess> {
    let outline = cbor::outline(bytes, 0);
    let item = outline.item?;
    let text = |name: &str| has_key(&item, |key| key.as_text() == Some(name));
    let names: Vec<_> = ["fmt", "attStmt", "authData"]
        .into_iter()
        .filter(|name| text(name))
        .collect();
    if !names.is_empty() {
        let confidence = match names.len() {
            3 => Confidence::Certain,
            _ => Confidence::Likely,
        };
        let reason = format!("CBOR map with {}", names.join(", "));
        return Some((Artifact::AttestationObject, confidence, reason));
    }
    let number = |label| has_key(&item, |key| key.as_i64() == Some(label));
    match (number(1), number(3)) {
        (true, true) => {
            let reason = "CBOR map with labels 1 (kty) and 3 (alg)".to_owned();
            return Some((Artifact::CoseKey, Confidence::Certain, reason));
        }
        (true, false) => {
            let reason = "CBOR map with label 1 (kty)".to_owned();
            return Some((Artifact::CoseKey, Confidence::Likely, reason));
        }
        _ => {}
    }
    let container = !matches!(item.content, Content::Value(_) | Content::Cut { .. });
    let whole = outline.fault.is_none() && outline.consumed == bytes.len();
    (container && whole && bytes.len() > 1).then(|| {
        let reason = "one whole CBOR item".to_owned();
        (Artifact::Cbor, Confidence::Possible, reason)
    })
}

fn has_key(item: &Item<'_>, wanted: impl Fn(&Value<'_>) -> bool) -> bool {
    let mut keys = item.entries().iter().filter_map(|(key, _)| key.value());
    keys.any(wanted)
}

fn data(bytes: &[u8]) -> Option<Guess> {
    let data = AuthenticatorData::decode(bytes);
    let flags = data.flags.filter(|flags| flags.reserved() == 0)?;
    let guess = |confidence, reason: &str| {
        Some((Artifact::AuthenticatorData, confidence, reason.to_owned()))
    };
    let attested = data.attested.as_ref();
    let key = attested.and_then(|attested| attested.key.as_ref());
    if data.problems.is_empty() {
        return match (key.is_some(), flags.ed()) {
            (true, _) => guess(
                Confidence::Certain,
                "flags that fit a credential key's place",
            ),
            (false, true) => guess(Confidence::Certain, "flags that fit the extensions' place"),
            (false, false) => guess(Confidence::Likely, "37 bytes without reserved flags"),
        };
    }
    if key.is_some_and(cose::looks_like_key) {
        return guess(
            Confidence::Likely,
            "a credential key where the flags announce it",
        );
    }
    // Credential ids have at most 1023 bytes (`WebAuthn L3 §6.5.1`).
    let id_length = bytes.get(53..).and_then(<[u8]>::first_chunk);
    let sensible = id_length.is_none_or(|length| (1..=1023).contains(&u16::from_be_bytes(*length)));
    let long_enough = data.sign_count.is_some();
    (long_enough && flags.up() && flags.at() && sensible).then(|| {
        let reason = "flags that announce a credential, and a sensible length of its id";
        (
            Artifact::AuthenticatorData,
            Confidence::Possible,
            reason.to_owned(),
        )
    })
}

fn asn1(bytes: &[u8]) -> Option<Guess> {
    if bytes.first() != Some(&0x30) {
        return None;
    }
    if X509Certificate::from_der(bytes).is_ok() {
        let reason = "DER of an X.509 certificate".to_owned();
        return Some((Artifact::Certificate, Confidence::Certain, reason));
    }
    if KeyDescription::decode(bytes).is_ok() {
        let reason = "DER of an Android KeyDescription".to_owned();
        return Some((Artifact::KeyDescription, Confidence::Certain, reason));
    }
    if let [0x30, 0x82, _, _, 0x30, 0x82, ..] = bytes {
        let reason = "starts as the DER of a certificate does".to_owned();
        return Some((Artifact::Certificate, Confidence::Likely, reason));
    }
    der::is_whole(bytes).then(|| {
        let reason = "one whole DER sequence".to_owned();
        (Artifact::Der, Confidence::Likely, reason)
    })
}

fn tpm(bytes: &[u8]) -> Option<Guess> {
    if tpm::is_cert_info(bytes) {
        let reason = "starts with TPM_GENERATED_VALUE".to_owned();
        return Some((Artifact::TpmCertInfo, Confidence::Certain, reason));
    }
    tpm::is_pub_area(bytes).then(|| {
        let reason = "one whole TPMT_PUBLIC".to_owned();
        (Artifact::TpmPubArea, Confidence::Certain, reason)
    })
}
