//! Events that rules are interested in: found by their conditions, then read whole.
//!
//! A condition looks at few columns of all events, a finding shows many columns of few. Both at once
//! would carry every column of every event through the joins of the views.

use std::collections::{BTreeMap, BTreeSet};

use deltalake::arrow::array::RecordBatch;
use deltalake::datafusion::logical_expr::Expr;
use deltalake::datafusion::prelude::{DataFrame, col, ident, lit};
use deltalake::datafusion::scalar::ScalarValue;
use fidoscope_detect::Rule;
use fidoscope_report::Cell;

use super::{lower, related_columns, word};
use crate::query::{bytes, is_of_credential, table, texts};
use crate::{Store, StoreError};

/// Events that are read whole in one query at most: each is a word of it.
const AT_ONCE: usize = 20_000;

/// Columns of a witness beside its facts.
const FRAME: [&str; 6] = [
    "event_id",
    "source",
    "kind",
    "ts",
    "raw_ref",
    "previous_event_id",
];

/// Time of an event as a number, beside its columns.
pub(super) const MICROS: &str = "ts_micros";

/// The values of an event, by column.
pub(super) type Row = BTreeMap<String, Cell>;

/// What names an event: its source and its identifier.
pub(super) type Name = (String, String);

/// What leads to an event, and to those that its counter and its challenge are compared with.
pub(super) struct Key {
    source: String,
    event_id: String,
    credential: Option<Vec<u8>>,
    challenge: Option<Vec<u8>>,
}

impl Key {
    /// Columns that it is made of.
    pub(super) const COLUMNS: [&str; 4] = ["source", "event_id", "credential_id", "challenge_hash"];

    pub(super) fn name(&self) -> Name {
        (self.source.clone(), self.event_id.clone())
    }

    /// The keys of the rows of a batch that begins with these columns.
    pub(super) fn all(batch: &RecordBatch) -> Vec<Self> {
        let [sources, ids, credentials, challenges, ..] = batch.columns() else {
            return Vec::new();
        };
        let names = texts(sources).into_iter().zip(texts(ids));
        let compared = bytes(credentials).into_iter().zip(bytes(challenges));
        let mut keys = Vec::new();
        for ((source, event_id), (credential, challenge)) in names.zip(compared) {
            keys.push(Self {
                source: source.unwrap_or_default(),
                event_id: event_id.unwrap_or_default(),
                credential,
                challenge,
            });
        }
        keys
    }
}

/// The view that has what is looked at. What is known about credentials costs a join, so only who
/// looks at it pays for it.
pub(super) fn view(columns: &BTreeSet<&str>) -> &'static str {
    if columns.iter().any(|column| is_of_credential(column)) {
        "events_enriched"
    } else {
        "events_counted"
    }
}

impl Store {
    /// The events that satisfy a condition, each once.
    pub(super) fn keys(&self, condition: &Expr) -> Result<Vec<Key>, StoreError> {
        let view = "events_once";
        let (_, batches) = (self.engine()?).of_view(self.runtime(), view, |frame| {
            let columns = Key::COLUMNS.map(ident).to_vec();
            Ok(frame.filter(condition.clone())?.select(columns)?)
        })?;
        Ok(batches.iter().flat_map(Key::all).collect())
    }

    /// What rules look at and show of these events.
    pub(super) fn rows(
        &self,
        rules: &[&Rule],
        keys: &[&Key],
    ) -> Result<BTreeMap<Name, Row>, StoreError> {
        let mut columns: BTreeSet<&str> = FRAME.into();
        for rule in rules {
            columns.extend(rule.fact_columns());
            columns.extend(related_columns(rule));
        }
        let mut found = BTreeMap::new();
        for keys in keys.chunks(AT_ONCE) {
            let condition = these(keys);
            let engine = self.engine()?;
            let (schema, batches) = engine.of_view(self.runtime(), view(&columns), |frame| {
                select(frame.filter(condition.clone())?, &columns)
            })?;
            let rows = table(&schema, &batches)?;
            let names: Vec<String> = rows.columns.into_iter().map(|column| column.name).collect();
            for row in rows.rows {
                let row: Row = names.iter().cloned().zip(row).collect();
                let text = |name: &str| row.get(name).and_then(word).map(str::to_owned);
                if let (Some(source), Some(event_id)) = (text("source"), text("event_id")) {
                    found.insert((source, event_id), row);
                }
            }
        }
        Ok(found)
    }
}

/// The condition that selects events by their identifiers, and with them those of other sources that
/// have the same.
///
/// Their credentials and challenges say nothing new, but a planner that sees them compares the counters
/// of these credentials alone, and counts the uses of these challenges alone. It does so where a column
/// is among some values; that it may also be NULL is more than it follows.
fn these(keys: &[&Key]) -> Expr {
    let ids: BTreeSet<&str> = keys.iter().map(|key| key.event_id.as_str()).collect();
    let text = |id: &str| lit(ScalarValue::Utf8View(Some(id.to_owned())));
    let by_id = ident("event_id").in_list(ids.into_iter().map(text).collect(), false);
    let credentials = among("credential_id", keys.iter().map(|key| &key.credential));
    let challenges = among("challenge_hash", keys.iter().map(|key| &key.challenge));
    let narrowed = credentials.into_iter().chain(challenges);
    narrowed.fold(by_id, Expr::and)
}

/// The condition that a column is one of these values; none where one is unknown.
fn among<'k>(column: &str, values: impl Iterator<Item = &'k Option<Vec<u8>>>) -> Option<Expr> {
    let values: Option<BTreeSet<&[u8]>> = values.map(Option::as_deref).collect();
    let binary = |value: &[u8]| lit(ScalarValue::BinaryView(Some(value.to_vec())));
    let values = values?.into_iter().map(binary).collect();
    Some(ident(column).in_list(values, false))
}

/// The columns, with the time as a number too, and the place in parts.
fn select(frame: DataFrame, columns: &BTreeSet<&str>) -> Result<DataFrame, StoreError> {
    let mut wanted = Vec::new();
    for column in columns {
        match *column {
            "raw_ref" => {
                for part in ["input", "line", "offset", "length"] {
                    let value = lower::field(ident("raw_ref"), part);
                    wanted.push(value.alias(format!("raw_{part}")));
                }
            }
            "ts" => {
                wanted.push(lower::micros(col("ts")).alias(MICROS));
                wanted.push(ident("ts"));
            }
            other => wanted.push(ident(other)),
        }
    }
    Ok(frame.select(wanted)?)
}
