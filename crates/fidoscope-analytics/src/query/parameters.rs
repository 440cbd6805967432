//! Parameters of a query: times that stand in it as `$name`.

use chrono::{DateTime, Utc};
use deltalake::datafusion::common::ScalarValue;
use deltalake::datafusion::logical_expr::LogicalPlan;

use crate::StoreError;

/// Times by the names that a query has for them, without the `$`.
pub type Parameters<'a> = &'a [(&'static str, DateTime<Utc>)];

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
