//! The table of minutes itself: the days that a change touches, and their successors.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, Utc};
use deltalake::DeltaTable;
use deltalake::kernel::{LogicalFileView, Transaction};

use super::MOST_VALUES;
use super::count::{Counts, Key, Width};
use super::measured::Measures;
use super::row::{self, Row, file_schema_with};
use super::slots::{SLOT, Slots, slot_of};
use crate::derived::Exchange;
use crate::query::over;
use crate::schema::{DAY_MICROS, EVENT_DATE, date_text, day_of};
use crate::store::{Table, write_apart};
use crate::{Store, StoreError};

/// A change of the table in the making.
pub(super) struct Rewrite<'s> {
    store: &'s Store,
    exchange: Exchange<'s>,
    now: i64,
    table: &'s DeltaTable,
    measures: &'s Measures,
    /// What rows say that these were counted for.
    text: String,
    /// What rows were counted by that do not say it.
    unsaid: Option<String>,
    days: BTreeMap<i64, Vec<LogicalFileView>>,
}

impl<'s> Rewrite<'s> {
    pub(super) fn new(
        store: &'s Store,
        table: &'s DeltaTable,
        measures: &'s Measures,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let mut days: BTreeMap<i64, Vec<LogicalFileView>> = BTreeMap::new();
        for file in table.snapshot()?.log_data().iter() {
            days.entry(day_in(&file.path())).or_default().push(file);
        }
        Ok(Self {
            store,
            exchange: Exchange::of(store, Table::Minutes, table, store.stamp(now)),
            now: now.timestamp_micros(),
            table,
            measures,
            text: measures.text(),
            unsaid: None,
            days,
        })
    }

    /// Puts the numbers of some slots of a day in the place of what was stored of them.
    pub(super) fn day(
        &mut self,
        day: i64,
        slots: &Slots,
        counted: BTreeMap<Key, Counts>,
    ) -> Result<(), StoreError> {
        let files = self.take(day);
        let stored = if files.is_empty() {
            Vec::new()
        } else {
            self.stored(day)?
        };
        let mut rows = self.merged(stored, slots, together(counted));
        add_half_hours(&mut rows);
        for row in rows.iter_mut().filter(|row| row.key.is_half_hour()) {
            row.measured = row.measured.take().or_else(|| self.unsaid.clone());
        }
        self.put(day, files, rows)
    }

    /// Writes the rows of a day in the place of its files.
    pub(super) fn put(
        &mut self,
        day: i64,
        files: Vec<LogicalFileView>,
        mut rows: Vec<Row>,
    ) -> Result<(), StoreError> {
        restate_half_hours(&mut rows);
        rows.sort_unstable_by(|a, b| order(&a.key).cmp(&order(&b.key)));
        if !rows.is_empty() {
            // What is asked for most is read alone: half hours, and all of a source.
            let apart = rows.chunk_by(|a, b| part(&a.key) == part(&b.key));
            let batches = apart.map(|rows| row::rows(rows, self.measures));
            let batches = batches.collect::<Result<Vec<_>, _>>()?;
            let date = Some(date_text(day));
            let target = &self.exchange.target;
            let file = write_apart(target, &file_schema_with(self.measures), date, &batches)?;
            self.exchange.add([file]);
        }
        self.exchange.remove(files);
        Ok(())
    }

    /// Takes rows that do not say by what definitions they were counted for those of builds that had
    /// one definition of each measure, that of the registry when rows began to say it.
    pub(super) fn of_old(self) -> Self {
        Self {
            unsaid: Some(Measures::registry().text()),
            ..self
        }
    }

    /// Writes the days that are left again, for what their files lack.
    pub(super) fn rest(&mut self) -> Result<(), StoreError> {
        for day in self.known_days() {
            self.day(day, &Slots::default(), BTreeMap::new())?;
        }
        Ok(())
    }

    /// The days that are left; that of a file that another engine wrote may not be known.
    pub(super) fn known_days(&self) -> Vec<i64> {
        let days = self.days.keys().copied();
        days.filter(|day| *day > i64::MIN).collect()
    }

    /// The files of a day, which are to be written again.
    pub(super) fn take(&mut self, day: i64) -> Vec<LogicalFileView> {
        self.days.remove(&day).unwrap_or_default()
    }

