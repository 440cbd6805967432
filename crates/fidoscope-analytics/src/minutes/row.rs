//! Rows of the table of minutes, and their Arrow form.

use std::collections::HashMap;
use std::sync::Arc;

use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, Int64Builder, ListArray, ListBuilder, MapBuilder,
    MapFieldNames, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{
    DataType, Field, FieldRef, Fields, Int64Type, Schema, SchemaRef, TimeUnit,
    TimestampMicrosecondType,
};

use super::DIMENSIONS;
use super::count::{Counts, Key, Width, add_at, column};
use super::measured::Measures;
use crate::StoreError;
use crate::latency::Latencies;
use crate::schema::{EVENT_DATE, batch};

/// The column of definitions.
pub(super) const MEASURED: &str = "measured";

/// What `dimension` says of all of a source in a half hour; of values of a dimension, it stands before
/// the name: `half_hour:os`.
pub(super) const HALF_HOUR: &str = "half_hour";

/// A row: the numbers of one minute or half hour of one source, or of one value of a dimension in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) counts: Counts,
    /// The definitions by which the half hour was counted, in the row of a whole source.
    pub(super) measured: Option<String>,
    /// Values that are put together in this row; 0 where it is about one.
    pub(super) others: i64,
    /// How often it was counted anew, after it had been stored, with another result. Of a half hour,
    /// what its minutes say: the most of them, and those of its values.
    pub(super) restated: i64,
    /// When that happened first.
    pub(super) restated_since: Option<i64>,
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

/// The name of a dimension in the table; `None` for all of a source in a minute.
pub(super) fn dimension_name(width: Width, dimension: Option<usize>) -> Option<String> {
    let name = dimension.and_then(|number| DIMENSIONS.get(number));
    match width {
        Width::Minute => name.map(|name| (*name).to_owned()),
        Width::HalfHour => Some(name.map_or_else(
            || HALF_HOUR.to_owned(),
            |name| format!("{HALF_HOUR}:{name}"),
        )),
    }
}

/// What a name in the column `dimension` means; `None` where a newer build knows more.
fn meaning(name: Option<&str>) -> Option<(Width, Option<usize>)> {
    let number = |name: &str| DIMENSIONS.iter().position(|known| *known == name);
    let Some(name) = name else {
        return Some((Width::Minute, None));
    };
    match name.strip_prefix(HALF_HOUR) {
        Some("") => Some((Width::HalfHour, None)),
        Some(rest) => Some((Width::HalfHour, Some(number(rest.strip_prefix(':')?)?))),
        None => Some((Width::Minute, Some(number(name)?))),
    }
}

