//! The Arrow schema of the tables: written once, filled by taking an event apart.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use deltalake::arrow::array::{
    ArrayRef, Int64Array, PrimitiveArray, RecordBatch, RecordBatchOptions, StructArray,
};
use deltalake::arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use fidoscope_events::Event;

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

/// Declares the columns that an [`Event`] fills. A field of the event that is missing here, or the
/// other way round, does not compile.
macro_rules! event_columns {
    ($($name:ident: $column:ty $(, $required:ident)?;)*) => {
        /// The event table under construction.
        #[derive(Default)]
        pub(crate) struct EventColumns { $($name: $column,)* places: Places }

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
                <$column>::data_type(),
                !required!($($required)?),
            )),*]
        }
    };
}

macro_rules! required {
    () => {
        false
    };
    (required) => {
        true
    };
}

event_columns! {
    ts: TimeColumn, required;
    ts_precision: ShortColumn;
    event_id: TextColumn, required;
    source: TextColumn, required;
    mapping_version: TextColumn, required;
    tenant: TextColumn;
    source_event_type: TextColumn, required;
    kind: TextColumn, required;
    ceremony: TextColumn;
    role: TextColumn;
    outcome: TextColumn, required;
    failure_reason: TextColumn;
    failure_raw: TextColumn;
    failure_side: TextColumn;
    ceremony_id: TextColumn;
    challenge_hash: BytesColumn;
    challenge_issued_ts: TimeColumn;
    trace_id: BytesColumn;
    span_id: BytesColumn;
    request_id: TextColumn;
    session_id: TextColumn;
    user_id: TextColumn;
    user_name_hash: BytesColumn;
    user_segment: TextColumn;
    actor_id: TextColumn;
    rp_id: TextColumn;
    origin: TextColumn;
    top_origin: TextColumn;
    cross_origin: BoolColumn;
    app: TextColumn;
    credential_id: BytesColumn;
    credential_ref: TextColumn;
    credential_label: TextColumn;
    credential_kind: TextColumn;
    public_key_hash: BytesColumn;
    aaguid: BytesColumn;
    authenticator_model: TextColumn;
    attestation_fmt: TextColumn;
    attestation_type: TextColumn;
    attestation_trust: TextColumn;
    attachment: TextColumn;
    transports: TextListColumn;
    public_key_alg: IntColumn;
    attestation_object: BytesColumn;
    client_data_hash: BytesColumn;
    flags: ShortColumn;
    flags_known: ShortColumn;
    sign_count: LongColumn;
    stored_sign_count: LongColumn;
    signature_verified: BoolColumn;
    uv_required: TextColumn;
    conditional_ui: BoolColumn;
    ceremony_timeout_ms: LongColumn;
    server_ms: DoubleColumn;
    ceremony_ms: DoubleColumn;
    login_ms: DoubleColumn;
    latency_basis: TextColumn;
    client_ip: BytesColumn;
    asn: LongColumn;
    geo_country: TextColumn;
    geo_region: TextColumn;
    geo_city: TextColumn;
    geo_lat: DoubleColumn;
    geo_lon: DoubleColumn;
    is_proxy: BoolColumn;
    user_agent: TextColumn;
    browser: TextColumn;
    os: TextColumn;
    device_class: TextColumn;
    method_raw: TextColumn;
    fallback_method: TextColumn;
    ticket_id: TextColumn;
    ticket_category: TextColumn;
    attrs: AttrsColumn;
}

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
