//! The command line of `sources`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{FormatArg, StoreArg};

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    List(SourcesList),
    Show(SourcesShow),
    Detect(SourcesDetect),
    Test(SourcesTest),
    New(SourcesNew),
    Coverage(SourcesCoverage),
}

/// List the mappings, ours and those of --rules, and how much each can support at most
#[derive(Args, Debug)]
pub(crate) struct SourcesList {
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Say what one mapping fills, column by column, and what its source never logs
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

/// Say which source a file is from and which tests decided it, or why it is from none
///
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

/// Try a mapping on lines: what each of them becomes, and why some are rejected
///
/// Nothing is stored, and user identifiers are hashed under a key of zeros. Without FILE the lines
/// are those beside the mapping: `mine.ndjson` beside `mine.yaml`. When there is a
/// `mine.expected.ndjson` too, made by this command with --format ndjson, the exit code is 1 when
/// the outcome is another one.
#[derive(Args, Debug)]
pub(crate) struct SourcesTest {
    /// A mapping file (YAML), or the name of a source
    #[arg(value_name = "MAPPING")]
    pub(crate) mapping: PathBuf,
    /// A log, or `-` for standard input; gzip and zstd are recognised
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Lines that are shown; all of them are tried and counted
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) lines: usize,
    /// Highest share of rejected records, in per cent, that is still a success
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub(crate) max_rejected: f64,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Make a first mapping from sample lines, to go on from
///
/// The values of the lines are looked at: what may be a time, an address, a UUID, a user agent, an
/// outcome. What cannot be told is left as comments. The result is a valid mapping; what is still
/// to do stands at its head.
#[derive(Args, Debug)]
pub(crate) struct SourcesNew {
    /// Name of the source: lower-case letters, digits and `_`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Sample lines, or `-` for standard input; gzip and zstd are recognised
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Say which indicators and detections a store can support, per source, and what is missing
///
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
