//! The Arrow schema of the tables: written once, filled by taking an event apart.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use deltalake::arrow::array::{
    ArrayRef, Int64Array, PrimitiveArray, RecordBatch, RecordBatchOptions, StructArray,
};
use deltalake::arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use fidoscope_events::{Event, Type};

use crate::StoreError;

mod column;
mod credential;
#[cfg(test)]
mod tests;

pub(crate) use column::{
    AttrsColumn, BoolColumn, BytesColumn, Column, DoubleColumn, IntColumn, LongColumn, Push,
    ShortColumn, TextColumn, TextListColumn, TimeColumn,
};
pub(crate) use credential::{Columns as CredentialColumns, Credential, Text, credential_schema};

/// Partition column of the event table; it is in the folder names, not in the files.
pub(crate) const EVENT_DATE: &str = "event_date";

/// Microseconds of a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)))
}

fn map_type() -> DataType {
    let entry = DataType::Struct(Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]));
    DataType::Map(Arc::new(Field::new("key_value", entry, false)), false)
}

/// The builder of a kind of storage.
macro_rules! builder {
    (Time) => {
        TimeColumn
    };
    (Short) => {
        ShortColumn
    };
    (Int) => {
        IntColumn
    };
    (Long) => {
        LongColumn
    };
    (Double) => {
        DoubleColumn
    };
    (Bool) => {
        BoolColumn
    };
    (Text) => {
        TextColumn
    };
    (Bytes) => {
        BytesColumn
    };
    (TextList) => {
        TextListColumn
    };
    (Attrs) => {
        AttrsColumn
    };
}

/// Makes a builder for each column of an [`Event`]. One whose type the builder does not take does not
/// compile.
macro_rules! event_table {
    (
        columns { $($column:ident $name:ident: $rust:ty, $storage:ident, $holds:ident, $given:ident, $unit:literal, $meaning:literal;)* }
        $($others:tt)*
    ) => {
        /// The event table under construction.
        #[derive(Default)]
        pub(crate) struct EventColumns { $($name: builder!($storage),)* places: Places }

        impl EventColumns {
            fn push_event(&mut self, row: usize, event: &Event<'_>) {
                let Event { $($name),* } = event;
                $(self.$name.push(row, $name);)*
            }

            fn finish_event(&mut self, rows: usize) -> Vec<ArrayRef> {
                vec![$(self.$name.finish(rows)),*]
            }
        }

        fn event_fields() -> Vec<Field> {
            vec![$(Field::new(
                stringify!($name),
                <builder!($storage)>::data_type(),
                !Type::$holds.is_always_there(),
            )),*]
        }
    };
}

fidoscope_events::event_columns!(event_table);

/// Where the raw line of an event lies: input, line from 1, offset and length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: i64,
    pub(crate) offset: i64,
    pub(crate) length: i64,
}

#[derive(Default)]
struct Places {
    line: Vec<i64>,
    offset: Vec<i64>,
    length: Vec<i64>,
}

fn place_fields() -> Fields {
    ["input", "line", "offset", "length"]
        .into_iter()
        .map(|name| Field::new(name, DataType::Int64, false))
        .collect()
}

impl EventColumns {
    /// Appends an event and its place.
    pub(crate) fn push(&mut self, event: &Event<'_>, place: Place) {
        self.push_event(self.places.line.len(), event);
        self.places.line.push(place.line);
        self.places.offset.push(place.offset);
        self.places.length.push(place.length);
    }

    /// Hands the rows over as a batch of [`event_file_schema`].
    pub(crate) fn finish(&mut self, input: i64, observed: i64) -> Result<RecordBatch, StoreError> {
        let places = std::mem::take(&mut self.places);
        let rows = places.line.len();
        let mut arrays = self.finish_event(rows);
        let seen = PrimitiveArray::<TimestampMicrosecondType>::from_value(observed, rows);
        arrays.push(Arc::new(seen.with_timezone("UTC")));
        let place: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_value(input, rows)),
            Arc::new(Int64Array::from(places.line)),
            Arc::new(Int64Array::from(places.offset)),
            Arc::new(Int64Array::from(places.length)),
        ];
        arrays.push(Arc::new(StructArray::try_new(place_fields(), place, None)?));
        batch(event_file_schema(), arrays, rows)
    }
}

/// A batch of known length, also when it has no rows.
pub(crate) fn batch(
    schema: SchemaRef,
    arrays: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, StoreError> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}

/// Columns of the event table as they are in its files.
pub(crate) fn event_file_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let mut fields = event_fields();
        fields.push(Field::new("observed_ts", time_type(), false));
        fields.push(Field::new(
            "raw_ref",
            DataType::Struct(place_fields()),
            false,
        ));
        Arc::new(Schema::new(fields))
    });
    Arc::clone(&SCHEMA)
}

/// Columns of the event table with the partition column.
pub(crate) fn event_schema() -> SchemaRef {
    let mut fields: Vec<FieldRef> = event_file_schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(EVENT_DATE, DataType::Date32, true)));
    Arc::new(Schema::new(fields))
}

/// Columns of the quarantine table.
pub(crate) fn quarantine_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("input", DataType::Int64, false),
        Field::new("path", DataType::Utf8, false),
        Field::new("source", DataType::Utf8, true),
        Field::new("line", DataType::Int64, false),
        Field::new("offset", DataType::Int64, false),
        Field::new("length", DataType::Int64, false),
        Field::new("reason", DataType::Utf8, false),
        Field::new("message", DataType::Utf8, false),
        Field::new("record", DataType::Utf8, true),
        Field::new("field", DataType::Utf8, true),
        Field::new("offset_in_line", DataType::Int64, true),
        Field::new("raw", DataType::Binary, true),
        Field::new("raw_sha256", DataType::Binary, true),
        Field::new("raw_file", DataType::Utf8, true),
        Field::new("observed_ts", time_type(), false),
    ]))
}

/// Columns of the table of inputs: one row for each step forward in an input.
pub(crate) fn input_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("input", DataType::Int64, false),
        Field::new("path", DataType::Utf8, false),
        Field::new("identity", DataType::Utf8, false),
        Field::new("prefix_length", DataType::Int64, false),
        Field::new("variant", DataType::Int64, false),
        Field::new("parent", DataType::Int64, true),
        Field::new("base_offset", DataType::Int64, false),
        Field::new("offset", DataType::Int64, false),
        Field::new("digest", DataType::Binary, false),
        Field::new("lines", DataType::Int64, false),
        Field::new("events", DataType::Int64, false),
        Field::new("quarantined", DataType::Int64, false),
        Field::new("source", DataType::Utf8, false),
        Field::new("mapping_version", DataType::Utf8, false),
        Field::new("compression", DataType::Utf8, false),
        Field::new("observed_ts", time_type(), false),
    ]))
}

/// Days since the epoch of a time in microseconds.
pub(crate) fn day_of(ts: i64) -> i64 {
    ts.div_euclid(DAY_MICROS)
}

/// The value of the partition column for a day, e.g. `2026-11-22`.
pub(crate) fn date_text(day: i64) -> String {
    let date = i32::try_from(day)
        .ok()
        .and_then(NaiveDate::from_epoch_days)
        .unwrap_or_default();
    date.format("%Y-%m-%d").to_string()
}
