//! The condition of a rule as a DataFusion expression.
//!
//! The meaning of every node is that of `fidoscope_detect::Expr::matches`: truth has three values
//! in both, and only true selects a row.

use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::functions::core::expr_fn::get_field;
use deltalake::datafusion::functions_nested::expr_fn::{
    array_has, array_to_string, string_to_array,
};
use deltalake::datafusion::logical_expr::{Expr, Like, Operator, binary_expr, cast};
use deltalake::datafusion::prelude::{ident, lit};
use deltalake::datafusion::scalar::ScalarValue;
use fidoscope_detect::{self as detect, ColumnType, Comparator, Pattern, Rule, Test};

use crate::StoreError;
use crate::query::{fold_case, text_of};

/// Stands between the members of a list that is folded as one text.
const BETWEEN: &str = "\u{1f}";

/// The condition of a rule.
pub(super) fn condition(rule: &Rule) -> Result<Expr, StoreError> {
    expression(rule.condition()).map_err(|reason| StoreError::Rule {
        rule: rule.id().to_owned(),
        reason,
    })
}

fn expression(condition: &detect::Expr) -> Result<Expr, String> {
    Ok(match condition {
        detect::Expr::And(all) => {
            let mut all = all.iter().map(expression);
            let first = all.next().unwrap_or_else(|| Ok(lit(true)))?;
            all.try_fold(first, |left, right| Ok::<_, String>(left.and(right?)))?
        }
        detect::Expr::Or(any) => {
            let mut any = any.iter().map(expression);
            let first = any.next().unwrap_or_else(|| Ok(lit(false)))?;
            any.try_fold(first, |left, right| Ok::<_, String>(left.or(right?)))?
        }
        detect::Expr::Not(inner) => !expression(inner)?,
        detect::Expr::IsNull(column) => ident(*column).is_null(),
        detect::Expr::Test(column, test) => match holds(column) {
            Some(ColumnType::TextList) => list(column, test)?,
            Some(_) => single(column, test),
            None => return Err(format!("{column} is not a column")),
        },
    })
}

fn holds(column: &str) -> Option<ColumnType> {
    detect::column(column).map(|column| column.column_type)
}

fn single(column: &str, test: &Test) -> Expr {
    let value = ident(column);
    match test {
        Test::Bool(wanted) => value.eq(lit(*wanted)),
        Test::Bytes(wanted) => value.eq(lit(ScalarValue::Binary(Some(wanted.clone())))),
        Test::Integer(comparator, wanted) => compare(value, *comparator, lit(*wanted)),
        Test::Number(comparator, wanted) => compare(value, *comparator, lit(*wanted)),
        Test::Time(comparator, wanted) => {
            let zone = Some("UTC".into());
            let wanted = ScalarValue::TimestampMicrosecond(Some(*wanted), zone);
            compare(value, *comparator, lit(wanted))
        }
        Test::Text {
            pattern,
            cased: true,
        } => text(value, pattern),
        Test::Text {
            pattern,
            cased: false,
        } => text(folded(value), &pattern.folded()),
        Test::Regex(regex) => binary_expr(value, Operator::RegexMatch, lit(regex.as_str())),
    }
}

/// A text without its letter case.
fn folded(text: Expr) -> Expr {
    fold_case().call(vec![text])
}

fn compare(value: Expr, comparator: Comparator, wanted: Expr) -> Expr {
    match comparator {
        Comparator::Equal => value.eq(wanted),
        Comparator::Less => value.lt(wanted),
        Comparator::LessOrEqual => value.lt_eq(wanted),
        Comparator::Greater => value.gt(wanted),
        Comparator::GreaterOrEqual => value.gt_eq(wanted),
    }
}

fn text(value: Expr, pattern: &Pattern) -> Expr {
    match pattern.literal() {
        Some(literal) => value.eq(lit(literal)),
        None => {
            let like = lit(pattern.to_like());
            Expr::Like(Like::new(
                false,
                Box::new(value),
                Box::new(like),
                Some('\\'),
                false,
            ))
        }
    }
}

/// A member of the list is this text. Members are short words, so case is taken away from all of
/// them at once.
fn list(column: &str, test: &Test) -> Result<Expr, String> {
    let refused = || format!("{column} is a list: only whole members can be compared");
    let Test::Text { pattern, cased } = test else {
        return Err(refused());
    };
    if *cased {
        let member = pattern.literal().ok_or_else(refused)?;
        return Ok(array_has(ident(column), lit(member)));
    }
    let wanted = pattern.folded();
    let member = wanted.literal().ok_or_else(refused)?;
    let joined = folded(array_to_string(ident(column), lit(BETWEEN)));
    Ok(array_has(
        string_to_array(joined, lit(BETWEEN), lit(ScalarValue::Utf8(None))),
        lit(member),
    ))
}

/// A column the way a table shows it.
pub(super) fn written(column: &str) -> Result<Expr, StoreError> {
    match holds(column) {
        Some(ColumnType::Text) => Ok(ident(column)),
        Some(ColumnType::Bytes(_)) => {
            Ok(text_of().call(vec![lit(column), cast(ident(column), DataType::Binary)]))
        }
        _ => Err(StoreError::UnknownColumn {
            name: column.to_owned(),
            hint: " that events can be found by".to_owned(),
        }),
    }
}

/// A part of a struct.
pub(super) fn field(value: Expr, part: &str) -> Expr {
    get_field(value, part)
}

/// A time as microseconds since the epoch.
pub(super) fn micros(time: Expr) -> Expr {
    cast(time, DataType::Int64)
}
