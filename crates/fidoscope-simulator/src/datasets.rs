//! The files of `datasets/`.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use fidoscope_mutations::{bases, bundle, mutants};
use serde::Serialize;

use crate::ceremonies::{Recordings, recordings};
use crate::incident::Incident;
use crate::logs::{self, Log};
use crate::manifest::manifest;
use crate::metadata::{Metadata, metadata};

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
    pub name: String,
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

/// Why data sets were not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something could not be written.
    #[error("cannot write a file of the data sets")]
    Write(#[from] io::Error),
    /// A ceremony or a certificate could not be made.
    #[error("cannot make a ceremony of the data sets")]
    Ceremony(#[from] fidoscope_authenticator::Error),
    /// The mutation suite could not be made.
    #[error("cannot make the mutants of the data sets")]
    Mutants(#[from] fidoscope_mutations::Error),
    /// A file could not be put into words.
    #[error("cannot write a file of the data sets as JSON")]
    Json(#[from] serde_json::Error),
}

/// Makes all files that a seed and an end yield, the manifest last.
///
/// # Errors
/// When a part cannot be made, which is so for ends far from our century.
pub fn data_files(seed: u64, end: DateTime<Utc>) -> Result<Vec<DataFile>, Error> {
    let (native, incidents) = logs::native(seed, end, NATIVE_LINES)?;
    let okta = logs::okta(seed, end, OKTA_LINES)?;
    let keycloak = logs::keycloak(seed, end, KEYCLOAK_LINES)?;
    let mut files = vec![
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
        file("labels.json", LABELS, labels(&incidents)?),
    ];
    let Recordings {
        accepted,
        faulty,
        faulty_number,
    } = recordings(seed, end)?;
    for (name, content) in accepted {
        files.push(file(
            &name,
            "A recorded ceremony that is to be accepted.",
            content,
        ));
    }
    let about = format!(
        "{faulty_number} recorded ceremonies that are to be refused, each at the step it names."
    );
    files.push(file("ceremonies/faulty.jsonl", &about, faulty));
    let Metadata {
        blob,
        root_pem,
        entries,
    } = metadata(seed, end)?;
    let about = format!("Metadata BLOB with {entries} invented models, signed under a test root.");
    files.push(file("metadata/test-blob.jwt", &about, blob));
    files.push(file(
        "metadata/test-root.pem",
        "The root of that BLOB.",
        root_pem.into_bytes(),
    ));
    files.extend(suite()?);
    let list = manifest(seed, end, &files);
    files.push(file("MANIFEST.yaml", "This list.", list.into_bytes()));
    Ok(files)
}

/// The mutation suite, which is the same for every seed.
fn suite() -> Result<Vec<DataFile>, Error> {
    let (bases, mutants) = (bases()?, mutants(&|_| true)?.mutants);
    let (well, wrong) = (bases.len(), mutants.len());
    let files = bundle(&bases, &mutants)?.into_iter().map(|written| {
        let (name, about) = match written.path.as_str() {
            "bases.ndjson" => (
                "bases.ndjson.zst",
                format!("{well} recorded ceremonies without fault, of every format and algorithm."),
            ),
            "mutants.ndjson" => (
                "mutants.ndjson.zst",
                format!(
                    "{wrong} mutants of them, with the outcome and the step that each must come to."
                ),
            ),
            "index.tsv" => (
                "index.tsv",
                "Mutants and their outcomes as a table.".to_owned(),
            ),
            blob if blob.ends_with(".jwt") => (blob, BLOB_OF_MUTANT.to_owned()),
            other => (other, "What the mutation suite is.".to_owned()),
        };
        file(&format!("conformance/{name}"), &about, written.bytes)
    });
    Ok(files.collect())
}

const BLOB_OF_MUTANT: &str = "The metadata BLOB that the mutant of this name is judged by.";

const LABELS: &str = "What was made to go wrong in the logs, and what only looks like it.";

fn labels(incidents: &[Incident]) -> Result<Vec<u8>, Error> {
    let schema = "fidoscope.labels/1";
    let mut text = serde_json::to_vec_pretty(&Labels { schema, incidents })?;
    text.push(b'\n');
    Ok(text)
}

fn file(name: &str, about: &str, content: Vec<u8>) -> DataFile {
    DataFile {
        name: name.to_owned(),
        about: about.to_owned(),
        content,
    }
}

fn log_file(name: &str, about: &str, log: Log) -> DataFile {
    let Log {
        bytes,
        lines,
        unreadable,
    } = log;
    let about =
        format!("Log of {about}: {lines} lines, {unreadable} of them unreadable on purpose.");
    file(name, &about, bytes)
}

/// Makes all files and hands them over as they are kept: compressed where their names say so.
///
/// # Errors
/// When a part cannot be made, or the sink refuses a file.
pub fn write_datasets(seed: u64, end: DateTime<Utc>, sink: &mut dyn Sink) -> io::Result<()> {
    let files = data_files(seed, end).map_err(|error| match error {
        Error::Write(error) => error,
        error => io::Error::other(error),
    })?;
    for file in files {
        sink.file(&file.name, &packed(&file.name, &file.content)?)?;
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

#[cfg(test)]
mod tests;