    pub(super) fn stored(&self, day: i64) -> Result<Vec<Row>, StoreError> {
        let date = date_text(day);
        let sql = format!("SELECT * FROM minutes WHERE {EVENT_DATE} = DATE '{date}'");
        let batches = over(self.store.runtime(), "minutes", self.table, &sql)?;
        let rows = batches
            .iter()
            .flat_map(|batch| row::read(batch, self.measures));
        Ok(rows.collect())
    }

    /// The rows of a day after a change, those of other slots as they were.
    fn merged(&self, stored: Vec<Row>, slots: &Slots, mut counted: BTreeMap<Key, Row>) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut known = BTreeSet::new();
        for mut row in stored {
            let slot = slot_of(row.key.start);
            if slots.has(slot) {
                known.insert((slot, row.key.source.clone()));
                let counted = counted.remove(&row.key).unwrap_or_default();
                if row.key.is_half_hour() {
                    row.measured = Some(self.text.clone());
                }
                if (&row.counts, row.others) != (&counted.counts, counted.others) {
                    row.counts = counted.counts;
                    row.others = counted.others;
                    self.restate(&mut row);
                }
            }
            rows.push(row);
        }
        for mut row in counted.into_values() {
            if known.contains(&(slot_of(row.key.start), row.key.source.clone())) {
                self.restate(&mut row);
            }
            if row.key.is_half_hour() {
                row.measured = Some(self.text.clone());
            }
            rows.push(row);
        }
        rows
    }

    const fn restate(&self, row: &mut Row) {
        row.restated += 1;
        if row.restated_since.is_none() {
            row.restated_since = Some(self.now);
        }
    }

    /// Commits the change, and what the table is complete up to then. `None` when another writer came
    /// first.
    pub(super) fn commit(self, to: Vec<Transaction>) -> Result<Option<DeltaTable>, StoreError> {
        let mut table = self.table.clone();
        let done = self.exchange.commit(&mut table, to)?;
        Ok(done.map(|()| table))
    }
}

/// The day of a file, from the epoch.
pub(super) fn day_in(path: &str) -> i64 {
    let folder = path.split('/').next().unwrap_or_default();
    let day = folder
        .strip_prefix(EVENT_DATE)
        .and_then(|day| day.strip_prefix('=')?.parse::<chrono::NaiveDate>().ok());
    day.map_or(i64::MIN, |day| i64::from(day.to_epoch_days()))
}

/// The part of a file that a row lies in.
const fn part(key: &Key) -> (Width, bool) {
    (key.width, key.value.is_some())
}

/// Half hours first, then rows of whole sources, then dimension by dimension: who asks for one does
/// not read the others.
fn order(key: &Key) -> (Width, Option<usize>, i64, &str, Option<&str>) {
    let value = key.value.as_ref();
    (
        key.width,
        value.map(|(dimension, _)| *dimension),
        key.start,
        &key.source,
        value.and_then(|(_, value)| value.as_deref()),
    )
}

/// Adds the half hours of minutes that have none: an older build counted them, and their events may
/// be gone. Of values that share a row it is known only how many share that of a minute.
fn add_half_hours(rows: &mut Vec<Row>) {
    fn whole(row: &Row) -> (i64, &str) {
        (slot_of(row.key.start), &row.key.source)
    }
    let halves = rows.iter().filter(|row| row.key.width == Width::HalfHour);
    let known: BTreeSet<(i64, &str)> = halves.map(whole).collect();
    let mut added: BTreeMap<Key, Row> = BTreeMap::new();
    for row in rows.iter().filter(|row| !known.contains(&whole(row))) {
        let half = row_of(&mut added, row.key.half_hour());
        half.counts.add(&row.counts);
        half.others = half.others.max(row.others);
    }
    rows.extend(added.into_values());
}

