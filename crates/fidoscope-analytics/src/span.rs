//! A span of time.

use chrono::{DateTime, Utc};
use deltalake::datafusion::logical_expr::Expr;
use deltalake::datafusion::prelude::{col, lit};
use deltalake::datafusion::scalar::ScalarValue;

/// A span of time; its end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it starts.
    pub since: DateTime<Utc>,
    /// Where it ends.
    pub until: DateTime<Utc>,
}

impl Span {
    /// SQL condition on `ts`, and on the days, so that files of other days are not opened.
    pub(crate) fn condition(&self) -> String {
        let micros = |time: DateTime<Utc>| time_literal(time.timestamp_micros());
        format!(
            "(ts >= {since} AND ts < {until} AND event_date >= DATE '{first}' \
             AND event_date <= DATE '{last}')",
            since = micros(self.since),
            until = micros(self.until),
            first = self.since.format("%Y-%m-%d"),
            last = self.until.format("%Y-%m-%d"),
        )
    }
}

/// The same condition as an expression.
pub(crate) fn time_bounds(span: Span) -> Expr {
    let time = |time: DateTime<Utc>| {
        let micros =
            ScalarValue::TimestampMicrosecond(Some(time.timestamp_micros()), Some("UTC".into()));
        lit(micros)
    };
    col("ts")
        .gt_eq(time(span.since))
        .and(col("ts").lt(time(span.until)))
}

/// A time in SQL, of the same type as the column `ts`.
fn time_literal(micros: i64) -> String {
    format!("arrow_cast({micros}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}
