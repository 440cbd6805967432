//! The table of minutes: what indicators are made of, counted once.
//!
//! A row is a minute of a source, or of one value of a dimension in it ([`DIMENSIONS`]): the
//! measures of `fidoscope_slo`, latencies in buckets, the kinds of events. Beside the minutes are the
//! half hours that they make up, with a `dimension` of their own (`half_hour`, `half_hour:os`): what
//! is read of a month does not grow with its events. The table follows that of
//! events: its Delta transactions say which version of the events is in it, and up to which half
//! hour. Nothing is ever added to a row. What new events may have changed is counted again from the
//! events, half hour by half hour, by the SQL that `sli` counts with, and takes the place of what
//! was stored; a row that came out otherwise says so (`restated`). So duplicates, late events and
//! the order of logs need no thought, and the work follows the half hours that were touched.
//!
//! A half hour is stored once every ceremony of it can have ended: events reach beyond its end by
//! the longest timeout and grace, or a day has passed. Events that were dropped for their age stay
//! counted.
//!
//! The log of the events tells, by the first and last time of each new file, which half hours may have
//! changed: an event reaches 630 s to either side. For E events in the half hours that were touched, E and the
//! 21 minutes around each run of them are read, four times (are any twice, events, ceremonies, kinds), and a
//! file is written for each day, in one commit; while events come in order every half hour is counted once.
//! Where the table holds all of the newest version of the events, and a window ends behind the last of them,
//! the events are not opened at all, so that their number does not matter.
//!
//! A file holds half hours of sources, those of values, minutes of sources, those of values, in row groups of
//! their own. The row of a half hour is the sum of its minutes, has their kinds, and is restated when any
//! minute of it is, so that restated minutes are looked for only on the days that have some. A month has
//! 1,440 half hours of a source, however many events: only their latencies fill up, to some hundred buckets.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use deltalake::DeltaTable;
use deltalake::kernel::Transaction;

use crate::schema::day_of;
use crate::store::Table;
use crate::{Store, StoreError, Tables};

mod backfill;
mod changes;
mod check;
mod count;
mod fold;
mod measured;
mod rewrite;
mod row;
mod series;
mod slots;
mod stored;
#[cfg(test)]
mod tests;

pub(crate) use row::{minute_file_schema, minute_schema};
pub(crate) use series::{Asked, Series};

use changes::EventFile;
use count::Counting;
use measured::Measures;
use rewrite::Rewrite;
use slots::{MINUTE, REACH, SLOT, Slots, slot_of};

/// Columns of events by whose values minutes are counted, beside their source.
pub const DIMENSIONS: [&str; 5] = ["tenant", "rp_id", "app", "os", "browser"];

/// Values of a dimension of one source that have rows of their own in half an hour; the others share
/// one, which says of how many it is.
pub const MOST_VALUES: usize = 100;

/// The transaction that says which version of the events is in the table.
const APPLICATION: &str = "fidoscope:minutes:3";

/// The transaction that says before which slot everything is counted.
const SETTLED: &str = "fidoscope:minutes:3:settled";

/// The transaction that says from which slot on there is nothing in that version of the events; an
/// earlier slot than all others where not everything in it is counted.
const END_OF_EVENTS: &str = "fidoscope:minutes:3:end";

/// The transaction that says by which definitions everything is counted that can be
/// ([`Measures::fingerprint`]).
const MEASURES: &str = "fidoscope:minutes:3:measures";

/// [`SETTLED`] of builds whose rows do not say by what definitions they were counted, the second of
/// which had no half hours. What they stored is counted anew.
const SETTLED_BEFORE: [&str; 2] = ["fidoscope:minutes:2:settled", "fidoscope:minutes:settled"];

/// Events that are counted at once: what they are grouped by is held in memory, some six kilobytes
/// for each of them.
const CHUNK_ROWS: i64 = 1 << 17;

/// Runs of slots that are counted at once: each is a condition in SQL.
const CHUNK_RUNS: usize = 32;

/// Commits of events that touch nothing that is stored may wait until there are so many.
const WAITING: u64 = 64;

