//! Batches of one day in, a Parquet file in the store out.

use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use deltalake::arrow::array::{Array, AsArray, RecordBatch};
use deltalake::arrow::compute::{max, min};
use deltalake::arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use deltalake::logstore::ObjectStoreRef;
use deltalake::logstore::object_store::path::Path as ObjectPath;
use deltalake::logstore::object_store::{ObjectStoreExt as _, PutPayload};
use deltalake::parquet::arrow::ArrowWriter;
use deltalake::parquet::arrow::arrow_writer::ArrowWriterOptions;
use deltalake::parquet::basic::{Compression, Encoding, ZstdLevel};
use deltalake::parquet::errors::ParquetError;
use deltalake::parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder,
};
use deltalake::parquet::schema::types::ColumnPath;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::NewFile;
use crate::StoreError;
use crate::schema::EVENT_DATE;

/// Where to write, and under which name.
pub(crate) struct Target {
    pub(crate) objects: ObjectStoreRef,
    pub(crate) runtime: Handle,
    /// Time of writing, milliseconds since the epoch.
    pub(crate) written: i64,
}

/// Random or nearly unique values: a dictionary would only be built and thrown away.
const UNIQUE: [&str; 11] = [
    "ceremony_ms",
    "event_id",
    "ceremony_id",
    "challenge_hash",
    "trace_id",
    "span_id",
    "request_id",
    "server_ms",
    "session_id",
    "raw",
    "raw_sha256",
];

/// Random bytes: nothing to compress.
const RANDOM: [&str; 3] = ["challenge_hash", "trace_id", "span_id"];

/// Rising numbers: differences are short.
const RISING: [&str; 4] = [
    "ts",
    "challenge_issued_ts",
    "raw_ref.line",
    "raw_ref.offset",
];

/// Columns by which a reader may skip files and row groups. Every file has nearly every kind and
/// outcome, so nobody could skip by these.
const SKIPPABLE: [&str; 4] = ["ts", "source", "dimension", "input"];

fn path_of(column: &str) -> ColumnPath {
    ColumnPath::new(column.split('.').map(str::to_owned).collect())
}

fn properties() -> WriterProperties {
    static PROPERTIES: LazyLock<WriterProperties> = LazyLock::new(|| {
        let base = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            // Pages of so many bytes, not rows: fewer calls of the compressor, and buffers that do not
            // outgrow the cache.
            .set_data_page_row_count_limit(1 << 20)
            .set_data_page_size_limit(256 << 10)
            .set_write_batch_size(8192)
            .set_created_by("fidoscope".to_owned());
        let base = SKIPPABLE.iter().fold(base, |to, name| {
            to.set_column_statistics_enabled(path_of(name), EnabledStatistics::Chunk)
        });
        let base = UNIQUE
            .iter()
            .fold(base, |to, name| without_dictionary(to, name));
        let base = RANDOM.iter().fold(base, |to, name| {
            to.set_column_compression(path_of(name), Compression::UNCOMPRESSED)
        });
        let rising = |to: WriterPropertiesBuilder, name: &&str| {
            without_dictionary(to, name)
                .set_column_encoding(path_of(name), Encoding::DELTA_BINARY_PACKED)
        };
        RISING.iter().fold(base, rising).build()
    });
    PROPERTIES.clone()
}

/// The same for these rows: a column without values needs neither dictionary nor compressor, and
/// the greater part of the columns is such.
fn properties_for(batches: &[RecordBatch]) -> WriterProperties {
    let Some(first) = batches.first() else {
        return properties();
    };
    let fields = first.schema_ref().fields().iter().enumerate();
    let empty = fields.filter(|(index, field)| {
        let absent = |batch: &RecordBatch| {
            let column = batch.column(*index);
            column.null_count() == column.len()
        };
        !field.data_type().is_nested() && batches.iter().all(absent)
    });
    let plain = |to: WriterPropertiesBuilder, name: &str| {
        without_dictionary(to, name)
            .set_column_compression(path_of(name), Compression::UNCOMPRESSED)
    };
    empty
        .fold(properties().into_builder(), |to, (_, field)| {
            plain(to, field.name())
        })
        .build()
}

