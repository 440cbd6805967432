//! `fidoscope ingest` and `enrich`: logs into the store, and what metadata says of them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{FormatArg, Ip, Pii, StoreArg, size};
use crate::clock;

/// Read logs into the store, each event exactly once
#[derive(Args, Debug)]
pub(crate) struct Ingest {
    /// Files, folders, s3://bucket/prefix or `-` for standard input; gzip and zstd are recognised,
    /// tables by their names (.csv, .tsv)
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Name of the source's mapping, or auto
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub(crate) source: String,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Identity of standard input, so that two streams are told apart
    #[arg(long, value_name = "ID", default_value = "")]
    pub(crate) source_id: String,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Highest share of rejected records, in per cent, that is still a success
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub(crate) max_rejected: f64,
    #[command(flatten)]
    pub(crate) people: People,
    #[command(flatten)]
    pub(crate) metadata: Metadata,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Keep reading as the logs grow, are rotated or appear in the folders, until SIGINT or SIGTERM
    #[arg(long)]
    pub(crate) follow: bool,
    /// Look for new lines this often, and commit what has come
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1s",
        value_parser = clock::seconds,
        requires = "follow"
    )]
    pub(crate) follow_every: Duration,
    /// Commit after lines of this size became events
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size::between(size::MIB, size::MIB, 1 << 40))]
    pub(crate) commit_every: u64,
    /// Tell each commit as it happens
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Judge the credentials of the store by newer metadata; no log is read again
///
/// Every credential is judged again from what the store keeps of its registration: the attestation
/// object where the source logged it, else the AAGUID. Prints what that changed: newly revoked,
/// renamed, trusted, and for how many; and what is judged otherwise than at the registration, by the
/// BLOB that was in force then. The store remembers the BLOB for later ingests.
#[derive(Args, Debug)]
pub(crate) struct Enrich {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) metadata: Metadata,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// How an input is taken.
#[derive(Args, Debug)]
pub(crate) struct Form {
    /// Standard input is a table (CSV): its first record names the members
    #[arg(long, conflicts_with = "follow")]
    pub(crate) csv: bool,
    /// Stop reading a compressed file that has become more than N times as long; 0 for never
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub(crate) max_expansion: u64,
}

/// What a store holds of people.
#[derive(Args, Debug)]
pub(crate) struct People {
    /// File with the 32-byte key (64 hex digits) for pseudonyms [default: made in the
    /// store; needed for one at s3://]
    #[arg(
        long,
        value_name = "FILE",
        env = "FIDOSCOPE_PII_KEY",
        hide_env_values = true
    )]
    pub(crate) pii_key: Option<PathBuf>,
    /// What the store holds of user identifiers [default: what it has, at first hash]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) pii: Option<Pii>,
    /// What the store holds of client addresses [default: what it has, at first keep]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) ip: Option<Ip>,
    /// Days that the store keeps lines that could not be read [default: what it has, at first 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub(crate) quarantine_days: Option<u32>,
}

/// What credentials are judged by.
#[derive(Args, Debug)]
pub(crate) struct Metadata {
    /// Metadata BLOB that gives credentials their model, level, statuses and trust [default: the one
    /// that the store remembers from the last time]
    #[arg(long, value_name = "BLOB")]
    pub(crate) blob: Option<PathBuf>,
    /// BLOBs of the past, files or folders: each credential is judged by the one in force at its
    /// registration as well [default: those that the store was given before]; repeatable
    #[arg(long, value_name = "BLOB|DIR")]
    pub(crate) blob_history: Vec<PathBuf>,
    /// Names of models that the BLOB does not list: the community's list of AAGUIDs or FIDO's
    /// Convenience Metadata (JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<PathBuf>,
    /// Root (PEM) that the BLOB is signed under [default: the published ones]; repeatable
    #[arg(long, value_name = "PEM")]
    pub(crate) blob_anchor: Vec<PathBuf>,
}