/// Attempts against other writers before giving up.
const ATTEMPTS: usize = 8;

/// What an update of the table of minutes did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinuteSummary {
    /// Half hours that were counted.
    pub slots: u64,
    /// Whether the table was made anew.
    pub anew: bool,
}

/// How far the table of minutes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settled {
    /// Version of the events that is in it.
    events: u64,
    /// Everything before this slot is counted.
    slot: i64,
    /// Nothing in that version of the events touches this slot or a later one; only known where
    /// everything in it is counted.
    end: Option<i64>,
}

/// What is to be counted.
struct Work {
    slots: Slots,
    to: Settled,
    files: Vec<EventFile>,
    anew: bool,
    /// Whether days of which nothing is counted are of builds of old, and may lack half hours.
    lacking: bool,
}

impl Store {
    /// Brings the table of minutes up to date with the events.
    pub fn update_minutes(&self, now: DateTime<Utc>) -> Result<MinuteSummary, StoreError> {
        self.update_measures(&Measures::registry(), now)
    }

    /// The same for some measures: half hours that were counted without one of them, or by another
    /// definition of it, are counted for that one alone.
    pub(crate) fn update_measures(
        &self,
        measures: &Measures,
        now: DateTime<Utc>,
    ) -> Result<MinuteSummary, StoreError> {
        for _ in 0..ATTEMPTS {
            let table = self.with_columns_for(measures)?;
            let Some(table) = self.fill_in(table, measures, now)? else {
                continue;
            };
            let Some(work) = self.due(&table, now)? else {
                return Ok(MinuteSummary::default());
            };
            if let Some(moved) = self.count_anew(&table, &work, measures, now)? {
                self.keep(Table::Minutes, moved);
                self.shorten_openings();
                let slots: i64 = work.slots.runs().map(|run| run.end - run.start).sum();
                return Ok(MinuteSummary {
                    slots: u64::try_from(slots).unwrap_or(0),
                    anew: work.anew,
                });
            }
        }
        Err(StoreError::Busy { table: "minutes" })
    }
}

impl Tables {
    /// Version of the events up to which minutes are counted.
    pub(crate) fn minutes_version(&self) -> Result<u64, StoreError> {
        let settled = self.settled_minutes(&self.load(Table::Minutes)?)?;
        Ok(settled.map_or(0, |settled| settled.events))
    }

