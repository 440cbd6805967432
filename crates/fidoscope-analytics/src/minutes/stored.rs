//! Reading the table of minutes: half hours as far as a span has whole ones, minutes at its edges.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;
use hashbrown::{HashMap, HashSet};
use tokio::runtime::Runtime;

use super::count::{Counts, Key, Width, add_at, within};
use super::fold::Names;
use super::measured::Measures;
use super::row::{Columns, HALF_HOUR, Kinds, dimension_name, strings, text};
use super::slots::{SLOT, Slots, slot_of};
use super::{DIMENSIONS, Settled, rewrite};
use crate::StoreError;
use crate::latency::Latencies;
use crate::query::Single;
use crate::schema::{DAY_MICROS, EVENT_DATE, date_text, day_of};

/// The table of minutes as it can be used now.
pub(super) struct Stored {
    pub(super) table: DeltaTable,
    pub(super) settled: Settled,
    /// Slots that events have touched since. Those of which events were dropped are never among them.
    pub(super) stale: Slots,
    /// From this slot on there are no events, if that is known.
    pub(super) end: Option<i64>,
}

/// What stored rows say.
#[derive(Default)]
pub(super) struct Found {
    /// Numbers of each step of the spans, minutes and half hours together.
    pub(super) counts: Vec<(Key, Counts)>,
    /// Minutes of the spans whose numbers were changed by events that came late.
    pub(super) restated: u64,
    /// Half hours that were not counted by the definitions of today.
    pub(super) lacking: BTreeSet<i64>,
    /// Whether values that are asked for share rows; then there are no numbers.
    pub(super) shares_rows: bool,
    /// The kinds that each source was ever seen to log.
    pub(super) kinds: BTreeMap<String, BTreeSet<String>>,
}

impl Stored {
    /// Reads what is stored of some spans, each to the end of a half hour: of whole sources, and of the
    /// values of a dimension.
    pub(super) fn read(
        &self,
        runtime: &Runtime,
        spans: &[Range<i64>],
        measures: &Measures,
        (dimension, step): (Option<usize>, Option<i64>),
    ) -> Result<Found, StoreError> {
        let reader = Reader {
            minutes: Single::new(runtime, "minutes", &self.table)?,
            runtime,
            measures,
            window: Window::of(spans, step),
            dimension,
        };
        let mut sums = Sums {
            step,
            ..Sums::default()
        };
        reader.half_hours(&mut sums)?;
        reader.edges(&mut sums)?;
        if self.has_files_outside(&reader.window.days) {
            reader.other_kinds(&mut sums)?;
        }
        let restated = reader.restated(&sums, spans)?;
        let found = Found {
            restated,
            lacking: std::mem::take(&mut sums.lacking),
            shares_rows: sums.shares_rows,
            kinds: sums.kinds(),
            counts: sums.counts(),
        };
        Ok(if found.shares_rows {
            Found {
                counts: Vec::new(),
                restated: 0,
                ..found
            }
        } else {
            found
        })
    }

    fn has_files_outside(&self, days: &Range<i64>) -> bool {
        let files = self.table.snapshot().map(|state| state.log_data());
        files.is_ok_and(|files| {
            let mut days_of_files = files.iter().map(|file| rewrite::day_in(&file.path()));
            days_of_files.any(|day| !days.contains(&day))
        })
    }
}

/// Spans as they are read.
struct Window {
    halves: Slots,
    /// What lies before the first whole half hour of a span, or all where steps are shorter.
    edges: Vec<Range<i64>>,
    /// Days from the epoch; all that has to do with the spans lies in them.
    days: Range<i64>,
}

impl Window {
    fn of(spans: &[Range<i64>], step: Option<i64>) -> Self {
        let has_halves = step.is_none_or(|step| step % SLOT == 0);
        let first_whole = |span: &Range<i64>| match has_halves {
            true => slot_of(span.start - 1) + 1,
            false => slot_of(span.end),
        };
        let halves = Slots::of(
            spans
                .iter()
                .map(|span| first_whole(span)..slot_of(span.end)),
        );
        let edge = |span: &Range<i64>| span.start..span.end.min(first_whole(span) * SLOT);
        let edges = spans.iter().map(edge).filter(|edge| !edge.is_empty());
        let (first, last) = (spans.first(), spans.last());
        let days = first.zip(last).map_or(0..0, |(first, last)| {
            day_of(first.start)..day_of(last.end - 1) + 1
        });
        Self {
            halves,
            edges: edges.collect(),
            days,
        }
    }

