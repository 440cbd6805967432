//! Whether stored minutes say what the events say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat};

use super::changes;
use super::count::{Counting, Key, Width, within};
use super::measured::Measures;
use super::row::{self, Row};
use super::slots::{MINUTE, SLOT, Slots};
use super::{BEGINNING, DIMENSIONS, END, rewrite};

use crate::query::over;
use crate::store::Table;
use crate::{Store, StoreError};

/// Half hours that are counted again.
const SAMPLE: usize = 48;

/// Differences that are told one by one.
const TOLD: usize = 5;

impl Store {
    /// Counts some of the stored half hours again and says what differs.
    pub(crate) fn differing_minutes(&self) -> Result<Vec<String>, StoreError> {
        let Some(stored) = self.stored_minutes()? else {
            return Ok(Vec::new());
        };
        let events = self.load(Table::Events)?;
        let files = changes::files(&events)?.unwrap_or_default();
        let held = changes::files(&stored.table)?.unwrap_or_default();
        let all = changes::touched(&files).and(&changes::touched(&held));
        let first = self.first_whole(&events)?.max(BEGINNING / SLOT);
        let sound = all
            .within(first, stored.settled.slot)
            .without(&stored.stale);
        let slots: Vec<i64> = sound.runs().flatten().collect();
        let step = slots.len().div_ceil(SAMPLE).max(1);
        let sample = Slots::of(
            slots
                .into_iter()
                .rev()
                .step_by(step)
                .map(|slot| slot..slot + 1),
        );
        if sample.is_empty() {
            return Ok(Vec::new());
        }
        let spans: Vec<_> = sample
            .runs()
            .map(|run| run.start * SLOT..run.end * SLOT)
            .collect();
        let (engine, measures) = (self.engine()?, Measures::registry());
        let counting = Counting {
            engine: &engine,
            runtime: self.runtime(),
            events: "events",
            measures: &measures,
            groups: DIMENSIONS.map(|name| format!("\"{name}\"")).to_vec(),
            step: Some(MINUTE),
            until: END,
        };
        let counted = rewrite::together(counting.count_with_kinds(&spans)?);
        let sql = format!("SELECT * FROM minutes WHERE {}", within(&spans));
        let found = over(self.runtime(), "minutes", &stored.table, &sql)?;
        let found = found.iter().flat_map(|batch| row::read(batch, &measures));
        let found = found.map(|row| (row.key.clone(), row)).collect();
        Ok(differences(&counted, &found))
    }
}

fn differences(counted: &BTreeMap<Key, Row>, found: &BTreeMap<Key, Row>) -> Vec<String> {
    let nothing = Row::default();
    let mut times: BTreeSet<(i64, Width)> = BTreeSet::new();
    for key in counted.keys().chain(found.keys()) {
        let (a, b) = (
            counted.get(key).unwrap_or(&nothing),
            found.get(key).unwrap_or(&nothing),
        );
        if (&a.counts, a.others) != (&b.counts, b.others) {
            times.insert((key.start, key.width));
        }
    }
    let more = times.len().saturating_sub(TOLD);
    let mut told: Vec<String> = times
        .into_iter()
        .take(TOLD)
        .map(|(start, width)| {
            let time = DateTime::from_timestamp_micros(start).unwrap_or_default();
            let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
            let what = match width {
                Width::Minute => time,
                Width::HalfHour => format!("half hour from {time}"),
            };
            format!("{what}: counted from the events it is otherwise")
        })
        .collect();
    if more > 0 {
        told.push(format!("and {more} more minutes and half hours"));
    }
    told
}
