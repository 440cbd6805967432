//! Puts small files of a day together. No row changes, and no row is new.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use deltalake::arrow::array::{RecordBatch, new_null_array};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{Schema, SchemaRef};
use deltalake::kernel::LogicalFileView;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use super::{
    ATTEMPTS, DAY, FILE_BYTES, FILE_ROWS, as_u64, count, files, folder_of, is_small, remove,
};
use crate::credentials::APPLICATION;
use crate::derived::settled;
use crate::schema::{EVENT_DATE, batch};
use crate::store::{NewFile, Table, Target, rearrange, write};
use crate::{StoreError, Tables};

/// Files that were put together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compacted {
    /// Name of the table.
    pub table: &'static str,
    /// The day, in a table that is divided by days.
    pub day: Option<String>,
    /// Files before.
    pub files_before: u64,
    /// Files after.
    pub files_after: u64,
    /// Rows in them.
    pub rows: u64,
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes after.
    pub bytes_after: u64,
}

/// Tables whose commits leave small files behind. Credentials are rewritten by their own updates.
const TABLES: [Table; 3] = [Table::Events, Table::Quarantine, Table::Inputs];

impl Tables {
    /// Puts small files together where at least `enough` of one day are there. Events that the table
    /// of credentials does not have yet are left alone: bring it up to date first.
    pub fn optimize(
        &self,
        now: DateTime<Utc>,
        enough: usize,
    ) -> Result<Vec<Compacted>, StoreError> {
        let mut done = Vec::new();
        for table in TABLES {
            done.extend(self.compact(table, now, enough.max(2))?);
        }
        Ok(done)
    }

    fn compact(
        &self,
        kind: Table,
        now: DateTime<Utc>,
        enough: usize,
    ) -> Result<Vec<Compacted>, StoreError> {
        for _ in 0..ATTEMPTS {
            let mut table = self.load(kind)?;
            let mut small: Vec<LogicalFileView> = files(&table)?;
            small.retain(|file| is_small(file) && file.deletion_vector_descriptor().is_none());
            if kind == Table::Events {
                let settled = settled(self, Table::Credentials, APPLICATION, &table)?.files;
                small.retain(|file| settled.contains(file.path().as_ref()));
            }
            let target = Target {
                objects: table.object_store(),
                runtime: self.runtime().handle().clone(),
                written: self.stamp(now),
            };
            let mut done = Vec::new();
            let (mut old, mut new) = (Vec::new(), Vec::new());
            for group in groups(kind, small, enough) {
                let Some(mut file) = self.together(kind, &target, &group)? else {
                    continue;
                };
                if kind.holds_raw_lines() {
                    // When they are forgotten does not depend on when they were put together.
                    let written = group.iter().map(LogicalFileView::modification_time);
                    file.written = written.max().unwrap_or(file.written);
                    self.files().hide_file(kind, &file.path);
                }
                let file_size = as_u64(file.size);
                done.push(compacted(kind, &group, file_size));
                old.extend(group.iter().map(|file| remove(file, false, target.written)));
                new.push(file);
            }
            if new.is_empty() {
                return Ok(Vec::new());
            }
            let commit = rearrange(&mut table, kind, old, new);
            if self.runtime().block_on(commit)?.is_some() {
                return Ok(done);
            }
        }
        Err(StoreError::Busy { table: kind.name() })
    }

    /// One file with the rows of several; `None` where a file holds more than we know of, or where
    /// nothing would change.
    fn together(
        &self,
        kind: Table,
        target: &Target,
        group: &[LogicalFileView],
    ) -> Result<Option<NewFile>, StoreError> {
        let schema = kind.file_schema();
        let mut batches = Vec::new();
        for file in group {
            let data = self.files().needed(kind, &file.path())?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(data)?;
            if !knows(&schema, builder.schema()) {
                return Ok(None);
            }
            for rows in builder.with_batch_size(1 << 13).build()? {
                batches.push(conform(&rows?, &schema)?);
            }
        }
        let date = group.first().and_then(|file| day_of(&file.path()));
        let file = write(target, &schema, date, &batches)?;
        let same = group.iter().any(|old| old.path() == file.path);
        Ok((!same).then_some(file))
    }
}

fn day_of(path: &str) -> Option<String> {
    let day = folder_of(path).strip_prefix(EVENT_DATE)?;
    Some(day.strip_prefix('=')?.to_owned())
}

fn compacted(kind: Table, group: &[LogicalFileView], bytes_after: u64) -> Compacted {
    let rows: usize = group.iter().filter_map(LogicalFileView::num_records).sum();
    Compacted {
        table: kind.name(),
        day: group.first().and_then(|file| day_of(&file.path())),
        files_before: count(group.len()),
        files_after: 1,
        rows: count(rows),
        bytes_before: group.iter().map(|file| as_u64(file.size())).sum(),
        bytes_after,
    }
}

/// Files of one folder, in the order in which they were written, cut into groups that fit one file. Raw
/// lines are kept apart by the day on which they came, because they go by that day.
fn groups(kind: Table, small: Vec<LogicalFileView>, enough: usize) -> Vec<Vec<LogicalFileView>> {
    let mut folders: BTreeMap<(String, i64), Vec<LogicalFileView>> = BTreeMap::new();
    for file in small {
        let day = match kind.holds_raw_lines() {
            true => file.modification_time().div_euclid(DAY),
            false => 0,
        };
        let folder = (folder_of(&file.path()).to_owned(), day);
        folders.entry(folder).or_default().push(file);
    }
    let mut all = Vec::new();
    for mut files in folders.into_values().filter(|files| files.len() >= enough) {
        files.sort_by_key(|file| (file.modification_time(), file.path().into_owned()));
        let (mut rows, mut bytes) = (0, 0);
        let mut group: Vec<LogicalFileView> = Vec::new();
        for file in files {
            let (more_rows, more_bytes) = (file.num_records().unwrap_or(FILE_ROWS), file.size());
            if rows + more_rows > FILE_ROWS || bytes + more_bytes > FILE_BYTES {
                all.push(std::mem::take(&mut group));
                (rows, bytes) = (0, 0);
            }
            rows += more_rows;
            bytes += more_bytes;
            group.push(file);
        }
        all.push(group);
    }
    all.retain(|group| group.len() > 1);
    all
}

/// Whether a file has no column that we would lose.
pub(crate) fn knows(schema: &SchemaRef, found: &Schema) -> bool {
    let mut fields = found.fields().iter();
    fields.all(|field| schema.field_with_name(field.name()).is_ok())
}

/// The rows in the columns of today: files of older stores lack some.
pub(crate) fn conform(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    let column = |field: &Arc<deltalake::arrow::datatypes::Field>| {
        Ok(match rows.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Arc::clone(column),
            Some(column) => cast(column, field.data_type())?,
            None => new_null_array(field.data_type(), rows.num_rows()),
        })
    };
    let columns = schema.fields().iter().map(column);
    let columns = columns.collect::<Result<Vec<_>, StoreError>>()?;
    batch(Arc::clone(schema), columns, rows.num_rows())
}
