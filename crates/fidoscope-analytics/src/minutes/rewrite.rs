//! The table of minutes itself: the days that a change touches, and their successors.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use deltalake::DeltaTable;
use deltalake::kernel::{LogicalFileView, Remove, Transaction};
use deltalake::logstore::object_store::ObjectStoreExt as _;
use deltalake::logstore::object_store::path::Path as ObjectPath;
use serde_json::Value;

use super::count::{Counts, Key};
use super::row::{self, Row, minute_file_schema};
use super::slots::{SLOT, Slots, slot_of};
use super::{APPLICATION, MOST_VALUES, SETTLED, Settled};
use crate::ingest::{Target, write};
use crate::query::over;
use crate::schema::{DAY_MICROS, EVENT_DATE, date_text, day_of};
use crate::store::{NewFile, Table, exchange};
use crate::{Store, StoreError};

/// Commits after which the files that they replaced are deleted: readers that began before have
/// long finished.
const KEPT_COMMITS: u64 = 8;

/// A change of the table in the making.
pub(super) struct Rewrite<'s> {
    store: &'s Store,
    target: Target,
    now: i64,
    table: &'s DeltaTable,
    days: BTreeMap<i64, Vec<LogicalFileView>>,
    old: Vec<Remove>,
    new: Vec<NewFile>,
}

impl<'s> Rewrite<'s> {
    pub(super) fn new(
        store: &'s Store,
        table: &'s DeltaTable,
        now: i64,
    ) -> Result<Self, StoreError> {
        let mut days: BTreeMap<i64, Vec<LogicalFileView>> = BTreeMap::new();
        for file in table.snapshot()?.log_data().iter() {
            days.entry(day_in(&file.path())).or_default().push(file);
        }
        let target = Target {
            objects: table.object_store(),
            runtime: store.runtime().handle().clone(),
            written: now.div_euclid(1000),
        };
        Ok(Self {
            store,
            target,
            now,
            table,
            days,
            old: Vec::new(),
            new: Vec::new(),
        })
    }

    /// Puts the numbers of some slots of a day in the place of what was stored of them.
    pub(super) fn day(
        &mut self,
        day: i64,
        slots: &Slots,
        counted: BTreeMap<Key, Counts>,
    ) -> Result<(), StoreError> {
        let files = self.days.remove(&day).unwrap_or_default();
        let stored = if files.is_empty() {
            Vec::new()
        } else {
            self.stored(day)?
        };
        let mut rows = self.merged(stored, slots, together(counted));
        rows.sort_unstable_by(|a, b| order(&a.key).cmp(&order(&b.key)));
        let mut new = Vec::new();
        if !rows.is_empty() {
            let rows = row::rows(&rows)?;
            let date = Some(date_text(day));
            new.push(write(&self.target, &minute_file_schema(), date, &[rows])?);
        }
        // A file that came out as it was stays; its name is made of its content.
        let stays = |file: &LogicalFileView| new.iter().any(|new| new.path == file.path());
        if files.len() == 1 && files.iter().any(stays) {
            return Ok(());
        }
        let written = self.target.written;
        self.old.extend(files.iter().map(|file| Remove {
            deletion_timestamp: Some(written),
            ..file.remove_action(true)
        }));
        self.new.append(&mut new);
        Ok(())
    }

    fn stored(&self, day: i64) -> Result<Vec<Row>, StoreError> {
        let date = date_text(day);
        let sql = format!("SELECT * FROM minutes WHERE {EVENT_DATE} = DATE '{date}'");
        let batches = over(self.store.runtime(), "minutes", self.table, &sql)?;
        Ok(batches.iter().flat_map(row::read).collect())
    }