    /// Whether numbers of a half hour are wanted, or of some of its minutes.
    fn touches(&self, slot: i64) -> bool {
        let mut edges = self.edges.iter();
        self.halves.has(slot)
            || edges.any(|edge| (slot_of(edge.start)..=slot_of(edge.end - 1)).contains(&slot))
    }
}

struct Reader<'r> {
    minutes: Single,
    runtime: &'r Runtime,
    measures: &'r Measures,
    window: Window,
    dimension: Option<usize>,
}

impl Reader<'_> {
    fn run(&self, sql: &str) -> Result<Vec<RecordBatch>, StoreError> {
        self.minutes.run(self.runtime, sql)
    }

    /// Half hours of the days of the window. The days are a condition of their own, so that the other
    /// one is one of the file only and whole row groups are passed over.
    fn half_hours(&self, sums: &mut Sums) -> Result<(), StoreError> {
        if self.window.days.is_empty() {
            return Ok(());
        }
        let values = self.dimension.map(|_| self.name(Width::HalfHour));
        let values = values.map_or_else(String::new, |name| format!(", '{name}'"));
        let Range { start, end } = self.window.days;
        let sql = format!(
            "SELECT * FROM minutes WHERE dimension IN ('{HALF_HOUR}'{values}) \
             AND {EVENT_DATE} >= DATE '{}' AND {EVENT_DATE} <= DATE '{}'",
            date_text(start),
            date_text(end - 1)
        );
        let found = self.run(&sql)?;
        for batch in &found {
            sums.add(batch, self.measures, &self.window);
        }
        Ok(())
    }

    fn edges(&self, sums: &mut Sums) -> Result<(), StoreError> {
        if self.window.edges.is_empty() {
            return Ok(());
        }
        let values = self.dimension.map(|_| self.name(Width::Minute));
        let values = values.map_or_else(String::new, |name| format!(" OR dimension = '{name}'"));
        let sql = format!(
            "SELECT * FROM minutes WHERE (dimension IS NULL{values}) AND {}",
            within(&self.window.edges)
        );
        let found = self.run(&sql)?;
        for batch in &found {
            sums.add(batch, self.measures, &self.window);
        }
        Ok(())
    }

    /// The kinds of days outside the window.
    fn other_kinds(&self, sums: &mut Sums) -> Result<(), StoreError> {
        let Range { start, end } = self.window.days;
        let outside = if self.window.days.is_empty() {
            String::new()
        } else {
            format!(
                " AND ({EVENT_DATE} < DATE '{}' OR {EVENT_DATE} > DATE '{}')",
                date_text(start),
                date_text(end - 1)
            )
        };
        let sql =
            format!("SELECT source, kinds FROM minutes WHERE dimension = '{HALF_HOUR}'{outside}");
        for batch in self.run(&sql)? {
            let sources = strings(batch.column_by_name("source"));
            let kinds = Kinds::of(&batch);
            for row in 0..batch.num_rows() {
                sums.add_kinds(text(&sources, row).unwrap_or_default(), kinds.of_row(row));
            }
        }
        Ok(())
    }

    /// Minutes of the spans that were restated. Half hours tell where there are any, so most of the
    /// time none is looked for.
    fn restated(&self, sums: &Sums, spans: &[Range<i64>]) -> Result<u64, StoreError> {
        if sums.restated.is_empty() || sums.shares_rows {
            return Ok(0);
        }
        let each = DAY_MICROS / SLOT;
        let days = sums.restated.iter().map(|slot| slot.div_euclid(each));
        let days = Slots::of(days.map(|day| day..day + 1));
        let days: Vec<_> = days
            .runs()
            .map(|run| run.start * DAY_MICROS..run.end * DAY_MICROS)
            .collect();
        let minutes = DIMENSIONS.map(|name| format!("'{name}'")).join(", ");
        let sql = format!(
            "SELECT DISTINCT ts FROM minutes WHERE restated > 0 \
             AND (dimension IS NULL OR dimension IN ({minutes})) AND {} AND {}",
            within(&days),
            within(spans)
        );
        let rows = self.run(&sql)?;
        let rows: usize = rows.iter().map(RecordBatch::num_rows).sum();
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    /// What the column `dimension` says of the values that are asked for.
    fn name(&self, width: Width) -> String {
        dimension_name(width, self.dimension).unwrap_or_default()
    }
}

