//! A list of results that can be written in every format.

mod findings;
mod inputs;
mod models;
mod mutations;
mod practices;
pub(crate) mod replays;
mod rows;
mod slis;
mod sources;
mod support;
mod tried;

use serde::Serialize;

use crate::escape::{escape, escape_json};
use crate::sheet::Sheet;
use crate::{Cell, Format, Options, Table};

/// A list of results, ready to be written.
///
/// JSON is one object, `{"schema": "fidoscope.<name>/1", ..., "<name>": [...]}`; NDJSON is the list's
/// items, one a line; CSV holds the values as they are, table and Markdown as people read them.
#[derive(Clone, Debug)]
pub struct Document {
    name: &'static str,
    head: Vec<(&'static str, String)>,
    items: Vec<String>,
    table: Table,
    sheet: Sheet,
    detail: Option<String>,
    empty: &'static str,
}

impl Document {
    /// A list of the caller's own: its items for JSON, and a table of them for the other formats.
    pub fn list<T: Serialize>(name: &'static str, items: &[T], table: Table) -> Self {
        let sheet = rows::sheet(&table);
        Self::new(name, items, table, sheet, "nothing to show")
    }

    fn new<T: Serialize>(
        name: &'static str,
        items: &[T],
        table: Table,
        sheet: Sheet,
        empty: &'static str,
    ) -> Self {
        let items = items.iter().map(json).collect();
        Self {
            name,
            head: Vec::new(),
            items,
            table,
            sheet,
            detail: None,
            empty,
        }
    }

    /// Adds a member beside the list, e.g. the window that was looked at; JSON only.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: &impl Serialize) -> Self {
        self.head.push((member, json(value)));
        self
    }

    /// The raw values, as CSV writes them.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The document as text that ends in a line break, or is empty.
    #[must_use]
    pub fn render(&self, format: Format, options: Options) -> String {
        match format {
            Format::Table => self.text(options),
            Format::Json => escape_json(self.json()),
            Format::Ndjson => escape_json(self.items.iter().flat_map(|i| [i, "\n"]).collect()),
            Format::Csv => csv(&self.table, options.csv_safe),
            Format::Markdown => self.sheet.markdown(),
        }
    }

    fn text(&self, options: Options) -> String {
        if self.items.is_empty() {
            return format!("{}\n", self.empty);
        }
        match &self.detail {
            Some(detail) if options.detail => detail.clone(),
            _ => self.sheet.text(options.width, options.color),
        }
    }

    fn json(&self) -> String {
        let mut out = format!("{{\"schema\":\"fidoscope.{}/1\"", self.name);
        for (member, value) in &self.head {
            out.push_str(&format!(",\n\"{member}\":{value}"));
        }
        out.push_str(&format!(",\n\"{}\":[", self.name));
        for (i, item) in self.items.iter().enumerate() {
            out.push_str(if i == 0 { "\n" } else { ",\n" });
            out.push_str(item);
        }
        out.push_str("\n]}\n");
        out
    }
}

/// Writes the document; the same as [`Document::render`].
#[must_use]
pub fn render(document: &Document, format: Format, options: Options) -> String {
    document.render(format, options)
}

/// A value as JSON; our own types cannot fail, and a caller's that does becomes its error text.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{:?}", escape(&error.to_string())))
}

fn csv(table: &Table, safe: bool) -> String {
    let head = table.columns.iter().map(|c| Cell::Text(c.name.clone()));
    csv_lines(
        std::iter::once(head.collect()).chain(table.rows.iter().cloned()),
        safe,
    )
}

/// Lines of CSV. A `safe` cell is never a formula: spreadsheets evaluate text that begins with `=`,
/// `+`, `-` or `@`, quoted or not, so a `'` is put before it. Numbers stay numbers.
pub(crate) fn csv_lines(rows: impl Iterator<Item = Vec<Cell>>, safe: bool) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let line = row.iter().map(|cell| {
            let text = escape(&plain(cell)).into_owned();
            match cell {
                Cell::Text(_) if safe && text.starts_with(FORMULA) => format!("'{text}"),
                _ => text,
            }
        });
        let written = writer.write_record(line);
        debug_assert!(written.is_ok(), "rows are as long as the head");
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a formula of a spreadsheet begins with; the wide forms count where Chinese, Japanese or
/// Korean is written.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell as a program reads it; unknown is empty.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Number(value) => value.to_string(),
        Cell::Text(value) => value.clone(),
    }
}

fn optional(value: Option<&str>) -> Cell {
    value.map_or(Cell::Null, |text| Cell::Text(text.to_owned()))
}

pub(crate) fn whole(value: u64) -> Cell {
    i64::try_from(value).map_or_else(|_| Cell::Text(value.to_string()), Cell::Integer)
}

#[cfg(test)]
pub(crate) mod tests;
