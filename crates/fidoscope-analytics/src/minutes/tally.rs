//! What was counted over a span: stored minutes, and the events of what is not stored.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use deltalake::DeltaTable;
use deltalake::arrow::array::{AsArray, BooleanArray, RecordBatch};
use fidoscope_slo::{CountRow, Counter, Inputs, Kinds, QuantileRow, SourceInput};
use hashbrown::HashMap;

use super::count::{Counting, Counts, Key, LATENCIES, column, latencies, within};
use super::row::{LATENCY_COLUMNS, counters, latencies_in};
use super::slots::{MINUTE, REACH, SLOT, Slots, slot_of};
use super::{BEGINNING, DIMENSIONS, END, Settled};
use crate::query::{Engine, over, texts};
use crate::store::Table;
use crate::{Span, Store, StoreError};

/// Spans that are counted one by one; more of them are counted as one.
const SPANS: usize = 32;

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) span: Span,
    /// Column by whose values it is split, and SQL that gives them as text.
    pub(crate) by: Option<(String, String)>,
    /// Table or view of the events.
    pub(crate) events: &'static str,
}

/// What is known of a span.
pub(crate) struct Tally {
    pub(crate) inputs: Inputs,
    /// Minutes whose stored numbers were changed by events that came late.
    pub(crate) restated: u64,
}

/// The table of minutes as it can be used now.
pub(super) struct Stored {
    pub(super) table: DeltaTable,
    pub(super) settled: Settled,
    /// Everything before this slot is known only from here.
    pub(super) first_whole: i64,
    /// Slots that events have touched since.
    pub(super) stale: Slots,
}

/// Which part of a span is stored, and which is to be counted; microseconds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    stored: Vec<Range<i64>>,
    counted: Vec<Range<i64>>,
}

impl Store {
    /// The numbers of a span, from stored minutes as far as they go.
    pub(crate) fn tally(&self, asked: &Asked) -> Result<Tally, StoreError> {
        // Stored minutes are only a help: where they cannot be read all is counted from the events.
        if let Ok(Some(stored)) = self.stored_minutes()
            && let Ok(tally) = self.tally_with(asked, Some(&stored))
        {
            return Ok(tally);
        }
        self.tally_with(asked, None)
    }

    fn tally_with(&self, asked: &Asked, stored: Option<&Stored>) -> Result<Tally, StoreError> {
        let (since, until) = (
            asked.span.since.timestamp_micros(),
            asked.span.until.timestamp_micros(),
        );
        let engine = self.engine()?;
        let reading = Reading {
            store: self,
            engine: &engine,
            asked,
            stored,
        };
        let mut parts = match stored {
            Some(stored) if reading.is_stored() => stored.parts(since, until),
            _ => Parts::all(since, until),
        };
        if reading.shares_rows(&parts)? {
            parts = Parts::all(since, until);
        }
        let mut found = reading.counted(&parts.counted, until)?;
        let restated = reading.add_stored(&parts.stored, &mut found)?;
        let groups = groups(&found, asked.by.is_some());
        Ok(Tally {
            inputs: Inputs {
                grouped: asked.by.is_some(),
                sources: reading.sources()?,
                counts: count_rows(&groups),
                quantiles: quantiles(&groups),
            },
            restated,
        })
    }

    /// The table of minutes, unless nothing was ever counted.
    pub(super) fn stored_minutes(&self) -> Result<Option<Stored>, StoreError> {
        if !self.has(Table::Minutes) {
            return Ok(None);
        }
        let table = self.load(Table::Minutes)?;
        let Some(settled) = self.settled_minutes(&table)? else {
            return Ok(None);
        };
        let events = self.load(Table::Events)?;
        let to = events.version().unwrap_or(0);
        let stale = self.touched_since(&events, settled.events, to)?;
        Ok(Some(Stored {
            first_whole: self.first_whole(&events)?,
            stale: stale.unwrap_or_else(Slots::all),
            table,
            settled,
        }))
    }
}

impl Stored {
    fn parts(&self, since: i64, until: i64) -> Parts {
        // Half hours of which nothing after the span can change the numbers.
        let end = slot_of(until - REACH).min(self.settled.slot);
        let first = slot_of(since);
        let known = Slots::run(first..end);
        let known = known.without(&self.stale.within(self.first_whole, i64::MAX));
        let minute = since.div_euclid(MINUTE) * MINUTE;
        let whole = if minute == since {
            since
        } else {
            minute + MINUTE
        };
        let mut parts = Parts::default();
        let mut from = since;
        for run in known.runs() {
            let stored = whole.max(run.start * SLOT)..run.end * SLOT;
            if !stored.is_empty() {
                parts.count(from..stored.start);
                from = stored.end;
                parts.stored.push(stored);
            }
        }
        parts.count(from..until);
        parts.simplify()
    }
}

impl Parts {
    fn all(since: i64, until: i64) -> Self {
        let mut parts = Self::default();
        parts.count(since..until);
        parts
    }

