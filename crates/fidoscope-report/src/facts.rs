//! One result by itself: names and values.

use unicode_width::UnicodeWidthStr;

use crate::record::viewed;
use crate::{Cell, Record, Shown};

/// Names and values of one thing, in an order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts(pub Vec<(&'static str, Shown)>);

impl Facts {
    /// What the columns of a result say about one of its items.
    #[must_use]
    pub fn of<R: Record>(item: &R) -> Self {
        let fields = R::fields();
        let facts = viewed(&fields, R::facts()).into_iter().map(|field| {
            let shown = field.show(item);
            match (&shown.cell, shown.text.is_empty()) {
                // Beside its name an empty place says nothing.
                (Cell::Null, true) => (field.head, Shown::unknown()),
                _ => (field.head, shown),
            }
        });
        Self(facts.collect())
    }

    /// One a line, the values below each other.
    #[must_use]
    pub fn text(&self) -> String {
        let widest = self.0.iter().map(|(name, _)| name.width()).max();
        let widest = widest.unwrap_or(0);
        let lines = self.0.iter();
        let lines = lines.map(|(name, shown)| format!("{name:<widest$}  {}\n", shown.text));
        lines.collect()
    }
}
