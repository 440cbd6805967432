//! Whether the store can show what a rule looks for.

use std::collections::{BTreeMap, BTreeSet};

use deltalake::datafusion::functions_aggregate::expr_fn::count;
use deltalake::datafusion::prelude::{ident, lit};
use fidoscope_detect::{Expr, Rule};
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
        let carried = self.carried(&columns)?;
        let events = carried.get("*").copied().unwrap_or(0);
        let sight = |rule: &&Rule| {
            let mut missing = rule.condition().columns();
            missing.retain(|column| carried.get(column).is_none_or(|count| *count == 0));
            RuleSight {
                rule_id: rule.id().to_owned(),
                events,
                blind: !can_be(rule.condition(), true, &missing),
                missing,
            }
        };
        Ok(rules.iter().map(sight).collect())
    }

    /// How many events carry each of the columns; `*` counts all events.
    fn carried(
        &self,
        columns: &BTreeSet<&'static str>,
    ) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        let of_rules = columns.iter().copied().collect();
        let names = || std::iter::once("*").chain(columns.iter().copied());
        let engine = self.engine()?;
        let frame = engine.filter(self.runtime(), view(&of_rules), lit(true))?;
        let counts = names().enumerate().map(|(index, name)| {
            let counted = if name == "*" { lit(1) } else { ident(name) };
            count(counted).alias(format!("count_{index}"))
        });
        let frame = frame.aggregate(Vec::new(), counts.collect())?;
        let (schema, batches) = self.runtime().block_on(collect(frame))?;
        let row = table(&schema, &batches)?
            .rows
            .into_iter()
            .next()
            .unwrap_or_default();
        let number = |cell| match cell {
            Cell::Integer(count) => u64::try_from(count).unwrap_or(0),
            _ => 0,
        };
        Ok(names().zip(row.into_iter().map(number)).collect())
    }
}

/// Whether a condition can become true (or false) while these columns are unknown everywhere.
fn can_be(condition: &Expr, truth: bool, missing: &[&str]) -> bool {
    match condition {
        Expr::And(parts) if truth => parts.iter().all(|part| can_be(part, true, missing)),
        Expr::And(parts) => parts.iter().any(|part| can_be(part, false, missing)),
        Expr::Or(parts) if truth => parts.iter().any(|part| can_be(part, true, missing)),
        Expr::Or(parts) => parts.iter().all(|part| can_be(part, false, missing)),
        Expr::Not(inner) => can_be(inner, !truth, missing),
        Expr::IsNull(column) => truth || !missing.contains(column),
        Expr::Test(column, _) => !missing.contains(column),
    }
}
