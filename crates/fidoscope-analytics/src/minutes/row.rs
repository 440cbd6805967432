//! Rows of the table of minutes, and their Arrow form.

use std::collections::HashMap;
use std::sync::Arc;

use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, Int64Builder, ListBuilder, MapBuilder, MapFieldNames,
    RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Int64Type, Schema, SchemaRef, TimeUnit,
    TimestampMicrosecondType,
};
use fidoscope_slo::Counter;

use super::DIMENSIONS;
use super::count::{Counts, Key, LATENCIES, column};
use crate::StoreError;
use crate::query::texts;
use crate::schema::{EVENT_DATE, batch};

/// Columns of latencies, in the order of the indicators that are made of them.
pub(super) const LATENCY_COLUMNS: [&str; LATENCIES] = [
    "interactive_authentications_ms",
    "registrations_handled_ms",
    "authentications_handled_ms",
];

/// A row: the numbers of one minute of one source, or of one value of a dimension in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) counts: Counts,
    /// Values that are put together in this row; 0 where it is about one.
    pub(super) others: i64,
    /// How often it was counted anew, after it had been stored, with another result.
    pub(super) restated: i64,
    /// When that happened first.
    pub(super) restated_since: Option<i64>,
}

/// Whether a counter is stored. What is still pending is no matter of a minute: it depends on when
/// one asks.
fn is_stored(counter: Counter) -> bool {
    let pending = [Counter::RegistrationPending, Counter::AuthenticationPending];
    !pending.contains(&counter)
}

/// The counters that are stored, and their places in [`Counter::ALL`].
pub(super) fn counters() -> impl Iterator<Item = (usize, Counter)> {
    let all = Counter::ALL.into_iter().enumerate();
    all.filter(|(_, counter)| is_stored(*counter))
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn latency_type() -> DataType {
    let entry = DataType::Struct(Fields::from(vec![
        Field::new("key", DataType::Int64, false),
        Field::new("value", DataType::Int64, true),
    ]));
    DataType::Map(Arc::new(Field::new("key_value", entry, false)), false)
}

fn kinds_type() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)))
}

/// What a column of latencies means, for those who read the table with something else.
fn latency_field(name: &str) -> Field {
    let comment = "microseconds and how many took so long; each is off by at most 1 %";
    let field = Field::new(name, latency_type(), true);
    field.with_metadata(HashMap::from([("comment".to_owned(), comment.to_owned())]))
}

/// Columns of the table as they are in its files.
pub(crate) fn minute_file_schema() -> SchemaRef {
    let long = |name: &str| Field::new(name, DataType::Int64, false);
    let mut fields = vec![
        Field::new("ts", time_type(), false),
        Field::new("source", DataType::Utf8, false),
        Field::new("dimension", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
        long("others"),
        long("events"),
        long("closed"),
    ];
    fields.extend(counters().map(|(_, counter)| long(counter.name())));
    fields.extend(LATENCY_COLUMNS.map(latency_field));
    fields.push(Field::new("kinds", kinds_type(), true));
    fields.push(long("restated"));
    fields.push(Field::new("restated_since", time_type(), true));
    Arc::new(Schema::new(fields))
}

/// Columns of the table with the partition column.
pub(crate) fn minute_schema() -> SchemaRef {
    let mut fields: Vec<FieldRef> = minute_file_schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(EVENT_DATE, DataType::Date32, true)));
    Arc::new(Schema::new(fields))
}

/// The rows as a batch of [`minute_file_schema`].
pub(super) fn rows(rows: &[Row]) -> Result<RecordBatch, StoreError> {
    let longs = |of: &dyn Fn(&Row) -> i64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<Int64Array>())
    };
    let strings = |of: &dyn Fn(&Row) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let times = |of: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
        let times: TimestampMicrosecondArray = rows.iter().map(of).collect();
        Arc::new(times.with_timezone("UTC"))
    };
    let dimension = |row: &Row| {
        let (number, _) = row.key.value.as_ref()?;
        DIMENSIONS.get(*number).map(|name| (*name).to_owned())
    };
    let mut columns = vec![
        times(&|row| Some(row.key.minute)),
        strings(&|row| Some(row.key.source.clone())),
        strings(&dimension),
        strings(&|row| row.key.value.as_ref().and_then(|(_, value)| value.clone())),
        longs(&|row| row.others),
        longs(&|row| row.counts.events),
        longs(&|row| row.counts.closed),
    ];
    for (place, _) in counters() {
        columns.push(longs(&|row| {
            row.counts.counters.get(place).copied().unwrap_or(0)
        }));
    }
    for place in 0..LATENCIES {
        columns.push(latencies(rows, place)?);
    }
    columns.push(kinds(rows)?);
    columns.push(longs(&|row| row.restated));
    columns.push(times(&|row| row.restated_since));
    batch(minute_file_schema(), columns, rows.len())
}

