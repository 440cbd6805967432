//! The engine: Delta tables, DataFusion queries, Polars frames.
//!
//! A [`Store`] is a folder of Delta tables, or a prefix of an object store with them. [`Store::ingest`] reads a log into it exactly once;
//! [`Store::query`] reads it with SQL. SQL shrinks the event table, Polars shapes what is already
//! small, plain Rust decides. All calls block: the store owns its runtime. Time is an argument.

mod coverage;
mod credentials;
mod declared;
mod derived;
mod detection;
mod error;
mod ingest;
mod latency;
mod minutes;
mod panels;
mod posture;
mod query;
mod rekey;
mod remote;
mod scan;
mod schema;
mod sli;
mod span;
mod store;
#[cfg(test)]
mod tests;
mod upkeep;

pub use coverage::reach;
pub use credentials::{CredentialChanges, CredentialOptions, CredentialSummary, Credentials};
pub use detection::Detected;
pub use error::{StoreError, words_of};
#[doc(hidden)]
pub use ingest::write_apart_from_a_store;
pub use ingest::{
    Follow, Follower, Following, IngestObserver, IngestOptions, IngestSummary, Input, MAX_LINE,
    Oddities, Quarantined, Silent, SourceChoice, Stage, Versions, decompressed, is_compressed,
};
pub use latency::QUANTILE_ERROR;
pub use minutes::{DIMENSIONS, MOST_VALUES, MinuteSummary};
pub use panels::panel_names;
pub use posture::PostureOptions;
pub use query::{Limits, NoBytes, Parameters, Store};
pub use rekey::{RekeyOptions, Rekeyed, RekeyedSource, RekeyedStore};
pub use remote::{Remote, RemoteFile};
pub use sli::Measured;
pub use span::Span;
pub use store::{Clock, Held, Place, Readers, StoreVersion, Tables, make_file, replace_file};
pub use upkeep::{
    CheckReport, Compacted, Damage, DroppedDay, Forgotten, Retained, StoreInfo, TableInfo,
    VacuumOptions, Vacuumed,
};

/// The engines in this build, with their versions.
#[must_use]
pub fn engines() -> [(&'static str, &'static str); 3] {
    [
        ("DataFusion", deltalake::datafusion::DATAFUSION_VERSION),
        ("delta-rs", deltalake::crate_version()),
        ("Polars", polars::VERSION),
    ]
}
