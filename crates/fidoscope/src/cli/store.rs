//! `fidoscope store`: upkeep of a store.

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
