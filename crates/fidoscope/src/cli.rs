//! The command line: what a user types. No work is done here.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use fidoscope_inspect::Artifact;
use fidoscope_recording::Profile;
use fidoscope_report::Format;
use fidoscope_report::time::Moment;

use crate::clock;

mod audit;
mod help;
mod ingest;
mod mds;
mod privacy;
mod serve;
mod shell;
mod size;
mod sources;
mod store;
mod words;

pub(crate) use audit::{Audit, AuditFailOn};
pub(crate) use help::{Help, TOPICS};
pub(crate) use ingest::{Enrich, Ingest, People};
pub(crate) use mds::{
    FailExpiry, FailSeverity, Mds, MdsDiff, MdsFetch, MdsHistory, MdsLint, MdsProfile, MdsSearch,
    MdsShow, MdsStatus, MdsVerify,
};
pub(crate) use privacy::{Ip, Pii};
pub(crate) use serve::Serve;
pub(crate) use shell::{Completions, Man};
pub(crate) use size::MemoryArg;
pub(crate) use sources::{
    Sources, SourcesCoverage, SourcesDetect, SourcesList, SourcesNew, SourcesShow, SourcesTest,
};
pub(crate) use store::{
    StoreCheck, StoreCommand, StoreInfo, StoreOptimize, StoreRekey, StoreRetain, StoreVacuum,
};

/// Observability and conformance for passkeys (FIDO2/WebAuthn).
///
/// Reads the logs of a relying party or identity provider, judges recorded ceremonies and
/// attestation statements, and says what burns the sign-in budget, which credential looks cloned
/// and which step of the standard fails. Works offline on a local store.
#[derive(Debug, Parser)]
#[command(
    name = "fidoscope",
    version = crate::version::line(),
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = help::topics()
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Heading of the options that every command understands.
const GLOBAL: &str = "Global options";

/// Options that every command understands.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Judge as of this time instead of the machine's clock, e.g. 2026-11-20, 2026-11-20 15:00, 7d (ago)
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "TIME", value_parser = clock::instant)]
    pub(crate) now: Option<DateTime<Utc>>,
    /// Add rules, mappings and dashboards from this folder, or override ours by id
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        value_name = "DIR",
        env = "FIDOSCOPE_RULES",
        hide_env_values = true
    )]
    pub(crate) rules: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,
    /// Put a ' before CSV text that begins with = + - or @, which spreadsheets take for a formula
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) csv_safe: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Ingest(Ingest),
    /// What logs can be read, which one a file is, and what they can and cannot tell
    #[command(subcommand)]
    Sources(Sources),
    Serve(Serve),
    Enrich(Enrich),
    /// Look after the store: what is in it, is it sound, pack it, shrink it, key it
    #[command(subcommand)]
    Store(StoreCommand),
    Query(Query),
    Sli(SliArgs),
    Posture(Posture),
    Detect(Detect),
    Replay(Replay),
    Audit(Box<Audit>),
    Import(Import),
    /// The mutation suite: ceremonies with one fault each, and the step that must name it
    #[command(subcommand)]
    Conformance(Conformance),
    Inspect(Inspect),
    /// FIDO metadata: verify, lint and compare BLOBs, look up models, download
    #[command(subcommand)]
    Mds(Mds),
    Simulate(Simulate),
    Dashboard(Dashboard),
    Schema(Schema),
    Completions(Completions),
    Man(Man),
    Help(Help),
    #[command(hide = true)]
    Reference(Reference),
}

/// Where the store is.
#[derive(Args, Debug)]
pub(crate) struct StoreArg {
    /// Folder of the store, or s3://bucket/prefix
    #[arg(
        long,
        value_name = "DIR|URL",
        default_value = "./fidoscope-store",
        env = "FIDOSCOPE_STORE",
        hide_env_values = true
    )]
    pub(crate) store: PathBuf,
}

/// How results are written.
#[derive(Args, Debug)]
pub(crate) struct FormatArg {
    /// How results are written [default: table on a terminal, ndjson in a pipe]
    #[arg(long, value_name = "FORMAT", value_parser = words::formats())]
    pub(crate) format: Option<Format>,
}

/// See the whole job on the bundled data: ingest, indicators, findings, replay, dashboard
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Keep the store here instead of in a temporary folder
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Folder with the demonstration data
    #[arg(long, value_name = "DIR", default_value = "./datasets")]
    pub(crate) datasets: PathBuf,
    /// Print the facts and do not open the dashboard
    #[arg(long)]
    pub(crate) no_dashboard: bool,
}

