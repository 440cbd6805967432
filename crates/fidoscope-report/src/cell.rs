//! Values with their unit.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// A value in a table. `Null` means unknown and is never drawn as zero or false.
///
/// The unit is part of the value: two rows of one column may differ in it, as the values of two
/// indicators do. JSON and CSV have the bare value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Unknown.
    #[default]
    Null,
    /// Truth value.
    Bool(bool),
    /// Whole number that is no amount, or of which nobody said so: a port, a year, a line.
    Integer(i64),
    /// Number.
    Number(f64),
    /// Text.
    Text(String),
    /// State, by its word.
    Word(&'static str),
    /// Number of things.
    Count(u64),
    /// Share from 0 to 1.
    Ratio(f64),
    /// Length of time in milliseconds.
    Milliseconds(f64),
    /// Size in bytes.
    Bytes(u64),
    /// Point in time.
    Time(DateTime<Utc>),
}

impl Cell {
    /// The value, or unknown where there is none.
    pub fn known(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Null, Into::into)
    }

    /// The text, or unknown where it is empty.
    pub fn said(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Null
        } else {
            Self::Text(text)
        }
    }

    /// The value as a program reads it; unknown is empty.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Number(value) | Self::Ratio(value) | Self::Milliseconds(value) => {
                value.to_string()
            }
            Self::Text(value) => value.clone(),
            Self::Word(value) => (*value).to_owned(),
            Self::Count(value) | Self::Bytes(value) => value.to_string(),
            Self::Time(value) => value.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }

    /// True of what a spreadsheet could take for a formula: text of whatever kind.
    pub(crate) const fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Word(_))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Count(u64::try_from(value).unwrap_or(u64::MAX))
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Cell;

    #[track_caller]
    fn check(cell: Cell, plain: &str, json: &str) {
        assert_eq!(cell.plain(), plain);
        assert_eq!(serde_json::to_string(&cell).unwrap(), json);
    }

    #[test]
    fn programs_read_bare_values() {
        check(Cell::known(None::<u64>), "", "null");
        check(Cell::known(Some(true)), "true", "true");
        check(Cell::Ratio(0.98), "0.98", "0.98");
        check(Cell::Milliseconds(182.4), "182.4", "182.4");
        check(
            Cell::from(u64::MAX),
            "18446744073709551615",
            "18446744073709551615",
        );
        check(Cell::Bytes(12_034), "12034", "12034");
        check(Cell::Word("met"), "met", "\"met\"");
        check(Cell::said(""), "", "null");
        let at: chrono::DateTime<chrono::Utc> = "2026-08-04T10:15:04.250Z".parse().unwrap();
        check(
            at.into(),
            "2026-08-04T10:15:04.250Z",
            "\"2026-08-04T10:15:04.250Z\"",
        );
    }
}
