//! A row of events with named columns, for the reference meaning of conditions.

use std::collections::BTreeMap;

/// A value of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Unknown.
    #[default]
    Null,
    /// Truth value.
    Bool(bool),
    /// Whole number.
    Integer(i64),
    /// Number.
    Number(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// List of texts.
    List(Vec<String>),
}

/// Something with named columns.
pub trait Row {
    /// The value of a column; `Null` when it is unknown.
    fn value(&self, column: &str) -> Value;
}

impl Row for BTreeMap<String, Value> {
    fn value(&self, column: &str) -> Value {
        self.get(column).cloned().unwrap_or_default()
    }
}
