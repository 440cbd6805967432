//! A report: a list of results, what is said beside it, and all of it in any format.

use std::fmt;
use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;

use crate::item::{Head, Item, Listed, Of, Parts, QueryRow, json};
use crate::section::Closing;
use crate::sheet::Sheet;
use crate::{Field, Format, Options, Record, Table, Writer};

/// A list of results under the name of its schema, with members beside it.
///
/// JSON is one object, `{"schema": "fidoscope.<name>/1", ..., "<name>": [...]}`; NDJSON is the list's
/// items, one a line; CSV holds the values as they are, table and Markdown as people read them. Nothing
/// is rendered before a format is named. A list too long to be held is written with a [`Writer`].
pub struct Report<'a> {
    head: Head,
    items: Vec<Box<dyn Item + 'a>>,
    pub(crate) closing: Closing,
}

impl<'a> Report<'a> {
    /// Results of one kind.
    #[must_use]
    pub fn of<R: Record + Serialize + 'a>(items: &'a [R]) -> Self {
        let mut report = Self::empty(Head::of::<R>());
        let fields: Rc<[Field<R>]> = R::fields().into();
        for item in items {
            let fields = Rc::clone(&fields);
            report.push(Of { item, fields });
        }
        report
    }

    /// A list of the caller's own, with its columns: all are shown, as those of a query are.
    #[must_use]
    pub fn list<T: Serialize + 'a>(
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        fields: Vec<Field<T>>,
    ) -> Self {
        let fields: Rc<[Field<T>]> = fields.into_iter().map(Field::raw).collect();
        let mut report = Self::empty(Head::plain(name, &fields));
        for item in items {
            let fields = Rc::clone(&fields);
            report.push(Listed { item, fields });
        }
        report
    }

    /// Items that have a row for each of their parts.
    #[must_use]
    pub fn parts<T: Serialize, R: Record + 'a>(
        items: &'a [T],
        parts: impl Fn(&'a T) -> Vec<R>,
    ) -> Self {
        let mut report = Self::empty(Head::of::<R>());
        for item in items {
            let rows = parts(item);
            report.push(Parts { item, rows });
        }
        report
    }

    /// What a query returned; each row is an object under its column names.
    #[must_use]
    pub fn rows(table: &'a Table) -> Self {
        let names = table.columns.iter().map(|column| column.name.clone());
        let mut report = Self::empty(Head {
            schema: "rows",
            list: "rows",
            empty: "no rows",
            names: names.collect(),
            sheet: Sheet::of_columns(table),
            shown: usize::MAX,
            ..Head::default()
        });
        for cells in &table.rows {
            let columns = &table.columns;
            report.push(QueryRow { columns, cells });
        }
        let names = report.head.names.clone();
        report.with("columns", &names)
    }

    pub(crate) fn empty(head: Head) -> Self {
        Self {
            head,
            items: Vec::new(),
            closing: Closing::default(),
        }
    }

    pub(crate) fn push(&mut self, item: impl Item + 'a) {
        self.items.push(Box::new(item));
    }

    /// Adds a member beside the list, e.g. the window that was looked at; JSON only.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: &impl Serialize) -> Self {
        self.head.members.push((member, json(value)));
        self
    }

    /// Says something else in the place of a table without rows.
    #[must_use]
    pub(crate) fn when_empty(mut self, sentence: &'static str) -> Self {
        self.head.empty = sentence;
        self
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write<W: Write>(&self, out: W, format: Format, options: Options) -> io::Result<W> {
        let mut writer = Writer::begin(out, format, options, self.head.clone())?;
        for item in &self.items {
            writer.item(&**item)?;
        }
        writer.finish(self.closing.clone())
    }

    /// The report as text that ends in a line break, or is empty.
    #[must_use]
    pub fn render(&self, format: Format, options: Options) -> String {
        // Memory takes all that is written to it.
        let bytes = self.write(Vec::new(), format, options).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("head", &self.head)
            .field("items", &self.items.len())
            .field("closing", &self.closing)
            .finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
