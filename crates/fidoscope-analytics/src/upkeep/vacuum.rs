//! Deletes files that no version needs any more, and the part of the log that checkpoints replace.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use deltalake::DeltaTable;
use deltalake::operations::vacuum::{Clock, VacuumMode};
use deltalake::protocol::checkpoints::{cleanup_expired_logs_for, create_checkpoint};
use serde::Serialize;

use super::count;
use crate::credentials::APPLICATION;
use crate::derived::settled;
use crate::store::Table;
use crate::{StoreError, Tables};

/// What to delete.
#[derive(Clone, Copy, Debug)]
pub struct VacuumOptions {
    /// The time of the machine. Any other makes what an ingest has just written look old.
    pub now: DateTime<Utc>,
    /// Only what has been out of use for this long: queries and ingests that run need younger files.
    pub older_than: TimeDelta,
    /// Say what would be deleted, and delete nothing.
    pub dry_run: bool,
}

/// What was deleted of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Vacuumed {
    /// Name of the table.
    pub table: &'static str,
    /// Data files; of the quarantine also the files of large records.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Files of the log; not counted by a dry run.
    pub log_files: Option<u64>,
}

#[derive(Debug)]
struct Fixed(i64);

impl Clock for Fixed {
    fn current_timestamp_millis(&self) -> i64 {
        self.0
    }
}

impl Tables {
    /// Deletes data files that no table refers to since `older_than`, among them what killed ingests
    /// left behind, and log files that old behind a checkpoint. Bring the tables of credentials and
    /// of minutes up to date first: what they have not read yet stays in the log.
    pub fn vacuum(&self, options: &VacuumOptions) -> Result<Vec<Vacuumed>, StoreError> {
        let mut all = Vec::new();
        for table in Table::ALL {
            all.push(self.vacuum_table(table, options)?);
        }
        Ok(all)
    }

    /// Deletes log files of that age behind a checkpoint, as a vacuum does, and no data file.
    pub fn shorten_logs(
        &self,
        now: DateTime<Utc>,
        older_than: TimeDelta,
    ) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for table in Table::ALL {
            let found = self.load(table)?;
            deleted += self.shorten_log(table, &found, now - older_than)?;
        }
        Ok(deleted)
    }

    fn vacuum_table(&self, kind: Table, options: &VacuumOptions) -> Result<Vacuumed, StoreError> {
        let table = self.load(kind)?;
        let sizes = self.files().sizes(kind.name());
        let vacuum = table
            .vacuum()
            .with_mode(VacuumMode::Full)
            .with_retention_period(options.older_than)
            .with_enforce_retention_duration(false)
            .with_dry_run(options.dry_run)
            .with_clock(Arc::new(Fixed(options.now.timestamp_millis())));
        let (table, done) = self.runtime().block_on(vacuum.into_future())?;
        let mut deleted = done.files_deleted;
        // A file that left the table twice is named twice.
        deleted.sort_unstable();
        deleted.dedup();
        deleted.retain(|name| sizes.contains_key(name));
        let log_files = match options.dry_run {
            true => None,
            false => Some(self.shorten_log(kind, &table, options.now - options.older_than)?),
        };
        let beside = match kind {
            Table::Quarantine => {
                self.vacuum_raw_files(options.now - options.older_than, options.dry_run)?
            }
            _ => (0, 0),
        };
        let bytes: u64 = deleted.iter().filter_map(|name| sizes.get(name)).sum();
        Ok(Vacuumed {
            table: kind.name(),
            files: count(deleted.len()) + beside.0,
            bytes: bytes + beside.1,
            log_files,
        })
    }

    /// Deletes the old log behind a checkpoint, but for versions that the tables of credentials
    /// and of minutes have yet to read.
    fn shorten_log(
        &self,
        kind: Table,
        table: &DeltaTable,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let newest = table.version().unwrap_or(0);
        let keep = match kind {
            Table::Events => {
                let counted = self.minutes_version()?;
                settled(self, Table::Credentials, APPLICATION, table)?
                    .version
                    .min(counted)
                    .min(newest)
            }
            _ => newest,
        };
        if newest == 0 {
            return Ok(0);
        }
        let cutoff = before.timestamp_millis();
        let shorten = async {
            create_checkpoint(table, None).await?;
            let log = table.log_store();
            cleanup_expired_logs_for(keep, log.as_ref(), cutoff, None).await
        };
        let deleted = self.runtime().block_on(shorten)?;
        self.forget(kind);
        Ok(count(deleted))
    }
}