/// Ask the store with SQL
#[derive(Args, Debug)]
pub(crate) struct Query {
    /// One SELECT statement over the tables inputs, events, quarantine, credentials and minutes, and the
    /// views events_once, events_enriched, credential_timeline and ceremonies
    #[arg(value_name = "SQL")]
    pub(crate) sql: String,
    /// Run it, and print how: the steps with their rows and times instead of the result
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) memory: MemoryArg,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// A span of time. What is relative counts from now, or from --now.
#[derive(Args, Debug)]
pub(crate) struct Window {
    /// Start of the window, e.g. 20m (ago), yesterday, 2026-11-17 10:00; without a zone UTC
    /// [default: 30 days before its end, at a whole minute]
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// End of the window, in the same forms [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,
}

/// Service level indicators M1 to M10 with targets, samples and coverage
#[derive(Args, Debug)]
pub(crate) struct SliArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Split every indicator by a column of the event table, e.g. browser; model, level, trust and
    /// aaguid are also those of the credential
    #[arg(long, value_name = "COLUMN")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Exit with 1 when an indicator misses its target
    #[arg(long, value_name = "WHAT")]
    pub(crate) fail_on: Option<SliFailOn>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SliFailOn {
    Breach,
}

/// Practices around passkeys: second authenticators, privileged keys, fallbacks, recovery
///
/// Each line says what was counted, from what, and what could not be seen: a source that logs no
/// fallbacks does not say that there are none. Credentials are those of the whole store, fallbacks
/// and recoveries those of the window.
#[derive(Args, Debug)]
pub(crate) struct Posture {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Identifiers of privileged users, one a line, as the logs have them; beside the users whose
    /// segment is admin
    #[arg(long, value_name = "FILE")]
    pub(crate) privileged: Option<PathBuf>,
    /// The key that the store's logs were ingested with [default: the store's own]
    #[arg(long, value_name = "FILE", requires = "privileged")]
    pub(crate) pii_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Exit with 1 when a practice is not kept
    #[arg(long, value_name = "WHAT")]
    pub(crate) fail_on: Option<PostureFailOn>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PostureFailOn {
    NotKept,
}

/// Run the detections over the store
#[derive(Args, Debug)]
pub(crate) struct Detect {
    /// List the columns that rules may look at, and what each says, instead
    #[arg(long)]
    pub(crate) columns: bool,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) memory: MemoryArg,
    /// Exit with 1 when a finding is at or above this level
    #[arg(long, value_name = "LEVEL", default_value = "low")]
    pub(crate) fail_on: FailLevel,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailLevel {
    Informational,
    Low,
    Medium,
    High,
    Critical,
    Never,
}

/// Replay recorded ceremonies through the reference verifier
///
/// Every step of WebAuthn 7.1 and 7.2 becomes a verdict with its position in the standard. The exit
/// code is 1 when verdict or failing step differ from what a recording expects, or when the relying
/// party decided otherwise.
#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// Recordings (.json one, .jsonl many), HTTP archives (.har), options with their response
    /// (.json), folders of them, or `-`; gzip and zstd are recognised
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Which rules decide [default: the recording's own, else webauthn-l3]
    #[arg(long, value_name = "NAME", value_parser = words::profiles())]
    pub(crate) profile: Option<Profile>,
    /// Policy file, or the name of one of ours, for what recordings leave open
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Trust anchor (PEM) for attestation; repeatable
    #[arg(long, value_name = "PEM")]
    pub(crate) anchor: Vec<PathBuf>,
    /// Certificate revocation lists (PEM), a file or a folder; repeatable
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) crl: Vec<PathBuf>,
    /// Metadata BLOB that supplies trust anchors by model
    #[arg(long, value_name = "BLOB")]
    pub(crate) blob: Option<PathBuf>,
    /// BLOBs of the past, files or folders: registrations are judged by the one in force at their
    /// time as well, and what differs is said; repeatable
    #[arg(long, value_name = "BLOB|DIR", requires = "blob")]
    pub(crate) blob_history: Vec<PathBuf>,
    /// Origin that archives and options with their response are judged against; repeatable
    /// [default: the page that sent the response]
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Vec<String>,
    /// Explain what was not accepted: the step, the bytes around the fault, the likely cause, the cure
    #[arg(long)]
    pub(crate) explain: bool,
    /// Show every step, not only the deciding one
    #[arg(long)]
    pub(crate) steps: bool,
    /// How the report is written [default: by the name of --out, else table on a terminal, ndjson in
    /// a pipe]
    #[arg(long, value_name = "FORMAT", value_parser = words::replay_formats())]
    pub(crate) format: Option<Format>,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Worker threads [default: one per core]
    #[arg(long, alias = "jobs", value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// Make recordings of HTTP archives (HAR), or of options with their responses
///
/// Options and responses are joined on their challenge, across all files of the call. What is not
/// needed for judging is left out; an HTTP answer becomes the relying party's decision.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// HTTP archives (HAR), and options and responses in W3C JSON, together or in files of their own
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// File for the recordings, one a line [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Expected origin; repeatable [default: what the file says, else the page that sent the response]
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Vec<String>,
    /// Put hashes in the place of user handles and drop the relying party's words
    #[arg(long)]
    pub(crate) redact: bool,
}

