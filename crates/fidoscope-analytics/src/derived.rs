//! Tables that follow the events: one way for all of them.
//!
//! A derived table holds nothing that the events do not say, and says itself how much of them is in it: each
//! commit bears a Delta transaction with the version of `events` that is in the table with it
//! ([`position`]). Rows and position change in one commit, so a process may be killed at any time, and of two
//! that update the same table the second finds that the first was there and begins again.
//!
//! What is new is what the log of the events says was added since ([`added`]). Files that were only put
//! together with others are no news, and neither are days that were dropped for their age: what they told
//! stays. Where the log does not tell, because its files are gone or another engine has rewritten events,
//! the table is made anew.
//!
//! A change takes files out and puts their successors in ([`Exchange`]); names are made of content, so that
//! a file that comes out as it was stays. What was taken out is deleted some commits later, when nobody reads
//! it any more. Upkeep asks [`settled`] which files of events are done with, and moves or drops no others.
//!
//! A table with one row for each key is all of that with a [`Keyed`] that says what its rows are, and an
//! ingest that is given the table's [`Following`] spares it the reading of what this process has decoded.
//!
//! [`Following`]: crate::Following

use deltalake::arrow::array::RecordBatch;

use crate::StoreError;
use crate::store::{Files, Table};

mod changes;
mod exchange;
mod following;
mod keyed;
mod position;
mod rewrite;
mod settled;

pub(crate) use changes::{Commit, EventFile, added, all as event_files, read};
pub(crate) use exchange::Exchange;
pub(crate) use following::{Decoded, Stretches};
pub(crate) use keyed::{Keeper, Updated};
pub(crate) use position::{position, transaction};
pub(crate) use settled::{in_table, settled};

/// Attempts against other writers before giving up.
const ATTEMPTS: usize = 8;

/// Meaning of a table that has one row for each key, made of all events that tell of it.
pub(crate) trait Keyed: Sync {
    /// The table.
    const TABLE: Table;

    /// Application of the Delta transaction that holds the version of the events in the table.
    const APPLICATION: &'static str;

    /// Columns of events that are read.
    const EVENTS: &'static [&'static str];

    /// Columns of the table that are its key.
    const KEY: &'static [&'static str];

    /// Rows of some events.
    type Fold: Fold;

    /// A row on its way into a file.
    type Row: Send;

    /// What is to be told of the rows that were written.
    type Told: Default + Extend<Self::Told> + Send + Sync;

    /// Whether every row of the table is written again, also those of which no event tells.
    fn rewrites_all(&self) -> bool {
        false
    }

    /// Settles what a fold can only say when it is known which files were folded before: a line that was
    /// read twice may be in one of them.
    fn settle(
        fold: &mut Self::Fold,
        files: &Files,
        folded: &[EventFile],
    ) -> Result<(), StoreError> {
        let _ = (fold, files, folded);
        Ok(())
    }

    /// Number of the rows of the table in a batch, keys only, that a fold has more about.
    fn touched(fold: &Self::Fold, keys: &RecordBatch) -> usize;

    /// The rows of the table in a batch, with what a fold has more about them, which it hands over.
    fn extended(fold: &mut Self::Fold, rows: &RecordBatch) -> Vec<Self::Row>;

    /// A row that the table does not have yet.
    fn row(new: <Self::Fold as Fold>::New<'_>) -> Self::Row;

    /// Rows as the table has them.
    fn batch(
        &self,
        rows: impl Iterator<Item = Self::Row>,
        told: &mut Self::Told,
    ) -> Result<RecordBatch, StoreError>;
}

/// Rows of some events, by their keys. In which order the events come makes no difference.
pub(crate) trait Fold: Default + Send + Sync {
    /// A row that is made when it is written: there may be many.
    type New<'f>: Send
    where
        Self: 'f;

    /// Takes in the events of a batch.
    fn add(&mut self, events: &RecordBatch) -> Result<(), StoreError>;

    /// Takes in what another thread has folded.
    fn merge(&mut self, other: Self);

    /// Number of the events that told something.
    fn told(&self) -> usize;

    /// Number of the rows.
    fn len(&self) -> usize;

    /// The rows that were not handed over, in the order of their keys.
    fn remaining(&self) -> Vec<Self::New<'_>>;
}
