//! Drops whole days of events for their age.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use deltalake::kernel::{LogicalFileView, Transaction};
use serde::Serialize;

use super::{ATTEMPTS, as_u64, count, files, folder_of, remove};
use crate::credentials::APPLICATION;
use crate::derived::settled;
use crate::schema::EVENT_DATE;
use crate::store::{RETENTION, Table, drop_files};
use crate::{StoreError, Tables};

/// Days that were dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Retained {
    /// Days before this one are gone.
    pub before: NaiveDate,
    /// The days that were dropped now, in order.
    pub days: Vec<DroppedDay>,
    /// Files of older days that stay until the tables of credentials and of minutes have taken them
    /// in.
    pub waiting: u64,
}

/// A day that was dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DroppedDay {
    /// The day, UTC.
    pub day: NaiveDate,
    /// Events of that day.
    pub events: u64,
    /// Files that they were in.
    pub files: u64,
    /// Bytes of the files; they are freed by a vacuum.
    pub bytes: u64,
}

impl Tables {
    /// Drops the events of days that ended more than `days` days before `now`; with `dry_run` only
    /// says which. Credentials, minutes, quarantine and the positions of inputs stay.
    pub fn retain(
        &self,
        days: u32,
        now: DateTime<Utc>,
        dry_run: bool,
    ) -> Result<Retained, StoreError> {
        let span = TimeDelta::days(i64::from(days));
        let before = now.date_naive().checked_sub_signed(span);
        let wanted = before.unwrap_or(NaiveDate::MIN);
        for _ in 0..ATTEMPTS {
            let mut table = self.load(Table::Events)?;
            let settled = settled(self, Table::Credentials, APPLICATION, &table)?.files;
            let before = wanted.min(self.counted_before(&table)?);
            let mut old: Vec<LogicalFileView> = files(&table)?;
            old.retain(|file| day_of(&file.path()).is_some_and(|day| day < wanted));
            let all = old.len();
            old.retain(|file| day_of(&file.path()).is_some_and(|day| day < before));
            old.retain(|file| settled.contains(file.path().as_ref()));
            let retained = Retained {
                before,
                days: by_day(&old),
                waiting: count(all - old.len()),
            };
            if old.is_empty() || dry_run {
                return Ok(retained);
            }
            let written = self.stamp(now);
            let removes = old.iter().map(|file| remove(file, true, written)).collect();
            let mark = Transaction::new(RETENTION, i64::from(before.to_epoch_days()));
            let predicate = format!("{EVENT_DATE} < '{before}'");
            let commit = drop_files(&mut table, removes, mark, predicate);
            if self.runtime().block_on(commit)?.is_some() {
                return Ok(retained);
            }
        }
        Err(StoreError::Busy { table: "events" })
    }
}

fn day_of(path: &str) -> Option<NaiveDate> {
    let day = folder_of(path).strip_prefix(EVENT_DATE)?;
    day.strip_prefix('=')?.parse().ok()
}

fn by_day(files: &[LogicalFileView]) -> Vec<DroppedDay> {
    let mut days: BTreeMap<NaiveDate, DroppedDay> = BTreeMap::new();
    for file in files {
        let Some(day) = day_of(&file.path()) else {
            continue;
        };
        let entry = days.entry(day).or_insert(DroppedDay {
            day,
            events: 0,
            files: 0,
            bytes: 0,
        });
        entry.events += count(file.num_records().unwrap_or(0));
        entry.files += 1;
        entry.bytes += as_u64(file.size());
    }
    days.into_values().collect()
}
