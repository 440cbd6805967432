//! Rows of counting added up: minute by minute, for each source and each value.

use std::collections::BTreeMap;

use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch,
};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Int64Type};
use fidoscope_slo::Relation;
use hashbrown::HashMap;

use super::count::{COUNT, Counts, Key, LATENCY, Width, add_at, column};
use super::measured::Measures;
use crate::StoreError;

/// Rows added up, and names as numbers.
pub(super) struct Fold<'m> {
    measures: &'m Measures,
    sources: Names,
    /// Values of each group.
    values: Vec<Names>,
    counts: HashMap<Numbers, Counts>,
}

/// What a row is about: its minute, and the numbers of its source, and of a group and its value.
type Numbers = (i64, usize, Option<(usize, usize)>);

/// Names by their numbers, and the other way round.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub(super) fn name(&self, number: usize) -> String {
        self.names.get(number).cloned().unwrap_or_default()
    }
}

impl<'m> Fold<'m> {
    pub(super) fn new(groups: usize, measures: &'m Measures) -> Self {
        Self {
            measures,
            sources: Names::default(),
            values: (0..groups).map(|_| Names::default()).collect(),
            counts: HashMap::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        batch: &RecordBatch,
        relation: Relation,
    ) -> Result<(), StoreError> {
        let text = |name: &str| -> Result<Option<ArrayRef>, StoreError> {
            let column = batch.column_by_name(name);
            Ok(column
                .map(|column| cast(column, &DataType::Utf8))
                .transpose()?)
        };
        let sources = text("source")?;
        let values: Vec<Option<ArrayRef>> = (0..self.values.len())
            .map(|group| text(&format!("g{group}")))
            .collect::<Result<_, _>>()?;
        let counted = Counted::of(batch, self.measures);
        for (row, start) in column(batch, "step").iter().enumerate() {
            let more = More {
                relation,
                counts: counted.counts(row).collect(),
                buckets: counted.buckets(row).collect(),
            };
            let source = self
                .sources
                .number(value(sources.as_ref(), row).unwrap_or_default());
            more.add_to(self.counts.entry((*start, source, None)).or_default());
            for (group, (column, names)) in values.iter().zip(&mut self.values).enumerate() {
                if let Some(value) = value(column.as_ref(), row) {
                    let key = (*start, source, Some((group, names.number(value))));
                    more.add_to(self.counts.entry(key).or_default());
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> BTreeMap<Key, Counts> {
        let Self {
            sources,
            values,
            counts,
            ..
        } = self;
        let name = |(group, value): (usize, usize)| {
            let names = values.get(group);
            (group, names.map(|names| names.name(value)))
        };
        let counts = counts.into_iter();
        let named = counts.map(|((minute, source, value), counts)| {
            let key = Key {
                start: minute,
                width: Width::Minute,
                source: sources.name(source),
                value: value.map(name),
            };
            (key, counts)
        });
        named.collect()
    }
}

fn value(column: Option<&ArrayRef>, row: usize) -> Option<&str> {
    let column = column.filter(|column| column.is_valid(row))?;
    Some(column.as_string_opt::<i32>()?.value(row))
}

/// The columns of a batch that say what rows count for, each with the place of its measure.
struct Counted<'b> {
    counts: Vec<(usize, &'b BooleanArray)>,
    latencies: Vec<(usize, &'b PrimitiveArray<Int64Type>)>,
}

impl<'b> Counted<'b> {
    fn of(batch: &'b RecordBatch, measures: &Measures) -> Self {
        let named = |name: &str, place: usize| batch.column_by_name(&format!("{name}{place}"));
        let count = |place| Some((place, named(COUNT, place)?.as_boolean_opt()?));
        let latency = |place| Some((place, named(LATENCY, place)?.as_primitive_opt()?));
        Self {
            counts: (0..measures.counts.len()).filter_map(count).collect(),
            latencies: (0..measures.latencies.len()).filter_map(latency).collect(),
        }
    }

    /// The places of the counts that a row counts for: those that are true, neither false nor unknown.
    fn counts(&self, row: usize) -> impl Iterator<Item = usize> {
        let columns = self.counts.iter();
        columns
            .filter(move |(_, column)| column.is_valid(row) && column.value(row))
            .map(|(place, _)| *place)
    }

    /// The places of the distributions that a row has a latency for, each with its bucket.
    fn buckets(&self, row: usize) -> impl Iterator<Item = (usize, i64)> {
        let columns = self.latencies.iter();
        columns
            .filter(move |(_, column)| column.is_valid(row))
            .map(move |(place, column)| (*place, column.value(row)))
    }
}

/// What one row adds.
struct More {
    relation: Relation,
    counts: Vec<usize>,
    buckets: Vec<(usize, i64)>,
}

impl More {
    fn add_to(&self, counts: &mut Counts) {
        match self.relation {
            Relation::Events => counts.events += 1,
            Relation::Ledger => counts.closed += 1,
        }
        for place in &self.counts {
            add_at(&mut counts.counters, *place, |sum| *sum += 1);
        }
        for (place, bucket) in &self.buckets {
            add_at(&mut counts.latencies, *place, |sum| sum.add(*bucket, 1));
        }
    }
}
