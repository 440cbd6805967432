//! Forgets lines that could not be read, on a term.
//!
//! The quarantine holds lines as they came, with the names of people in them, so that somebody can mend a
//! mapping and read them again. What nobody has looked at in a month nobody will; from then on it is only
//! a risk. Rows leave by files: a file holds rows of one day (an ingest writes one for each commit, and
//! `compact.rs` puts only files of one day together), and the time of writing that the log names is that of
//! its newest row. Unlike other files these are deleted at once, and so are those that were put together
//! with others, when they are that old, and those of records that are too large for a row: what is gone from
//! the table and lies on the disk is not gone.
//!
//! Exactly once stays as it is. Which lines of an input are in the quarantine is only asked from the
//! position of its events on, after a kill between two commits or of a last line that still grows; where
//! such a row was forgotten meanwhile, the line is set aside again, as one that has come just now.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use deltalake::DeltaTable;
use deltalake::kernel::{LogicalFileView, Transaction};
use serde::Serialize;

use super::{ATTEMPTS, DAY, count, files, remove};
use crate::store::{Table, drop_files};
use crate::{StoreError, Tables};

/// Application of the Delta transaction in commits that forget lines; its version is the day before which
/// there are none, in days since the epoch.
const TERM: &str = "fidoscope:quarantine";

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forgotten {
    /// Lines.
    pub lines: u64,
    /// Files that were deleted.
    pub files: u64,
}

impl Tables {
    /// Deletes the quarantined lines that have been there for longer than the store's term. `now` is the
    /// time of the machine.
    pub fn forget_quarantine(&self, now: DateTime<Utc>) -> Result<Forgotten, StoreError> {
        let term = TimeDelta::days(i64::from(self.held()?.quarantine_days));
        let Some(before) = now.checked_sub_signed(term) else {
            return Ok(Forgotten::default());
        };
        let before = before.timestamp_millis();
        for _ in 0..ATTEMPTS {
            let mut table = self.load(Table::Quarantine)?;
            let mut old: Vec<LogicalFileView> = files(&table)?;
            old.retain(|file| file.modification_time() < before);
            let lines = old.iter().filter_map(LogicalFileView::num_records).sum();
            if !old.is_empty() && !self.drop_lines(&mut table, &old, now, before)? {
                continue;
            }
            for file in &old {
                self.files().remove(Table::Quarantine, &file.path());
            }
            let leftovers = self.remove_leftovers(&table, before)?;
            let time = DateTime::from_timestamp_millis(before).unwrap_or_default();
            let (large, _) = self.vacuum_raw_files(time, false)?;
            return Ok(Forgotten {
                lines: count(lines),
                files: count(old.len()) + leftovers + large,
            });
        }
        Err(StoreError::Busy {
            table: "quarantine",
        })
    }

    /// Takes files out of the table; `false` when another writer came first.
    fn drop_lines(
        &self,
        table: &mut DeltaTable,
        old: &[LogicalFileView],
        now: DateTime<Utc>,
        before: i64,
    ) -> Result<bool, StoreError> {
        let stamp = self.stamp(now);
        let removes = old.iter().map(|file| remove(file, true, stamp)).collect();
        let mark = Transaction::new(TERM, before.div_euclid(DAY));
        let predicate = format!("observed_ts < to_timestamp_millis({before})");
        let commit = drop_files(table, removes, mark, predicate);
        Ok(self.runtime().block_on(commit)?.is_some())
    }

    /// Deletes files of that age that are in the folder and not in the table.
    fn remove_leftovers(&self, table: &DeltaTable, before: i64) -> Result<u64, StoreError> {
        let files = files(table)?;
        let held: HashSet<String> = files.iter().map(|file| file.path().into_owned()).collect();
        let mut removed = 0;
        for (name, written) in self.files().ages(Table::Quarantine) {
            let is_data = name.ends_with(".parquet") && !name.contains('/');
            if is_data && written < before && !held.contains(&name) {
                self.files().remove(Table::Quarantine, &name);
                removed += 1;
            }
        }
        Ok(removed)
    }
}
