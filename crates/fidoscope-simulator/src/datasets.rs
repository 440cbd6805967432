//! The files of `datasets/`.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::incident::Incident;
use crate::logs::{self, Log};

/// The seed of the data sets that are published.
pub const PUBLISHED_SEED: u64 = 20_261_120;

/// The instant at which the published data sets end: the `now` of the demonstration.
#[must_use]
pub fn published_now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_186_800, 0).unwrap_or_default()
}

/// Where files go.
pub trait Sink {
    /// Takes one file. Its name may hold `/`.
    ///
    /// # Errors
    /// When the file cannot be kept.
    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
}

/// A file of the data sets before it is compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataFile {
    /// Name below `datasets/`; `.gz` and `.zst` say how it is kept.
    pub name: &'static str,
    /// What it is.
    pub about: String,
    /// Content, not compressed.
    pub content: Vec<u8>,
}

/// Lines of each log.
const NATIVE_LINES: u64 = 43_000;
const OKTA_LINES: u64 = 8_000;
const KEYCLOAK_LINES: u64 = 5_000;

#[derive(Serialize)]
struct Labels<'a> {
    schema: &'a str,
    incidents: &'a [Incident],
}

/// Makes all files that a seed and an end yield, the manifest last.
///
/// # Errors
/// When something cannot be written into memory.
pub fn data_files(seed: u64, end: DateTime<Utc>) -> io::Result<Vec<DataFile>> {
    let (native, incidents) = logs::native(seed, end, NATIVE_LINES)?;
    let okta = logs::okta(seed, end, OKTA_LINES)?;
    let keycloak = logs::keycloak(seed, end, KEYCLOAK_LINES)?;
    let mut labels = serde_json::to_vec_pretty(&Labels {
        schema: "fidoscope.labels/1",
        incidents: &incidents,
    })?;
    labels.push(b'\n');
    Ok(vec![
        log_file(
            "logs/native.ndjson.zst",
            "a shop's relying party, fidoscope.event.v1",
            native,
        ),
        log_file(
            "logs/okta.ndjson.gz",
            "a workforce, in the shape of Okta's System Log",
            okta,
        ),
        log_file(
            "logs/keycloak.ndjson.gz",
            "a city, in the shape of Keycloak's events",
            keycloak,
        ),
        DataFile {
            name: "labels.json",
            about: "What was made to go wrong in the logs, and what only looks like it.".to_owned(),
            content: labels,
        },
    ])
}

fn log_file(name: &'static str, about: &str, log: Log) -> DataFile {
    let Log {
        bytes,
        lines,
        unreadable,
    } = log;
    DataFile {
        name,
        about: format!(
            "Log of {about}: {lines} lines, {unreadable} of them unreadable on purpose."
        ),
        content: bytes,
    }
}

/// Makes all files and hands them over as they are kept: compressed where their names say so.
///
/// # Errors
/// When the sink refuses a file.
pub fn write_datasets(seed: u64, end: DateTime<Utc>, sink: &mut dyn Sink) -> io::Result<()> {
    for file in data_files(seed, end)? {
        sink.file(file.name, &packed(file.name, &file.content)?)?;
    }
    Ok(())
}

fn packed(name: &str, content: &[u8]) -> io::Result<Vec<u8>> {
    match name.rsplit_once('.') {
        Some((_, "zst")) => zstd::encode_all(content, 12),
        Some((_, "gz")) => {
            // GzBuilder leaves the modification time at zero.
            let level = flate2::Compression::best();
            let mut gzip = flate2::GzBuilder::new().write(Vec::new(), level);
            gzip.write_all(content)?;
            gzip.finish()
        }
        _ => Ok(content.to_vec()),
    }
}
