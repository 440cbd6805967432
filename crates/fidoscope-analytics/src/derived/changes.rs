//! Files of the event table: which there are, and which came since a version.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate};
use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::StoreError;
use crate::schema::EVENT_DATE;
use crate::store::{Data, Files, RETENTION, Table};

/// A file of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventFile {
    /// Path inside the table.
    pub(crate) name: String,
    /// The day of all its events; `None` where the name does not tell.
    pub(crate) day: Option<NaiveDate>,
    /// Its last event, microseconds; the end of time where that is not recorded.
    pub(crate) latest: i64,
    /// Its events; a guess where that is not recorded.
    pub(crate) rows: usize,
}

impl EventFile {
    fn new(name: &str, stats: Option<&str>) -> Self {
        let stats: Option<Value> = stats.and_then(|stats| serde_json::from_str(stats).ok());
        let latest = stats
            .as_ref()
            .and_then(|stats| stats.pointer("/maxValues/ts")?.as_str())
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            // Other engines cut statistics to milliseconds.
            .map(|time| time.timestamp_micros().saturating_add(1000));
        let folder = name.split_once('/').map(|(folder, _)| folder);
        let day = folder
            .and_then(|folder| folder.strip_prefix(EVENT_DATE)?.strip_prefix('='))
            .and_then(|day| day.parse().ok());
        Self {
            name: name.to_owned(),
            day,
            latest: latest.unwrap_or(i64::MAX),
            rows: stats
                .as_ref()
                .and_then(|stats| stats.get("numRecords")?.as_u64())
                .and_then(|rows| usize::try_from(rows).ok())
                .unwrap_or(1 << 16),
        }
    }
}

/// All files of the table.
pub(super) fn all(table: &DeltaTable) -> Result<Vec<EventFile>, StoreError> {
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
    files.sort_unstable_by(|a, b| (a.day, a.latest, &a.name).cmp(&(b.day, b.latest, &b.name)));
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
        let Some(actions) = actions(store, Table::Events, version)? else {
            return Ok(None);
        };
        // Days that were dropped for their age stay in the tables that have them.
        let aged = actions.iter().any(is_retention);
        let mut files = Vec::new();
        for action in actions {
            if let Some(add) = action.get("add") {
                let name = add.get("path").and_then(Value::as_str);
                let stats = add.get("stats").and_then(Value::as_str);
                let change = add.get("dataChange").and_then(Value::as_bool);
                match (name, change) {
                    (Some(name), Some(true)) => {
                        new.insert(name.to_owned());
                        files.push(EventFile::new(name, stats));
                    }
                    // Rows that lay in another file before.
                    (Some(_), Some(false)) => {}
                    _ => return Ok(None),
                }
            }
            if let Some(remove) = action.get("remove") {
                let moved = remove.get("dataChange").and_then(Value::as_bool) == Some(false);
                let name = remove.get("path").and_then(Value::as_str);
                // What has not been read yet must not lie elsewhere as well.
                if (moved || aged) && name.is_some_and(|name| !new.contains(name)) {
                    continue;
                }
                return Ok(None);
            }
        }
        versions.insert(version, files);
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
