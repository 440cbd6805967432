//! What was counted over a span: stored minutes, and the events of what is not stored.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use deltalake::arrow::array::RecordBatch;
use fidoscope_events::Catalogue;
use fidoscope_slo::{CountRow, Formula, Inputs, Latency, QuantileRow, SourceInput, indicators};

use super::count::{Counting, Counts, Key, counts as measures, latencies, within};
use super::slots::{MINUTE, REACH, SLOT, Slots, slot_of};
use super::stored::Stored;
use super::{BEGINNING, DIMENSIONS, END};
use crate::coverage::loggable;
use crate::query::texts;
use crate::store::Table;
use crate::{Span, Store, StoreError};

/// Spans that are counted one by one; more of them are counted as one.
const SPANS: usize = 32;

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) span: Span,
    /// Column by whose values it is split, and SQL that gives them as text.
    pub(crate) by: Option<(String, String)>,
    /// Table or view of the events.
    pub(crate) events: &'static str,
    /// The mappings of the sources, which say what each can log.
    pub(crate) mappings: &'a Catalogue,
}

/// What is known of a span.
pub(crate) struct Tally {
    pub(crate) inputs: Inputs,
    /// Minutes whose stored numbers were changed by events that came late.
    pub(crate) restated: u64,
}

/// Which part of a span is stored, and which is to be counted; microseconds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    stored: Vec<Range<i64>>,
    counted: Vec<Range<i64>>,
}

impl Store {
    /// The numbers of a span, from stored minutes as far as they go.
    pub(crate) fn tally(&self, asked: &Asked<'_>) -> Result<Tally, StoreError> {
        // Stored minutes are only a help: where they cannot be read all is counted from the events.
        if let Ok(Some(stored)) = self.stored_minutes()
            && let Ok(tally) = self.tally_with(asked, Some(&stored))
        {
            return Ok(tally);
        }
        self.tally_with(asked, None)
    }

    fn tally_with(&self, asked: &Asked<'_>, stored: Option<&Stored>) -> Result<Tally, StoreError> {
        let (since, until) = (
            asked.span.since.timestamp_micros(),
            asked.span.until.timestamp_micros(),
        );
        let reading = Reading {
            store: self,
            asked,
            stored,
        };
        let mut parts = match stored {
            Some(stored) if reading.is_stored() => stored.parts(since, until),
            _ => Parts::all(since, until),
        };
        let known =
            stored.map(|stored| stored.read(self.runtime(), &parts.stored, reading.dimension()));
        let known = known.transpose()?.unwrap_or_default();
        if known.shares_rows {
            parts = Parts::all(since, until);
        }
        let mut found = reading.counted(&parts.counted, until)?;
        for (key, counts) in known.counts {
            found.entry(key).or_default().add(&counts);
        }
        let groups = groups(&found, asked.by.is_some());
        Ok(Tally {
            inputs: Inputs {
                grouped: asked.by.is_some(),
                sources: reading.sources(known.kinds)?,
                counts: count_rows(&groups),
                quantiles: quantiles(&groups),
            },
            restated: known.restated,
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
        if self.holds_all(settled)? {
            return Ok(Some(Stored {
                table,
                settled,
                stale: Slots::default(),
                end: settled.end,
            }));
        }
        let events = self.load(Table::Events)?;
        let to = events.version().unwrap_or(0);
        let stale = self.touched_since(&events, settled.events, to)?;
        let stale = stale.unwrap_or_else(Slots::all);
        Ok(Some(Stored {
            table,
            settled,
            stale: stale.within(self.first_whole(&events)?, i64::MAX),
            end: None,
        }))
    }
}

impl Stored {
    /// The slot from which on there is nothing to count.
    fn end(&self) -> i64 {
        self.end.unwrap_or(slot_of(END))
    }

    /// Slots with events that are not counted.
    fn open(&self) -> Slots {
        let stale = self.stale.within(slot_of(BEGINNING), self.settled.slot);
        stale.and(&Slots::run(self.settled.slot..self.end()))
    }

    fn parts(&self, since: i64, until: i64) -> Parts {
        // Half hours of which nothing after the span can change the numbers.
        let end = slot_of(until - REACH).min(self.settled.slot);
        let first = slot_of(since);
        let known = Slots::run(first..end);
        let known = known.without(&self.stale);
        let until = until.min(self.end().saturating_mul(SLOT));
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
    asked: &'a Asked<'a>,
    stored: Option<&'a Stored>,
}

impl Reading<'_> {
    /// The number of the dimension that it is split by.
    fn dimension(&self) -> Option<usize> {
        let (name, _) = self.asked.by.as_ref()?;
        DIMENSIONS.iter().position(|known| known == name)
    }

    /// Whether minutes are stored by what is asked for.
    fn is_stored(&self) -> bool {
        self.asked.by.is_none() || self.dimension().is_some()
    }

    fn counted(
        &self,
        spans: &[Range<i64>],
        until: i64,
    ) -> Result<BTreeMap<Key, Counts>, StoreError> {
        // Opening the tables is dear, and most of the time there is nothing to count.
        if spans.is_empty() {
            return Ok(BTreeMap::new());
        }
        let engine = self.store.engine()?;
        let counting = Counting {
            engine: &engine,
            runtime: self.store.runtime(),
            events: self.asked.events,
            groups: self.asked.by.iter().map(|(_, sql)| sql.clone()).collect(),
            by_minute: false,
            until,
        };
        counting.count(spans)
    }

    /// Every source of the store with the kinds that it was ever seen to log; `sources` has those that
    /// are stored.
    fn sources(
        &self,
        mut sources: BTreeMap<String, BTreeSet<String>>,
    ) -> Result<Vec<SourceInput>, StoreError> {
        let open = match self.stored.map(Stored::open) {
            None => Some("events".to_owned()),
            Some(open) if open.is_empty() => None,
            Some(open) => {
                let open = Parts {
                    counted: open.runs().map(times).collect(),
                    ..Parts::default()
                };
                let open = open.simplify().counted;
                Some(format!("events WHERE {}", within(&open)))
            }
        };
        if let Some(open) = open {
            let sql = format!("SELECT DISTINCT source, kind FROM {open}");
            let engine = self.store.engine()?;
            for batch in engine.collect(self.store.runtime(), &sql)? {
                add_kinds(&mut sources, &batch);
            }
        }
        let input = |(source, seen): (String, _)| SourceInput {
            loggable: loggable(self.asked.mappings.get(&source)),
            source,
            seen,
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
        let counts = measures().zip(counts.counters);
        CountRow {
            group: group.map(str::to_owned),
            source: (*source).to_owned(),
            counts: counts
                .map(|(measure, count)| (measure.name.clone(), u64::try_from(count).unwrap_or(0)))
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
        for latency in quantile_latencies() {
            let place = latencies().position(|measure| measure == latency.latencies);
            let found = place.and_then(|place| counts.latencies.get(place));
            rows.push(QuantileRow {
                group: group.map(str::to_owned),
                indicator: latency.indicator,
                value: found.and_then(|found| found.quantile(latency.quantile)),
            });
        }
    }
    rows
}

/// The latencies that indicators are quantiles of.
fn quantile_latencies() -> impl Iterator<Item = Latency> {
    indicators()
        .iter()
        .filter_map(|indicator| match indicator.formula {
            Formula::Quantile(latency) => Some(latency),
            _ => None,
        })
}