    /// The day before which minutes are counted and need no event any more.
    pub(crate) fn counted_before(&self, events: &DeltaTable) -> Result<NaiveDate, StoreError> {
        let Some(settled) = self.settled_minutes(&self.load(Table::Minutes)?)? else {
            return Ok(NaiveDate::MIN);
        };
        let to = events.version().unwrap_or(0);
        let open = self.touched_since(settled.events, to)?;
        let open = open.unwrap_or_else(Slots::all);
        let first = open
            .within(self.first_whole(events)?, settled.slot)
            .runs()
            .next();
        let first = first.map_or(settled.slot, |run| run.start);
        // The first slot of a day needs events of the day before.
        let day = day_of((first - 1).saturating_mul(SLOT));
        let day = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days);
        Ok(day.unwrap_or(NaiveDate::MIN))
    }

    /// How far the table of minutes of a copy of this store is, whose newest version of the events, `to`,
    /// holds what `events` holds and was never changed or compacted.
    ///
    /// Where nothing came since that is counted already, the copy is as far as this store is. Otherwise it
    /// says that it has no event yet, so that all of them that are there are counted again; days of which
    /// the events were dropped stay as they are counted. Where the events were changed, nothing is said,
    /// and the table is counted anew.
    pub(crate) fn positions_of_copy(
        &self,
        minutes: &DeltaTable,
        events: &DeltaTable,
        to: u64,
    ) -> Result<Vec<Transaction>, StoreError> {
        let Some(settled) = self.settled_minutes(minutes)? else {
            let before = self.settled_before(minutes)?;
            let [name, _] = SETTLED_BEFORE;
            let before = before.map(|slot| Transaction::new(name, slot));
            return Ok(before.into_iter().collect());
        };
        let newest = events.version().unwrap_or(0);
        let Some(touched) = self.touched_since(settled.events, newest)? else {
            return Ok(Vec::new());
        };
        let is_open = touched.within(i64::MIN, settled.slot).is_empty();
        let copied = i64::try_from(to).unwrap_or(i64::MAX);
        let counted = if is_open { copied } else { 0 };
        let end = settled.end.filter(|_| settled.events == newest);
        let mut positions = positions(counted, settled.slot, end);
        let measures = self.transaction(minutes, MEASURES)?;
        positions.extend(measures.map(|known| Transaction::new(MEASURES, known)));
        Ok(positions)
    }

    fn settled_minutes(&self, table: &DeltaTable) -> Result<Option<Settled>, StoreError> {
        let events = self.transaction(table, APPLICATION)?;
        let events = events.and_then(|version| u64::try_from(version).ok());
        let slot = self.transaction(table, SETTLED)?;
        let end = self.transaction(table, END_OF_EVENTS)?;
        Ok(events.zip(slot).map(|(events, slot)| Settled {
            events,
            slot,
            end: end.filter(|end| *end > i64::MIN),
        }))
    }

    /// Before which slot a build of old has counted everything.
    fn settled_before(&self, table: &DeltaTable) -> Result<Option<i64>, StoreError> {
        let mut latest = None;
        for name in SETTLED_BEFORE {
            latest = latest.max(self.transaction(table, name)?);
        }
        Ok(latest)
    }

    /// The first slot whose events are all there still.
    fn first_whole(&self, events: &DeltaTable) -> Result<i64, StoreError> {
        let dropped = self.dropped_before(events)?;
        Ok(dropped.map_or(i64::MIN, |before| slot_of(before + REACH - 1) + 1))
    }

    /// Whether the table has everything that is in the events now; they are not opened for it.
    fn holds_all(&self, settled: Settled) -> Result<bool, StoreError> {
        let newest = self.files().latest_version(Table::Events)?;
        Ok(settled.end.is_some() && settled.events == newest)
    }

    /// What an update has to count; `None` when there is nothing worth a commit.
    fn due(&self, table: &DeltaTable, now: DateTime<Utc>) -> Result<Option<Work>, StoreError> {
        let known = self.settled_minutes(table)?;
        if let Some(known) = known
            && self.holds_all(known)?
        {
            return Ok(None);
        }
        let events = self.load(Table::Events)?;
        let version = events.version().unwrap_or(0);
        let before = match known {
            Some(known) => Some(known.slot),
            None => self.settled_before(table)?,
        };
        let files = changes::files(&events)?.unwrap_or_else(|| everything(now));
        let settled = changes::latest(&files, now).map(|latest| settled_by(latest, now));
        let Some(slot) = settled.into_iter().chain(before).max() else {
            return Ok(None);
        };
        let touched = match known {
            Some(known) => self.touched_since(known.events, version)?,
            None => None,
        };
        let all = changes::touched(&files);
        let (slots, anew) = match (known, touched) {
            (Some(known), Some(touched)) => (touched.and(&all.within(known.slot, slot)), false),
            _ => {
                let stored = changes::files(table)?.unwrap_or_default();
                let anew = known.is_some() || !stored.is_empty();
                (all.and(&changes::touched(&stored)), anew)
            }
        };
        let slots = slots.within(self.first_whole(&events)?, slot);
        let to = Settled {
            events: version,
            slot,
            end: Some(all.end()).filter(|end| *end <= slot),
        };
        // Who asks when all is counted need not open the events: that is worth a commit.
        let waits = known.is_some_and(|known| {
            known.events <= version && version - known.events < WAITING && !anew && to.end.is_none()
        });
        if slots.is_empty() && waits {
            return Ok(None);
        }
        Ok(Some(Work {
            slots,
            to,
            files,
            anew,
            lacking: known.is_none(),
        }))
    }
}