fn without_dictionary(to: WriterPropertiesBuilder, column: &str) -> WriterPropertiesBuilder {
    to.set_column_dictionary_enabled(path_of(column), false)
}

/// Writes the batches to one file. Its name is made of its content, so that a repeated attempt
/// writes the same file again instead of leaving another one behind.
pub(crate) fn write(
    target: &Target,
    schema: &SchemaRef,
    date: Option<String>,
    batches: &[RecordBatch],
) -> Result<NewFile, StoreError> {
    let bytes = encode(schema, batches, |_| Ok(()))?;
    put(target, date, batches, bytes)
}

/// The same, each batch in a row group of its own: who asks for the rows of one need not read the
/// others.
pub(crate) fn write_apart(
    target: &Target,
    schema: &SchemaRef,
    date: Option<String>,
    batches: &[RecordBatch],
) -> Result<NewFile, StoreError> {
    let bytes = encode(schema, batches, ArrowWriter::flush)?;
    put(target, date, batches, bytes)
}

/// The bytes of a file; `between` comes after each batch.
fn encode(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    between: impl Fn(&mut ArrowWriter<Vec<u8>>) -> Result<(), ParquetError>,
) -> Result<Vec<u8>, StoreError> {
    let options = ArrowWriterOptions::new()
        .with_properties(properties_for(batches))
        .with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options)?;
    for batch in batches {
        writer.write(batch)?;
        between(&mut writer)?;
    }
    Ok(writer.into_inner()?)
}

fn put(
    target: &Target,
    date: Option<String>,
    batches: &[RecordBatch],
    bytes: Vec<u8>,
) -> Result<NewFile, StoreError> {
    let name = format!(
        "part-{}.zstd.parquet",
        blake3::hash(&bytes).to_hex().split_at(32).0
    );
    let path = match &date {
        Some(date) => format!("{EVENT_DATE}={date}/{name}"),
        None => name,
    };
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let to = ObjectPath::from(path.as_str());
    let put = target.objects.put(&to, PutPayload::from(bytes));
    target
        .runtime
        .block_on(put)
        .map_err(deltalake::DeltaTableError::from)?;
    Ok(NewFile {
        path,
        size,
        date,
        written: target.written,
        stats: statistics(batches),
    })
}

/// Delta statistics: rows, absent values by column, and the span of `ts`.
fn statistics(batches: &[RecordBatch]) -> String {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut absent = Map::new();
    let mut stats = Map::new();
    if let Some(first) = batches.first() {
        for (index, field) in first.schema_ref().fields().iter().enumerate() {
            if !field.data_type().is_nested() {
                let nulls: usize = batches
                    .iter()
                    .map(|batch| batch.column(index).null_count())
                    .sum();
                absent.insert(field.name().clone(), json!(nulls));
            }
        }
        if let Some((earliest, latest)) = span(batches) {
            stats.insert("minValues".to_owned(), json!({ "ts": earliest }));
            stats.insert("maxValues".to_owned(), json!({ "ts": latest }));
        }
    }
    stats.insert("numRecords".to_owned(), json!(rows));
    stats.insert("nullCount".to_owned(), Value::Object(absent));
    Value::Object(stats).to_string()
}

fn span(batches: &[RecordBatch]) -> Option<(String, String)> {
    let times = || {
        batches.iter().filter_map(|batch| {
            batch
                .column_by_name("ts")?
                .as_primitive_opt::<TimestampMicrosecondType>()
        })
    };
    let earliest = times().filter_map(min).min()?;
    let latest = times().filter_map(max).max()?;
    Some((time_text(earliest)?, time_text(latest)?))
}

fn time_text(ts: i64) -> Option<String> {
    let time = DateTime::from_timestamp_micros(ts)?;
    Some(time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}
