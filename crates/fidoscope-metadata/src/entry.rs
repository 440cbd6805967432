//! One model of authenticator in a BLOB (MDS 3.1.1) and its metadata statement.

use crate::blob::hex;
use crate::error::{BlobError, Problems};
use crate::jws::{without, without_whitespace};
use crate::members::{Members, member, shortened};
use crate::status::{self, Level, StatusReport};
use aws_lc_rs::digest;
use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};
use chrono::NaiveDate;
use fidoscope_webauthn::Aaguid;
use serde_json::Map;
use serde_json::value::{RawValue, Value};

/// An entry of a BLOB. None is ever dropped: what cannot be read is absent here and named in the
/// BLOB's problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Identifier of a FIDO2 model.
    pub aaguid: Option<Aaguid>,
    /// Identifier of a UAF model.
    pub aaid: Option<String>,
    /// Key identifiers of a U2F model's attestation certificates: SHA-1 in hexadecimal.
    pub key_identifiers: Vec<String>,
    /// Metadata statement.
    pub statement: Option<Statement>,
    /// Status reports, in the BLOB's order (live BLOBs list the newest first).
    pub status_reports: Vec<StatusReport>,
    /// Day of the last change.
    pub time_of_last_status_change: Option<NaiveDate>,
    /// Every other member.
    pub extra: Map<String, Value>,
}

/// A metadata statement. Icons and logos are not kept, only what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Name of the model.
    pub description: String,
    /// AAGUID, which should be the entry's.
    pub aaguid: Option<Aaguid>,
    /// Lowest trustworthy firmware.
    pub authenticator_version: Option<u64>,
    /// `fido2`, `u2f` or `uaf`.
    pub protocol_family: Option<String>,
    /// Version of the statement's schema.
    pub schema: Option<u64>,
    /// `basic_full`, `basic_surrogate` …
    pub attestation_types: Vec<String>,
    /// `secp256r1_ecdsa_sha256_raw` …
    pub authentication_algorithms: Vec<String>,
    /// `hardware`, `tee`, `secure_element` …
    pub key_protection: Vec<String>,
    /// Trust anchors, DER: roots, intermediates or attestation certificates themselves.
    pub attestation_roots: Vec<Vec<u8>>,
    /// How its credentials are synced (MDS 3.1): `unsupported`, `explicit`, `implicit`.
    pub multi_device_credential_support: Option<String>,
    /// `authenticatorGetInfo`.
    pub get_info: Option<Value>,
    /// Icons and logos.
    pub pictures: Vec<Picture>,
    /// Every other member.
    pub extra: Map<String, Value>,
}

/// An icon or a logo; the picture itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Member of the statement, e.g. `icon` or `providerLogoDark`.
    pub member: &'static str,
    /// Media type of its data URL, e.g. `image/png`; absent when it is no data URL.
    pub media_type: Option<String>,
    /// Size in bytes; absent when it is no data URL in base64.
    pub bytes: Option<usize>,
    /// SHA-256 of the member's text, hexadecimal: whether two are the same.
    pub sha256: String,
}

/// Status reports of a whole BLOB; one takes a third of a kilobyte of memory.
pub(crate) const MAX_REPORTS: usize = 100_000;

/// Members that hold pictures; 62 % of a BLOB's bytes in 2026.
const PICTURES: [&str; 5] = [
    "icon",
    "iconDark",
    "providerLogoLight",
    "providerLogoDark",
    PNG_CHARACTERISTICS,
];

/// The one of them that is no picture, but says how one is drawn.
pub(crate) const PNG_CHARACTERISTICS: &str = "tcDisplayPNGCharacteristics";

impl Entry {
    /// Reads an entry, which may have no more status reports than are left of those that a BLOB may
    /// have.
    pub(crate) fn read(
        raw: &RawValue,
        pointer: String,
        problems: &mut Problems,
        reports_left: &mut usize,
    ) -> Result<Self, BlobError> {
        let mut members = Members::open(raw, pointer, problems);
        let reports: Vec<&RawValue> = members.take("statusReports", problems).unwrap_or_default();
        *reports_left = match reports_left.checked_sub(reports.len()) {
            Some(left) => left,
            None => {
                return Err(BlobError::TooMany {
                    pointer: format!("{}/statusReports", members.pointer()),
                    what: "status reports",
                    limit: MAX_REPORTS,
                    live: "a thousand",
                });
            }
        };
        let statement = members.take_raw("metadataStatement").map(|raw| {
            let pointer = format!("{}/metadataStatement", members.pointer());
            Statement::read(raw, pointer, problems)
        });
        let status_reports = reports.into_iter().enumerate().map(|(index, raw)| {
            let pointer = format!("{}/statusReports/{index}", members.pointer());
            StatusReport::read(raw, pointer, problems)
        });
        let status_reports = status_reports.collect();
        Ok(Self {
            aaguid: members.take_aaguid("aaguid", problems),
            aaid: members.take("aaid", problems),
            key_identifiers: members.take_texts("attestationCertificateKeyIdentifiers", problems),
            statement,
            status_reports,
            time_of_last_status_change: members.take_day("timeOfLastStatusChange", problems),
            extra: members.rest(problems),
        })
    }

    /// Name of the model; empty when the entry has none.
    #[must_use]
    pub fn description(&self) -> &str {
        self.statement
            .as_ref()
            .map(|statement| statement.description.as_str())
            .unwrap_or_default()
    }

    /// Trust anchors of its attestation, DER.
    #[must_use]
    pub fn attestation_roots(&self) -> &[Vec<u8>] {
        self.statement
            .as_ref()
            .map(|statement| statement.attestation_roots.as_slice())
            .unwrap_or_default()
    }

