//! A small table: what a query returns and a panel draws.

use serde::Serialize;

use crate::Cell;

/// Alignment of a column when drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// Text.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Alignment.
    pub align: Align,
}

/// Rows under named columns; every row has one cell per column.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table whose columns hold text.
    #[must_use]
    pub fn with_columns(names: &[&str]) -> Self {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            align: Align::Left,
        };
        Self {
            columns: names.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }
}
