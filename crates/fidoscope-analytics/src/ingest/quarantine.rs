//! Records that cannot be read: their rows in the quarantine table, and the files of those that are
//! too large for a row.

use std::borrow::Cow;
use std::collections::HashSet;

use deltalake::arrow::array::{AsArray, RecordBatch};
use deltalake::arrow::datatypes::Int64Type;

use super::decode::{SetAside, as_i64};
use super::position::Described;
use crate::StoreError;
use crate::scan::{bytes, over};
use crate::schema::{
    BytesColumn, Column, LongColumn, Push, TextColumn, TimeColumn, batch, quarantine_schema,
};
use crate::store::{Table, Tables};

/// Which lines of an input are in the quarantine already, from an offset on. Only a kill between
/// two commits, or a last line that is still growing, leaves any behind the committed position.
#[derive(Default)]
pub(crate) struct Present(HashSet<(i64, i64, Option<Vec<u8>>)>);

impl Present {
    pub(crate) fn read(store: &Tables, input: i64, from: u64) -> Result<Self, StoreError> {
        let from = as_i64(from);
        let sql = format!(
            "SELECT \"offset\", length, coalesce(raw, raw_sha256) AS bytes FROM quarantine \
             WHERE input = {input} AND \"offset\" >= {from}"
        );
        let table = store.load(Table::Quarantine)?;
        let mut present = HashSet::new();
        for batch in over(store.runtime(), "quarantine", &table, &sql)? {
            let long = |name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
            let (Some(offsets), Some(lengths)) = (long("offset"), long("length")) else {
                continue;
            };
            let raw = batch.column_by_name("bytes").map(bytes).unwrap_or_default();
            let places = offsets.values().iter().zip(lengths.values());
            present.extend(
                places
                    .zip(raw)
                    .map(|((offset, length), raw)| (*offset, *length, raw)),
            );
        }
        Ok(Self(present))
    }

    pub(crate) fn has(&self, line: &SetAside) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let digest = line.sha256.map(Vec::from);
        let raw = digest.or_else(|| line.raw.clone());
        self.0
            .contains(&(line.place.offset, line.place.length, raw))
    }
}

#[derive(Default)]
struct Columns {
    input: LongColumn,
    path: TextColumn,
    source: TextColumn,
    line: LongColumn,
    offset: LongColumn,
    length: LongColumn,
    reason: TextColumn,
    message: TextColumn,
    record: TextColumn,
    field: TextColumn,
    offset_in_line: LongColumn,
    raw: BytesColumn,
    raw_sha256: BytesColumn,
    raw_file: TextColumn,
    observed_ts: TimeColumn,
}

/// Folder of records that are too large for a row, beside the tables.
pub(crate) const FILES: &str = "quarantine-raw";

/// Writes a record that is too large for a row to a file of its own; gives its path in the store. The
/// name says which record it is, so that a second attempt writes the same file, and no other input
/// relies on it.
fn put_beside(
    store: &Tables,
    input: i64,
    line: &mut SetAside,
) -> Result<Option<String>, StoreError> {
    let Some(sha256) = line.sha256 else {
        return Ok(None);
    };
    let Some(raw) = line.raw.take() else {
        return Ok(None);
    };
    let content = sha256.first_chunk().copied().unwrap_or_default();
    let content = u64::from_be_bytes(content);
    let offset = line.place.offset;
    let name = format!("{FILES}/{input:016x}-{offset}-{content:016x}");
    store.files().write_private(&name, raw)?;
    Ok(Some(name))
}

/// The rows of some records.
pub(crate) fn rows(
    store: &Tables,
    input: i64,
    lines: Vec<SetAside>,
    about: &Described<'_>,
) -> Result<RecordBatch, StoreError> {
    let count = lines.len();
    let mut to = Columns::default();
    for (row, mut line) in lines.into_iter().enumerate() {
        let file = put_beside(store, input, &mut line)?;
        let record = line.rejection.record.map(|within| Cow::from(within.path));
        to.input.push(row, &input);
        to.path.push(row, &Cow::from(about.path.as_ref()));
        to.source.push(row, &Cow::from(about.source));
        to.line.push(row, &line.place.line);
        to.offset.push(row, &line.place.offset);
        to.length.push(row, &line.place.length);
        to.reason.push(row, &Cow::from(line.rejection.code));
        to.message.push(row, &Cow::from(line.rejection.message));
        to.record.push(row, &record);
        to.field.push(row, &line.rejection.field.map(Cow::from));
        to.offset_in_line
            .push(row, &line.rejection.offset_in_line.map(as_i64));
        to.raw.push(row, &line.raw);
        to.raw_sha256.push(row, &line.sha256);
        to.raw_file.push(row, &file.map(Cow::from));
        to.observed_ts.push(row, &about.observed);
    }
    let arrays = vec![
        to.input.finish(count),
        to.path.finish(count),
        to.source.finish(count),
        to.line.finish(count),
        to.offset.finish(count),
        to.length.finish(count),
        to.reason.finish(count),
        to.message.finish(count),
        to.record.finish(count),
        to.field.finish(count),
        to.offset_in_line.finish(count),
        to.raw.finish(count),
        to.raw_sha256.finish(count),
        to.raw_file.finish(count),
        to.observed_ts.finish(count),
    ];
    batch(quarantine_schema(), arrays, count)
}
