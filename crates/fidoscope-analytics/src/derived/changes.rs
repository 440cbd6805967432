//! Files of the event table: which there are, and which came since a version.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use chrono::{DateTime, NaiveDate};
use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;
use serde_json::Value;

use crate::StoreError;
use crate::schema::EVENT_DATE;
use crate::store::{Data, Files, RETENTION, Table};

/// Rows that a file has where that is not recorded.
const ROWS: usize = 1 << 16;

/// A file of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventFile {
    /// Path inside the table.
    pub(crate) name: String,
    /// The day of all its events; `None` where the name does not tell.
    pub(crate) day: Option<NaiveDate>,
    /// Its first and its last event, microseconds, where that is recorded; the latter may be said a little
    /// later than it is.
    pub(crate) times: Option<Range<i64>>,
    /// Its events; a guess where that is not recorded.
    pub(crate) rows: usize,
}

/// Statistics of a file, as far as they are needed; most of them are about columns.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    num_records: Option<usize>,
    min_values: Times,
    max_values: Times,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Times {
    ts: Option<String>,
}

impl Times {
    fn micros(&self) -> Option<i64> {
        let time = DateTime::parse_from_rfc3339(self.ts.as_deref()?).ok()?;
        Some(time.timestamp_micros())
    }
}

impl EventFile {
    fn new(name: &str, stats: Option<&str>) -> Self {
        let stats: Option<Stats> = stats.and_then(|stats| serde_json::from_str(stats).ok());
        let stats = stats.unwrap_or_default();
        // Other engines cut statistics to milliseconds.
        let last = stats.max_values.micros();
        let last = last.map(|last| last.saturating_add(1000));
        let folder = name.split_once('/').map(|(folder, _)| folder);
        let day = folder
            .and_then(|folder| folder.strip_prefix(EVENT_DATE)?.strip_prefix('='))
            .and_then(|day| day.parse().ok());
        Self {
            name: name.to_owned(),
            day,
            times: stats
                .min_values
                .micros()
                .zip(last)
                .map(|(first, last)| first..last),
            rows: stats.num_records.unwrap_or(ROWS),
        }
    }

    /// Its last event, microseconds; the end of time where that is not recorded.
    pub(crate) fn latest(&self) -> i64 {
        self.times.as_ref().map_or(i64::MAX, |times| times.end)
    }
}

/// One commit of a table of events, as far as its log tells.
pub(crate) struct Commit {
    /// Files with rows that were nowhere before.
    pub(crate) added: Vec<EventFile>,
    /// Names of the files that went, and whether their rows lie in others now.
    removed: Vec<(String, bool)>,
    /// Whether it drops days for their age: what they told stays in the tables that have them.
    aged: bool,
}

impl Commit {
    /// `None` where the file of the commit is gone, or is not what it should be.
    pub(crate) fn read(
        store: &Files,
        table: Table,
        version: u64,
    ) -> Result<Option<Self>, StoreError> {
        let actions = actions(store, table, version)?;
        Ok(actions.and_then(|actions| Self::of(&actions)))
    }

    fn of(actions: &[Value]) -> Option<Self> {
        let mut commit = Self {
            added: Vec::new(),
            removed: Vec::new(),
            aged: actions.iter().any(is_retention),
        };
        for action in actions {
            if let Some(add) = action.get("add") {
                let name = add.get("path").and_then(Value::as_str)?;
                // Rows that lay in another file before are no news.
                if add.get("dataChange").and_then(Value::as_bool)? {
                    let stats = add.get("stats").and_then(Value::as_str);
                    commit.added.push(EventFile::new(name, stats));
                }
            }
            if let Some(remove) = action.get("remove") {
                let name = remove.get("path").and_then(Value::as_str)?;
                let moved = remove.get("dataChange").and_then(Value::as_bool) == Some(false);
                commit.removed.push((name.to_owned(), moved));
            }
        }
        Some(commit)
    }

    /// Whether events were changed or deleted, but for their age.
    pub(crate) fn changes_events(&self) -> bool {
        !self.aged && self.removed.iter().any(|(_, moved)| !moved)
    }
}

/// All files of the table.
pub(crate) fn all(table: &DeltaTable) -> Result<Vec<EventFile>, StoreError> {
    let log = table.snapshot()?.log_data();
    let file = |view: deltalake::kernel::LogicalFileView| {
        EventFile::new(&view.path(), view.stats().as_deref())
    };
    let mut files: Vec<EventFile> = log.iter().map(file).collect();
    sort(&mut files);
    Ok(files)
}

/// In the order of time, as far as it is known: then few events look as if they had been read
/// before.
pub(super) fn sort(files: &mut [EventFile]) {
    files.sort_unstable_by(|a, b| (a.day, a.latest(), &a.name).cmp(&(b.day, b.latest(), &b.name)));
}

/// The files that each version after `from` added, up to and with `to`. `None` when the log does
/// not tell, or when somebody has rewritten files meanwhile: then everything is to be read anew.
pub(crate) fn added(
    store: &Files,
    from: Option<u64>,
    to: u64,
) -> Result<Option<BTreeMap<u64, Vec<EventFile>>>, StoreError> {
    let mut versions = BTreeMap::new();
    let mut new = HashSet::new();
    for version in from.map_or(0, |from| from + 1)..=to {
        let Some(commit) = Commit::read(store, Table::Events, version)? else {
            return Ok(None);
        };
        new.extend(commit.added.iter().map(|file| file.name.clone()));
        // What has not been read yet must not lie elsewhere as well.
        let mut removed = commit.removed.iter();
        if commit.changes_events() || removed.any(|(name, _)| new.contains(name)) {
            return Ok(None);
        }
        versions.insert(version, commit.added);
    }
    Ok(Some(versions))
}

/// Whether an action says that its commit drops days for their age.
fn is_retention(action: &Value) -> bool {
    let application = action.pointer("/txn/appId").and_then(Value::as_str);
    application == Some(RETENTION)
}

/// The actions of one commit; `None` when its file is gone or is not what it should be.
fn actions(store: &Files, table: Table, version: u64) -> Result<Option<Vec<Value>>, StoreError> {
    let name = format!("{}/_delta_log/{version:020}.json", table.name());
    let Some(text) = store.read(&name)? else {
        return Ok(None);
    };
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    Ok(lines
        .map(|line| serde_json::from_slice(line).ok())
        .collect())
}

/// Names of the files that a commit took out of a table.
pub(super) fn removed(store: &Files, table: Table, version: u64) -> Vec<String> {
    let actions = actions(store, table, version).ok().flatten();
    let path = |action: Value| Some(action.pointer("/remove/path")?.as_str()?.to_owned());
    actions.into_iter().flatten().filter_map(path).collect()
}

/// Reads these columns of a file, a batch at a time.
pub(crate) fn read(
    data: Data,
    columns: &[&str],
    mut each: impl FnMut(&RecordBatch) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(data)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let reader = builder
        .with_projection(mask)
        .with_batch_size(8192)
        .build()?;
    for batch in reader {
        each(&batch?)?;
    }
    Ok(())
}
