//! `fidoscope store`: upkeep of a store.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{Args, Subcommand};

use super::{FormatArg, StoreArg};
use crate::clock;

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    Info(StoreInfo),
    Check(StoreCheck),
    Optimize(StoreOptimize),
    Vacuum(StoreVacuum),
    Retain(StoreRetain),
    Rekey(StoreRekey),
}

/// Tables with their versions, rows, files and bytes; days and inputs
///
/// Small files are those that `store optimize` would put together.
#[derive(Args, Debug)]
pub(crate) struct StoreInfo {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Compare every file and every position with the logs of the tables
///
/// Every file that the log of a table names must be there, with its size, its rows and the content
/// that was written; events must lie before the position of their input and be as many as were
/// announced. Exits with 1 when something is damaged, and names it. Changes nothing.
#[derive(Args, Debug)]
pub(crate) struct StoreCheck {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Put small files of a day together
///
/// Rows stay as they are, and so do positions of inputs: an ingest may run meanwhile. The files that
/// were replaced stay on disk until `store vacuum`, for queries that still read them.
#[derive(Args, Debug)]
pub(crate) struct StoreOptimize {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Only where a day has at least this many small files
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) min_files: usize,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Delete files that no table refers to any more
///
/// Deletes data files that optimize, retain or an update took out of their table, files that a killed
/// ingest left behind, and the log behind a new checkpoint; each only once it has been out of use for
/// --older-than. Positions of inputs are kept in the checkpoint. Older versions of the tables can no
/// longer be read afterwards.
#[derive(Args, Debug)]
pub(crate) struct StoreVacuum {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// How long a file must have been out of use; longer than any query or ingest takes
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = clock::hours)]
    pub(crate) older_than: TimeDelta,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Drop whole days of events for their age
///
/// Only events are dropped. The tables of credentials and of minutes keep what they have learned from
/// them, quarantine and positions of inputs stay, so that reading an old log again does not bring its
/// days back. The disk space is freed by `store vacuum`.
#[derive(Args, Debug)]
pub(crate) struct StoreRetain {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Keep the events of this many days before today (UTC)
    #[arg(long, value_name = "N")]
    pub(crate) days: u32,
    /// Say what would be dropped, and drop nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Make a new store whose identifiers of lines are keyed, out of one where they are plain
///
/// A store of old (`store info` says so) names events and logs by hashes that anybody can compute: who has
/// most of a line can try the rest of it. The new store has hashes of these hashes under the key of the
/// pseudonyms; no log is read. Users stay under the key that they are under, and what was read before is
/// not read again: point --store at the new one. The old one stays as it is, and should go when nothing
/// uses it any more.
///
/// An identifier that the log itself gave stays, unless it is 32 hexadecimal digits: then it cannot be told
/// from one of ours, and is keyed too. Its line is not read again, but the same event in another log that
/// is read later would be a second one. What is said at the end counts both, by source. A finding of `detect`
/// is named by its events, so that one about events that were keyed comes under another id.
///
/// Refused are a store that is keyed already, another key than that of the users (both need the logs:
/// `ingest` them into a new store), and a store that keeps user identifiers as they are. `serve` must not
/// run on the old store; what other commands add to it meanwhile is read into the new one from its log.
#[derive(Args, Debug)]
pub(crate) struct StoreRekey {
    /// Where the new store is made: a new or an empty folder, or s3://bucket/prefix
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// The key that the old store was filled with; the new one does not have it in itself then
    /// [default: the old store's own, which the new one gets]
    #[arg(
        long,
        value_name = "FILE",
        env = "FIDOSCOPE_PII_KEY",
        hide_env_values = true
    )]
    pub(crate) pii_key: Option<PathBuf>,
    /// Leave all identifiers of this source as they are, also those of 32 hexadecimal digits: the log
    /// gives every event one. May be given several times
    #[arg(long, value_name = "SOURCE")]
    pub(crate) own_ids: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}
