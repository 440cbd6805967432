//! The command line of `audit`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use fidoscope_conformance::{AuditClass, UnknownAuditClass};
use fidoscope_metadata::Level;
use fidoscope_report::Format;

use super::words;

/// Judge old registrations again: who is revoked, compromised, below a level since then
///
/// Judges registrations again that were accepted long ago, against the newest metadata: which models
/// are revoked, compromised, retired or below a level since then, which statements no longer verify,
/// and which registrations these are. With the attestation object and the client data of a
/// registration its bytes are verified again; with the AAGUID alone only the model is looked up.
#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) source: AuditSource,
    /// The newest metadata BLOB
    #[arg(long, value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// A BLOB of the past: what has changed since it was the newest is new
    #[arg(long, value_name = "BLOB", conflicts_with = "blob_history")]
    pub(crate) as_of: Option<PathBuf>,
    /// BLOBs of the past, files or folders: each registration is compared with the one in force when
    /// it took place; repeatable
    #[arg(long, value_name = "BLOB|DIR")]
    pub(crate) blob_history: Vec<PathBuf>,
    /// Certification level that every model must have
    #[arg(long, value_name = "LEVEL", value_parser = words::levels())]
    pub(crate) require_level: Option<Level>,
    /// Names of models that the BLOB does not list: the community's list of AAGUIDs or FIDO's
    /// Convenience Metadata (JSON); repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Vec<PathBuf>,
    /// Trust anchor (PEM) for attestation, besides those of the BLOB; repeatable
    #[arg(long, value_name = "PEM")]
    pub(crate) anchor: Vec<PathBuf>,
    /// Certificate revocation lists, a file or a folder; repeatable
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) crl: Vec<PathBuf>,
    /// Root (PEM) that the BLOBs are signed under [default: the published ones]; repeatable
    #[arg(long, value_name = "PEM")]
    pub(crate) blob_anchor: Vec<PathBuf>,
    /// Exit with 1 when a registration is in one of these classes
    #[arg(
        long,
        value_name = "CLASS",
        value_delimiter = ',',
        value_parser = words::audit_classes(),
        default_value = "revoked,compromised"
    )]
    pub(crate) fail_on: Vec<AuditFailOn>,
    /// Split the counts by this member of the lines
    #[arg(long, value_name = "COLUMN", default_value = fidoscope_conformance::DEFAULT_GROUP)]
    pub(crate) by: String,
    /// Highest share of rejected lines, in per cent, that is still a success
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub(crate) max_rejected: f64,
    /// How the report is written; ndjson and csv hold the affected registrations [default: by the
    /// name of --out, else table on a terminal, ndjson in a pipe]
    #[arg(long, value_name = "FORMAT", value_parser = words::formats())]
    pub(crate) format: Option<Format>,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Worker threads [default: one per core]
    #[arg(long, alias = "jobs", value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// Where registrations come from.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct AuditSource {
    /// Registrations as native lines, a file, a folder or `-`; gzip and zstd are recognised;
    /// repeatable
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) input: Vec<PathBuf>,
    /// Registrations of the store in this folder, or at s3://bucket/prefix
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) store: Option<PathBuf>,
}

/// When an audit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditFailOn {
    /// Whatever is found.
    Never,
    /// When a registration is in a class.
    Class(AuditClass),
}

impl FromStr for AuditFailOn {
    type Err = UnknownAuditClass;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        if word == "never" {
            return Ok(Self::Never);
        }
        word.parse().map(Self::Class)
    }
}
