//! A mapping: how one source writes its log, ready to decode lines.

use std::borrow::Cow;

use fidoscope_report::Diagnostic;

use crate::assign::Fault;
use crate::compile::compile;
use crate::definition::Definition;
use crate::glance::Glimpsed;
use crate::line::{Context, Line, Rejection, Scratch, Tally, unmarked};
use crate::mended::Mended;
use crate::native::{self, Trouble};
use crate::problems::Problems;
use crate::program::Program;
use crate::{Column, Event, place};

/// How well a mapping is known to fit its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Maturity {
    /// Written from the source's documentation.
    Documented,
    /// Run on captured events.
    Verified,
}

/// How one source writes its log.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) source: String,
    pub(crate) stamp: String,
    pub(crate) maturity: Maturity,
    pub(crate) description: String,
    pub(crate) native: bool,
    pub(crate) yaml: String,
    pub(crate) coverage: Vec<(Column, String, String)>,
    pub(crate) fills: Vec<Column>,
    pub(crate) program: Program,
}

impl Mapping {
    /// Reads a mapping file; `name` is what messages call it.
    ///
    /// # Errors
    /// All problems of the file, each with its place.
    pub fn parse(yaml: &str, name: &str) -> Result<Self, Vec<Diagnostic>> {
        Self::read(yaml, name, false)
    }

    /// Reads a mapping that comes with the program, whose patterns are known to be sound.
    pub(crate) fn builtin(yaml: &str, name: &str) -> Result<Self, Vec<Diagnostic>> {
        Self::read(yaml, name, true)
    }

    fn read(yaml: &str, name: &str, trusted: bool) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Problems::new(name, yaml);
        match serde_saphyr::from_str::<Definition>(yaml) {
            Ok(definition) => {
                let mapping = compile(&definition, yaml, trusted, &mut problems);
                if problems.is_empty() {
                    Ok(mapping)
                } else {
                    Err(problems.into_diagnostics())
                }
            }
            Err(error) => {
                problems.not_a_mapping(&error);
                Err(problems.into_diagnostics())
            }
        }
    }

    /// Name of the source, e.g. `okta`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Version and hash of the file, as in the column `mapping_version`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.stamp
    }

    /// How well it is known to fit.
    #[must_use]
    pub const fn maturity(&self) -> Maturity {
        self.maturity
    }

    /// What the source is.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Whether this source can ever fill a column, so that a report can say "no data: the source
    /// does not log it". A name that is no column is never filled.
    #[must_use]
    pub fn fills(&self, column: &str) -> bool {
        Column::from_name(column).is_some_and(|column| self.fills.contains(&column))
    }

    /// Whether an event may have the identifier that its log gave it. It has a hash of its record
    /// otherwise, as all events of a source have for which this is false.
    #[must_use]
    pub fn takes_event_ids(&self) -> bool {
        let fields = &self.program.fields;
        self.native || fields.iter().any(|field| field.column == Column::EventId)
    }

    /// What the mapping says about a column: `never`, `derived` (from other events) or `yes`.
    #[must_use]
    pub fn coverage(&self, column: &str) -> Option<&str> {
        let (_, word, _) = self.stated(column)?;
        Some(word)
    }

    /// The remark beside [`Self::coverage`], e.g. `at registration only`.
    #[must_use]
    pub fn coverage_remark(&self, column: &str) -> Option<&str> {
        let (_, _, remark) = self.stated(column)?;
        (!remark.is_empty()).then_some(remark)
    }

    fn stated(&self, column: &str) -> Option<&(Column, String, String)> {
        self.coverage
            .iter()
            .find(|(known, ..)| known.name() == column)
    }

    /// Whether one of these lines fits this source.
    pub(crate) fn fits(&self, lines: &[&[u8]]) -> bool {
        let mut texts = lines
            .iter()
            .filter_map(|line| std::str::from_utf8(unmarked(line)).ok());
        texts.any(|line| self.program.score(line).is_some())
    }

    /// How well some lines fit this source: lines that do, and tests that each of them passed.
    pub(crate) fn score(&self, lines: &[&[u8]]) -> (usize, usize) {
        let texts = lines
            .iter()
            .filter_map(|line| std::str::from_utf8(unmarked(line)).ok());
        let scores: Vec<usize> = texts.filter_map(|line| self.program.score(line)).collect();
        (scores.len(), scores.into_iter().max().unwrap_or(0))
    }

    /// Decodes one line, without its end of line, and calls `emit` with each event in it.
    pub fn decode(
        &self,
        line: &[u8],
        context: &Context<'_>,
        scratch: &mut Scratch,
        emit: &mut dyn FnMut(&Event<'_>),
    ) -> Line {
        scratch.tally = Tally::default();
        let marked = line.len();
        let line = unmarked(line);
        let found = self.decode_unmarked(line, context, scratch, emit);
        found.behind(marked - line.len())
    }

    fn decode_unmarked(
        &self,
        line: &[u8],
        context: &Context<'_>,
        scratch: &mut Scratch,
        emit: &mut dyn FnMut(&Event<'_>),
    ) -> Line {
        let verdicts = scratch.verdicts.of(&self.stamp);
        match self.program.glimpse(line, verdicts) {
            Some(Glimpsed::Shadow) => {
                scratch.tally.shadow = 1;
                return Line::Shadow;
            }
            Some(Glimpsed::Nothing) => return Line::Prefiltered,
            None if self.program.skips(line) => return Line::Prefiltered,
            None => {}
        }
        if line.trim_ascii().is_empty() {
            return Line::Blank;
        }
        let blank = Event {
            source: Cow::Borrowed(&self.source),
            mapping_version: Cow::Borrowed(&self.stamp),
            ..Event::default()
        };
        if !self.native {
            let mended = Mended::new(line);
            return self
                .program
                .decode(&mended, &blank, context, &mut scratch.tally, emit);
        }
        scratch.tally.rejected = 1;
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => return Line::rejected(not_utf8(error.valid_up_to())),
        };
        let mut event = blank;
        match native::decode(text, context, &mut scratch.order, &mut event) {
            Ok(unknown_keys) => {
                scratch.tally = Tally {
                    mapped: 1,
                    unknown_keys,
                    ..Tally::default()
                };
                emit(&event);
                Line::Mapped(1)
            }
            Err(Trouble::Json(error)) => Line::rejected(not_json(text, &error)),
            Err(Trouble::Field(field, fault)) => Line::rejected(bad_field(text, field, *fault)),
        }
    }
}