/// A half hour is restated as its minutes are; that of a whole source also as its values are.
fn restate_half_hours(rows: &mut [Row]) {
    let mut restated: BTreeMap<Key, (i64, Option<i64>)> = BTreeMap::new();
    let minutes = rows.iter().filter(|row| row.key.width == Width::Minute);
    for row in minutes.filter(|row| row.restated > 0) {
        let half = row.key.half_hour();
        let whole = Key {
            value: None,
            ..half.clone()
        };
        for key in [half, whole] {
            let (times, since) = restated.entry(key).or_default();
            *times = row.restated.max(*times);
            *since = since.iter().copied().chain(row.restated_since).min();
        }
    }
    let halves = rows.iter_mut();
    for row in halves.filter(|row| row.key.width == Width::HalfHour) {
        (row.restated, row.restated_since) = restated.remove(&row.key).unwrap_or_default();
    }
}

/// Values of one dimension of a source in a half hour, where there are too many.
struct Most {
    /// Those with rows of their own.
    values: BTreeSet<String>,
    /// How many others there are.
    others: i64,
}

/// Half hour, source and number of the dimension.
type Place = (i64, String, usize);

fn place(key: &Key, dimension: usize) -> Place {
    (slot_of(key.start), key.source.clone(), dimension)
}

/// The values that occur most.
fn most(counted: &BTreeMap<Key, Counts>) -> BTreeMap<Place, Most> {
    let mut totals: BTreeMap<Place, BTreeMap<&str, i64>> = BTreeMap::new();
    for (key, counts) in counted {
        if let Some((dimension, Some(value))) = &key.value {
            let values = totals.entry(place(key, *dimension)).or_default();
            *values.entry(value).or_default() += counts.events + counts.closed;
        }
    }
    totals.retain(|_, values| values.len() > MOST_VALUES);
    let most = |values: BTreeMap<&str, i64>| {
        let mut order: Vec<(i64, &str)> = values
            .into_iter()
            .map(|(value, total)| (-total, value))
            .collect();
        order.sort_unstable();
        let others = order.split_off(MOST_VALUES);
        Most {
            values: order.iter().map(|(_, value)| (*value).to_owned()).collect(),
            others: i64::try_from(others.len()).unwrap_or(i64::MAX),
        }
    };
    let totals = totals.into_iter();
    totals
        .map(|(place, values)| (place, most(values)))
        .collect()
}

/// The rows of what was counted by minutes, and of the half hours that they make up. Of each dimension
/// of a source, the values that occur most in a half hour have their own rows, the others share one.
pub(super) fn together(counted: BTreeMap<Key, Counts>) -> BTreeMap<Key, Row> {
    let most = most(&counted);
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    for (mut key, counts) in counted {
        // Values that share the row of the minute by this one, and that of the half hour by all.
        let (mut more, mut others) = (0, 0);
        if let Some((dimension, Some(own))) = &key.value
            && let Some(most) = most.get(&place(&key, *dimension))
            && !most.values.contains(own)
        {
            (more, others) = (1, most.others);
            key.value = Some((*dimension, None));
        }
        let half = row_of(&mut rows, key.half_hour());
        half.counts.add(&counts);
        half.others = others;
        let minute = row_of(&mut rows, key);
        minute.others += more;
        if minute.counts.is_nothing() && minute.counts.kinds.is_empty() {
            minute.counts = counts;
        } else {
            minute.counts.add(&counts);
        }
    }
    rows
}

fn row_of(rows: &mut BTreeMap<Key, Row>, key: Key) -> &mut Row {
    rows.entry(key.clone()).or_insert_with(|| Row {
        key,
        ..Row::default()
    })
}

/// The days of some slots, each with those of its slots.
pub(super) fn by_day(slots: &Slots) -> BTreeMap<i64, Slots> {
    let mut days: BTreeMap<i64, Vec<Range<i64>>> = BTreeMap::new();
    let each = DAY_MICROS / SLOT;
    for run in slots.runs() {
        let mut start = run.start;
        while start < run.end {
            let day = day_of(start * SLOT);
            let end = run.end.min((day + 1) * each);
            days.entry(day).or_default().push(start..end);
            start = end;
        }
    }
    let days = days.into_iter();
    days.map(|(day, runs)| (day, Slots::of(runs))).collect()
}

/// A key behind all those of a day.
pub(super) fn after(day: i64) -> Key {
    Key {
        start: (day + 1) * DAY_MICROS,
        ..Key::default()
    }
}
