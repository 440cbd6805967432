//! The forms in which a document can be written.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Aligned columns for a person.
    Table,
    /// One JSON object with its schema.
    Json,
    /// The items of the list, one JSON object a line.
    Ndjson,
    /// Comma-separated values, RFC 4180.
    Csv,
    /// A GitHub-flavoured Markdown table.
    Markdown,
}

impl Format {
    /// Every format, in the order in which help names them.
    pub const ALL: [Self; 5] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
    ];

    /// The name that a user types.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        by_name(name, &Self::ALL, Self::name)
    }
}

/// A name that is not a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown format `{name}`, expected {known}")]
pub struct UnknownFormat {
    /// The name as given.
    pub name: String,
    /// The names that there are: `table, json or csv`.
    pub known: String,
}

/// The format of a name.
pub(crate) fn by_name<F: Copy>(
    name: &str,
    all: &[F],
    name_of: fn(F) -> &'static str,
) -> Result<F, UnknownFormat> {
    let found = all.iter().copied().find(|format| name_of(*format) == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().copied().map(name_of).collect();
        let known = match names.split_last() {
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        };
        UnknownFormat {
            name: name.to_owned(),
            known,
        }
    })
}

/// How a table for people is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; without it nothing is cut.
    pub width: Option<usize>,
    /// Whether words may be coloured as well.
    pub color: bool,
    /// Whether the table form shows everything about each item instead of one line.
    pub detail: bool,
    /// Whether a spreadsheet may open the CSV form: no cell of it is a formula.
    pub csv_safe: bool,
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn names_round_trip() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known() {
        assert_eq!(
            "yaml".parse::<Format>().unwrap_err().to_string(),
            "unknown format `yaml`, expected table, json, ndjson, csv or markdown"
        );
    }
}