pub(crate) fn not_utf8(at: usize) -> Rejection {
    Rejection {
        code: "invalid_utf8",
        message: format!("the line is not UTF-8 from byte {at}"),
        field: None,
        offset_in_line: u64::try_from(at).ok(),
        record: None,
    }
}

/// Whether a line is a signed token in its compact form (RFC 7515 3.1): three parts in base64url, of
/// which the first is an object.
fn is_encoded_token(line: &str) -> bool {
    let part = |part: &str| {
        let is_of_it = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !part.is_empty() && part.bytes().all(is_of_it)
    };
    line.starts_with("eyJ") && line.split('.').count() == 3 && line.split('.').all(part)
}

pub(crate) fn not_json(line: &str, error: &serde_json::Error) -> Rejection {
    if is_encoded_token(line.trim_ascii()) {
        return Rejection {
            code: "encoded_token",
            message:
                "the line is a signed token (JWT) that is still encoded: its signature cannot \
                      be verified here, so log the claims where it was verified"
                    .to_owned(),
            field: None,
            offset_in_line: None,
            record: None,
        };
    }
    let (code, at) = if error.is_eof() {
        ("truncated_json", line.len())
    } else {
        ("invalid_json", error.column().saturating_sub(1))
    };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Rejection {
        code,
        message: format!("the line is not JSON: {message}"),
        field: None,
        offset_in_line: u64::try_from(at).ok(),
        record: None,
    }
}

pub(crate) fn bad_field(line: &str, field: Option<String>, fault: Fault) -> Rejection {
    let offset_in_line = field
        .as_deref()
        .and_then(|field| place::of_field(line, field));
    Rejection {
        code: fault.code,
        message: fault.message,
        field,
        offset_in_line,
        record: None,
    }
}