    fn count(&mut self, span: Range<i64>) {
        if !span.is_empty() {
            self.counted.push(span);
        }
    }

    /// Many spans are one: each is a condition in SQL.
    fn simplify(mut self) -> Self {
        if self.counted.len() > SPANS
            && let (Some(first), Some(last)) = (self.counted.first(), self.counted.last())
        {
            let span = first.start..last.end;
            self.stored
                .retain(|stored| stored.end <= span.start || stored.start >= span.end);
            self.counted = vec![span];
        }
        self
    }
}

struct Reading<'a> {
    store: &'a Store,
    engine: &'a Engine,
    asked: &'a Asked,
    stored: Option<&'a Stored>,
}

impl Reading<'_> {
    /// The dimension that it is split by.
    fn dimension(&self) -> Option<&'static str> {
        let (name, _) = self.asked.by.as_ref()?;
        DIMENSIONS.into_iter().find(|known| known == name)
    }

    /// Whether minutes are stored by what is asked for.
    fn is_stored(&self) -> bool {
        self.asked.by.is_none() || self.dimension().is_some()
    }

    /// Whether values that are asked for share rows.
    fn shares_rows(&self, parts: &Parts) -> Result<bool, StoreError> {
        let (Some(dimension), Some(stored)) = (self.dimension(), self.stored) else {
            return Ok(false);
        };
        if parts.stored.is_empty() {
            return Ok(false);
        }
        let sql = format!(
            "SELECT 1 FROM minutes WHERE others > 0 AND dimension = '{dimension}' AND {} LIMIT 1",
            within(&parts.stored)
        );
        let found = over(self.store.runtime(), "minutes", &stored.table, &sql)?;
        Ok(found.iter().any(|batch| batch.num_rows() > 0))
    }

    fn counted(
        &self,
        spans: &[Range<i64>],
        until: i64,
    ) -> Result<BTreeMap<Key, Counts>, StoreError> {
        let counting = Counting {
            engine: self.engine,
            runtime: self.store.runtime(),
            events: self.asked.events,
            groups: self.asked.by.iter().map(|(_, sql)| sql.clone()).collect(),
            by_minute: false,
            until,
        };
        counting.count(spans)
    }

    /// Adds stored minutes to what was counted; says how many of them were restated.
    fn add_stored(
        &self,
        spans: &[Range<i64>],
        to: &mut BTreeMap<Key, Counts>,
    ) -> Result<u64, StoreError> {
        let Some(stored) = self.stored.filter(|_| !spans.is_empty()) else {
            return Ok(0);
        };
        let run = |sql: &str| over(self.store.runtime(), "minutes", &stored.table, sql);
        let dimension = self.dimension().map_or_else(String::new, |dimension| {
            format!(" OR dimension = '{dimension}'")
        });
        let rows = format!(
            "FROM minutes WHERE (dimension IS NULL{dimension}) AND {}",
            within(spans)
        );
        let sums: String = counters()
            .map(|(_, counter)| format!(", sum({name}) AS {name}", name = counter.name()))
            .collect();
        let sql = format!(
            "SELECT source, dimension IS NOT NULL AS named, value, sum(events) AS events, \
             sum(closed) AS closed{sums} {rows} GROUP BY source, dimension, value"
        );
        for batch in run(&sql)? {
            let keys = keys(&batch);
            let (events, closed) = (column(&batch, "events"), column(&batch, "closed"));
            for (row, key) in keys.into_iter().enumerate() {
                let counts = to.entry(key).or_default();
                counts.events += events.get(row).copied().unwrap_or(0);
                counts.closed += closed.get(row).copied().unwrap_or(0);
                for (place, counter) in counters() {
                    let more = column(&batch, counter.name()).get(row).copied();
                    if let (Some(count), Some(more)) = (counts.counters.get_mut(place), more) {
                        *count += more;
                    }
                }
            }
        }
        let columns = LATENCY_COLUMNS.join(", ");
        let sql = format!("SELECT source, dimension IS NOT NULL AS named, value, {columns} {rows}");
        add_latencies(&run(&sql)?, to);
        let sql = format!(
            "SELECT count(DISTINCT ts) AS total FROM minutes WHERE restated > 0 AND {}",
            within(spans)
        );
        let found = run(&sql)?;
        let total = found.iter().flat_map(|batch| column(batch, "total"));
        Ok(total.map(|total| u64::try_from(*total).unwrap_or(0)).sum())
    }

    /// Every source of the store with the kinds that it was ever seen to log.
    fn sources(&self) -> Result<Vec<SourceInput>, StoreError> {
        let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut from = "events".to_owned();
        if let Some(stored) = self.stored {
            let sql = "SELECT DISTINCT source, kind FROM (SELECT source, unnest(kinds) AS kind \
                       FROM minutes WHERE dimension IS NULL)";
            let found = over(self.store.runtime(), "minutes", &stored.table, sql)?;
            found
                .iter()
                .for_each(|batch| add_kinds(&mut sources, batch));
            let settled = stored.settled.slot;
            let first = stored.first_whole.max(slot_of(BEGINNING));
            let stale = stored.stale.within(first, settled);
            let open = stale.and(&Slots::run(settled..slot_of(END)));
            let open = Parts {
                counted: open.runs().map(times).collect(),
                ..Parts::default()
            };
            from = format!("events WHERE {}", within(&open.simplify().counted));
        }
        let sql = format!("SELECT DISTINCT source, kind FROM {from}");
        for batch in self.engine.collect(self.store.runtime(), &sql)? {
            add_kinds(&mut sources, &batch);
        }
        let input = |(source, kinds)| SourceInput {
            source,
            kinds: Kinds::Seen(kinds),
        };
        Ok(sources.into_iter().map(input).collect())
    }
}

