//! A registration as a log or a database keeps it: a native line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use fidoscope_verifier::Enrolment;
use fidoscope_webauthn::{Aaguid, base64url};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DEFAULT_GROUP, shortened};

/// Longest text of the input that is carried along, in characters.
pub(super) const LONGEST_TEXT: usize = 256;
/// Events that say what a credential is.
const KINDS: [&str; 2] = ["registration.completed", "credential.snapshot"];

/// Where a registration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File or store.
    pub source: Arc<str>,
    /// Line or row, from 1.
    pub line: Option<u64>,
}

/// A registration as a log or a database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRegistration {
    /// Where it comes from.
    pub place: Place,
    /// Credential, as the source names it.
    pub credential: Option<String>,
    /// User, as the source names them.
    pub user: Option<String>,
    /// Value of the column that counts are split by.
    pub group: Option<String>,
    /// When it took place.
    pub registered_at: Option<DateTime<Utc>>,
    /// Model.
    pub aaguid: Option<Aaguid>,
    /// Attestation format.
    pub format: Option<String>,
    /// Attestation object.
    pub attestation_object: Option<Vec<u8>>,
    /// Authenticator data.
    pub authenticator_data: Option<Vec<u8>>,
    /// Client data.
    pub client_data_json: Option<Vec<u8>>,
    /// SHA-256 of the client data.
    pub client_data_hash: Option<[u8; 32]>,
}

impl StoredRegistration {
    /// A registration of which nothing is known but its place.
    #[must_use]
    pub fn at(place: Place) -> Self {
        Self {
            place,
            credential: None,
            user: None,
            group: None,
            registered_at: None,
            aaguid: None,
            format: None,
            attestation_object: None,
            authenticator_data: None,
            client_data_json: None,
            client_data_hash: None,
        }
    }

    pub(super) fn enrolment(&self) -> Enrolment<'_> {
        Enrolment {
            aaguid: self.aaguid,
            attestation_object: self.attestation_object.as_deref(),
            authenticator_data: self.authenticator_data.as_deref(),
            client_data_json: self.client_data_json.as_deref(),
            client_data_hash: self.client_data_hash,
            attestation_format: self.format.as_deref(),
            registered_at: self.registered_at,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// The members of a native line that an audit reads.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ts: Option<Cow<'a, str>>,
    #[serde(borrow)]
    credential_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    credential_ref: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_segment: Option<Cow<'a, str>>,
    aaguid: Option<Aaguid>,
    #[serde(borrow)]
    attestation_fmt: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attestation_object: Option<Cow<'a, str>>,
    #[serde(borrow)]
    authenticator_data: Option<Cow<'a, str>>,
    #[serde(borrow)]
    client_data_json: Option<Cow<'a, str>>,
    #[serde(borrow)]
    client_data_hash: Option<Cow<'a, str>>,
}

/// Reads a native line; `None` for an event that is no completed registration. A line without
/// `kind`, as an export of a database of credentials has it, is a registration if it names a model
/// or has its bytes.
///
/// # Errors
/// Why the line is no registration that can be judged.
pub fn read_registration(
    line: &[u8],
    place: &Place,
    by: &str,
) -> Result<Option<StoredRegistration>, String> {
    // The members by position are no line.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("no JSON object".to_owned());
    }
    let read: Line<'_> = serde_json::from_slice(line).map_err(|error| words(&error))?;
    match &read.kind {
        Some(kind) if !KINDS.contains(&kind.as_ref()) => return Ok(None),
        None if read.is_silent() => {
            return Err(
                "neither `kind` nor a model, attestation object or authenticator data".to_owned(),
            );
        }
        _ => {}
    }
    let group = match by {
        DEFAULT_GROUP => read.user_segment.map(shortened),
        column => member(line, column)?,
    };
    let credential = read.credential_id.or(read.credential_ref);
    Ok(Some(StoredRegistration {
        place: place.clone(),
        credential: credential.map(shortened),
        user: read.user_id.map(shortened),
        group,
        registered_at: read.ts.map(instant).transpose()?,
        aaguid: read.aaguid,
        format: read.attestation_fmt.map(shortened),
        attestation_object: bytes("attestation_object", read.attestation_object)?,
        authenticator_data: bytes("authenticator_data", read.authenticator_data)?,
        client_data_json: bytes("client_data_json", read.client_data_json)?,
        client_data_hash: hash(read.client_data_hash)?,
    }))
}

impl Line<'_> {
    fn is_silent(&self) -> bool {
        self.aaguid.is_none()
            && self.attestation_object.is_none()
            && self.authenticator_data.is_none()
    }
}

/// What the parser said, without the line number, which is always 1.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.replace(" at line 1 column ", " at column ");
    shortened(Cow::Owned(text))
}

fn instant(text: Cow<'_, str>) -> Result<DateTime<Utc>, String> {
    let wrong = || format!("ts is no RFC 3339 time: {}", shortened(text.clone()));
    let found = DateTime::parse_from_rfc3339(&text).map_err(|_| wrong())?;
    Ok(found.to_utc())
}

fn bytes(name: &str, text: Option<Cow<'_, str>>) -> Result<Option<Vec<u8>>, String> {
    let Some(text) = text else { return Ok(None) };
    let found = base64url::decode(&text);
    found
        .map(Some)
        .map_err(|error| format!("{name} is no base64url: {error}"))
}

fn hash(text: Option<Cow<'_, str>>) -> Result<Option<[u8; 32]>, String> {
    let Some(bytes) = bytes("client_data_hash", text)? else {
        return Ok(None);
    };
    let length = bytes.len();
    let hash = <[u8; 32]>::try_from(bytes);
    let hash = hash.map_err(|_| format!("client_data_hash has {length} bytes, not 32"))?;
    Ok(Some(hash))
}

/// A member as text, whatever its type.
fn member(line: &[u8], column: &str) -> Result<Option<String>, String> {
    let members: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_slice(line).map_err(|error| words(&error))?;
    let Some(raw) = members.get(column) else {
        return Ok(None);
    };
    let text = match raw.get() {
        "null" => return Ok(None),
        text if text.starts_with('"') => {
            serde_json::from_str::<Cow<'_, str>>(text).map_err(|error| words(&error))?
        }
        other => Cow::Borrowed(other),
    };
    Ok(Some(shortened(text)))
}
