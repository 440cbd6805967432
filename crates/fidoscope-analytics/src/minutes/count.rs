//! Counting from the events: what every number of the table is, and what `sli` counts itself.
//!
//! Events count at their time. Ceremonies count when they close, half hour by half hour, from the
//! events of that half hour and of the longest timeout and grace before and after it. So a number
//! depends on nothing further away, whatever span it is counted for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use chrono::{DateTime, Utc};
use deltalake::arrow::array::{AsArray, RecordBatch};
use deltalake::arrow::datatypes::Int64Type;
use fidoscope_slo::{Relation, ledger_sql_of};
use tokio::runtime::Runtime;

use super::fold::Fold;
use super::measured::Measures;
use super::slots::{REACH, SLOT, Slots, slot_of};
use crate::latency::{FUNCTION, Latencies};
use crate::query::{EVENT_HASH, Engine, texts};
use crate::{Span, StoreError};

/// Columns of events that the ledger is made of. Those of events are what measures name: the planner
/// reads no others.
const LEDGER: &str = "source, event_id, ts, kind, ceremony, ceremony_id, challenge_hash, \
    conditional_ui, ceremony_timeout_ms, failure_reason, signature_verified, attestation_trust, \
    user_id, rp_id, credential_id";

/// Names of the columns of a query that say what a row counts for, before the place of the measure.
pub(super) const COUNT: &str = "count_";
pub(super) const LATENCY: &str = "latency_";

/// How long the time is that numbers are about. Half hours come first in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    /// A slot.
    HalfHour,
    #[default]
    Minute,
}

/// What numbers are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Start of the minute, the half hour or the step, or 0 for all of them.
    pub(super) start: i64,
    pub(super) width: Width,
    /// Name of the source.
    pub(super) source: String,
    /// Number of the group and its value, or the values that share a row; without it all events of
    /// the source.
    pub(super) value: Option<(usize, Option<String>)>,
}

impl Key {
    /// Whether it is about a whole source in a half hour.
    pub(super) fn is_half_hour(&self) -> bool {
        self.width == Width::HalfHour && self.value.is_none()
    }

    /// The half hour that it lies in.
    pub(super) fn half_hour(&self) -> Self {
        Self {
            start: slot_of(self.start) * SLOT,
            width: Width::HalfHour,
            ..self.clone()
        }
    }
}

/// Numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Events.
    pub(super) events: i64,
    /// Ceremonies that closed.
    pub(super) closed: i64,
    /// In the order of the measures that were counted; nothing of those behind the last.
    pub(super) counters: Vec<i64>,
    /// The same for distributions.
    pub(super) latencies: Vec<Latencies>,
    /// Kinds of the events, in order; only with minutes, and for a whole source.
    pub(super) kinds: Vec<String>,
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        (self.events, self.closed, &self.kinds) == (other.events, other.closed, &other.kinds)
            && trimmed(&self.counters) == trimmed(&other.counters)
            && trimmed(&self.latencies) == trimmed(&other.latencies)
    }
}

impl Eq for Counts {}

