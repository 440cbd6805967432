//! The command line of `sources`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{FormatArg, StoreArg};

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    /// List the mappings, ours and those of --rules, and how much each can support at most
    List(SourcesList),
    /// Say what one mapping fills, column by column, and what its source never logs
    Show(SourcesShow),
    /// Say which source a file is from and which tests decided it, or why it is from none
    Detect(SourcesDetect),
    /// Say which indicators and detections a store can support, per source, and what is missing
    Coverage(SourcesCoverage),
}

#[derive(Args, Debug)]
pub(crate) struct SourcesList {
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Args, Debug)]
pub(crate) struct SourcesShow {
    /// Name of the source
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Print the mapping file itself, to start one of your own from
    #[arg(long)]
    pub(crate) yaml: bool,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// The beginning of the file is looked at, as `ingest` does. The exit code is 4 when no mapping
/// recognises it; what comes nearest is listed then, with the tests that failed.
#[derive(Args, Debug)]
pub(crate) struct SourcesDetect {
    /// A log, or `-` for standard input; gzip and zstd are recognised
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// What the events of the store carry decides. `not seen` is what a source could log, for all that
/// its mapping says, and the store has none of; `no` is what it cannot. The exit code is 3 when
/// nothing is supported.
#[derive(Args, Debug)]
pub(crate) struct SourcesCoverage {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}
