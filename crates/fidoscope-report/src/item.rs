//! Items of a list as renderers see them, whatever their kind.

use std::rc::Rc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::record::{row, viewed};
use crate::sheet::{Row, Sheet};
use crate::{Cell, Column, Field, Record, Replay};

/// An item.
pub(crate) trait Item {
    /// Its JSON.
    fn json(&self) -> String;
    /// Its lines of CSV.
    fn cells(&self) -> Vec<Vec<Cell>>;
    /// Its rows in a table for people.
    fn rows(&self) -> Vec<Row>;
    /// Sentences below that table.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
    /// Everything about it, as lines of text.
    fn detail(&self) -> Option<String> {
        None
    }
    /// The trace of the test that it is.
    fn trace(&self) -> Option<&Replay> {
        None
    }
}

/// All that is known of a list before its first item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) schema: &'static str,
    pub(crate) list: &'static str,
    pub(crate) title: &'static str,
    pub(crate) empty: &'static str,
    /// Members beside the list, and their JSON.
    pub(crate) members: Vec<(&'static str, String)>,
    /// Names of the columns of the CSV form.
    pub(crate) names: Vec<String>,
    /// The table for people, without its rows.
    pub(crate) sheet: Sheet,
    /// Rows that people are shown.
    pub(crate) shown: usize,
    /// True where the items are tests.
    pub(crate) is_test: bool,
}

impl Head {
    pub(crate) fn of<R: Record>() -> Self {
        let fields = R::fields();
        Self {
            schema: R::NAME,
            list: R::LIST,
            title: R::TITLE,
            empty: R::EMPTY,
            members: Vec::new(),
            names: names(&fields),
            sheet: Sheet::heads(&fields, R::view()),
            shown: R::SHOWN,
            is_test: R::IS_TEST,
        }
    }

    /// A list of a kind that has no room of its own: all columns, as a query shows them.
    pub(crate) fn plain<T>(name: &'static str, fields: &[Field<T>]) -> Self {
        let view: Vec<&str> = fields.iter().map(|field| field.name).collect();
        Self {
            schema: name,
            list: name,
            empty: "nothing to show",
            names: names(fields),
            sheet: Sheet::heads(fields, &view),
            shown: usize::MAX,
            ..Self::default()
        }
    }
}

fn names<T>(fields: &[Field<T>]) -> Vec<String> {
    fields.iter().map(|field| field.name.to_owned()).collect()
}

/// A value as JSON; our own types cannot fail, and a caller's that does becomes its error text.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|error| format!("{:?}", crate::escape(&error.to_string())))
}

/// An item of a kind of its own, beside the columns of that kind.
pub(crate) struct Of<'a, R> {
    pub(crate) item: &'a R,
    pub(crate) fields: Rc<[Field<R>]>,
}

impl<R: Record + Serialize> Item for Of<'_, R> {
    fn json(&self) -> String {
        json(self.item)
    }

    fn cells(&self) -> Vec<Vec<Cell>> {
        let fields = self.fields.iter();
        vec![fields.map(|field| (field.cell)(self.item)).collect()]
    }

    fn rows(&self) -> Vec<Row> {
        let shown = self.item.is_shown();
        Vec::from_iter(shown.then(|| row(self.item, &viewed(&self.fields, R::view()))))
    }

    fn remarks(&self) -> Vec<String> {
        self.item.remarks()
    }

    fn detail(&self) -> Option<String> {
        self.item.detail()
    }

    fn trace(&self) -> Option<&Replay> {
        self.item.trace()
    }
}

/// An item whose rows are of another kind: one for each of its parts.
pub(crate) struct Parts<'a, T, R> {
    pub(crate) item: &'a T,
    pub(crate) rows: Vec<R>,
}

impl<T: Serialize, R: Record> Item for Parts<'_, T, R> {
    fn json(&self) -> String {
        json(self.item)
    }

    fn cells(&self) -> Vec<Vec<Cell>> {
        let fields = R::fields();
        let cells = |part: &R| fields.iter().map(|field| (field.cell)(part)).collect();
        self.rows.iter().map(cells).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let fields = R::fields();
        let columns = viewed(&fields, R::view());
        self.rows.iter().map(|part| row(part, &columns)).collect()
    }

    fn remarks(&self) -> Vec<String> {
        self.rows.iter().flat_map(Record::remarks).collect()
    }
}

/// An item whose columns come with it.
pub(crate) struct Listed<T> {
    pub(crate) item: T,
    pub(crate) fields: Rc<[Field<T>]>,
}

impl<T: Serialize> Item for Listed<T> {
    fn json(&self) -> String {
        json(&self.item)
    }

    fn cells(&self) -> Vec<Vec<Cell>> {
        let fields = self.fields.iter();
        vec![fields.map(|field| (field.cell)(&self.item)).collect()]
    }

    fn rows(&self) -> Vec<Row> {
        let shown = self.fields.iter();
        vec![
            shown
                .map(|field| field.show(&self.item))
                .collect::<Vec<_>>()
                .into(),
        ]
    }
}

/// A row of a query: an object under its column names.
pub(crate) struct QueryRow<'a> {
    pub(crate) columns: &'a [Column],
    pub(crate) cells: &'a [Cell],
}

impl Item for QueryRow<'_> {
    fn json(&self) -> String {
        json(self)
    }

    fn cells(&self) -> Vec<Vec<Cell>> {
        vec![self.cells.to_vec()]
    }

    fn rows(&self) -> Vec<Row> {
        let shown = self.cells.iter().map(crate::Shown::raw);
        vec![shown.collect::<Vec<_>>().into()]
    }
}

impl Serialize for QueryRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(&column.name, cell)?;
        }
        map.end()
    }
}