fn latencies(rows: &[Row], place: usize) -> Result<ArrayRef, StoreError> {
    let names = MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut builder = MapBuilder::new(Some(names), Int64Builder::new(), Int64Builder::new());
    for row in rows {
        let latencies = row.counts.latencies.get(place);
        let found = latencies.filter(|latencies| !latencies.0.is_empty());
        for (bucket, count) in found.into_iter().flat_map(|latencies| &latencies.0) {
            builder.keys().append_value(*bucket);
            builder.values().append_value(*count);
        }
        builder.append(found.is_some())?;
    }
    let built: ArrayRef = Arc::new(builder.finish());
    Ok(cast(&built, &latency_type())?)
}

fn kinds(rows: &[Row]) -> Result<ArrayRef, StoreError> {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in rows {
        for kind in &row.counts.kinds {
            builder.values().append_value(kind);
        }
        builder.append(row.key.value.is_none());
    }
    let built: ArrayRef = Arc::new(builder.finish());
    Ok(cast(&built, &kinds_type())?)
}

/// The rows of a batch of the table.
pub(super) fn read(batch: &RecordBatch) -> Vec<Row> {
    let columns = Columns::of(batch);
    (0..batch.num_rows()).map(|row| columns.row(row)).collect()
}

/// The columns of a batch, each looked up once.
struct Columns<'b> {
    times: Vec<Option<i64>>,
    sources: Vec<Option<String>>,
    dimensions: Vec<Option<String>>,
    values: Vec<Option<String>>,
    longs: [&'b [i64]; 4],
    counters: Vec<(usize, &'b [i64])>,
    latencies: Vec<Option<&'b ArrayRef>>,
    kinds: Option<&'b ArrayRef>,
    since: Vec<Option<i64>>,
}

impl<'b> Columns<'b> {
    fn of(batch: &'b RecordBatch) -> Self {
        let strings = |name| batch.column_by_name(name).map(texts).unwrap_or_default();
        let times = |name| {
            let column = batch.column_by_name(name);
            let times =
                column.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
            times.map_or_else(Vec::new, |times| times.iter().collect())
        };
        let long = |name| column(batch, name);
        Self {
            times: times("ts"),
            sources: strings("source"),
            dimensions: strings("dimension"),
            values: strings("value"),
            longs: ["events", "closed", "others", "restated"].map(long),
            counters: counters()
                .map(|(place, counter)| (place, column(batch, counter.name())))
                .collect(),
            latencies: LATENCY_COLUMNS
                .map(|name| batch.column_by_name(name))
                .to_vec(),
            kinds: batch.column_by_name("kinds"),
            since: times("restated_since"),
        }
    }

    fn row(&self, row: usize) -> Row {
        let text = |of: &[Option<String>]| of.get(row).cloned().flatten();
        let time = |of: &[Option<i64>]| of.get(row).copied().flatten();
        let [events, closed, others, restated] =
            self.longs.map(|longs| longs.get(row).copied().unwrap_or(0));
        let dimension = text(&self.dimensions);
        let number = dimension.and_then(|name| DIMENSIONS.iter().position(|known| *known == name));
        let mut counts = Counts {
            events,
            closed,
            kinds: self
                .kinds
                .map_or_else(Vec::new, |kinds| kinds_in(kinds, row)),
            ..Counts::default()
        };
        for (place, values) in &self.counters {
            if let (Some(count), Some(value)) = (counts.counters.get_mut(*place), values.get(row)) {
                *count = *value;
            }
        }
        for (latencies, column) in counts.latencies.iter_mut().zip(&self.latencies) {
            if let Some(column) = column {
                let found = latencies_in(column, row);
                found.for_each(|(bucket, count)| latencies.add(bucket, count));
            }
        }
        Row {
            key: Key {
                minute: time(&self.times).unwrap_or(0),
                source: text(&self.sources).unwrap_or_default(),
                value: number.map(|number| (number, text(&self.values))),
            },
            counts,
            others,
            restated,
            restated_since: time(&self.since),
        }
    }
}

fn kinds_in(column: &ArrayRef, row: usize) -> Vec<String> {
    let list = column
        .as_list_opt::<i32>()
        .filter(|list| list.is_valid(row));
    let kinds = list.map(|list| texts(&list.value(row))).unwrap_or_default();
    kinds.into_iter().flatten().collect()
}

/// The buckets that a row of a column of latencies holds, and how many latencies lie in each.
pub(super) fn latencies_in(column: &ArrayRef, row: usize) -> impl Iterator<Item = (i64, i64)> {
    let map = column.as_map_opt().filter(|map| map.is_valid(row));
    let found = map.and_then(|map| {
        let place = |row: usize| usize::try_from(*map.value_offsets().get(row)?).ok();
        let range = place(row)?..place(row + 1)?;
        let longs = |place: usize| -> Option<&[i64]> {
            let column = map.entries().columns().get(place)?;
            let longs = column.as_primitive_opt::<Int64Type>()?;
            longs.values().get(range.clone())
        };
        Some(longs(0)?.iter().copied().zip(longs(1)?.iter().copied()))
    });
    found.into_iter().flatten()
}
