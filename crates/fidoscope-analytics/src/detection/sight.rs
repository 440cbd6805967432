//! Whether the store can show what a rule looks for.

use std::collections::{BTreeMap, BTreeSet};

use deltalake::datafusion::functions_aggregate::expr_fn::count;
use deltalake::datafusion::prelude::{ident, lit};
use fidoscope_detect::{Expr, Rule, Value};
use fidoscope_report::Cell;

use super::view;
use crate::query::{collect, table};
use crate::{Store, StoreError};

/// What a rule can see of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSight {
    /// Identifier of the rule.
    pub rule_id: String,
    /// Events in the store.
    pub events: u64,
    /// Columns of the condition that no event carries.
    pub missing: Vec<&'static str>,
    /// Whether the condition cannot become true without them, whatever happened.
    pub blind: bool,
}

impl Store {
    /// Tells what each rule can see: no finding of a rule that sees nothing is no good news.
    pub fn sight(&self, rules: &[&Rule]) -> Result<Vec<RuleSight>, StoreError> {
        let columns: BTreeSet<&'static str> = rules
            .iter()
            .flat_map(|rule| rule.condition().columns())
            .collect();
        let mut carried: BTreeMap<&'static str, u64> = BTreeMap::new();
        for of_source in self.carried(&columns)?.into_values() {
            for (column, count) in of_source {
                *carried.entry(column).or_default() += count;
            }
        }
        let events = carried.get("*").copied().unwrap_or(0);
        let sight = |rule: &&Rule| {
            let mut missing = rule.condition().columns();
            missing.retain(|column| carried.get(column).is_none_or(|count| *count == 0));
            let known = Known {
                missing: &missing,
                kinds: None,
            };
            RuleSight {
                rule_id: rule.id().to_owned(),
                events,
                blind: !can_be(rule.condition(), true, known),
                missing,
            }
        };
        Ok(rules.iter().map(sight).collect())
    }

    /// How many events of each source carry each of the columns; `*` counts all events.
    pub(crate) fn carried(&self, columns: &BTreeSet<&'static str>) -> Result<Carried, StoreError> {
        let of_rules = columns.iter().copied().collect();
        let names = || std::iter::once("*").chain(columns.iter().copied());
        let engine = self.engine()?;
        let frame = engine.filter(self.runtime(), view(&of_rules), lit(true))?;
        let counts = names().enumerate().map(|(index, name)| {
            let counted = if name == "*" { lit(1) } else { ident(name) };
            count(counted).alias(format!("count_{index}"))
        });
        let frame = frame.aggregate(vec![ident("source")], counts.collect())?;
        let (schema, batches) = self.runtime().block_on(collect(frame))?;
        let number = |cell: &Cell| match cell {
            Cell::Integer(count) => u64::try_from(*count).unwrap_or(0),
            _ => 0,
        };
        let rows = table(&schema, &batches)?.rows;
        let sources = rows.iter().filter_map(|row| match row.as_slice() {
            [Cell::Text(source), counts @ ..] => {
                let counts = names().zip(counts.iter().map(number));
                Some((source.clone(), counts.collect()))
            }
            _ => None,
        });
        Ok(sources.collect())
    }
}

/// How many events of each source carry each column.
pub(crate) type Carried = BTreeMap<String, BTreeMap<&'static str, u64>>;

/// What is known of the events that a condition is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// Columns that are unknown everywhere.
    pub(crate) missing: &'a [&'a str],
    /// The kinds of event that there are, where that is to count.
    pub(crate) kinds: Option<&'a BTreeSet<String>>,
}

/// Whether a condition can become true (or false) for some event of which this is known.
pub(crate) fn can_be(condition: &Expr, truth: bool, known: Known<'_>) -> bool {
    let missing = known.missing;
    match condition {
        Expr::And(parts) if truth => parts.iter().all(|part| can_be(part, true, known)),
        Expr::And(parts) => parts.iter().any(|part| can_be(part, false, known)),
        Expr::Or(parts) if truth => parts.iter().any(|part| can_be(part, true, known)),
        Expr::Or(parts) => parts.iter().all(|part| can_be(part, false, known)),
        Expr::Not(inner) => can_be(inner, !truth, known),
        Expr::IsNull(column) => truth || !missing.contains(column),
        Expr::Test("kind", test) => known.kinds.is_none_or(|kinds| {
            let holds = |kind: &String| test.holds(&Value::Text(kind.clone())) == Some(truth);
            kinds.iter().any(holds)
        }),
        Expr::Test(column, _) => !missing.contains(column),
    }
}
