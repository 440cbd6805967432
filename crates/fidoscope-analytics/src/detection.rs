//! Rules over the enriched events: DataFusion finds the rows, `fidoscope_detect` makes findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::DateTime;
use deltalake::datafusion::logical_expr::Expr;
use deltalake::datafusion::prelude::{DataFrame, col, ident, lit};
use fidoscope_detect::{Match, Related, Rule, findings};
use fidoscope_report::{Cell, Finding, RawPlace, Witness};

use crate::query::{collect, table};
use crate::span::time_bounds;
use crate::{Span, Store, StoreError};

mod lower;
#[cfg(test)]
mod tests;

const VIEW: &str = "events_enriched";

/// Columns of a witness beside its facts.
const FRAME: [&str; 6] = [
    "event_id",
    "source",
    "kind",
    "ts",
    "raw_ref",
    "previous_event_id",
];

impl Store {
    /// Runs rules over the store, or over the events of a span; what came before the span still
    /// counts for the counters. Rules that are not active are passed over.
    pub fn findings(
        &self,
        rules: &[&Rule],
        span: Option<Span>,
    ) -> Result<Vec<Finding>, StoreError> {
        let mut found = Vec::new();
        let mut paths = None;
        for rule in rules.iter().filter(|rule| rule.is_active()) {
            let condition = lower::condition(rule)?;
            let condition = match span {
                Some(span) => condition.and(time_bounds(span)),
                None => condition,
            };
            let matched = self.witnesses(rule, condition)?;
            if matched.is_empty() {
                continue;
            }
            let related = self.related(rule, &matched)?;
            if paths.is_none() {
                paths = Some(self.paths()?);
            }
            let paths = paths.as_ref();
            let matches = matched.into_iter().map(|seen| related.of(seen, paths));
            found.extend(findings(rule, matches));
        }
        found.sort_by(|a, b| {
            let by_level = b.level.cmp(&a.level);
            by_level
                .then_with(|| a.rule_id.cmp(&b.rule_id))
                .then_with(|| a.id.cmp(&b.id))
        });
        Ok(found)
    }

    fn witnesses(&self, rule: &Rule, condition: Expr) -> Result<Vec<Seen>, StoreError> {
        let engine = self.engine()?;
        let frame = engine.filter(self.runtime(), VIEW, condition)?;
        let facts = rule.fact_columns();
        let mut columns: Vec<&str> = facts.clone();
        columns.extend(related_columns(rule));
        columns.extend(FRAME);
        columns.sort_unstable();
        columns.dedup();
        let frame = select(frame, &columns)?;
        let (schema, batches) = self.runtime().block_on(collect(frame))?;
        let rows = table(&schema, &batches)?;
        let names: Vec<String> = rows.columns.into_iter().map(|column| column.name).collect();
        let seen = rows.rows.into_iter().map(|row| {
            let row: HashMap<&str, Cell> = names.iter().map(String::as_str).zip(row).collect();
            Seen::new(&row, &facts, rule)
        });
        Ok(seen.collect())
    }

    /// The events that the rule wants to see beside its matches, found by one more query.
    fn related(&self, rule: &Rule, matched: &[Seen]) -> Result<RelatedEvents, StoreError> {
        let mut events = RelatedEvents::default();
        for related in rule.related() {
            let (column, values) = match related {
                Related::Previous => {
                    let previous = matched.iter().filter_map(|seen| seen.previous.clone());
                    ("event_id", previous.map(lit).collect::<Vec<_>>())
                }
                Related::Same(column) => {
                    let values = matched.iter().filter_map(|seen| seen.same.get(column));
                    let keys: BTreeSet<&str> = values.filter_map(|value| word(value)).collect();
                    (*column, keys.into_iter().map(lit).collect())
                }
            };
            if values.is_empty() {
                continue;
            }
            let condition = lower::written(column)?.in_list(values, false);
            events.add(*related, self.witnesses(rule, condition)?);
        }
        Ok(events)
    }

    /// The path of each input, as the user named it last.
    fn paths(&self) -> Result<HashMap<i64, String>, StoreError> {
        let sql = "SELECT input, path FROM inputs ORDER BY \"offset\", observed_ts, path";
        let rows = self.engine()?.cells(self.runtime(), sql)?.rows;
        Ok(rows
            .into_iter()
            .filter_map(|row| match row.as_slice() {
                [Cell::Integer(input), Cell::Text(path)] => Some((*input, path.clone())),
                _ => None,
            })
            .collect())
    }
}