/// Numbers without those behind the last that is something.
fn trimmed<T: Default + PartialEq>(numbers: &[T]) -> &[T] {
    let nothing = T::default();
    let last = numbers.iter().rposition(|number| *number != nothing);
    numbers
        .get(..last.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

impl Counts {
    /// Whether there is nothing to count.
    pub(super) const fn is_nothing(&self) -> bool {
        self.events == 0 && self.closed == 0
    }

    /// Adds others, also their kinds.
    pub(super) fn add(&mut self, more: &Self) {
        self.events += more.events;
        self.closed += more.closed;
        for (place, more) in more.counters.iter().enumerate() {
            add_at(&mut self.counters, place, |sum| *sum += more);
        }
        for (place, more) in more.latencies.iter().enumerate() {
            add_at(&mut self.latencies, place, |sum| sum.add_all(more));
        }
        for kind in &more.kinds {
            if let Err(place) = self.kinds.binary_search(kind) {
                self.kinds.insert(place, kind.clone());
            }
        }
    }

    /// What is left of these without others.
    pub(super) fn without(&self, others: &Self) -> Self {
        let mut left = self.clone();
        left.events -= others.events;
        left.closed -= others.closed;
        for (counter, other) in left.counters.iter_mut().zip(&others.counters) {
            *counter -= other;
        }
        for (latencies, others) in left.latencies.iter_mut().zip(&others.latencies) {
            *latencies = latencies.without(others);
        }
        left
    }
}

/// Adds to what stands at a place; nothing stands where there was no place yet.
pub(super) fn add_at<T: Clone + Default>(all: &mut Vec<T>, place: usize, add: impl FnOnce(&mut T)) {
    if all.len() <= place {
        all.resize(place + 1, T::default());
    }
    if let Some(there) = all.get_mut(place) {
        add(there);
    }
}

/// Most hashes that stand in a query; with more, the places of all events are numbered.
const SUSPECTED: usize = 1_000;

/// Events that may be in the table twice.
enum Repeats {
    None,
    /// Those with these hashes, as SQL.
    Among(String),
    Anywhere,
}

/// How to count.
pub(super) struct Counting<'a> {
    pub(super) engine: &'a Engine,
    pub(super) runtime: &'a Runtime,
    /// Table or view of the events.
    pub(super) events: &'a str,
    /// What is counted.
    pub(super) measures: &'a Measures,
    /// SQL that gives text, one for each group.
    pub(super) groups: Vec<String>,
    /// Length of the steps that are told apart, in microseconds, if any are.
    pub(super) step: Option<i64>,
    /// Events from this time on are not seen; microseconds.
    pub(super) until: i64,
}

impl Counting<'_> {
    /// The numbers of some spans; the end of a span is not part of it.
    pub(super) fn count(&self, spans: &[Range<i64>]) -> Result<BTreeMap<Key, Counts>, StoreError> {
        if spans.is_empty() {
            return Ok(BTreeMap::new());
        }
        let around = around(spans, self.until);
        let repeats = self.repeats(&around)?;
        let mut fold = Fold::new(self.groups.len(), self.measures);
        if self.measures.need(Relation::Events) {
            let sql = self.event_sql(spans, &repeats);
            self.engine.each(self.runtime, &sql, |batch| {
                fold.add(batch, Relation::Events)
            })?;
        }
        if self.measures.need(Relation::Ledger) {
            let sql = self.ledger_sql(spans, &around, &repeats);
            self.engine.each(self.runtime, &sql, |batch| {
                fold.add(batch, Relation::Ledger)
            })?;
        }
        Ok(fold.finish())
    }

    /// The same with the kinds of events of each step.
    pub(super) fn count_with_kinds(
        &self,
        spans: &[Range<i64>],
    ) -> Result<BTreeMap<Key, Counts>, StoreError> {
        let mut counted = self.count(spans)?;
        for batch in self.run(&self.kind_sql(spans))? {
            add_kinds(&mut counted, &batch);
        }
        Ok(counted)
    }

    fn run(&self, sql: &str) -> Result<Vec<RecordBatch>, StoreError> {
        self.engine.collect(self.runtime, sql)
    }

    /// The events of some spans that may be there twice: one line, read from two places.
    fn repeats(&self, spans: &[Range<i64>]) -> Result<Repeats, StoreError> {
        if self.events != "events" {
            return Ok(Repeats::None);
        }
        let sql = format!(
            "SELECT CAST({EVENT_HASH} AS VARCHAR) AS hash FROM events WHERE {} \
             GROUP BY {EVENT_HASH} HAVING count(*) > 1 LIMIT {}",
            within(spans),
            SUSPECTED + 1
        );
        let batches = self.run(&sql)?;
        let hashes = batches.iter().map(|batch| texts(batch.column(0)));
        let hashes: Vec<String> = hashes.flatten().flatten().collect();
        Ok(match hashes.len() {
            0 => Repeats::None,
            some if some <= SUSPECTED => Repeats::Among(hashes.join(", ")),
            _ => Repeats::Anywhere,
        })
    }

    /// The events of some spans, each once, with their groups.
    fn once(&self, columns: &str, spans: &[Range<i64>], repeats: &Repeats) -> String {
        let (events, within) = (self.events, within(spans));
        let mut columns = columns.to_owned();
        for (number, group) in self.groups.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(columns, ", {group} AS g{number}");
        }
        let all = |condition: &str| format!("SELECT {columns} FROM {events} WHERE {condition}");
        let first = |condition: &str| {
            format!(
                "SELECT * EXCEPT (copy) FROM (SELECT {columns}, row_number() OVER (
                    PARTITION BY source, event_id, ts
                    ORDER BY observed_ts, raw_ref['input'], raw_ref['offset']
                  ) AS copy FROM {events} WHERE {condition}) WHERE copy = 1"
            )
        };
        match repeats {
            Repeats::None => format!("({})", all(&within)),
            Repeats::Among(hashes) => {
                let those = all(&format!("{within} AND {EVENT_HASH} NOT IN ({hashes})"));
                let these = first(&format!("{within} AND {EVENT_HASH} IN ({hashes})"));
                format!("({those} UNION ALL {these})")
            }
            Repeats::Anywhere => format!("({})", first(&within)),
        }
    }

    /// SQL for the start of the step of a time in microseconds.
    fn step(&self, at: &str) -> String {
        match self.step {
            Some(step) => format!("{at} / {step} * {step}"),
            None => "CAST(0 AS BIGINT)".to_owned(),
        }
    }

    /// The columns of the groups.
    fn values(&self) -> String {
        (0..self.groups.len())
            .map(|number| format!(", g{number}"))
            .collect()
    }

    /// A column for each measure of a relation: whether a row counts, or the bucket of its latency.
    fn counts(&self, relation: Relation) -> String {
        let mut columns = String::new();
        for (place, measure) in self.measures.counts.iter().enumerate() {
            if measure.relation == relation {
                let condition = measure.condition();
                // Writing to a string cannot fail.
                let _ = write!(columns, ", {condition} AS {COUNT}{place}");
            }
        }
        for (place, measure) in self.measures.latencies.iter().enumerate() {
            if let Some(column) = measure.latency.filter(|_| measure.relation == relation) {
                let condition = measure.condition();
                let bucket = format!("{FUNCTION}(CASE WHEN {condition} THEN {column} END)");
                let _ = write!(columns, ", {bucket} AS {LATENCY}{place}");
            }
        }
        columns
    }

    /// One row for each event: what it counts for, and its latencies.
    fn event_sql(&self, spans: &[Range<i64>], repeats: &Repeats) -> String {
        let step = self.step("CAST(ts AS BIGINT)");
        let (once, values) = (self.once("*", spans, repeats), self.values());
        let counts = self.counts(Relation::Events);
        format!("SELECT {step} AS step, source{values}{counts} FROM {once}")
    }

    /// The ceremonies that closed in the spans, each slot for itself.
    fn ledger_sql(&self, spans: &[Range<i64>], around: &[Range<i64>], repeats: &Repeats) -> String {
        let once = self.once(LEDGER, around, repeats);
        let slots = slots(spans);
        let late = SLOT - REACH;
        let events = format!(
            "(SELECT * FROM (SELECT *, unnest(CASE
                WHEN at % {SLOT} < {REACH} THEN make_array(at / {SLOT}, at / {SLOT} - 1)
                WHEN at % {SLOT} >= {late} THEN make_array(at / {SLOT}, at / {SLOT} + 1)
                ELSE make_array(at / {SLOT}) END) AS slot
              FROM (SELECT *, CAST(ts AS BIGINT) AS at FROM {once})) WHERE {slots})"
        );
        let names: Vec<String> = (0..self.groups.len())
            .map(|number| format!("g{number}"))
            .collect();
        let groups: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (name.as_str(), name.as_str()))
            .collect();
        let now = format!("least((slot + 1) * {SLOT} + {REACH}, {})", self.until);
        let ledger = ledger_sql_of(&events, &groups, &["slot"], &now);
        let (closed, step) = (either(spans, "closed_ts"), self.step("closed_ts"));
        let (values, counts) = (self.values(), self.counts(Relation::Ledger));
        format!(
            "SELECT {step} AS step, source{values}{counts} FROM ({ledger}) \
             WHERE closed_ts / {SLOT} = slot AND ({closed})"
        )
    }

    fn kind_sql(&self, spans: &[Range<i64>]) -> String {
        let step = self.step("CAST(ts AS BIGINT)");
        format!(
            "SELECT step, source, kind FROM (SELECT source, kind, {step} AS step \
             FROM events WHERE {}) GROUP BY step, source, kind ORDER BY step, source, kind",
            within(spans)
        )
    }
}

