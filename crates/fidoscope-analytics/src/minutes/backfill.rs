//! Measures that stored half hours lack: counted alone, and put beside what is there.
//!
//! A table says by one number by which definitions all of it is counted ([`Measures::fingerprint`]), so
//! most of the time nothing is looked at. Where it is another number, the rows say which of them they
//! have. What is missing is counted from the events, half hour by half hour, as far as they are there;
//! no other measure is read or counted again, and none is restated: nothing was wrong. All days come in
//! one commit, which either is made or leaves the table as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use deltalake::DeltaTable;
use deltalake::kernel::engine::arrow_conversion::TryFromArrow;
use deltalake::kernel::{StructType, Transaction};

use super::changes::{self, EventFile};
use super::count::{Counting, Counts, Key};
use super::measured::Measures;
use super::rewrite::Rewrite;
use super::row::{Row, file_schema_with};
use super::slots::{MINUTE, SLOT, Slots, slot_of};
use super::{DIMENSIONS, END, MEASURES, chunks, everything};
use crate::query::Engine;
use crate::store::Table;
use crate::{Store, StoreError};

impl Store {
    /// The table of minutes with a column for each measure.
    pub(super) fn with_columns_for(&self, measures: &Measures) -> Result<DeltaTable, StoreError> {
        let table = self.load(Table::Minutes)?;
        let known = table.snapshot()?.schema();
        let wanted = StructType::try_from_arrow(file_schema_with(measures).as_ref())?;
        let missing: Vec<_> = wanted
            .fields()
            .filter(|field| known.field(field.name()).is_none())
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(table);
        }
        let added = table.add_columns().with_fields(missing);
        let added = self.runtime().block_on(added.into_future())?;
        self.keep(Table::Minutes, added.clone());
        Ok(added)
    }

    /// The table with what its half hours lack. `None` when another writer came first.
    pub(super) fn fill_in(
        &self,
        table: DeltaTable,
        measures: &Measures,
        now: DateTime<Utc>,
    ) -> Result<Option<DeltaTable>, StoreError> {
        // What a build of old has counted is counted anew as a whole.
        let Some(settled) = self.settled_minutes(&table)? else {
            return Ok(Some(table));
        };
        let fingerprint = measures.fingerprint();
        if self.transaction(&table, MEASURES)? == Some(fingerprint) {
            return Ok(Some(table));
        }
        let events = self.load(Table::Events)?;
        let first = self.first_whole(&events)?;
        let files = changes::files(&events)?.unwrap_or_else(|| everything(now));
        let engine = self.engine()?;
        let filling = Filling {
            store: self,
            engine: &engine,
            measures,
            text: measures.text(),
            can_be: Slots::run(first..settled.slot.max(first)),
            files,
        };
        let mut rewrite = Rewrite::new(self, &table, measures, now)?;
        for day in rewrite.known_days() {
            let mut rows = rewrite.stored(day)?;
            if filling.fill(&mut rows)? {
                let files = rewrite.take(day);
                rewrite.put(day, files, rows)?;
            }
        }
        let moved = rewrite.commit(vec![Transaction::new(MEASURES, fingerprint)])?;
        if let Some(moved) = &moved {
            self.keep(Table::Minutes, moved.clone());
        }
        Ok(moved)
    }
}

/// Filling in what rows lack.
struct Filling<'a> {
    store: &'a Store,
    engine: &'a Engine,
    measures: &'a Measures,
    /// What rows say that were counted for them.
    text: String,
    /// Slots that can be counted.
    can_be: Slots,
    files: Vec<EventFile>,
}

impl Filling<'_> {
    /// Fills in what the rows of a day lack. Whether there was something to fill in.
    fn fill(&self, rows: &mut [Row]) -> Result<bool, StoreError> {
        let mut said: BTreeMap<Option<String>, Vec<i64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.key.is_half_hour()) {
            let slots = said.entry(row.measured.clone()).or_default();
            slots.push(slot_of(row.key.start));
        }
        let mut filled = false;
        for (says, slots) in said {
            let missing = self.measures.lacking(says.as_deref());
            let slots = slots.into_iter().filter(|slot| self.can_be.has(*slot));
            let slots = Slots::of(slots.map(|slot| slot..slot + 1));
            if missing.is_empty() || slots.is_empty() {
                continue;
            }
            for chunk in chunks(&slots, &self.files) {
                self.fill_slots(rows, &chunk, &missing)?;
            }
            filled = true;
        }
        Ok(filled)
    }

    /// Counts some measures of some half hours, and puts them into their rows.
    fn fill_slots(
        &self,
        rows: &mut [Row],
        slots: &Slots,
        missing: &Measures,
    ) -> Result<(), StoreError> {
        let sums = self.sums(rows, slots, missing)?;
        let nothing = Counts::default();
        for row in rows
            .iter_mut()
            .filter(|row| slots.has(slot_of(row.key.start)))
        {
            let counts = sums.get(&row.key).unwrap_or(&nothing);
            missing.put(counts, self.measures, &mut row.counts);
            if row.key.is_half_hour() {
                row.measured = Some(self.text.clone());
            }
        }
        Ok(())
    }

    /// The numbers of some measures, by the rows that they belong to.
    fn sums(
        &self,
        rows: &[Row],
        slots: &Slots,
        missing: &Measures,
    ) -> Result<BTreeMap<Key, Counts>, StoreError> {
        let counting = Counting {
            engine: self.engine,
            runtime: self.store.runtime(),
            events: "events",
            measures: missing,
            groups: DIMENSIONS.map(|name| format!("\"{name}\"")).to_vec(),
            step: Some(MINUTE),
            until: END,
        };
        let spans: Vec<_> = slots
            .runs()
            .map(|run| run.start * SLOT..run.end * SLOT)
            .collect();
        let known: BTreeSet<&Key> = rows.iter().map(|row| &row.key).collect();
        let mut sums: BTreeMap<Key, Counts> = BTreeMap::new();
        for (mut key, counts) in counting.count(&spans)? {
            // A value without a row of its own shares one.
            if !known.contains(&key) {
                key.value = key.value.map(|(dimension, _)| (dimension, None));
            }
            sums.entry(key.half_hour()).or_default().add(&counts);
            sums.entry(key).or_default().add(&counts);
        }
        Ok(sums)
    }
}

impl Measures {
    /// Puts numbers of these in their places among those of others.
    fn put(&self, counts: &Counts, others: &Self, to: &mut Counts) {
        for (from, measure) in self.counts.iter().enumerate() {
            let place = others.count(measure);
            if let Some(there) = place.and_then(|place| to.counters.get_mut(place)) {
                *there = counts.counters.get(from).copied().unwrap_or(0);
            }
        }
        for (from, measure) in self.latencies.iter().enumerate() {
            let place = others.distribution(measure);
            if let Some(there) = place.and_then(|place| to.latencies.get_mut(place)) {
                *there = counts.latencies.get(from).cloned().unwrap_or_default();
            }
        }
    }
}
