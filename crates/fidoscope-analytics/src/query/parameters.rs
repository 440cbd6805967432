//! Parameters of a query: times that stand in it as `$name`.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use deltalake::datafusion::common::ScalarValue;
use deltalake::datafusion::logical_expr::LogicalPlan;
use deltalake::datafusion::sql::parser::Statement;
use deltalake::datafusion::sql::sqlparser::ast::{Expr, Value, visit_expressions_mut};
use deltalake::datafusion::sql::sqlparser::dialect::GenericDialect;
use deltalake::datafusion::sql::sqlparser::parser::Parser;

use crate::StoreError;

/// Times by the names that a query has for them, without the `$`.
pub type Parameters<'a> = &'a [(&'static str, DateTime<Utc>)];

/// Says of each parameter in a statement that it is a time. The planner would guess a type from what
/// stands beside it, and takes the difference of two parameters for a number.
pub(super) fn declare(statement: &mut Statement, times: Parameters<'_>) {
    let Statement::Statement(statement) = statement else {
        return;
    };
    let _: ControlFlow<()> = visit_expressions_mut(statement.as_mut(), |expression| {
        if let Some(time) = as_time(expression, times) {
            *expression = time;
        }
        ControlFlow::Continue(())
    });
}

/// A parameter that is known, cast to the type of the column `ts`.
fn as_time(expression: &Expr, times: Parameters<'_>) -> Option<Expr> {
    let Expr::Value(value) = expression else {
        return None;
    };
    let Value::Placeholder(id) = &value.value else {
        return None;
    };
    let (name, _) = times
        .iter()
        .find(|(name, _)| id.strip_prefix('$') == Some(name))?;
    let cast = format!("arrow_cast(${name}, 'Timestamp(Microsecond, Some(\"UTC\"))')");
    let parser = Parser::new(&GenericDialect {}).try_with_sql(&cast);
    parser.ok()?.parse_expr().ok()
}

/// The plan with values of the type of the column `ts` in the place of its parameters. They are put
/// into the plan and not into the text, so that no value is read as SQL.
pub(super) fn fill(plan: LogicalPlan, times: Parameters<'_>) -> Result<LogicalPlan, StoreError> {
    let names = plan.get_parameter_names()?;
    let known = |id: &&String| {
        times
            .iter()
            .any(|(name, _)| id.strip_prefix('$') == Some(name))
    };
    if let Some(name) = names.iter().filter(|id| !known(id)).min() {
        return Err(StoreError::Parameter {
            name: name.clone(),
            known: hint(times),
        });
    }
    if names.is_empty() {
        return Ok(plan);
    }
    let value = |time: &DateTime<Utc>| {
        ScalarValue::TimestampMicrosecond(Some(time.timestamp_micros()), Some("UTC".into()))
    };
    let values: Vec<_> = times
        .iter()
        .map(|(name, time)| (*name, value(time)))
        .collect();
    Ok(plan.with_param_values(values)?)
}

fn hint(times: Parameters<'_>) -> String {
    let names: Vec<String> = times.iter().map(|(name, _)| format!("${name}")).collect();
    if names.is_empty() {
        "only queries of dashboards have parameters".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}