    /// The report that is current on `day` (MDS 3.1.3).
    #[must_use]
    pub fn latest_status(&self, day: NaiveDate) -> Option<&StatusReport> {
        status::latest(&self.status_reports, day)
    }

    /// The report that decides about the model's certification on `day`: not every status touches
    /// it, as an update that is due does not.
    #[must_use]
    pub fn certification_status(&self, day: NaiveDate) -> Option<&StatusReport> {
        status::certification(&self.status_reports, day)
    }

    /// Certification level on `day`.
    #[must_use]
    pub fn level(&self, day: NaiveDate) -> Option<Level> {
        status::level(&self.status_reports, day)
    }

    /// Reports in force on `day` that speak against the model, wherever they stand in the list.
    pub fn undesired(&self, day: NaiveDate) -> impl Iterator<Item = &StatusReport> {
        self.status_reports
            .iter()
            .filter(move |report| report.in_force(day) && report.status.is_undesired())
    }

    /// Reports by effective date, undated ones first; equal dates keep the BLOB's order.
    #[must_use]
    pub fn timeline(&self) -> Vec<&StatusReport> {
        let mut reports: Vec<_> = self.status_reports.iter().collect();
        reports.sort_by_key(|report| report.effective_date);
        reports
    }
}

impl Statement {
    fn read(raw: &RawValue, pointer: String, problems: &mut Problems) -> Self {
        let mut members = Members::open(raw, pointer, problems);
        let pictures = PICTURES.into_iter();
        let pictures = pictures
            .filter_map(|name| Some((name, members.take_raw(name)?)))
            .filter(|(_, raw)| raw.get() != "null")
            .map(|(name, raw)| Picture::read(name, raw))
            .collect();
        Self {
            description: members.take("description", problems).unwrap_or_default(),
            aaguid: members.take_aaguid("aaguid", problems),
            authenticator_version: members.take("authenticatorVersion", problems),
            protocol_family: members.take("protocolFamily", problems),
            schema: members.take("schema", problems),
            attestation_types: members.take_texts("attestationTypes", problems),
            authentication_algorithms: members.take_texts("authenticationAlgorithms", problems),
            key_protection: members.take_texts("keyProtection", problems),
            attestation_roots: roots(&mut members, problems),
            multi_device_credential_support: members.take("multiDeviceCredentialSupport", problems),
            get_info: members.take_value("authenticatorGetInfo", problems),
            pictures,
            extra: members.rest(problems),
        }
    }
}

impl Picture {
    /// Looks at the head and the length of a data URL without decoding it.
    fn read(member: &'static str, raw: &RawValue) -> Self {
        // JSON may escape the slashes, which is no other picture.
        let text = without(raw.get(), |byte| byte == b'\\');
        let url = text.trim_matches('"');
        // RFC 2397: `data:image/png;base64,...`.
        let parts = url
            .strip_prefix("data:")
            .and_then(|url| url.split_once(','));
        let media_type = parts.map(|(head, _)| {
            let media_type = head.split(';').next().unwrap_or_default();
            shortened(media_type)
        });
        let body = parts.filter(|(head, _)| head.ends_with(";base64"));
        let bytes = body.map(|(_, body)| {
            let symbols = body.trim_end_matches('=').len();
            symbols.saturating_mul(3) / 4
        });
        let sha256 = hex(digest::digest(&digest::SHA256, url.as_bytes()).as_ref());
        Self {
            member,
            media_type,
            bytes,
            sha256,
        }
    }
}

impl Statement {
    /// Whether it has an icon.
    #[must_use]
    pub fn has_icon(&self) -> bool {
        self.pictures.iter().any(|picture| picture.member == "icon")
    }

    /// How it is attached, as the vendor hints: `internal`, `external`, `wired`, `nfc` …
    pub fn attachment_hints(&self) -> impl Iterator<Item = &str> {
        let hints = self.extra.get("attachmentHint").and_then(Value::as_array);
        hints.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Transports that `authenticatorGetInfo` tells: `usb`, `nfc`, `ble`, `internal`, `hybrid` …
    pub fn transports(&self) -> impl Iterator<Item = &str> {
        let info = self.get_info.as_ref();
        let transports = info.and_then(|info| info.get("transports"));
        let transports = transports.and_then(Value::as_array);
        transports.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// The anchors, base64 with whatever white space a vendor left inside.
fn roots(members: &mut Members<'_>, problems: &mut Problems) -> Vec<Vec<u8>> {
    const NAME: &str = "attestationRootCertificates";
    let texts = members.take_texts(NAME, problems);
    let list = member(members.pointer(), NAME);
    let mut out = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let plain = without_whitespace(text);
        if plain.len() != text.len() {
            let message = "white space inside base64, which RFC 4648 §3.3 lets readers refuse";
            problems.odd(format!("{list}/{index}"), message);
        }
        match STANDARD.decode(plain.as_ref()) {
            Ok(der) => out.push(der),
            Err(error) => problems.unread(format!("{list}/{index}"), in_words(error)),
        }
    }
    out
}

/// Why a text is not base64.
fn in_words(error: DecodeError) -> String {
    match error {
        DecodeError::InvalidByte(offset, byte) => {
            let symbol = char::from(byte).escape_default();
            format!("is not base64: `{symbol}` at offset {offset}")
        }
        DecodeError::InvalidLength(length) => {
            format!("is not base64: {length} symbols are no whole number of bytes")
        }
        DecodeError::InvalidLastSymbol { offset, .. } => {
            format!("is not base64: the last symbol, at offset {offset}, has bits to spare")
        }
        DecodeError::InvalidPadding => "is not base64: the `=` at its end are wrong".to_owned(),
    }
}