/// What sums are about: the start of the step, the number of the source, and of the value if they are
/// about one; without the number they are about values that share rows.
type About = (i64, usize, Option<Option<usize>>);

/// Rows added up.
#[derive(Default)]
struct Sums {
    step: Option<i64>,
    sources: Names,
    values: Names,
    sums: HashMap<About, Sum>,
    kinds: Names,
    /// Source and kind.
    seen: HashSet<(usize, usize)>,
    /// Half hours in which something was restated.
    restated: BTreeSet<i64>,
    lacking: BTreeSet<i64>,
    /// What the last row said that it was counted by, and whether something is lacking then: mostly all
    /// say the same.
    said: Option<(String, bool)>,
    shares_rows: bool,
}

/// The rows of one thing added up.
#[derive(Default)]
struct Sum {
    /// Everything but the latencies.
    counts: Counts,
    latencies: Vec<Buckets>,
}

impl Sums {
    fn add(&mut self, batch: &RecordBatch, measures: &Measures, window: &Window) {
        let columns = Columns::of(batch, measures);
        for row in 0..batch.num_rows() {
            let Some((width, dimension)) = columns.meaning(row) else {
                continue;
            };
            let slot = slot_of(columns.start(row));
            if (width, dimension) == (Width::HalfHour, None) {
                self.add_kinds(columns.source(row), columns.kinds(row));
                if window.touches(slot) {
                    self.add_lacking(slot, columns.measured(row), measures);
                }
                if columns.restated(row) > 0 && window.touches(slot) {
                    self.restated.insert(slot);
                }
            }
            if width == Width::Minute || window.halves.has(slot) {
                self.shares_rows |= columns.others(row) > 0;
                let step = self.step;
                let about = (
                    step.map_or(0, |step| columns.start(row).div_euclid(step) * step),
                    self.sources.number(columns.source(row)),
                    dimension.map(|_| columns.value(row).map(|value| self.values.number(value))),
                );
                let sum = self.sums.entry(about).or_default();
                sum.add(&columns, row);
            }
        }
    }

    fn add_lacking(&mut self, slot: i64, says: Option<&str>, measures: &Measures) {
        let says = says.unwrap_or_default();
        let is_known = self.said.as_ref().is_some_and(|(said, _)| said == says);
        if !is_known {
            let lacks = !measures.lacking(Some(says)).is_empty();
            self.said = Some((says.to_owned(), lacks));
        }
        if self.said.as_ref().is_some_and(|(_, lacks)| *lacks) {
            self.lacking.insert(slot);
        }
    }

    fn add_kinds<'k>(&mut self, source: &str, kinds: impl Iterator<Item = &'k str>) {
        let source = self.sources.number(source);
        for kind in kinds {
            self.seen.insert((source, self.kinds.number(kind)));
        }
    }

    fn kinds(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (source, kind) in &self.seen {
            let kinds = kinds.entry(self.sources.name(*source)).or_default();
            kinds.insert(self.kinds.name(*kind));
        }
        kinds
    }

    /// The sums, the minutes of each step together.
    fn counts(self) -> Vec<(Key, Counts)> {
        let named = |((start, source, value), sum): (About, Sum)| {
            let key = Key {
                start,
                source: self.sources.name(source),
                value: value.map(|value| (0, value.map(|value| self.values.name(value)))),
                ..Key::default()
            };
            (key, sum.counts())
        };
        self.sums.into_iter().map(named).collect()
    }
}

impl Sum {
    fn add(&mut self, columns: &Columns<'_>, row: usize) {
        columns.add_to(row, &mut self.counts);
        for (place, found) in columns.latencies(row).enumerate() {
            add_at(&mut self.latencies, place, |buckets| buckets.add(found));
        }
    }