fn related_columns(rule: &Rule) -> Vec<&'static str> {
    let column = |related: &Related| match related {
        Related::Same(column) => Some(*column),
        Related::Previous => None,
    };
    rule.related().iter().filter_map(column).collect()
}

/// The columns, with the time as a number and the place in parts.
fn select(frame: DataFrame, columns: &[&str]) -> Result<DataFrame, StoreError> {
    let mut wanted = Vec::new();
    for column in columns {
        match *column {
            "raw_ref" => {
                for part in ["input", "line", "offset", "length"] {
                    let value = lower::field(ident("raw_ref"), part);
                    wanted.push(value.alias(format!("raw_{part}")));
                }
            }
            "ts" => wanted.push(lower::micros(col("ts")).alias("ts")),
            other => wanted.push(ident(other)),
        }
    }
    Ok(frame.select(wanted)?)
}

fn word(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) = cell {
        Some(text)
    } else {
        None
    }
}

/// A row of the view, read for a rule.
#[derive(Clone, Debug)]
struct Seen {
    witness: Witness,
    input: Option<i64>,
    previous: Option<String>,
    same: BTreeMap<&'static str, Cell>,
}

impl Seen {
    fn new(row: &HashMap<&str, Cell>, facts: &[&'static str], rule: &Rule) -> Self {
        let text = |name: &str| row.get(name).and_then(word).map(str::to_owned);
        let long = |name: &str| match row.get(name) {
            Some(Cell::Integer(value)) => Some(*value),
            _ => None,
        };
        let cell = |name: &&'static str| (*name, row.get(*name).cloned().unwrap_or(Cell::Null));
        let count = |name: &str| long(name).and_then(|value| u64::try_from(value).ok());
        let witness = Witness {
            event_id: text("event_id").unwrap_or_default(),
            ts: long("ts")
                .and_then(DateTime::from_timestamp_micros)
                .unwrap_or_default(),
            source: text("source").unwrap_or_default(),
            kind: text("kind").unwrap_or_default(),
            raw: count("raw_line").map(|line| RawPlace {
                path: String::new(),
                line,
                offset: count("raw_offset").unwrap_or(0),
                length: count("raw_length").unwrap_or(0),
            }),
            facts: facts
                .iter()
                .map(cell)
                .map(|(name, cell)| (name.to_owned(), cell))
                .collect(),
        };
        Self {
            witness,
            input: long("raw_input"),
            previous: text("previous_event_id"),
            same: related_columns(rule).iter().map(cell).collect(),
        }
    }

    fn placed(mut self, paths: Option<&HashMap<i64, String>>) -> Witness {
        let path = self.input.and_then(|input| paths?.get(&input));
        if let (Some(raw), Some(path)) = (&mut self.witness.raw, path) {
            raw.path.clone_from(path);
        }
        self.witness
    }
}

/// Events beside the matches: by source and identifier, and by column, source and value.
#[derive(Default)]
struct RelatedEvents {
    previous: HashMap<(String, String), Seen>,
    same: HashMap<(&'static str, String), Vec<Seen>>,
}

impl RelatedEvents {
    fn add(&mut self, related: Related, events: Vec<Seen>) {
        for event in events {
            match related {
                Related::Previous => {
                    let key = (event.witness.source.clone(), event.witness.event_id.clone());
                    self.previous.insert(key, event);
                }
                Related::Same(column) => {
                    if let Some(value) = event.same.get(column).and_then(word) {
                        let key = (column, value.to_owned());
                        self.same.entry(key).or_default().push(event);
                    }
                }
            }
        }
    }

    fn of(&self, seen: Seen, paths: Option<&HashMap<i64, String>>) -> Match {
        let mut related = Vec::new();
        if let Some(previous) = &seen.previous {
            let key = (seen.witness.source.clone(), previous.clone());
            related.extend(self.previous.get(&key).cloned());
        }
        for (column, value) in &seen.same {
            if let Some(value) = word(value) {
                let same = self
                    .same
                    .get(&(*column, value.to_owned()))
                    .into_iter()
                    .flatten();
                related.extend(
                    same.filter(|event| {
                        event.witness.event_id != seen.witness.event_id
                            || event.witness.source != seen.witness.source
                    })
                    .cloned(),
                );
            }
        }
        Match {
            event: seen.placed(paths),
            related: related
                .into_iter()
                .map(|event| event.placed(paths))
                .collect(),
        }
    }
}
