//! A metadata service for tests: entries for invented models, signed into a BLOB.

mod draft;
mod large;

pub use draft::{BlobDamage, BlobDraft};
pub use large::{live_signed, live_sized_payload};

use crate::error::Error;
use crate::key::Seed;
use crate::model::{Format, Model};
use crate::pki::{Identity, TestPki, Validity};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fidoscope_metadata::SERVICE_NAME;
use fidoscope_webauthn::Aaguid;
use serde::Serialize;

/// What stands in `legalHeader` of everything signed here.
pub const TEST_LEGAL_HEADER: &str =
    "Test data made by fidoscope. Every model in it is invented. Never trust it.";

/// Signs metadata BLOBs under a test root; the same entries give the same bytes.
#[derive(Debug)]
pub struct MetadataSigner {
    seed: Seed,
    now: DateTime<Utc>,
    pki: TestPki,
    leaf: Identity,
}

/// The payload of a BLOB.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataPayload {
    /// Terms; absent only to make a faulty BLOB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_header: Option<String>,
    /// Serial number.
    pub no: u64,
    /// Day of the next BLOB.
    pub next_update: NaiveDate,
    /// Entries.
    pub entries: Vec<MetadataEntry>,
}

/// An entry.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataEntry {
    /// Model, unless it is of the U2F generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aaguid: Option<Aaguid>,
    /// SHA-1 of the attestation keys of a U2F model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attestation_certificate_key_identifiers: Vec<String>,
    /// Statement.
    pub metadata_statement: MetadataStatement,
    /// Status reports.
    pub status_reports: Vec<MetadataStatus>,
    /// Day of the last of them.
    pub time_of_last_status_change: NaiveDate,
}

/// A metadata statement, as far as fidoscope reads it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataStatement {
    /// Terms.
    pub legal_header: String,
    /// Model, unless it is of the U2F generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aaguid: Option<Aaguid>,
    /// Name.
    pub description: String,
    /// Firmware.
    pub authenticator_version: u64,
    /// `fido2` or `u2f`.
    pub protocol_family: String,
    /// Version of the schema.
    pub schema: u64,
    /// Algorithms.
    pub authentication_algorithms: Vec<String>,
    /// Attestation types.
    pub attestation_types: Vec<String>,
    /// Key protection.
    pub key_protection: Vec<String>,
    /// Trust anchors, base64.
    pub attestation_root_certificates: Vec<String>,
}

/// A status report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataStatus {
    /// Status.
    pub status: String,
    /// First day in force.
    pub effective_date: NaiveDate,
}

/// One thing wrong with a BLOB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataFault {
    /// One bit of the signature is flipped.
    FlippedSignature,
    /// The payload was edited after it was signed.
    EditedPayload,
    /// `alg` is `none`.
    AlgorithmNone,
    /// The chain leads to another root.
    UnknownRoot,
    /// The intermediate is left out.
    MissingIntermediate,
    /// The leaf expired yesterday.
    ExpiredLeaf,
    /// The leaf is for another host.
    OtherName,
    /// An `x5u` beside the certificates.
    ForeignX5u,
    /// No `legalHeader`.
    NoLegalHeader,
}

impl MetadataFault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::FlippedSignature,
        Self::EditedPayload,
        Self::AlgorithmNone,
        Self::UnknownRoot,
        Self::MissingIntermediate,
        Self::ExpiredLeaf,
        Self::OtherName,
        Self::ForeignX5u,
        Self::NoLegalHeader,
    ];

    /// The step that must fail first.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::FlippedSignature | Self::EditedPayload => "mds.jws.signature",
            Self::AlgorithmNone => "mds.jws.alg",
            Self::UnknownRoot | Self::MissingIntermediate | Self::ExpiredLeaf => "mds.jws.chain",
            Self::OtherName => "mds.jws.leaf-name",
            Self::ForeignX5u => "mds.jws.x5u-origin",
            Self::NoLegalHeader => "mds.legal-header",
        }
    }
}

impl MetadataSigner {
    /// A signer with a root, an intermediate and a leaf for `mds.fidoalliance.org`, valid from a
    /// year before `now`: the leaf for two years, those above it for ten.
    ///
    /// # Errors
    /// When `now` is too far from today's centuries for a certificate.
    pub fn new(seed: u64, now: DateTime<Utc>) -> Result<Self, Error> {
        let seed = Seed::new(seed, "metadata");
        let long = validity(now, -365, 9 * 365);
        let name = "fidoscope test metadata";
        let pki = TestPki::new(&seed, name, long)?.with_intermediate(long)?;
        let leaf = pki.server(SERVICE_NAME, validity(now, -365, 365))?;
        Ok(Self {
            seed,
            now,
            pki,
            leaf,
        })
    }

