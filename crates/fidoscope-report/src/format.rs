//! The forms in which a report can be written, and what each makes of it.
//!
//! A format is a file below this one and its lines in [`Format`]: nothing else knows how many there are.

mod csv;
mod json;
mod junit;
mod markdown;
mod ndjson;
mod sarif;
mod table;
mod tap;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use thiserror::Error;

use crate::item::{Head, Item};
use crate::section::Closing;
use crate::sheet::Row;

/// How a report is written.
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
    /// GitHub-flavoured Markdown, e.g. for the summary of a job.
    Markdown,
    /// JUnit XML: a suite a ceremony, a case a step.
    Junit,
    /// SARIF 2.1.0: a rule a step, a run a profile.
    Sarif,
    /// Test Anything Protocol, version 14.
    Tap,
}

impl Format {
    /// Every format, in the order in which help names them.
    pub const ALL: [Self; 8] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Junit,
        Self::Sarif,
        Self::Tap,
    ];

    pub(crate) const fn form(self) -> &'static Form {
        match self {
            Self::Table => &table::FORM,
            Self::Json => &json::FORM,
            Self::Ndjson => &ndjson::FORM,
            Self::Csv => &csv::FORM,
            Self::Markdown => &markdown::FORM,
            Self::Junit => &junit::FORM,
            Self::Sarif => &sarif::FORM,
            Self::Tap => &tap::FORM,
        }
    }

    /// The name that a user types.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.form().name
    }

    /// Formats that every list can be written in.
    pub fn of_lists() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|format| !format.form().of_tests)
    }

    /// True when an explanation of what went wrong belongs in this format without being asked for.
    #[must_use]
    pub const fn explains(self) -> bool {
        self.form().explains
    }

    /// The format of a file whose name ends so, `xml` or `csv`.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        let has = |format: &Self| format.form().endings.contains(&ending);
        Self::ALL.into_iter().find(has)
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
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
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

/// A format: its name, and its two halves.
#[derive(Debug)]
pub(crate) struct Form {
    name: &'static str,
    /// Endings of names of files.
    endings: &'static [&'static str],
    /// True of a format for traces of tests, and for nothing else.
    of_tests: bool,
    explains: bool,
    /// True when rows wait for the end.
    pub(crate) keeps_rows: bool,
    /// What an item adds; any thread may ask.
    pub(crate) part: fn(&dyn Item, Options) -> Part,
    /// What puts parts in order.
    pub(crate) start: fn(Head, Options) -> Box<dyn Render>,
}

/// What an item adds to the output.
#[derive(Debug)]
pub(crate) enum Part {
    /// Nothing: the item is of a kind that the format has no words for.
    None,
    /// Text that stands where it comes.
    Text(String),
    /// Rows of the table, sentences below it, and what is told after all rows.
    Rows(Vec<Row>, Vec<String>, String),
    /// A row in Markdown, and a story.
    Checked(String, String),
    /// A test point without its number.
    Point(tap::Point),
    /// Results of one test.
    Results(Box<sarif::Results>),
}

/// The half of a format that writes.
pub(crate) trait Render: fmt::Debug + Send {
    /// Writes what stands before the first item.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes the part of the next item, or keeps it.
    fn add(&mut self, part: Part, out: &mut dyn Write) -> io::Result<()>;

    /// Writes what waited for the end.
    fn end(&mut self, closing: Closing, out: &mut dyn Write) -> io::Result<()>;
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
            "unknown format `yaml`, expected table, json, ndjson, csv, markdown, junit, sarif or tap"
        );
    }

    #[test]
    fn an_ending_is_that_of_one_format() {
        for format in Format::ALL {
            for ending in format.form().endings {
                assert_eq!(Format::of_ending(ending), Some(format));
            }
        }
        assert_eq!(Format::of_ending("yaml"), None);
    }
}
