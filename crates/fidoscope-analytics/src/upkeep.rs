//! Upkeep of a store: what is in it, whether it is sound, and how it stays small.
//!
//! None of this touches what makes an ingest exactly once: the Delta transactions of the inputs stay
//! in the log and its checkpoints, and the table of inputs is only packed more densely.

use deltalake::kernel::{LogicalFileView, Remove};

use crate::store::data_files as files;

mod beside;
mod check;
mod checkpoint;
mod compact;
mod forget;
mod info;
mod retain;
#[cfg(test)]
mod tests;
mod vacuum;

pub use check::{CheckReport, Damage};
pub use compact::Compacted;
pub(crate) use compact::{conform, knows};
pub use forget::Forgotten;
pub use info::{StoreInfo, TableInfo};
pub use retain::{DroppedDay, Retained};
pub use vacuum::{VacuumOptions, Vacuumed};

/// Rows of a file at most: as many as an ingest writes.
pub(crate) const FILE_ROWS: usize = 1 << 16;

/// Bytes of a file at most, since rows are held in memory while they move.
const FILE_BYTES: i64 = 16 << 20;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Attempts against other writers before giving up.
const ATTEMPTS: usize = 8;

/// Whether a file is better put together with others.
fn is_small(file: &LogicalFileView) -> bool {
    let rows = file.num_records();
    rows.is_some_and(|rows| rows < FILE_ROWS / 2) && file.size() < FILE_BYTES / 2
}

/// Folder of a file inside its table, e.g. `event_date=2026-11-22`; empty at the top.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The action that takes a file out of a table.
fn remove(file: &LogicalFileView, data_change: bool, now: i64) -> Remove {
    Remove {
        deletion_timestamp: Some(now),
        ..file.remove_action(data_change)
    }
}

fn as_u64(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
