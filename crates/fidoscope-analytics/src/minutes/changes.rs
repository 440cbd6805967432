//! What has happened to the events since they were counted, as their log tells.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use deltalake::DeltaTable;
use serde::Deserialize;
use serde_json::Value;

use super::slots::Slots;
use crate::schema::{DAY_MICROS, EVENT_DATE};
use crate::store::RETENTION;
use crate::{StoreError, Tables};

/// Rows that a file has where that is not recorded.
const ROWS: i64 = 1 << 16;

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

/// What is needed of the statistics of a file; most of them are about columns.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    num_records: Option<i64>,
    min_values: Times,
    max_values: Times,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Times {
    ts: Option<String>,
}

impl EventFile {
    /// `None` where neither its statistics nor its name tell of when its events are.
    fn new(name: &str, stats: Option<&str>) -> Option<Self> {
        let stats: Stats = stats
            .and_then(|stats| serde_json::from_str(stats).ok())
            .unwrap_or_default();
        let time = |times: &Times| {
            let time = DateTime::parse_from_rfc3339(times.ts.as_deref()?).ok()?;
            Some(time.timestamp_micros())
        };
        // Other engines cut statistics to milliseconds.
        let last = time(&stats.max_values).map(|last| last + 1000);
        let times = time(&stats.min_values).zip(last);
        let (first, last) = times.or_else(|| day_of(name))?;
        Some(Self {
            span: first..last,
            rows: stats.num_records.unwrap_or(ROWS),
            is_exact: times.is_some(),
        })
    }

    fn touched(&self) -> Range<i64> {
        Slots::touched(self.span.start, self.span.end)
    }
}

/// The day in the name of a file.
fn day_of(name: &str) -> Option<(i64, i64)> {
    let folder = name.split('/').next()?;
    let day: NaiveDate = folder
        .strip_prefix(EVENT_DATE)?
        .strip_prefix('=')?
        .parse()
        .ok()?;
    let start = i64::from(day.to_epoch_days()) * DAY_MICROS;
    Some((start, start + DAY_MICROS - 1))
}

/// All files of events, or of minutes, that there are now. `None` where one of them does not tell of
/// when its rows are.
pub(super) fn files(table: &DeltaTable) -> Result<Option<Vec<EventFile>>, StoreError> {
    let log = table.snapshot()?.log_data();
    let file = |view: deltalake::kernel::LogicalFileView| {
        EventFile::new(&view.path(), view.stats().as_deref())
    };
    Ok(log.iter().map(file).collect())
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
    pub(super) fn touched_since(
        &self,
        events: &DeltaTable,
        from: u64,
        to: u64,
    ) -> Result<Option<Slots>, StoreError> {
        if from > to || to - from > COMMITS {
            return Ok(None);
        }
        let log = events.log_store();
        let mut runs = Vec::new();
        for version in from + 1..=to {
            let entry = self.runtime().block_on(log.read_commit_entry(version))?;
            let found = entry.as_deref().and_then(touched_by);
            let Some(found) = found else {
                return Ok(None);
            };
            runs.extend(found);
        }
        Ok(Some(Slots::of(runs)))
    }

    /// The day before which events were dropped for their age, as microseconds.
    pub(super) fn dropped_before(&self, events: &DeltaTable) -> Result<Option<i64>, StoreError> {
        let day = self.transaction(events, RETENTION)?;
        Ok(day.map(|day| day * DAY_MICROS))
    }
}

/// What one commit touched; `None` when that cannot be told.
fn touched_by(entry: &[u8]) -> Option<Vec<Range<i64>>> {
    let text = std::str::from_utf8(entry).ok()?;
    let actions: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).ok())
        .collect::<Option<_>>()?;
    // Days that were dropped for their age stay counted.
    let aged = actions.iter().any(|action| {
        let application = action.pointer("/txn/appId").and_then(Value::as_str);
        application == Some(RETENTION)
    });
    let mut runs = Vec::new();
    for action in &actions {
        let changes = |action: &Value| action.get("dataChange").and_then(Value::as_bool);
        if let Some(add) = action.get("add") {
            // Rows that lay in another file before are no news.
            if changes(add) != Some(false) {
                let name = add.get("path").and_then(Value::as_str)?;
                let stats = add.get("stats").and_then(Value::as_str);
                runs.push(EventFile::new(name, stats)?.touched());
            }
        }
        if let Some(remove) = action.get("remove")
            && changes(remove) != Some(false)
            && !aged
        {
            return None;
        }
    }
    Some(runs)
}

/// The last event of which a time is known, microseconds.
pub(super) fn latest(files: &[EventFile], now: DateTime<Utc>) -> Option<i64> {
    let now = now.timestamp_micros();
    let exact = files.iter().filter(|file| file.is_exact);
    exact.map(|file| file.span.end.min(now)).max()
}