/// The times of some slots, as far as there are events.
const fn times(run: Range<i64>) -> Range<i64> {
    run.start * SLOT..run.end * SLOT
}

fn add_kinds(to: &mut BTreeMap<String, BTreeSet<String>>, batch: &RecordBatch) {
    let strings = |name: &str| batch.column_by_name(name).map(texts).unwrap_or_default();
    let pairs = strings("source").into_iter().zip(strings("kind"));
    for (source, kind) in pairs {
        if let (Some(source), Some(kind)) = (source, kind) {
            to.entry(source).or_default().insert(kind);
        }
    }
}

/// Adds the latencies of stored minutes. A month has millions of buckets but only some hundred names
/// of them.
fn add_latencies(batches: &[RecordBatch], to: &mut BTreeMap<Key, Counts>) {
    let mut sums: BTreeMap<Key, [HashMap<i64, i64>; LATENCIES]> = BTreeMap::new();
    for batch in batches {
        let columns = LATENCY_COLUMNS.map(|name| batch.column_by_name(name));
        for (row, key) in keys(batch).into_iter().enumerate() {
            for (sums, column) in sums.entry(key).or_default().iter_mut().zip(columns) {
                let found = column
                    .into_iter()
                    .flat_map(|column| latencies_in(column, row));
                found.for_each(|(bucket, count)| *sums.entry(bucket).or_default() += count);
            }
        }
    }
    for (key, sums) in sums {
        let counts = to.entry(key).or_default();
        for (latencies, sums) in counts.latencies.iter_mut().zip(sums) {
            sums.into_iter()
                .for_each(|(bucket, count)| latencies.add(bucket, count));
        }
    }
}

/// What rows of stored minutes are about, all minutes together.
fn keys(batch: &RecordBatch) -> Vec<Key> {
    let strings = |name: &str| batch.column_by_name(name).map(texts).unwrap_or_default();
    let named = batch.column_by_name("named");
    let named = named.and_then(|named| named.as_boolean_opt());
    let named = named.into_iter().flat_map(BooleanArray::iter);
    let rows = strings("source")
        .into_iter()
        .zip(strings("value"))
        .zip(named);
    rows.map(|((source, value), named)| Key {
        minute: 0,
        source: source.unwrap_or_default(),
        value: (named == Some(true)).then_some((0, value)),
    })
    .collect()
}

/// Numbers of each group of a source. Without a group is what none of its values has.
type Groups<'c> = BTreeMap<(&'c str, Option<&'c str>), Counts>;

fn groups(found: &BTreeMap<Key, Counts>, is_grouped: bool) -> Groups<'_> {
    let mut groups = Groups::new();
    for (key, counts) in found {
        if key.value.is_none() {
            groups.insert((&key.source, None), counts.clone());
        }
    }
    for (key, counts) in found.iter().filter(|_| is_grouped) {
        let Some((_, Some(value))) = &key.value else {
            continue;
        };
        if let Some(rest) = groups.get_mut(&(key.source.as_str(), None)) {
            *rest = rest.without(counts);
        }
        groups.insert((&key.source, Some(value)), counts.clone());
    }
    groups.retain(|_, counts| !counts.is_nothing());
    groups
}

fn count_rows(groups: &Groups<'_>) -> Vec<CountRow> {
    let row = |((source, group), counts): (&(&str, Option<&str>), &Counts)| {
        let counts = Counter::ALL.into_iter().zip(counts.counters);
        CountRow {
            group: group.map(str::to_owned),
            source: (*source).to_owned(),
            counts: counts
                .map(|(counter, count)| (counter, u64::try_from(count).unwrap_or(0)))
                .collect(),
        }
    };
    groups.iter().map(row).collect()
}

/// Quantiles of each group, over all sources together.
fn quantiles(groups: &Groups<'_>) -> Vec<QuantileRow> {
    let mut all: BTreeMap<Option<&str>, Counts> = BTreeMap::new();
    for ((_, group), counts) in groups {
        all.entry(*group).or_default().add(counts);
    }
    let mut rows = Vec::new();
    for (group, counts) in all {
        for (latency, found) in latencies().zip(&counts.latencies) {
            rows.push(QuantileRow {
                group: group.map(str::to_owned),
                indicator: latency.indicator,
                value: found.quantile(latency.quantile),
            });
        }
    }
    rows
}
