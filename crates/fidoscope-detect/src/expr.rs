//! The condition of a rule as a small expression over columns, and its reference meaning.

use std::cmp::Ordering;

use crate::{Pattern, Row, Value};

#[cfg(test)]
mod tests;

/// A condition over one event.
///
/// Truth has three values, as in SQL: a test of a column that the source does not fill is unknown,
/// `not` keeps unknown unknown, `and` is false as soon as one side is false, `or` is true as soon
/// as one side is true. Only `true` matches. Sigma's own reading, where a missing field is false
/// and `not` makes it true, would let every source that logs no flags fire on `not backed_up`; a
/// rule that wants the unknown says so with `field: null`.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All hold; an empty list holds.
    And(Vec<Expr>),
    /// One holds; an empty list does not.
    Or(Vec<Expr>),
    /// Does not hold.
    Not(Box<Expr>),
    /// The column is unknown; this itself is always true or false.
    IsNull(&'static str),
    /// The column passes the test. For a list of texts: one member does.
    Test(&'static str, Test),
}

/// A test of a column that is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal to this truth value.
    Bool(bool),
    /// Equal to these bytes.
    Bytes(Vec<u8>),
    /// A whole number compared.
    Integer(Comparator, i64),
    /// A number compared.
    Number(Comparator, f64),
    /// A point in time compared, microseconds since the epoch.
    Time(Comparator, i64),
    /// The whole text matches.
    Text {
        /// What it looks like.
        pattern: Pattern,
        /// Whether case matters; without it both sides are folded ([`crate::fold_case`]).
        cased: bool,
    },
    /// A regular expression matches somewhere in the text; it carries its own flags, `(?i)`.
    Regex(Regex),
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparator {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A regular expression that compiles; equal when its text is.
#[derive(Clone, Debug)]
pub struct Regex(regex::Regex);

impl Expr {
    /// Whether the row matches; `None` when the row cannot tell.
    #[must_use]
    pub fn matches(&self, row: &dyn Row) -> Option<bool> {
        match self {
            Self::And(all) => all
                .iter()
                .try_fold(Some(true), |so_far, expr| {
                    match (so_far, expr.matches(row)) {
                        (_, Some(false)) => Err(()),
                        (Some(true), Some(true)) => Ok(Some(true)),
                        _ => Ok(None),
                    }
                })
                .unwrap_or(Some(false)),
            Self::Or(any) => any
                .iter()
                .try_fold(Some(false), |so_far, expr| {
                    match (so_far, expr.matches(row)) {
                        (_, Some(true)) => Err(()),
                        (Some(false), Some(false)) => Ok(Some(false)),
                        _ => Ok(None),
                    }
                })
                .unwrap_or(Some(true)),
            Self::Not(inner) => inner.matches(row).map(|holds| !holds),
            Self::IsNull(column) => Some(row.value(column) == Value::Null),
            Self::Test(column, test) => test.holds(&row.value(column)),
        }
    }

    /// The columns that the condition looks at, sorted, each once.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        let mut columns = Vec::new();
        self.collect(&mut columns);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    fn collect(&self, columns: &mut Vec<&'static str>) {
        match self {
            Self::And(inner) | Self::Or(inner) => {
                for expr in inner {
                    expr.collect(columns);
                }
            }
            Self::Not(inner) => inner.collect(columns),
            Self::IsNull(column) | Self::Test(column, _) => columns.push(column),
        }
    }
}

impl Test {
    /// Whether the value passes; `None` when it is unknown or of a type that cannot be tested so.
    #[must_use]
    pub fn holds(&self, value: &Value) -> Option<bool> {
        match (self, value) {
            (Self::Text { .. } | Self::Regex(_), Value::List(members)) => {
                Some(members.iter().any(|member| self.holds_for_text(member)))
            }
            (Self::Text { .. } | Self::Regex(_), Value::Text(text)) => {
                Some(self.holds_for_text(text))
            }
            (Self::Bool(wanted), Value::Bool(found)) => Some(wanted == found),
            (Self::Bytes(wanted), Value::Bytes(found)) => Some(wanted == found),
            (
                Self::Integer(comparator, wanted) | Self::Time(comparator, wanted),
                Value::Integer(found),
            ) => Some(comparator.accepts(found.cmp(wanted))),
            (Self::Number(comparator, wanted), Value::Number(found)) => found
                .partial_cmp(wanted)
                .map(|order| comparator.accepts(order)),
            _ => None,
        }
    }

    fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Self::Text { pattern, cased } => pattern.matches(text, *cased),
            Self::Regex(regex) => regex.0.is_match(text),
            _ => false,
        }
    }
}

impl Comparator {
    /// Whether `found.cmp(wanted)` is as wanted.
    #[must_use]
    pub fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Regex {
    /// Compiles the expression (syntax of the `regex` crate, no look-around).
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        regex::Regex::new(text).map(Self)
    }

    /// The expression, flags included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