/// Columns of the table as they are in its files, with those of some measures.
pub(super) fn file_schema_with(measures: &Measures) -> SchemaRef {
    let long = |name: &str| Field::new(name, DataType::Int64, false);
    let count = |name: &str| Field::new(name, DataType::Int64, true);
    let mut fields = vec![
        Field::new("ts", time_type(), false),
        Field::new("source", DataType::Utf8, false),
        Field::new("dimension", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
        long("others"),
        long("events"),
        long("closed"),
    ];
    let counts = measures.stored_counts();
    fields.extend(counts.map(|(_, measure)| count(&measure.name)));
    let latencies = measures.latencies.iter();
    fields.extend(latencies.map(|measure| latency_field(&measure.name)));
    fields.push(Field::new("kinds", kinds_type(), true));
    fields.push(long("restated"));
    fields.push(Field::new("restated_since", time_type(), true));
    fields.push(Field::new(MEASURED, DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

/// Columns of the table as they are in the files of a new store.
pub(crate) fn minute_file_schema() -> SchemaRef {
    file_schema_with(&Measures::registry())
}

/// Columns of the table with the partition column.
pub(crate) fn minute_schema() -> SchemaRef {
    let mut fields: Vec<FieldRef> = minute_file_schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(EVENT_DATE, DataType::Date32, true)));
    Arc::new(Schema::new(fields))
}

/// The rows as a batch of [`file_schema_with`].
pub(super) fn rows(rows: &[Row], measures: &Measures) -> Result<RecordBatch, StoreError> {
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
        let number = row.key.value.as_ref().map(|(number, _)| *number);
        dimension_name(row.key.width, number)
    };
    let mut columns = vec![
        times(&|row| Some(row.key.start)),
        strings(&|row| Some(row.key.source.clone())),
        strings(&dimension),
        strings(&|row| row.key.value.as_ref().and_then(|(_, value)| value.clone())),
        longs(&|row| row.others),
        longs(&|row| row.counts.events),
        longs(&|row| row.counts.closed),
    ];
    for (place, _) in measures.stored_counts() {
        columns.push(longs(&|row| {
            row.counts.counters.get(place).copied().unwrap_or(0)
        }));
    }
    for place in 0..measures.latencies.len() {
        columns.push(latencies(rows, place)?);
    }
    columns.push(kinds(rows)?);
    columns.push(longs(&|row| row.restated));
    columns.push(times(&|row| row.restated_since));
    columns.push(strings(&|row| row.measured.clone()));
    batch(file_schema_with(measures), columns, rows.len())
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

/// The rows of a batch of the table, but those of which this build knows nothing.
pub(super) fn read(batch: &RecordBatch, measures: &Measures) -> Vec<Row> {
    let columns = Columns::of(batch, measures);
    let rows = 0..batch.num_rows();
    rows.filter_map(|row| columns.row(row)).collect()
}

/// The columns of a batch, each looked up once.
pub(super) struct Columns<'b> {
    times: &'b [i64],
    sources: StringArray,
    dimensions: StringArray,
    values: StringArray,
    events: &'b [i64],
    closed: &'b [i64],
    others: &'b [i64],
    restated: &'b [i64],
    /// How many counts there are, also those that are not stored.
    all: usize,
    counters: Vec<(usize, &'b [i64])>,
    latencies: Vec<Option<&'b ArrayRef>>,
    measured: StringArray,
    kinds: Kinds<'b>,
    since: Option<&'b TimestampMicrosecondArray>,
}

impl<'b> Columns<'b> {
    pub(super) fn of(batch: &'b RecordBatch, measures: &Measures) -> Self {
        let times = |name| {
            let column = batch.column_by_name(name);
            column.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        };
        Self {
            times: times("ts").map_or(&[], |times| times.values()),
            sources: strings(batch.column_by_name("source")),
            dimensions: strings(batch.column_by_name("dimension")),
            values: strings(batch.column_by_name("value")),
            events: column(batch, "events"),
            closed: column(batch, "closed"),
            others: column(batch, "others"),
            restated: column(batch, "restated"),
            all: measures.counts.len(),
            counters: measures
                .stored_counts()
                .map(|(place, measure)| (place, column(batch, &measure.name)))
                .collect(),
            latencies: (measures.latencies.iter())
                .map(|measure| batch.column_by_name(&measure.name))
                .collect(),
            measured: strings(batch.column_by_name(MEASURED)),
            kinds: Kinds::of(batch),
            since: times("restated_since"),
        }
    }

    /// Start of the minute or half hour of a row.
    pub(super) fn start(&self, row: usize) -> i64 {
        long(self.times, row)
    }

    pub(super) fn source(&self, row: usize) -> &str {
        text(&self.sources, row).unwrap_or_default()
    }

    pub(super) fn value(&self, row: usize) -> Option<&str> {
        text(&self.values, row)
    }

    /// What a row is about, and the number of its dimension; `None` where this build does not know.
    pub(super) fn meaning(&self, row: usize) -> Option<(Width, Option<usize>)> {
        meaning(text(&self.dimensions, row))
    }

    pub(super) fn others(&self, row: usize) -> i64 {
        long(self.others, row)
    }

    /// The definitions by which a half hour was counted.
    pub(super) fn measured(&self, row: usize) -> Option<&str> {
        text(&self.measured, row)
    }

    pub(super) fn restated(&self, row: usize) -> i64 {
        long(self.restated, row)
    }

    pub(super) fn kinds(&self, row: usize) -> impl Iterator<Item = &str> {
        self.kinds.of_row(row)
    }

    /// Adds the numbers of a row to others, but its latencies and kinds.
    pub(super) fn add_to(&self, row: usize, counts: &mut Counts) {
        counts.events += long(self.events, row);
        counts.closed += long(self.closed, row);
        for (place, values) in &self.counters {
            add_at(&mut counts.counters, *place, |sum| {
                *sum += long(values, row)
            });
        }
    }

    /// The buckets of each column of latencies, and how many latencies lie in each; in order, unless
    /// another engine wrote them.
    pub(super) fn latencies(
        &self,
        row: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = (i64, i64)>> {
        let columns = self.latencies.iter().copied();
        columns.map(move |column| {
            column
                .into_iter()
                .flat_map(move |column| latencies_in(column, row))
        })
    }

    fn row(&self, row: usize) -> Option<Row> {
        let (width, dimension) = self.meaning(row)?;
        let mut counts = Counts {
            kinds: self.kinds(row).map(str::to_owned).collect(),
            latencies: vec![Latencies::default(); self.latencies.len()],
            counters: vec![0; self.all],
            ..Counts::default()
        };
        self.add_to(row, &mut counts);
        for (latencies, found) in counts.latencies.iter_mut().zip(self.latencies(row)) {
            found.for_each(|(bucket, count)| latencies.add(bucket, count));
        }
        let value = || self.value(row).map(str::to_owned);
        let since = self.since.filter(|since| since.is_valid(row));
        Some(Row {
            key: Key {
                start: self.start(row),
                width,
                source: self.source(row).to_owned(),
                value: dimension.map(|dimension| (dimension, value())),
            },
            counts,
            measured: self.measured(row).map(str::to_owned),
            others: self.others(row),
            restated: self.restated(row),
            restated_since: since.map(|since| since.value(row)),
        })
    }
}

/// The column `kinds`.
pub(super) struct Kinds<'b> {
    lists: Option<&'b ListArray>,
    names: StringArray,
}

impl<'b> Kinds<'b> {
    pub(super) fn of(batch: &'b RecordBatch) -> Self {
        let column = batch.column_by_name("kinds");
        let lists = column.and_then(|column| column.as_list_opt::<i32>());
        Self {
            lists,
            names: strings(lists.map(ListArray::values)),
        }
    }

    pub(super) fn of_row(&self, row: usize) -> impl Iterator<Item = &str> {
        let lists = self.lists.filter(|lists| lists.is_valid(row));
        let range = lists.and_then(|lists| {
            let place = |row: usize| usize::try_from(*lists.value_offsets().get(row)?).ok();
            Some(place(row)?..place(row + 1)?)
        });
        let places = range.unwrap_or_default();
        places.filter_map(|place| text(&self.names, place))
    }
}

/// A column of texts, whatever its layout; empty where there is none.
pub(super) fn strings(column: Option<&ArrayRef>) -> StringArray {
    let column = column.and_then(|column| cast(column, &DataType::Utf8).ok());
    let strings = column.and_then(|column| column.as_string_opt::<i32>().cloned());
    strings.unwrap_or_else(|| StringArray::new_null(0))
}

/// The text in a row; `None` also behind the last.
pub(super) fn text(column: &StringArray, row: usize) -> Option<&str> {
    (row < column.len() && column.is_valid(row)).then(|| column.value(row))
}

fn long(column: &[i64], row: usize) -> i64 {
    column.get(row).copied().unwrap_or(0)
}

/// The buckets that a row of a column of latencies holds, and how many latencies lie in each.
fn latencies_in(column: &ArrayRef, row: usize) -> impl Iterator<Item = (i64, i64)> {
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
