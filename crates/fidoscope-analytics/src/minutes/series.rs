//! What was counted over a span: stored minutes, and the events of what is not stored.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use deltalake::arrow::array::RecordBatch;
use fidoscope_events::Catalogue;
use fidoscope_slo::{
    CountRow, Formula, Inputs, Latency, Measure, QuantileRow, SourceInput, indicators,
};

use super::count::{Counting, Counts, Key, within};
use super::measured::Measures;
use super::slots::{MINUTE, REACH, SLOT, Slots, slot_of};
use super::stored::{Found, Stored};
use super::{BEGINNING, DIMENSIONS, END};
use crate::declared::loggable;
use crate::latency::Latencies;
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
    /// Length of the steps that are told apart, a divisor of a day in microseconds; without one the
    /// span is one step.
    pub(crate) step: Option<i64>,
    /// The mappings of the sources, which say what each can log.
    pub(crate) mappings: &'a Catalogue,
}

/// Numbers over a span, step by step: the one reading of what happened in a store.
///
/// Stored minutes and half hours give it as far as they go, the events the rest. A step without events
/// is not in it.
pub(crate) struct Series {
    measures: Measures,
    numbers: BTreeMap<Place, Counts>,
    /// Every source of the store.
    sources: Vec<SourceInput>,
    is_grouped: bool,
    /// Minutes whose stored numbers were changed by events that came late.
    pub(crate) restated: u64,
}

/// What numbers are about: the start of the step, the source, and the group; without a group they are
/// about what none of its values has.
type Place = (i64, String, Option<String>);

/// Which part of a span is stored, and which is to be counted; microseconds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    stored: Vec<Range<i64>>,
    counted: Vec<Range<i64>>,
}

impl Store {
    /// The numbers of a span, from stored minutes as far as they go.
    pub(crate) fn series(&self, asked: &Asked<'_>) -> Result<Series, StoreError> {
        // Stored minutes are only a help: where they cannot be read all is counted from the events.
        if let Ok(Some(stored)) = self.stored_minutes()
            && let Ok(series) = self.series_with(asked, Some(&stored))
        {
            return Ok(series);
        }
        self.series_with(asked, None)
    }

    fn series_with(
        &self,
        asked: &Asked<'_>,
        stored: Option<&Stored>,
    ) -> Result<Series, StoreError> {
        let (since, until) = (
            asked.span.since.timestamp_micros(),
            asked.span.until.timestamp_micros(),
        );
        let measures = Measures::registry();
        let reading = Reading {
            store: self,
            asked,
            measures: &measures,
            stored,
        };
        let mut parts = match stored {
            Some(stored) if reading.is_stored() => stored.parts(since, until),
            _ => Parts::all(since, until),
        };
        let known = stored.map(|stored| {
            let asked = (reading.dimension(), asked.step);
            stored.read(self.runtime(), &parts.stored, &measures, asked)
        });
        let mut known = known.transpose()?.unwrap_or_default();
        if known.shares_rows || self.can_be_counted(&known)? {
            parts = Parts::all(since, until);
            (known.counts, known.restated) = (Vec::new(), 0);
        }
        let mut found = reading.counted(&parts.counted, until)?;
        for (key, counts) in known.counts {
            found.entry(key).or_default().add(&counts);
        }
        let sources = reading.sources(known.kinds)?;
        Ok(Series {
            numbers: places(found, asked.by.is_some()),
            measures,
            sources,
            is_grouped: asked.by.is_some(),
            restated: known.restated,
        })
    }

