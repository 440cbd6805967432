//! The rows of a query.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Document;
use crate::sheet::{Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Column, Table, number};

impl Document {
    /// What a query returned; each row is an object under its column names.
    #[must_use]
    pub fn rows(table: Table) -> Self {
        let items: Vec<Row<'_>> = table
            .rows
            .iter()
            .map(|cells| Row {
                columns: &table.columns,
                cells,
            })
            .collect();
        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let columns = super::json(&names);
        let sheet = sheet(&table);
        let mut document = Self::new("rows", &items, Table::default(), sheet, "no rows");
        document.head.push(("columns", columns));
        document.table = table;
        document
    }
}

struct Row<'a> {
    columns: &'a [Column],
    cells: &'a [Cell],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(&column.name, cell)?;
        }
        map.end()
    }
}

/// A table of any columns; the last ones leave first when space is short.
pub(super) fn sheet(table: &Table) -> Sheet {
    let mut sheet = Sheet::default();
    for column in &table.columns {
        let cut = if column.align == Align::Right {
            Cut::Never
        } else {
            Cut::End
        };
        sheet = sheet.column(&column.name, 1, column.align, cut);
    }
    sheet.rows = table
        .rows
        .iter()
        .map(|row| row.iter().map(shown).collect())
        .collect();
    sheet
}

pub(super) fn shown(cell: &Cell) -> Shown {
    match cell {
        Cell::Null => Shown::toned("NULL", Tone::Faint),
        Cell::Bool(value) => Shown::plain(value.to_string()),
        // Not grouped: an integer may be a port, a status or a year as well as an amount.
        Cell::Integer(value) => Shown::plain(value.to_string()),
        Cell::Number(value) => Shown::plain(number::number(*value).replace(' ', "")),
        Cell::Text(value) => Shown::plain(value),
    }
}
