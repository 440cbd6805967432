//! What has happened to the events since they were counted, as their log tells.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use deltalake::DeltaTable;

use super::slots::Slots;
use crate::derived::{self, Commit};
use crate::schema::DAY_MICROS;
use crate::store::{RETENTION, Table};
use crate::{StoreError, Tables};

/// Most commits that are read one by one; after more of them it is cheaper to count anew.
const COMMITS: u64 = 10_000;

/// A file of events.
pub(super) struct EventFile {
    /// Its first and its last event, microseconds; the latter may be said a little later than it is.
    pub(super) span: Range<i64>,
    /// Its events.
    pub(super) rows: i64,
    /// Whether the times are those of events, and not only the bounds of its day.
    pub(super) is_exact: bool,
}

impl EventFile {
    /// `None` where neither its statistics nor its name tell of when its events are.
    fn of(file: &derived::EventFile) -> Option<Self> {
        let of_day = |day: NaiveDate| {
            let start = i64::from(day.to_epoch_days()) * DAY_MICROS;
            start..start + DAY_MICROS - 1
        };
        Some(Self {
            span: file.times.clone().or_else(|| file.day.map(of_day))?,
            rows: i64::try_from(file.rows).unwrap_or(i64::MAX),
            is_exact: file.times.is_some(),
        })
    }

    fn touched(&self) -> Range<i64> {
        Slots::touched(self.span.start, self.span.end)
    }
}

/// All files of events, or of minutes, that there are now. `None` where one of them does not tell of
/// when its rows are.
pub(super) fn files(table: &DeltaTable) -> Result<Option<Vec<EventFile>>, StoreError> {
    let files = derived::event_files(table)?;
    Ok(files.iter().map(EventFile::of).collect())
}

/// The slots whose numbers depend on some files.
pub(super) fn touched(files: &[EventFile]) -> Slots {
    Slots::of(files.iter().map(EventFile::touched))
}

/// Events of each day, counted from the epoch.
pub(super) fn by_day(files: &[EventFile]) -> BTreeMap<i64, i64> {
    let mut days = BTreeMap::new();
    for file in files {
        let day = file.span.start.div_euclid(DAY_MICROS);
        *days.entry(day).or_default() += file.rows;
    }
    days
}

impl Tables {
    /// The slots that commits of events after `from`, up to and with `to`, have touched. `None` when
    /// the log does not tell, or when events were changed or deleted.
    pub(super) fn touched_since(&self, from: u64, to: u64) -> Result<Option<Slots>, StoreError> {
        if from > to || to - from > COMMITS {
            return Ok(None);
        }
        let mut runs = Vec::new();
        for version in from + 1..=to {
            let commit = Commit::read(self.files(), Table::Events, version)?;
            let Some(commit) = commit.filter(|commit| !commit.changes_events()) else {
                return Ok(None);
            };
            let added = commit.added.iter().map(EventFile::of);
            let Some(added) = added.collect::<Option<Vec<_>>>() else {
                return Ok(None);
            };
            runs.extend(added.iter().map(EventFile::touched));
        }
        Ok(Some(Slots::of(runs)))
    }

    /// The day before which events were dropped for their age, as microseconds.
    pub(super) fn dropped_before(&self, events: &DeltaTable) -> Result<Option<i64>, StoreError> {
        let day = self.transaction(events, RETENTION)?;
        Ok(day.map(|day| day * DAY_MICROS))
    }
}

/// The last event of which a time is known, microseconds.
pub(super) fn latest(files: &[EventFile], now: DateTime<Utc>) -> Option<i64> {
    let now = now.timestamp_micros();
    let exact = files.iter().filter(|file| file.is_exact);
    exact.map(|file| file.span.end.min(now)).max()
}