    /// Whether half hours lack what can be counted from the events. Of those whose events are gone, what
    /// they have is all that there is.
    fn can_be_counted(&self, known: &Found) -> Result<bool, StoreError> {
        match known.lacking.last() {
            Some(last) => Ok(*last >= self.first_whole(&self.load(Table::Events)?)?),
            None => Ok(false),
        }
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
        let stale = self.touched_since(settled.events, to)?;
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
    measures: &'a Measures,
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
        let has_minutes = self.asked.step.is_none_or(|step| step % MINUTE == 0);
        has_minutes && (self.asked.by.is_none() || self.dimension().is_some())
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
            measures: self.measures,
            groups: self.asked.by.iter().map(|(_, sql)| sql.clone()).collect(),
            step: self.asked.step,
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

fn places(found: BTreeMap<Key, Counts>, is_grouped: bool) -> BTreeMap<Place, Counts> {
    let (mut places, mut values) = (BTreeMap::new(), Vec::new());
    for (key, counts) in found {
        match key.value {
            None => {
                places.insert((key.start, key.source, None), counts);
            }
            Some((_, Some(value))) if is_grouped => {
                values.push(((key.start, key.source, value), counts));
            }
            Some(_) => {}
        }
    }
    for ((start, source, value), counts) in values {
        let whole = (start, source, None);
        if let Some(rest) = places.get_mut(&whole) {
            *rest = rest.without(&counts);
        }
        places.insert((whole.0, whole.1, Some(value)), counts);
    }
    places.retain(|_, counts| !counts.is_nothing());
    places
}

impl Series {
    /// What indicators are made of, the steps of a span together.
    pub(crate) fn inputs(self) -> Inputs {
        let mut groups: BTreeMap<(String, Option<String>), Counts> = BTreeMap::new();
        for ((_, source, group), counts) in self.numbers {
            let sum = groups.entry((source, group)).or_default();
            sum.add(&counts);
        }
        Inputs {
            grouped: self.is_grouped,
            sources: self.sources,
            counts: groups
                .iter()
                .map(|((source, group), counts)| self.measures.row(source, group.clone(), counts))
                .collect(),
            quantiles: quantiles(&groups, &self.measures),
        }
    }

    /// The same with the steps as groups, named by their start.
    pub(crate) fn steps(&self) -> Inputs {
        let row = |((start, source, _), counts): (&Place, &Counts)| {
            self.measures.row(source, Some(start.to_string()), counts)
        };
        Inputs {
            grouped: true,
            sources: self.sources.clone(),
            counts: self.numbers.iter().map(row).collect(),
            quantiles: Vec::new(),
        }
    }

    /// Events of each source.
    pub(crate) fn events(&self) -> BTreeMap<&str, i64> {
        let mut events = BTreeMap::new();
        for ((_, source, _), counts) in &self.numbers {
            *events.entry(source.as_str()).or_default() += counts.events;
        }
        events
    }

    /// What some measures count, all sources together, by the starts of the steps.
    pub(crate) fn count(&self, measured: &[&Measure]) -> BTreeMap<i64, i64> {
        let places: Vec<usize> = (measured.iter())
            .filter_map(|measure| self.measures.count(measure))
            .collect();
        let mut steps = BTreeMap::new();
        for ((start, ..), counts) in &self.numbers {
            let count = places
                .iter()
                .filter_map(|place| counts.counters.get(*place));
            *steps.entry(*start).or_default() += count.sum::<i64>();
        }
        steps
    }

    /// A quantile of latencies, all sources together, by the starts of the steps that have some.
    pub(crate) fn quantile(&self, measured: &Measure, quantile: f64) -> BTreeMap<i64, f64> {
        let mut steps: BTreeMap<i64, Latencies> = BTreeMap::new();
        for ((start, ..), counts) in &self.numbers {
            if let Some(found) = self.measures.latencies_of(counts, measured) {
                steps.entry(*start).or_default().add_all(found);
            }
        }
        let value = |(start, found): (i64, Latencies)| Some((start, found.quantile(quantile)?));
        steps.into_iter().filter_map(value).collect()
    }
}

impl Measures {
    fn row(&self, source: &str, group: Option<String>, counts: &Counts) -> CountRow {
        let named = self.counts.iter().zip(&counts.counters);
        CountRow {
            group,
            source: source.to_owned(),
            counts: named
                .map(|(measure, count)| (measure.name.clone(), u64::try_from(*count).unwrap_or(0)))
                .collect(),
        }
    }

    fn latencies_of<'c>(&self, counts: &'c Counts, measured: &Measure) -> Option<&'c Latencies> {
        counts.latencies.get(self.distribution(measured)?)
    }
}

/// Quantiles of each group, over all sources together.
fn quantiles(
    groups: &BTreeMap<(String, Option<String>), Counts>,
    measures: &Measures,
) -> Vec<QuantileRow> {
    let mut all: BTreeMap<Option<&str>, Counts> = BTreeMap::new();
    for ((_, group), counts) in groups {
        all.entry(group.as_deref()).or_default().add(counts);
    }
    let mut rows = Vec::new();
    for (group, counts) in all {
        for latency in quantile_latencies() {
            let found = measures.latencies_of(&counts, latency.latencies);
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