/// Draw the structure of an attestation object, authenticator data, a key, a certificate ...
///
/// Reads base64url, base64, hexadecimal, PEM, JSON or raw bytes, says what they are and why, and
/// draws every part with its byte offset, length and meaning. What is broken is drawn as far as it
/// goes, followed by the fault and the bytes around it.
#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// A file, `-` for standard input, or the text itself
    #[arg(value_name = "INPUT", default_value = "-", allow_hyphen_values = true)]
    pub(crate) input: String,
    /// Take the input for this
    #[arg(long = "as", value_name = "KIND", value_parser = words::artifacts())]
    pub(crate) artifact: Option<Artifact>,
    /// Metadata BLOB that knows the names of models
    #[arg(long, value_name = "BLOB")]
    pub(crate) blob: Option<PathBuf>,
    /// How the structure is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: InspectFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Conformance {
    Mutate(ConformanceMutate),
    Export(ConformanceExport),
}

/// Change ceremonies row by row and replay each: rejected at its named step, or accepted
#[derive(Args, Debug)]
pub(crate) struct ConformanceMutate {
    /// Recordings to change in place of our own; rows that change what is signed need the private key, as a
    /// JWK in `testKeys.credential`
    #[arg(long, value_name = "FILE")]
    pub(crate) base: Option<PathBuf>,
    /// Rows to run, `*` stands for any text; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub(crate) id: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Write bases and mutants with what must come of them, to feed another relying party
#[derive(Args, Debug)]
pub(crate) struct ConformanceExport {
    /// Folder that the files go to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Write synthetic logs, recordings and metadata from a seed
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// Same seed, same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write one native log of this many events instead of the whole set
    #[arg(long, value_name = "M")]
    pub(crate) events: Option<u64>,
    /// Folder for the whole set, file for a log, or `-` for standard output
    #[arg(long, value_name = "DIR|-")]
    pub(crate) out: PathBuf,
}

/// Open the terminal dashboard
#[derive(Args, Debug)]
pub(crate) struct Dashboard {
    /// executive, on-call, or a dashboard file of your own
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Draw one screen and leave
    #[arg(long)]
    pub(crate) once: bool,
    /// Size of that screen
    #[arg(long, value_name = "COLSxROWS", default_value = "80x24", value_parser = screen, requires = "once")]
    pub(crate) size: (u16, u16),
    /// With --once: draw as SVG instead of text
    #[arg(long, requires = "once")]
    pub(crate) svg: bool,
    #[command(flatten)]
    pub(crate) window: Window,
}

/// Print the JSON Schema of a format that fidoscope reads
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// ceremony (fidoscope.ceremony/1) or event (fidoscope.event.v1)
    #[arg(value_name = "NAME")]
    pub(crate) name: SchemaName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaName {
    Ceremony,
    Event,
}

/// Print a table of the help's pages
#[derive(Args, Debug)]
pub(crate) struct Reference {
    #[arg(value_name = "NAME")]
    pub(crate) name: ReferenceName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReferenceName {
    ExitCodes,
    Keys,
}

fn screen(text: &str) -> Result<(u16, u16), String> {
    let parts = text
        .split_once('x')
        .and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    parts.ok_or_else(|| format!("`{text}` is not COLSxROWS, e.g. 80x24"))
}