impl Store {
    /// Counts slots and stores the result. `None` when another writer came first.
    fn count_anew(
        &self,
        table: &DeltaTable,
        work: &Work,
        measures: &Measures,
        now: DateTime<Utc>,
    ) -> Result<Option<DeltaTable>, StoreError> {
        let engine = self.engine()?;
        let counting = Counting {
            engine: &engine,
            runtime: self.runtime(),
            events: "events",
            measures,
            groups: DIMENSIONS.map(|name| format!("\"{name}\"")).to_vec(),
            step: Some(MINUTE),
            until: END,
        };
        let mut rewrite = Rewrite::new(self, table, measures, now)?;
        if work.lacking {
            rewrite = rewrite.of_old();
        }
        let mut days = rewrite::by_day(&work.slots);
        let mut waiting = BTreeMap::new();
        for chunk in chunks(&work.slots, &work.files) {
            let spans: Vec<_> = chunk
                .runs()
                .map(|run| run.start * SLOT..run.end * SLOT)
                .collect();
            waiting.append(&mut counting.count_with_kinds(&spans)?);
            // Days are done when they lie before what comes next.
            let next = chunk.runs().last().map_or(i64::MAX, |run| run.end);
            let later = days.split_off(&day_of(next * SLOT));
            for (day, slots) in std::mem::replace(&mut days, later) {
                let rest = waiting.split_off(&rewrite::after(day));
                rewrite.day(day, &slots, std::mem::replace(&mut waiting, rest))?;
            }
        }
        for (day, slots) in days {
            let rest = waiting.split_off(&rewrite::after(day));
            rewrite.day(day, &slots, std::mem::replace(&mut waiting, rest))?;
        }
        if work.lacking {
            rewrite.rest()?;
        }
        let events = i64::try_from(work.to.events).unwrap_or(i64::MAX);
        let mut positions = positions(events, work.to.slot, work.to.end);
        if work.lacking {
            positions.push(Transaction::new(MEASURES, measures.fingerprint()));
        }
        rewrite.commit(positions)
    }
}

/// What a commit says that the table is complete up to.
fn positions(events: i64, settled: i64, end: Option<i64>) -> Vec<Transaction> {
    vec![
        Transaction::new(APPLICATION, events),
        Transaction::new(SETTLED, settled),
        Transaction::new(END_OF_EVENTS, end.unwrap_or(i64::MIN)),
    ]
}

/// The slot before which nothing is awaited any more, by the time of the latest event.
fn settled_by(latest: i64, now: DateTime<Utc>) -> i64 {
    // Later logs may be late, but not by more than a day.
    let past = now.checked_sub_signed(TimeDelta::days(1)).unwrap_or(now);
    slot_of(latest.max(past.timestamp_micros()) - REACH)
}

/// Later than every event.
const END: i64 = 4_102_444_800_000_000;

/// Earlier than every event.
const BEGINNING: i64 = 1_325_376_000_000_000;

/// Events at any time: what is known of files that do not say when their events are.
fn everything(now: DateTime<Utc>) -> Vec<EventFile> {
    vec![EventFile {
        span: BEGINNING..now.timestamp_micros(),
        rows: i64::MAX / 2,
        is_exact: false,
    }]
}

/// Slots cut into parts of which each has not too many events.
fn chunks(slots: &Slots, files: &[EventFile]) -> Vec<Slots> {
    let days = changes::by_day(files);
    let of_a_day = 24 * 3600 * 1_000_000 / SLOT;
    let (mut all, mut open) = (Vec::new(), Vec::new());
    let mut rows = 0_i64;
    for run in slots.runs() {
        let mut start = run.start;
        for slot in run.clone() {
            let day = days.get(&day_of(slot * SLOT));
            let more = day.map_or(0, |rows| rows / of_a_day + 1);
            if rows > 0 && rows.saturating_add(more) > CHUNK_ROWS {
                open.push(start..slot);
                all.push(Slots::of(std::mem::take(&mut open)));
                (start, rows) = (slot, 0);
            }
            rows = rows.saturating_add(more);
        }
        open.push(start..run.end);
        if open.len() >= CHUNK_RUNS {
            all.push(Slots::of(std::mem::take(&mut open)));
            rows = 0;
        }
    }
    all.push(Slots::of(open));
    all.retain(|chunk| !chunk.is_empty());
    all
}
