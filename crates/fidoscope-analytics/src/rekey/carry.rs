//! Files of a table on their way into the same table of another store.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::SchemaRef;
use deltalake::kernel::LogicalFileView;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::parquet::file::reader::{ChunkReader as _, Length as _};
use object_store::ObjectStoreExt as _;
use object_store::path::Path as ObjectPath;

use crate::store::data_files;
use crate::store::{NewFile, Table, Target, write};
use crate::upkeep::{FILE_ROWS, conform, knows};
use crate::{StoreError, Tables};

/// Bytes of rows that are held at most before they are written to a file; one batch more at that.
const HELD: usize = 64 << 20;

/// Rows that are read at a time. A quarantined line may have a megabyte.
const fn batch_rows(kind: Table) -> usize {
    match kind.holds_raw_lines() {
        true => 1 << 6,
        false => 1 << 13,
    }
}

/// Takes the files of one table over.
pub(super) struct Carrier<'a> {
    from: &'a Tables,
    to: &'a Tables,
    kind: Table,
    schema: SchemaRef,
    target: Target,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(
        from: &'a Tables,
        to: &'a Tables,
        kind: Table,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let target = Target {
            objects: to.load(kind)?.object_store(),
            runtime: to.runtime().handle().clone(),
            written: to.stamp(now),
        };
        Ok(Self {
            from,
            to,
            kind,
            schema: kind.file_schema(),
            target,
        })
    }

    /// The files of the old table; refuses those of which some rows are gone.
    pub(super) fn files(&self, table: &DeltaTable) -> Result<Vec<LogicalFileView>, StoreError> {
        let files = data_files(table)?;
        let lacking = |file: &&LogicalFileView| file.deletion_vector_descriptor().is_some();
        match files.iter().find(lacking) {
            None => Ok(files),
            Some(file) => Err(self.foreign(file, "another engine has deleted single rows of it")),
        }
    }

    /// Writes the rows of a file with other names. When a quarantined line is forgotten does not depend
    /// on when it was taken over.
    pub(super) fn renamed(
        &self,
        file: &LogicalFileView,
        mut rename: impl FnMut(RecordBatch) -> Result<RecordBatch, StoreError>,
    ) -> Result<Vec<NewFile>, StoreError> {
        let data = self.from.files().needed(self.kind, &file.path())?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(data)?;
        if !knows(&self.schema, builder.schema()) {
            return Err(self.foreign(file, "it has columns that this version does not know"));
        }
        let (mut new, mut held, mut rows, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
        for batch in builder.with_batch_size(batch_rows(self.kind)).build()? {
            let batch = rename(conform(&batch?, &self.schema)?)?;
            rows += batch.num_rows();
            bytes += batch.get_array_memory_size();
            held.push(batch);
            if rows >= FILE_ROWS || bytes >= HELD {
                new.push(self.write(file, &std::mem::take(&mut held))?);
                (rows, bytes) = (0, 0);
            }
        }
        if !held.is_empty() {
            new.push(self.write(file, &held)?);
        }
        Ok(new)
    }

    fn write(&self, old: &LogicalFileView, rows: &[RecordBatch]) -> Result<NewFile, StoreError> {
        let mut file = write(&self.target, &self.schema, self.date_of(old), rows)?;
        if self.kind.holds_raw_lines() {
            file.written = old.modification_time();
            self.to.files().hide_file(self.kind, &file.path);
        }
        Ok(file)
    }

    /// Copies a file as it is.
    pub(super) fn copied(&self, file: &LogicalFileView) -> Result<NewFile, StoreError> {
        let path = file.path().into_owned();
        let data = self.from.files().needed(self.kind, &path)?;
        let length = usize::try_from(data.len()).unwrap_or(usize::MAX);
        let bytes: Bytes = data.get_bytes(0, length)?;
        let to = ObjectPath::from(path.as_str());
        let put = self.target.objects.put(&to, bytes.into());
        let put = self.target.runtime.block_on(put);
        put.map_err(deltalake::DeltaTableError::from)?;
        Ok(NewFile {
            path,
            size: file.size(),
            date: self.date_of(file),
            written: self.target.written,
            stats: file.stats().unwrap_or_else(|| "{}".to_owned()),
        })
    }

    /// The value of the partition column.
    fn date_of(&self, file: &LogicalFileView) -> Option<String> {
        let mut values = file.partition_values_map();
        values.remove(self.kind.partition()?)?
    }

    fn foreign(&self, file: &LogicalFileView, reason: &str) -> StoreError {
        let name = format!("{}/{}", self.kind.name(), file.path());
        StoreError::Foreign {
            path: self.from.files().name_of(&name),
            reason: reason.to_owned(),
        }
    }
}
