//! Arguments of the commands about metadata.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use fidoscope_metadata::Level;

use super::{FormatArg, size, words};

#[derive(Debug, Subcommand)]
pub(crate) enum Mds {
    Verify(MdsVerify),
    Show(MdsShow),
    Search(MdsSearch),
    Diff(MdsDiff),
    Lint(MdsLint),
    Status(MdsStatus),
    Fetch(MdsFetch),
    History(MdsHistory),
}

/// Check signature, certificate path and freshness of a BLOB
///
/// Every rule of the Metadata Service is a step. Rules about entries cannot make the BLOB bad; with
/// --model they decide about that model.
#[derive(Args, Debug)]
pub(crate) struct MdsVerify {
    /// The BLOB (a compact JWS)
    #[arg(value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// Root (PEM) that the BLOB is signed under, in place of the published ones; repeatable
    #[arg(long, alias = "anchor", value_name = "PEM")]
    pub(crate) blob_anchor: Vec<PathBuf>,
    /// Certificate revocation lists (PEM or DER), a file or a folder; repeatable
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) crl: Vec<PathBuf>,
    /// The BLOB at hand, against rollback and for what has changed
    #[arg(long, value_name = "OLD", conflicts_with = "have_no")]
    pub(crate) previous: Option<PathBuf>,
    /// Number of the BLOB at hand, against rollback
    #[arg(long, value_name = "N")]
    pub(crate) have_no: Option<u64>,
    /// Where it was downloaded; an `x5u` of another origin is refused
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Refuse a BLOB past its nextUpdate
    #[arg(long)]
    pub(crate) reject_stale: bool,
    /// Judge this model too: AAGUID, or key identifier of its attestation key
    #[arg(long, value_name = "AAGUID|KEYID")]
    pub(crate) model: Option<String>,
    /// What counts as a violation
    #[arg(long, value_name = "PROFILE", default_value = "standard")]
    pub(crate) profile: MdsProfile,
    /// Say why each step that is not satisfied usually fails, and what to do
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MdsProfile {
    /// What the specification asks of everybody
    Standard,
    /// That and what FIDO demands of a server
    FidoServer,
    /// Every strict lint too
    Strict,
}

/// Show a model: by AAGUID, by the key identifier of its attestation, or by name
#[derive(Args, Debug)]
pub(crate) struct MdsShow {
    /// AAGUID, AAID or key identifier of the model, or words of its name
    #[arg(value_name = "MODEL", required = true)]
    pub(crate) model: Vec<String>,
    /// The BLOB (a compact JWS)
    #[arg(long, value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// Root (PEM) that the BLOB is signed under, in place of the published ones; repeatable
    #[arg(long, alias = "anchor", value_name = "PEM")]
    pub(crate) blob_anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// List the models with a name, level, transport, status ...
///
/// A model is listed when everything asked for holds on the day of the run.
#[derive(Args, Debug)]
pub(crate) struct MdsSearch {
    /// Words of the model's name, or of the names of its trust anchors
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// The BLOB (a compact JWS)
    #[arg(long, value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// Certified at this level or higher
    #[arg(long, value_name = "LEVEL", value_parser = words::levels())]
    pub(crate) level: Option<Level>,
    /// software, hardware, tee, secure_element, remote_handle, or a part of it
    #[arg(long, value_name = "WORD")]
    pub(crate) key_protection: Option<String>,
    /// usb, nfc, ble, internal, hybrid, or an attachment hint such as wired
    #[arg(long, value_name = "WORD")]
    pub(crate) transport: Option<String>,
    /// Algorithm, or a part of its name, e.g. ed25519
    #[arg(long, value_name = "WORD")]
    pub(crate) algorithm: Option<String>,
    /// Status of any report in force, e.g. REVOKED
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// Root (PEM) that the BLOB is signed under, in place of the published ones; repeatable
    #[arg(long, alias = "anchor", value_name = "PEM")]
    pub(crate) blob_anchor: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Say in words what changed between two BLOBs
///
/// Signatures are not checked, see `mds verify`: old BLOBs no longer verify.
#[derive(Args, Debug)]
pub(crate) struct MdsDiff {
    /// The older BLOB
    #[arg(value_name = "OLD")]
    pub(crate) older: PathBuf,
    /// The newer BLOB
    #[arg(value_name = "NEW")]
    pub(crate) newer: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// List what in a BLOB is not as specified, with its place
///
/// The signature is not checked, see `mds verify`. Dates are judged on the day of the run.
#[derive(Args, Debug)]
pub(crate) struct MdsLint {
    /// The BLOB (a compact JWS)
    #[arg(value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// Exit with 1 when a finding is at or above this severity
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(crate) fail_on: FailSeverity,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailSeverity {
    Note,
    Warning,
    Error,
    Never,
}

/// Age, next update and how long the certificates of the signing chain last
///
/// The signature is not checked, see `mds verify`.
#[derive(Args, Debug)]
pub(crate) struct MdsStatus {
    /// The BLOB (a compact JWS)
    #[arg(value_name = "BLOB")]
    pub(crate) blob: PathBuf,
    /// Exit with 1 when a certificate ends within 30 days (soon), or has ended (over)
    #[arg(long, value_name = "EXPIRY")]
    pub(crate) fail_on: Option<FailExpiry>,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailExpiry {
    Soon,
    Over,
}

/// Download the BLOB, check it, and replace the cached one only when it is good and newer
#[derive(Args, Debug)]
pub(crate) struct MdsFetch {
    /// Where the metadata service is
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://mds3.fidoalliance.org/"
    )]
    pub(crate) url: String,
    /// File that holds the BLOB; its ETag, and every BLOB by its number, are kept beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Proxy to go through [default: that of the environment]
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Refuse an answer that is larger
    #[arg(long, alias = "max-mib", value_name = "SIZE", default_value = "64MiB", value_parser = size::between(size::MIB, size::MIB, 1024 * size::MIB))]
    pub(crate) max_size: u64,
    /// Keep so many BLOBs by their number, the newest; about a year's, as they came in 2026
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) keep: NonZeroUsize,
    /// Certificate revocation lists (PEM or DER), a file or a folder; repeatable
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) crl: Vec<PathBuf>,
    /// Root (PEM) that the BLOB is signed under, in place of the published ones; repeatable
    #[arg(long, alias = "anchor", value_name = "PEM")]
    pub(crate) blob_anchor: Vec<PathBuf>,
}

/// List the BLOBs that `mds fetch` has kept
#[derive(Args, Debug)]
pub(crate) struct MdsHistory {
    /// The file that `mds fetch --out` was given
    #[arg(value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}
