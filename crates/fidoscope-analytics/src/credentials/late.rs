//! Sign-ins that may have been counted before.
//!
//! A line that is read twice has the same time and identifier both times, so it lies in files of
//! the same day. Only there, and only when an event is not later than what was counted, is looked.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate};
use deltalake::arrow::array::{AsArray, RecordBatch};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, TimestampMicrosecondType};

use super::fold::{Fold, SignIn};
use crate::StoreError;
use crate::derived::{EventFile, read};
use crate::store::{Files, Table};

/// Counts the sign-ins of a fold, but for those that are in the files that were counted before.
pub(super) fn settle(
    fold: &mut Fold,
    store: &Files,
    counted: &[EventFile],
) -> Result<(), StoreError> {
    let horizons = Horizons::of(counted);
    let late = fold.count_new(|day| horizons.at(day));
    if late.is_empty() {
        return Ok(());
    }
    let mut wanted: Wanted<'_> = HashMap::new();
    let mut days: BTreeSet<NaiveDate> = BTreeSet::new();
    for one in &late {
        let of_source = wanted.entry(&one.source).or_default();
        of_source.insert(one.sign_in, false);
        days.extend(DateTime::from_timestamp_micros(one.sign_in.ts).map(|time| time.date_naive()));
    }
    for file in counted {
        if file.day.is_none_or(|day| days.contains(&day)) {
            let data = store.needed(Table::Events, &file.name)?;
            let columns = ["source", "ts", "event_id"];
            read(data, &columns, |batch| find(batch, &mut wanted))?;
        }
    }
    for one in &late {
        let found = wanted.get(one.source.as_str());
        if found.and_then(|found| found.get(&one.sign_in)) == Some(&false) {
            fold.count(one);
        }
    }
    Ok(())
}

/// Until when each day, counted from the epoch, has been counted.
struct Horizons {
    days: HashMap<i64, i64>,
    /// The same for files that do not say which day they are of.
    any: i64,
}

impl Horizons {
    fn of(counted: &[EventFile]) -> Self {
        let mut horizons = Self {
            days: HashMap::new(),
            any: i64::MIN,
        };
        for file in counted {
            let horizon = match file.day {
                Some(day) => {
                    let day = i64::from(day.to_epoch_days());
                    horizons.days.entry(day).or_insert(i64::MIN)
                }
                None => &mut horizons.any,
            };
            *horizon = file.latest().max(*horizon);
        }
        horizons
    }

    fn at(&self, day: i64) -> i64 {
        let of_day = self.days.get(&day).copied().unwrap_or(i64::MIN);
        of_day.max(self.any)
    }
}

/// Sign-ins of each source, and whether they were found.
type Wanted<'l> = HashMap<&'l str, HashMap<SignIn, bool>>;

fn find(batch: &RecordBatch, wanted: &mut Wanted<'_>) -> Result<(), StoreError> {
    let text = |name: &str| {
        let column = batch.column_by_name(name);
        column
            .map(|column| cast(column, &DataType::Utf8))
            .transpose()
    };
    let times = batch
        .column_by_name("ts")
        .and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
    let (Some(sources), Some(ids), Some(times)) = (text("source")?, text("event_id")?, times)
    else {
        return Ok(());
    };
    let texts = sources
        .as_string::<i32>()
        .iter()
        .zip(ids.as_string::<i32>());
    for ((source, id), ts) in texts.zip(times.values()) {
        if let Some((source, id)) = source.zip(id)
            && let Some(of_source) = wanted.get_mut(source)
            && let Some(found) = of_source.get_mut(&SignIn::new(*ts, id))
        {
            *found = true;
        }
    }
    Ok(())
}