    /// The rows of a day after a change, those of other slots as they were.
    fn merged(&self, stored: Vec<Row>, slots: &Slots, mut counted: BTreeMap<Key, Row>) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut known = BTreeSet::new();
        for mut row in stored {
            let slot = slot_of(row.key.minute);
            if slots.has(slot) {
                known.insert((slot, row.key.source.clone()));
                let counted = counted.remove(&row.key).unwrap_or_default();
                if (&row.counts, row.others) != (&counted.counts, counted.others) {
                    row.counts = counted.counts;
                    row.others = counted.others;
                    self.restate(&mut row);
                }
            }
            rows.push(row);
        }
        for mut row in counted.into_values() {
            if known.contains(&(slot_of(row.key.minute), row.key.source.clone())) {
                self.restate(&mut row);
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

    /// Commits the change. `None` when another writer came first.
    pub(super) fn commit(self, settled: Settled) -> Result<Option<DeltaTable>, StoreError> {
        let Self {
            store,
            old,
            new,
            table,
            ..
        } = self;
        let mut table = table.clone();
        let events = i64::try_from(settled.events).unwrap_or(i64::MAX);
        let positions = vec![
            Transaction::new(APPLICATION, events),
            Transaction::new(SETTLED, settled.slot),
        ];
        let commit = exchange(&mut table, Table::Minutes, old, new, positions);
        let done = store.runtime().block_on(commit)?;
        Ok(done.map(|()| table))
    }
}

impl Store {
    /// Deletes what an earlier commit of minutes replaced. What cannot be deleted now is only lost
    /// space.
    pub(super) fn clean_minutes(&self, table: &DeltaTable) {
        let past = table
            .version()
            .and_then(|version| version.checked_sub(KEPT_COMMITS));
        let Some(past) = past else {
            return;
        };
        let log = table.log_store();
        let entry = self.runtime().block_on(log.read_commit_entry(past)).ok();
        let text = entry.flatten().map(|entry| entry.to_vec());
        let text = text
            .and_then(|text| String::from_utf8(text).ok())
            .unwrap_or_default();
        let Ok(snapshot) = table.snapshot() else {
            return;
        };
        let active: BTreeSet<String> = snapshot
            .log_data()
            .iter()
            .map(|file| file.path().into_owned())
            .collect();
        for line in text.lines() {
            let action: Value = serde_json::from_str(line).unwrap_or_default();
            let path = action.pointer("/remove/path").and_then(Value::as_str);
            if let Some(path) = path.filter(|path| !active.contains(*path)) {
                let objects = table.object_store();
                let gone = ObjectPath::from(path);
                let _ = self.runtime().block_on(objects.delete(&gone));
            }
        }
    }
}

/// The day of a file, from the epoch.
fn day_in(path: &str) -> i64 {
    let folder = path.split('/').next().unwrap_or_default();
    let day = folder
        .strip_prefix(EVENT_DATE)
        .and_then(|day| day.strip_prefix('=')?.parse::<chrono::NaiveDate>().ok());
    day.map_or(i64::MIN, |day| i64::from(day.to_epoch_days()))
}

/// Rows of whole sources first, then dimension by dimension: who asks for one does not read the
/// others.
fn order(key: &Key) -> (Option<usize>, i64, &str, Option<&str>) {
    let value = key.value.as_ref();
    (
        value.map(|(dimension, _)| *dimension),
        key.minute,
        &key.source,
        value.and_then(|(_, value)| value.as_deref()),
    )
}

/// The rows of what was counted. Of each dimension of a source, the values that occur most in a slot
/// have their own rows, the others share one a minute.
pub(super) fn together(counted: BTreeMap<Key, Counts>) -> BTreeMap<Key, Row> {
    let mut totals: BTreeMap<(i64, String, usize), BTreeMap<String, i64>> = BTreeMap::new();
    for (key, counts) in &counted {
        if let Some((dimension, Some(value))) = &key.value {
            let place = (slot_of(key.minute), key.source.clone(), *dimension);
            let values = totals.entry(place).or_default();
            *values.entry(value.clone()).or_default() += counts.events + counts.closed;
        }
    }
    totals.retain(|_, values| values.len() > MOST_VALUES);
    for values in totals.values_mut() {
        let mut order: Vec<(i64, String)> = std::mem::take(values)
            .into_iter()
            .map(|(value, total)| (-total, value))
            .collect();
        order.sort_unstable();
        order.truncate(MOST_VALUES);
        values.extend(order.into_iter().map(|(total, value)| (value, -total)));
    }
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    for (mut key, counts) in counted {
        let mut others = 0;
        if let Some((dimension, value)) = &mut key.value {
            let place = (slot_of(key.minute), key.source.clone(), *dimension);
            let most = totals.get(&place);
            if let (Some(most), Some(own)) = (most, &value)
                && !most.contains_key(own)
            {
                *value = None;
                others = 1;
            }
        }
        let row = rows.entry(key.clone()).or_insert_with(|| Row {
            key,
            ..Row::default()
        });
        row.others += others;
        if row.counts.is_nothing() && row.counts.kinds.is_empty() {
            row.counts = counts;
        } else {
            row.counts.add(&counts);
        }
    }
    rows
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
        minute: (day + 1) * DAY_MICROS,
        ..Key::default()
    }
}
