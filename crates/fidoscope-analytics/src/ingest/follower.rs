//! Tables that follow the events, as far as an ingest goes: it knows none of them, and shows each that is
//! given to it ([`super::IngestOptions::followers`]) what it decodes and what it has committed.
//!
//! A follower need not be given: what an ingest did not show it, it reads from the files that were added
//! since the version that it has. What is shown spares it that reading, and no more may depend on it: a
//! stretch of an input may be decoded and never stored, and another writer may store between two commits.

use chrono::{DateTime, Utc};
use deltalake::arrow::array::RecordBatch;

use crate::StoreError;

/// Versions of the event table that one ingest made one after the other, with nobody else's in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versions {
    /// Version before the first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

impl Versions {
    /// None yet, after a version.
    pub(super) const fn after(version: u64) -> Self {
        Self {
            from: version,
            to: version,
        }
    }
}

/// Table that follows the events.
pub trait Follower: Sync {
    /// Begins to follow one run of an ingest; what the run shows and does not commit is forgotten with what
    /// this gives.
    fn follow(&self) -> Box<dyn Following + '_>;
}

/// One run of an ingest, as a follower sees it. An input is cut into stretches of about a million events.
pub trait Following: Sync {
    /// Sees the events of a piece that was decoded. Pieces come from several threads, in any order; those
    /// of a stretch are all seen before it is committed.
    fn decoded(&self, stretch: u64, events: &RecordBatch) -> Result<(), StoreError>;

    /// All events of a stretch are stored, in these versions; `None` where another writer stored something
    /// in between, so that the versions have more than was seen.
    fn committed(
        &self,
        stretch: u64,
        versions: Option<Versions>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}
