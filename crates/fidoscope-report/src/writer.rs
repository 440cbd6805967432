//! Replays written one after the other, in every format that a person or a CI server reads.
//!
//! A [`Piece`] is what one replay adds to the output; any thread can make it. The writer puts pieces
//! in order. Formats whose form allows it are written as pieces come, so that a stream of any length
//! needs no memory; the others keep only what they will print.

mod junit;
mod markdown;
mod sarif;
mod story;
mod tap;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::document::replays as listing;
use crate::escape::escape_json;
use crate::format::{UnknownFormat, by_name};
use crate::sheet::{Sheet, Shown};
use crate::{Options, Replay};

/// How replays are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplayFormat {
    /// Aligned columns for a person.
    Table,
    /// One JSON object with its schema.
    Json,
    /// One JSON object a line.
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

impl ReplayFormat {
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

    /// The name that a user types.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Tap => "tap",
        }
    }

    /// True when an explanation of what went wrong belongs in this format without being asked for.
    #[must_use]
    pub const fn explains(self) -> bool {
        matches!(self, Self::Markdown | Self::Junit | Self::Sarif | Self::Tap)
    }
}

impl fmt::Display for ReplayFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReplayFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        by_name(name, &Self::ALL, Self::name)
    }
}

/// What one replay adds to the output.
#[derive(Debug)]
pub struct Piece(Body);

#[derive(Debug)]
enum Body {
    /// Text that stands where it comes.
    Text(String),
    /// A row of the table, the sentence below it, and the story after all rows.
    Row(Vec<Shown>, Vec<String>, String),
    /// A row and a story in Markdown.
    Markdown(String, String),
    /// A test point without its number.
    Tap(tap::Point),
    /// Results of one ceremony.
    Sarif(Box<sarif::Results>),
}

impl Piece {
    /// Renders a replay; `options.detail` asks for every step.
    #[must_use]
    pub fn new(replay: &Replay, format: ReplayFormat, options: Options) -> Self {
        Self(match format {
            ReplayFormat::Ndjson => Body::Text(escape_json(crate::document::json(replay) + "\n")),
            ReplayFormat::Json => Body::Text(escape_json(crate::document::json(replay))),
            ReplayFormat::Csv => Body::Text(listing::csv_row(replay, options.csv_safe)),
            ReplayFormat::Junit => Body::Text(junit::suite(replay)),
            ReplayFormat::Table if options.detail => {
                Body::Text(replay.detail() + &story::told(replay, options))
            }
            ReplayFormat::Table => Body::Row(
                listing::row(replay),
                listing::below(replay),
                story::told(replay, options),
            ),
            ReplayFormat::Markdown => {
                Body::Markdown(markdown::row(replay), markdown::story(replay))
            }
            ReplayFormat::Tap => Body::Tap(tap::point(replay, options.detail)),
            ReplayFormat::Sarif => Body::Sarif(Box::new(sarif::results(replay, options.detail))),
        })
    }
}

/// Writes pieces in their order.
#[derive(Debug)]
pub struct ReplayWriter<W> {
    out: W,
    format: ReplayFormat,
    options: Options,
    written: u64,
    sheet: Sheet,
    late: String,
    log: sarif::Log,
}

impl<W: Write> ReplayWriter<W> {
    /// Starts the output.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn new(mut out: W, format: ReplayFormat, options: Options) -> io::Result<Self> {
        let head = match format {
            ReplayFormat::Json => "{\"schema\":\"fidoscope.replays/1\",\n\"replays\":[",
            ReplayFormat::Csv => &listing::csv_head(),
            ReplayFormat::Junit => junit::HEAD,
            ReplayFormat::Tap => tap::HEAD,
            ReplayFormat::Table
            | ReplayFormat::Ndjson
            | ReplayFormat::Markdown
            | ReplayFormat::Sarif => "",
        };
        out.write_all(head.as_bytes())?;
        Ok(Self {
            out,
            format,
            options,
            written: 0,
            sheet: listing::head(),
            late: String::new(),
            log: sarif::Log::default(),
        })
    }

    /// Writes the next piece, or keeps what must wait for the end.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn push(&mut self, piece: Piece) -> io::Result<()> {
        self.written += 1;
        match piece.0 {
            Body::Text(text) => {
                let between = match (self.format, self.written) {
                    (ReplayFormat::Json, 1) => "\n",
                    (ReplayFormat::Json, _) => ",\n",
                    (ReplayFormat::Table, 2..) => "\n",
                    _ => "",
                };
                self.out.write_all(between.as_bytes())?;
                self.out.write_all(text.as_bytes())
            }
            Body::Row(row, below, story) => {
                self.sheet.rows.push(row);
                self.sheet.below.extend(below);
                self.late.push_str(&story);
                Ok(())
            }
            Body::Markdown(row, story) => {
                self.late.push_str(&story);
                self.sheet.below.push(row);
                Ok(())
            }
            Body::Tap(point) => self.out.write_all(point.numbered(self.written).as_bytes()),
            Body::Sarif(results) => {
                self.log.add(*results);
                Ok(())
            }
        }
    }

    /// Writes what waited for the end; `summary` is a sentence about the whole run.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self, summary: &str) -> io::Result<W> {
        let text = match self.format {
            ReplayFormat::Table if self.written == 0 => "no ceremonies\n".to_owned(),
            ReplayFormat::Table if self.options.detail => String::new(),
            ReplayFormat::Table => {
                self.sheet.text(self.options.width, self.options.color) + &self.late
            }
            ReplayFormat::Json => "\n]}\n".to_owned(),
            ReplayFormat::Ndjson | ReplayFormat::Csv => String::new(),
            ReplayFormat::Junit => junit::TAIL.to_owned(),
            ReplayFormat::Tap => tap::tail(self.written, summary),
            ReplayFormat::Markdown => markdown::page(summary, &self.sheet.below, &self.late),
            ReplayFormat::Sarif => escape_json(self.log.text()),
        };
        self.out.write_all(text.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests;
