//! Cells in words.

use chrono::SecondsFormat;

use crate::{Cell, number, steady};

/// A cell as people read it: its words, and the value that they stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    pub(crate) cell: Cell,
}

/// The colour of a cell, which only repeats what its words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to point out.
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Not as it should be.
    Bad,
    /// Of less matter: unknown, or left out.
    Faint,
}

impl Shown {
    /// Words.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::toned(text, Tone::Plain)
    }

    /// Words with a tone.
    pub fn toned(text: impl AsRef<str>, tone: Tone) -> Self {
        Self {
            text: steady(text.as_ref()).into_owned(),
            tone,
            cell: Cell::Null,
        }
    }

    /// A dash, in the place of what nobody knows.
    #[must_use]
    pub fn unknown() -> Self {
        Self::toned("-", Tone::Faint)
    }

    /// The words, or a dash.
    pub fn known(text: Option<impl AsRef<str>>) -> Self {
        text.map_or_else(Self::unknown, Self::plain)
    }

    /// A value in its unit.
    #[must_use]
    pub fn of(cell: &Cell) -> Self {
        let text = match cell {
            Cell::Null => return Self::unknown(),
            Cell::Bool(true) => "yes".to_owned(),
            Cell::Bool(false) => "no".to_owned(),
            Cell::Number(value) => number::number(*value),
            Cell::Count(value) => number::count(*value),
            Cell::Ratio(value) => number::ratio(*value),
            Cell::Milliseconds(value) => number::milliseconds(*value),
            Cell::Bytes(value) => format!("{} B", number::count(*value)),
            // To the second: what tells two rows apart for a person.
            Cell::Time(at) => at.to_rfc3339_opts(SecondsFormat::Secs, true),
            Cell::Integer(_) | Cell::Text(_) | Cell::Word(_) => cell.plain(),
        };
        Self {
            cell: cell.clone(),
            ..Self::plain(text)
        }
    }

    /// A value as a query shows it.
    #[must_use]
    pub fn raw(cell: &Cell) -> Self {
        let shown = match cell {
            Cell::Null => Self::toned("NULL", Tone::Faint),
            // Not grouped: a number may be a port, a status or a year as well as an amount.
            Cell::Number(value) => Self::plain(number::number(*value).replace(' ', "")),
            other => Self::plain(other.plain()),
        };
        Self {
            cell: cell.clone(),
            ..shown
        }
    }

    /// The words, harmless and as wide on every terminal.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tone of the words.
    #[must_use]
    pub const fn tone(&self) -> Tone {
        self.tone
    }

    /// The value that they stand for.
    #[must_use]
    pub const fn cell(&self) -> &Cell {
        &self.cell
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;
    use crate::Cell;

    #[track_caller]
    fn check(cell: Cell, words: &str, raw: &str) {
        assert_eq!(Shown::of(&cell).text(), words);
        assert_eq!(Shown::raw(&cell).text(), raw);
    }

    #[test]
    fn units_are_words() {
        check(Cell::Null, "-", "NULL");
        check(Cell::Bool(false), "no", "false");
        check(Cell::Integer(12_034), "12034", "12034");
        check(Cell::Number(12_034.5), "12 034.5", "12034.5");
        check(Cell::Count(12_034), "12 034", "12034");
        check(Cell::Ratio(0.9896), "99.0 %", "0.9896");
        check(Cell::Milliseconds(1240.0), "1.24 s", "1240");
        check(Cell::Bytes(12_034), "12 034 B", "12034");
        check(Cell::Text("a\u{1b}b".into()), "a\\u{1b}b", "a\\u{1b}b");
    }
}
