//! Rows of counting added up: minute by minute, for each source and each value.

use std::collections::BTreeMap;

use deltalake::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Int64Type};
use fidoscope_slo::Relation;
use hashbrown::HashMap;

use super::count::{COUNTERS, Counts, Key, LATENCIES, Width, column};
use crate::StoreError;

/// Rows added up, and names as numbers.
pub(super) struct Fold {
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

impl Fold {
    pub(super) fn new(groups: usize) -> Self {
        Self {
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
        let (minutes, bits) = (column(batch, "step"), column(batch, "counts"));
        let timed: Vec<&PrimitiveArray<Int64Type>> = (0..LATENCIES)
            .filter_map(|number| batch.column_by_name(&format!("latency{number}")))
            .filter_map(|column| column.as_primitive_opt())
            .collect();
        for (row, (minute, bits)) in minutes.iter().zip(bits).enumerate() {
            let more = More {
                relation,
                bits: *bits,
                buckets: std::array::from_fn(|number| {
                    let column = timed.get(number).filter(|column| column.is_valid(row));
                    column.map(|column| column.value(row))
                }),
            };
            let source = self
                .sources
                .number(value(sources.as_ref(), row).unwrap_or_default());
            more.add_to(self.counts.entry((*minute, source, None)).or_default());
            for (group, (column, names)) in values.iter().zip(&mut self.values).enumerate() {
                if let Some(value) = value(column.as_ref(), row) {
                    let key = (*minute, source, Some((group, names.number(value))));
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

/// What one row adds.
struct More {
    relation: Relation,
    bits: i64,
    buckets: [Option<i64>; LATENCIES],
}

impl More {
    fn add_to(&self, counts: &mut Counts) {
        match self.relation {
            Relation::Events => counts.events += 1,
            Relation::Ledger => counts.closed += 1,
        }
        let mut left = self.bits;
        while left != 0 {
            let place = usize::try_from(left.trailing_zeros()).unwrap_or(COUNTERS);
            if let Some(counter) = counts.counters.get_mut(place) {
                *counter += 1;
            }
            left &= left - 1;
        }
        for (latencies, bucket) in counts.latencies.iter_mut().zip(self.buckets) {
            if let Some(bucket) = bucket {
                latencies.add(bucket, 1);
            }
        }
    }
}