    fn counts(self) -> Counts {
        let mut counts = self.counts;
        let latencies = self.latencies.into_iter();
        counts.latencies = latencies
            .map(|found| Latencies(found.0.into_iter().collect()))
            .collect();
        counts
    }
}

/// Latencies added up: buckets in order, and how many latencies lie in each. A month has hundreds of
/// thousands of them but only some hundred names.
#[derive(Clone, Default)]
struct Buckets(Vec<(i64, i64)>);

impl Buckets {
    /// Adds buckets; those that come in order are found in one go.
    fn add(&mut self, found: impl Iterator<Item = (i64, i64)>) {
        let mut place = 0;
        for (bucket, count) in found {
            if self.0.get(place).is_some_and(|(known, _)| *known > bucket) {
                place = self.0.partition_point(|(known, _)| *known < bucket);
            }
            while self.0.get(place).is_some_and(|(known, _)| *known < bucket) {
                place += 1;
            }
            match self.0.get_mut(place) {
                Some((known, sum)) if *known == bucket => *sum += count,
                _ => self.0.insert(place, (bucket, count)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::MINUTE;
    use super::*;

    #[track_caller]
    fn check(rows: &[&[(i64, i64)]], expected: &[(i64, i64)]) {
        let mut buckets = Buckets::default();
        for row in rows {
            buckets.add(row.iter().copied());
        }
        assert_eq!(buckets.0, expected);
    }

    #[test]
    fn buckets_are_added_in_any_order() {
        check(&[], &[]);
        check(&[&[(10, 1), (20, 2)], &[(20, 3)]], &[(10, 1), (20, 5)]);
        check(
            &[&[(20, 1)], &[(10, 1), (30, 1)], &[(5, 1), (25, 1), (40, 1)]],
            &[(5, 1), (10, 1), (20, 1), (25, 1), (30, 1), (40, 1)],
        );
        check(
            &[&[(30, 1), (10, 1), (20, 1), (10, 1)]],
            &[(10, 2), (20, 1), (30, 1)],
        );
    }

    /// Half hours, edges and days of some spans.
    #[track_caller]
    fn check_window(
        spans: &[Range<i64>],
        halves: &[Range<i64>],
        edges: &[Range<i64>],
        days: Range<i64>,
    ) {
        let window = Window::of(spans, None);
        assert_eq!(window.halves.runs().collect::<Vec<_>>(), halves);
        assert_eq!((window.edges.as_slice(), window.days), (edges, days));
    }

    #[test]
    fn a_span_is_half_hours_and_the_minutes_before_them() {
        let (late, next) = (SLOT - MINUTE..3 * SLOT, 5 * SLOT..6 * SLOT);
        let edge = SLOT - MINUTE..SLOT;
        check_window(&[], &[], &[], 0..0);
        check_window(&[late, next], &[1..3, 5..6], &[edge], 0..1);
        let short = DAY_MICROS - MINUTE..DAY_MICROS;
        let short = std::slice::from_ref(&short);
        check_window(short, &[], short, 0..1);
    }

    #[test]
    fn steps_shorter_than_a_half_hour_are_made_of_minutes() {
        let span = SLOT - MINUTE..3 * SLOT;
        let window = |step| {
            let window = Window::of(std::slice::from_ref(&span), Some(step));
            (window.halves.runs().collect::<Vec<_>>(), window.edges)
        };
        let (halves, edges) = window(2 * SLOT);
        assert_eq!(halves.as_slice(), std::slice::from_ref(&(1..3)));
        assert_eq!(
            edges.as_slice(),
            std::slice::from_ref(&(SLOT - MINUTE..SLOT))
        );
        assert_eq!(window(15 * MINUTE), (Vec::new(), vec![span.clone()]));
        let short = Window::of(std::slice::from_ref(&span), Some(MINUTE));
        let touched = [-1, 0, 1, 2, 3].map(|slot| short.touches(slot));
        assert_eq!(touched, [false, true, true, true, false]);
    }

    #[test]
    fn a_half_hour_is_touched_by_its_minutes() {
        let edge = SLOT - MINUTE..3 * SLOT;
        let window = Window::of(std::slice::from_ref(&edge), None);
        let touched = [-1, 0, 1, 2, 3].map(|slot| window.touches(slot));
        assert_eq!(touched, [false, true, true, true, false]);
    }
}
