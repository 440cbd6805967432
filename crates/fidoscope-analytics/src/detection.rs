//! Rules over the enriched events: DataFusion finds the rows, `fidoscope_detect` makes findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::DateTime;
use deltalake::datafusion::logical_expr::Expr;
use deltalake::datafusion::prelude::lit;
use fidoscope_detect::{Match, Related, Rule, findings};
use fidoscope_report::{Cell, Finding, RawPlace, RuleSight, Witness};

use crate::{Span, Store, StoreError};

mod look;
mod lower;
mod rows;
mod sight;
#[cfg(test)]
mod tests;

pub(crate) use look::Look;
use rows::{Key, MICROS, Name, Row};
pub(crate) use sight::{Known, Sighted, can_be, kinds_of, made_of};

/// What rules found, and what they could see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detected {
    /// Worst first.
    pub findings: Vec<Finding>,
    /// One for each active rule, in their order.
    pub sights: Vec<RuleSight>,
}

impl Store {
    /// Runs rules over the store, or over the events of a span; what came before the span still
    /// counts for the counters. Rules that are not active are passed over.
    ///
    /// However many rules there are, all events are read twice at most: once for what matches and for what
    /// can be seen at all, and once for the events that the rules want to see beside it. What is found is
    /// then read whole.
    pub fn detect(&self, rules: &[&Rule], span: Option<Span>) -> Result<Detected, StoreError> {
        let active = rules.iter().copied().filter(|rule| rule.is_active());
        let rules: Vec<&Rule> = active.collect();
        if rules.is_empty() {
            return Ok(Detected::default());
        }
        let Look { carried, matched } = self.look(&rules, span)?;
        let sight = |(index, rule): (usize, &&Rule)| sight::of_rule(rule, index, &carried);
        Ok(Detected {
            sights: rules.iter().enumerate().map(sight).collect(),
            findings: self.found(&rules, &matched)?,
        })
    }

    /// The findings that come of what rules match.
    fn found(
        &self,
        rules: &[&Rule],
        matched: &[(Key, Vec<usize>)],
    ) -> Result<Vec<Finding>, StoreError> {
        if matched.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<&Key> = matched.iter().map(|(key, _)| key).collect();
        let rows = self.rows(rules, &keys)?;
        let of_rule = |(number, rule): (usize, &&Rule)| {
            let own = matched.iter().filter(|(_, rules)| rules.contains(&number));
            let own = own.filter_map(|(key, _)| rows.get(&key.name()));
            own.map(|row| Seen::new(row, rule)).collect()
        };
        let matched: Vec<Vec<Seen>> = rules.iter().enumerate().map(of_rule).collect();
        let related = self.related(rules, &matched)?;
        let paths = self.paths()?;
        let mut found = Vec::new();
        for ((rule, related), matched) in rules.iter().zip(related).zip(matched) {
            let matches = matched.into_iter().map(|seen| related.of(seen, &paths));
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

    /// The events that each rule wants to see beside its matches.
    fn related(
        &self,
        rules: &[&Rule],
        matched: &[Vec<Seen>],
    ) -> Result<Vec<RelatedEvents>, StoreError> {
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (rule, matched) in rules.iter().zip(matched) {
            for related in rule.related() {
                for seen in matched {
                    let (column, value) = match related {
                        Related::Previous => ("event_id", seen.previous.as_deref()),
                        Related::Same(column) => (*column, seen.same.get(column).and_then(word)),
                    };
                    wanted.entry(column).or_default().extend(value);
                }
            }
        }
        let mut any = lit(false);
        for (column, values) in wanted {
            let values = values.into_iter().map(lit).collect();
            any = any.or(lower::written(column)?.in_list(values, false));
        }
        let keys = match any {
            Expr::Literal(..) => Vec::new(),
            any => self.keys(&any)?,
        };
        let rows = self.rows(rules, &keys.iter().collect::<Vec<_>>())?;
        let of_rule = |rule: &&Rule| RelatedEvents::new(rule, &rows);
        Ok(rules.iter().map(of_rule).collect())
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
    fn new(row: &Row, rule: &Rule) -> Self {
        let text = |name: &str| row.get(name).and_then(word).map(str::to_owned);
        let long = |name: &str| match row.get(name) {
            Some(Cell::Integer(value)) => Some(*value),
            _ => None,
        };
        let cell = |name: &&'static str| (*name, row.get(*name).cloned().unwrap_or(Cell::Null));
        let count = |name: &str| long(name).and_then(|value| u64::try_from(value).ok());
        let witness = Witness {
            event_id: text("event_id").unwrap_or_default(),
            ts: long(MICROS)
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
            facts: (rule.fact_columns().iter().map(cell))
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

    fn placed(mut self, paths: &HashMap<i64, String>) -> Witness {
        let path = self.input.and_then(|input| paths.get(&input));
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
    fn new(rule: &Rule, rows: &BTreeMap<Name, Row>) -> Self {
        let mut events = Self::default();
        for related in rule.related() {
            for event in rows.values().map(|row| Seen::new(row, rule)) {
                events.add(*related, event);
            }
        }
        events
    }

    fn add(&mut self, related: Related, event: Seen) {
        match related {
            Related::Previous => {
                let key = (event.witness.source.clone(), event.witness.event_id.clone());
                self.previous.insert(key, event);
            }
            Related::Same(column) => {
                if let Some(value) = event.same.get(column).and_then(word) {
                    self.same
                        .entry((column, value.to_owned()))
                        .or_default()
                        .push(event);
                }
            }
        }
    }

    fn of(&self, seen: Seen, paths: &HashMap<i64, String>) -> Match {
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