/// SQL condition on the times of events, and on their days, so that files of other days are not
/// opened.
pub(super) fn within(spans: &[Range<i64>]) -> String {
    let time = |micros| DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default();
    let conditions: Vec<String> = spans
        .iter()
        .map(|span| {
            let span = Span {
                since: time(span.start),
                until: time(span.end),
            };
            span.condition()
        })
        .collect();
    format!("({})", conditions.join(" OR "))
}

/// The events that ceremonies closing in these spans are made of.
fn around(spans: &[Range<i64>], until: i64) -> Vec<Range<i64>> {
    let slots = Slots::of(spans.iter().map(slots_of));
    let reach = |run: Range<i64>| run.start * SLOT - REACH..(run.end * SLOT + REACH).min(until);
    let mut all: Vec<Range<i64>> = Vec::new();
    for run in slots.runs().map(reach) {
        match all.last_mut() {
            Some(last) if run.start <= last.end => last.end = run.end,
            _ => all.push(run),
        }
    }
    all
}

fn slots_of(span: &Range<i64>) -> Range<i64> {
    slot_of(span.start)..slot_of(span.end - 1) + 1
}

/// SQL condition on slots.
fn slots(spans: &[Range<i64>]) -> String {
    let slots = Slots::of(spans.iter().map(slots_of));
    either(&slots.runs().collect::<Vec<_>>(), "slot")
}

/// SQL condition that a number lies in one of some ranges.
pub(super) fn either(ranges: &[Range<i64>], column: &str) -> String {
    let conditions: Vec<String> = ranges
        .iter()
        .map(|range| {
            let Range { start, end } = range;
            format!("{column} >= {start} AND {column} < {end}")
        })
        .collect();
    conditions.join(" OR ")
}

/// A column of longs; empty where there is none.
pub(super) fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b [i64] {
    let column = batch.column_by_name(name);
    let longs = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
    longs.map_or(&[], |longs| longs.values())
}

fn add_kinds(counted: &mut BTreeMap<Key, Counts>, batch: &RecordBatch) {
    let strings = |name: &str| batch.column_by_name(name).map(texts).unwrap_or_default();
    let named = strings("source").into_iter().zip(strings("kind"));
    for ((source, kind), start) in named.zip(column(batch, "step")) {
        let key = Key {
            start: *start,
            width: Width::Minute,
            source: source.unwrap_or_default(),
            value: None,
        };
        counted.entry(key).or_default().kinds.extend(kind);
    }
}
