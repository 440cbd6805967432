//! The table of columns.

mod column;
mod event;

pub use column::{COLUMNS, Column, ColumnInfo, Given, Type};
pub use event::{Event, Text};