    /// The root that the BLOBs lead to, PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        self.pki.root_pem()
    }

    /// The PKI it signs under.
    #[must_use]
    pub fn pki(&self) -> &TestPki {
        &self.pki
    }

    /// The leaf it signs with, and its chain.
    #[must_use]
    pub fn leaf(&self) -> &Identity {
        &self.leaf
    }

    /// A BLOB before it is signed, for who wants something wrong with it.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn draft(&self, payload: &MetadataPayload) -> Result<BlobDraft, Error> {
        let payload = serde_json::to_vec(payload)?;
        Ok(BlobDraft::new(payload, self.leaf.clone()))
    }

    /// Signs a BLOB with other certificates in its header than the usual chain.
    ///
    /// # Errors
    /// When a part cannot be written.
    pub fn sign_with_chain(
        &self,
        payload: &MetadataPayload,
        x5c: Vec<Vec<u8>>,
    ) -> Result<Vec<u8>, Error> {
        let mut draft = self.draft(payload)?;
        draft.identity.x5c = x5c;
        draft.sign()
    }

    /// Signs a BLOB: a compact JWS with ES256.
    ///
    /// # Errors
    /// When a part cannot be written.
    pub fn sign(&self, payload: &MetadataPayload) -> Result<Vec<u8>, Error> {
        self.draft(payload)?.sign()
    }

    /// Signs a BLOB with one thing wrong.
    ///
    /// # Errors
    /// When a part cannot be written.
    pub fn sign_faulty(
        &self,
        payload: &MetadataPayload,
        fault: MetadataFault,
    ) -> Result<Vec<u8>, Error> {
        use MetadataFault as F;
        let mut draft = self.draft(payload)?;
        match fault {
            F::UnknownRoot => {
                let long = validity(self.now, -365, 9 * 365);
                let name = "fidoscope test metadata stranger";
                let stranger = TestPki::new(&self.seed, name, long)?;
                draft.identity = stranger.server(SERVICE_NAME, long)?;
            }
            F::MissingIntermediate => draft.identity.x5c.truncate(1),
            F::ExpiredLeaf => {
                let expired = validity(self.now, -365, -1);
                draft.identity = self.pki.server(SERVICE_NAME, expired)?;
            }
            F::OtherName => {
                let valid = validity(self.now, -365, 365);
                draft.identity = self.pki.server("www.example.com", valid)?;
            }
            F::AlgorithmNone => "none".clone_into(&mut draft.alg),
            F::ForeignX5u => draft.x5u = Some("https://evil.example/chain.pem".to_owned()),
            F::NoLegalHeader => {
                let legal_header = None;
                let without = MetadataPayload {
                    legal_header,
                    ..payload.clone()
                };
                draft = self.draft(&without)?;
            }
            F::FlippedSignature => draft.damage = Some(BlobDamage::FlippedSignature),
            F::EditedPayload => draft.damage = Some(BlobDamage::EditedPayload),
        }
        draft.sign()
    }
}

impl MetadataEntry {
    /// The entry of a model, with the DER trust anchors of its attestation and its status reports
    /// as pairs of status and day.
    #[must_use]
    pub fn new(model: &Model, anchors: &[&[u8]], reports: &[(&str, NaiveDate)]) -> Self {
        let u2f = model.format == Format::FidoU2f;
        let aaguid = (!u2f).then_some(model.aaguid);
        let status_reports = reports.iter().map(|(status, day)| MetadataStatus {
            status: (*status).to_owned(),
            effective_date: *day,
        });
        let changed = reports.iter().map(|(_, day)| *day).max();
        Self {
            aaguid,
            attestation_certificate_key_identifiers: Vec::new(),
            metadata_statement: MetadataStatement {
                legal_header: TEST_LEGAL_HEADER.to_owned(),
                aaguid,
                description: model.name.clone(),
                authenticator_version: 1,
                protocol_family: if u2f { "u2f" } else { "fido2" }.to_owned(),
                schema: 3,
                authentication_algorithms: vec!["secp256r1_ecdsa_sha256_raw".to_owned()],
                attestation_types: vec![attestation_type(model.format).to_owned()],
                key_protection: vec!["software".to_owned()],
                attestation_root_certificates: anchors.iter().map(|a| STANDARD.encode(a)).collect(),
            },
            status_reports: status_reports.collect(),
            time_of_last_status_change: changed.unwrap_or_default(),
        }
    }

    /// Names the attestation key by which a U2F model is found (MDS 3.1.1).
    #[must_use]
    pub fn with_key_identifier(mut self, identity: &Identity) -> Self {
        self.attestation_certificate_key_identifiers
            .push(key_identifier(identity.key.point()));
        self
    }
}

/// SHA-1 over the value of the SPKI bit string, in hexadecimal (RFC 5280 §4.2.1.2, method 1).
#[must_use]
pub fn key_identifier(point: &[u8]) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, point);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn attestation_type(format: Format) -> &'static str {
    match format {
        Format::None => "none",
        Format::PackedSelf => "basic_surrogate",
        Format::Tpm => "attca",
        Format::Apple => "anonca",
        Format::PackedX5c
        | Format::FidoU2f
        | Format::AndroidKey
        | Format::AndroidSafetynet
        | Format::Compound => "basic_full",
    }
}

fn validity(now: DateTime<Utc>, from: i64, until: i64) -> Validity {
    Validity {
        not_before: now + TimeDelta::days(from),
        not_after: now + TimeDelta::days(until),
    }
}
