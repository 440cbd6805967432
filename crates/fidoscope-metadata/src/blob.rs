//! A BLOB, opened.

use crate::entry::{Entry, MAX_REPORTS};
use crate::error::{BlobError, Problem, Segment};
use crate::jws::{Envelope, Header};
use crate::members::Members;
use aws_lc_rs::digest::{self, Digest};
use chrono::NaiveDate;
use fidoscope_webauthn::Aaguid;
use serde_json::Map;
use serde_json::value::{RawValue, Value};
use std::collections::HashMap;

/// Entries of a BLOB; one takes about a kilobyte of memory besides what it holds.
const MAX_ENTRIES: usize = 100_000;

/// An opened metadata BLOB. Opening trusts nothing: see [`Blob::verify`].
#[derive(Debug)]
pub struct Blob {
    header: Header,
    no: Option<u64>,
    next_update: Option<NaiveDate>,
    legal_header: Option<String>,
    entries: Vec<Entry>,
    by_aaguid: HashMap<Aaguid, usize>,
    by_key_identifier: HashMap<String, usize>,
    extra: Map<String, Value>,
    problems: Vec<Problem>,
    pub(crate) signature: Vec<u8>,
    pub(crate) signed: Option<Digest>,
    sha256: String,
}

impl Blob {
    /// Opens a compact JWS and reads its payload. An entry that cannot be read is kept, with its
    /// problem; only a file that is no BLOB at all is refused.
    ///
    /// # Errors
    /// What the file is instead, or where it stops being a BLOB.
    pub fn open(bytes: &[u8]) -> Result<Self, BlobError> {
        let envelope = Envelope::open(bytes)?;
        let payload: &RawValue =
            serde_json::from_slice(&envelope.payload).map_err(|source| BlobError::Json {
                segment: Segment::Payload,
                source,
            })?;
        let mut problems = Vec::new();
        let mut members = Members::open(payload, String::new(), &mut problems);
        let Some(raw) = members.take::<Vec<&RawValue>>("entries", &mut problems) else {
            return Err(BlobError::NoEntries);
        };
        if raw.len() > MAX_ENTRIES {
            return Err(BlobError::TooMany {
                pointer: format!("/entries/{MAX_ENTRIES}"),
                what: "entries",
                limit: MAX_ENTRIES,
                live: "five hundred",
            });
        }
        let mut reports_left = MAX_REPORTS;
        let mut read = |(index, raw)| {
            let pointer = format!("/entries/{index}");
            Entry::read(raw, pointer, &mut problems, &mut reports_left)
        };
        let entries = raw.into_iter().enumerate().map(&mut read);
        let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
        Ok(Self {
            by_aaguid: index_by_aaguid(&entries, &mut problems),
            by_key_identifier: index_by_key_identifier(&entries),
            no: members.take("no", &mut problems),
            next_update: members.take("nextUpdate", &mut problems),
            legal_header: members.take("legalHeader", &mut problems),
            extra: members.rest(),
            entries,
            problems,
            header: envelope.header,
            signature: envelope.signature,
            signed: envelope.signed,
            sha256: fingerprint(bytes),
        })
    }

    /// Serial number.
    #[must_use]
    pub fn no(&self) -> Option<u64> {
        self.no
    }

    /// Day of the next BLOB at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<NaiveDate> {
        self.next_update
    }

    /// The terms that come with it.
    #[must_use]
    pub fn legal_header(&self) -> Option<&str> {
        self.legal_header.as_deref()
    }

    /// Every entry, in the BLOB's order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a model. The zero AAGUID names no model.
    #[must_use]
    pub fn entry(&self, aaguid: &Aaguid) -> Option<&Entry> {
        self.by_aaguid
            .get(aaguid)
            .and_then(|index| self.entries.get(*index))
    }

    /// The entry of a U2F model, by the SHA-1 of its attestation key in hexadecimal.
    #[must_use]
    pub fn entry_by_key_identifier(&self, identifier: &str) -> Option<&Entry> {
        let index = self
            .by_key_identifier
            .get(&identifier.to_ascii_lowercase())?;
        self.entries.get(*index)
    }

    pub(crate) fn position(&self, aaguid: &Aaguid) -> Option<usize> {
        self.by_aaguid.get(aaguid).copied()
    }

    pub(crate) fn position_by_key_identifier(&self, identifier: &str) -> Option<usize> {
        let index = self.by_key_identifier.get(&identifier.to_ascii_lowercase());
        index.copied()
    }

    /// Header of the JWS.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Members of the payload that this version does not know.
    #[must_use]
    pub fn extra(&self) -> &Map<String, Value> {
        &self.extra
    }

    /// What in the payload is not as specified.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// SHA-256 of the file, hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// SHA-256 of a file, hexadecimal, as [`Blob::sha256`] gives it.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn index_by_aaguid(entries: &[Entry], problems: &mut Vec<Problem>) -> HashMap<Aaguid, usize> {
    let mut index = HashMap::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let Some(aaguid) = entry.aaguid.filter(|aaguid| !aaguid.is_zero()) else {
            continue;
        };
        let first = *index.entry(aaguid).or_insert(at);
        if first != at {
            problems.push(Problem {
                pointer: format!("/entries/{at}/aaguid"),
                message: format!("{aaguid} is the model of /entries/{first} already"),
            });
        }
    }
    index
}

fn index_by_key_identifier(entries: &[Entry]) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        for identifier in &entry.key_identifiers {
            index.entry(identifier.to_ascii_lowercase()).or_insert(at);
        }
    }
    index
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}
