//! Sign-ins that may have been counted before.
//!
//! A line that is read twice has the same time and identifier both times, so it lies in files of
//! the same day. Only there, and only when an event is not later than what was counted, is looked.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use chrono::{DateTime, NaiveDate};
use deltalake::arrow::array::{AsArray, RecordBatch};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::DataType;

use super::files::{EventFile, path_of, read};
use super::fold::{Fold, Late};
use crate::StoreError;
use crate::store::Table;

/// Counts the late sign-ins of a fold of which no copy was counted before, once each. `files` are
/// those that were counted before and those that were folded.
pub(super) fn settle(
    fold: &mut Fold,
    store: &Path,
    files: &[&EventFile],
) -> Result<(), StoreError> {
    let late = std::mem::take(&mut fold.late);
    if late.is_empty() {
        return Ok(());
    }
    let mut copies: CopiesBySource<'_> = HashMap::new();
    let mut days: BTreeSet<NaiveDate> = BTreeSet::new();
    for one in &late {
        let of_source = copies.entry(&one.source).or_default();
        let entry = of_source.entry(&one.event_id);
        entry.or_insert_with(|| Copies::of(one)).late += 1;
        days.extend(DateTime::from_timestamp_micros(one.ts).map(|time| time.date_naive()));
    }
    for file in files {
        if file.day.is_none_or(|day| days.contains(&day)) {
            let path = path_of(store, Table::Events, &file.name);
            read(&path, &["source", "event_id"], |batch| {
                find(batch, &mut copies)
            })?;
        }
    }
    let mut new: Vec<&Late> = copies
        .into_values()
        .flat_map(HashMap::into_values)
        .filter(|copies| copies.stored == copies.late)
        .map(|copies| copies.first)
        .collect();
    new.sort_unstable_by(|a, b| (&a.source, &a.event_id).cmp(&(&b.source, &b.event_id)));
    new.into_iter().for_each(|late| fold.count(late));
    Ok(())
}

/// How often an event is late, and how often it is in the files: where that is the same, no copy of
/// it was counted.
struct Copies<'l> {
    first: &'l Late,
    late: usize,
    stored: usize,
}

type CopiesBySource<'l> = HashMap<&'l str, HashMap<&'l str, Copies<'l>>>;

impl<'l> Copies<'l> {
    const fn of(first: &'l Late) -> Self {
        Self {
            first,
            late: 0,
            stored: 0,
        }
    }
}

fn find(batch: &RecordBatch, copies: &mut CopiesBySource<'_>) -> Result<(), StoreError> {
    let text = |name: &str| {
        let column = batch.column_by_name(name);
        column
            .map(|column| cast(column, &DataType::Utf8))
            .transpose()
    };
    let (Some(sources), Some(ids)) = (text("source")?, text("event_id")?) else {
        return Ok(());
    };
    let pairs = sources
        .as_string::<i32>()
        .iter()
        .zip(ids.as_string::<i32>());
    for (source, id) in pairs {
        if let (Some(source), Some(id)) = (source, id)
            && let Some(copies) = copies.get_mut(source).and_then(|of| of.get_mut(id))
        {
            copies.stored += 1;
        }
    }
    Ok(())
}
