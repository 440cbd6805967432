//! A BLOB, opened.

use crate::entry::{Entry, MAX_REPORTS};
use crate::error::{BlobError, Problem, Problems, Segment};
use crate::jws::{Envelope, Header};
use crate::members::Members;
use crate::model::Model;
use aws_lc_rs::digest::{self, Digest};
use chrono::NaiveDate;
use fidoscope_webauthn::{Aaguid, encoding};
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
    by_aaguid: HashMap<Aaguid, Vec<usize>>,
    by_key_identifier: HashMap<String, Vec<usize>>,
    extra: Map<String, Value>,
    problems: Problems,
    pub(crate) signature: Vec<u8>,
    pub(crate) signed: Option<Digest>,
    sha256: String,
}

impl Blob {
    /// Opens a compact JWS and reads its payload. An entry that cannot be read is kept, with its
    /// problem; only a file that is no BLOB at all is refused. A byte order mark and UTF-16, in
    /// which a shell may have saved it, change nothing that is signed.
    ///
    /// # Errors
    /// What the file is instead, or where it stops being a BLOB.
    pub fn open(bytes: &[u8]) -> Result<Self, BlobError> {
        let envelope = Envelope::open(&encoding::utf8(bytes))?;
        let payload = encoding::utf8(&envelope.payload);
        let payload: &RawValue =
            serde_json::from_slice(&payload).map_err(|source| BlobError::Json {
                segment: Segment::Payload,
                source,
            })?;
        let mut problems = Problems::default();
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
            next_update: members.take_day("nextUpdate", &mut problems),
            legal_header: members.take("legalHeader", &mut problems),
            extra: members.rest(&mut problems),
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

    /// A model. The zero AAGUID names none.
    #[must_use]
    pub fn model(&self, aaguid: &Aaguid) -> Option<Model<'_>> {
        Model::new(&self.entries, self.places(aaguid))
    }

    /// A U2F model, by the SHA-1 of its attestation key in hexadecimal.
    #[must_use]
    pub fn model_by_key_identifier(&self, identifier: &str) -> Option<Model<'_>> {
        Model::new(&self.entries, self.places_by_key_identifier(identifier))
    }

    /// Every model that an AAGUID names, in no order.
    pub fn models(&self) -> impl Iterator<Item = (Aaguid, Model<'_>)> {
        let models = self.by_aaguid.iter();
        models.filter_map(|(aaguid, places)| Some((*aaguid, Model::new(&self.entries, places)?)))
    }

    /// Where the entries of a model stand.
    pub(crate) fn places(&self, aaguid: &Aaguid) -> &[usize] {
        self.by_aaguid.get(aaguid).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn places_by_key_identifier(&self, identifier: &str) -> &[usize] {
        let places = self.by_key_identifier.get(&identifier.to_ascii_lowercase());
        places.map_or(&[], Vec::as_slice)
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

    /// What in the payload could not be read, or leads to two models.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems.unread
    }

    /// What was read, though it is not written as specified.
    #[must_use]
    pub fn oddities(&self) -> &[Problem] {
        &self.problems.odd
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

fn index_by_aaguid(entries: &[Entry], problems: &mut Problems) -> HashMap<Aaguid, Vec<usize>> {
    let mut index: HashMap<Aaguid, Vec<usize>> = HashMap::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let Some(aaguid) = entry.aaguid.filter(|aaguid| !aaguid.is_zero()) else {
            continue;
        };
        let places = index.entry(aaguid).or_default();
        if let Some(first) = places.first() {
            let message = format!(
                "{aaguid} is the model of /entries/{first} already; the worst of both counts"
            );
            problems.unread(format!("/entries/{at}/aaguid"), message);
        }
        places.push(at);
    }
    index
}

fn index_by_key_identifier(entries: &[Entry]) -> HashMap<String, Vec<usize>> {
    let mut index: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        for identifier in &entry.key_identifiers {
            let places = index.entry(identifier.to_ascii_lowercase()).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
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
