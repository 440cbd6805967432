//! A mapping: how one source writes its log, ready to decode lines.

use std::borrow::Cow;

use crate::assign::Fault;
use crate::line::{Context, Line, Rejection, Scratch, Tally};
use crate::native::{self, Trouble};
use crate::{Column, Event, Given, place};

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
}

impl Mapping {
    /// Name of the source, e.g. `okta`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Version and hash, as in the column `mapping_version`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.stamp
    }

    /// How well it is known to fit.
    #[must_use]
    pub const fn maturity(&self) -> Maturity {
        self.maturity
    }

    /// Whether this source can ever fill a column, so that a report can say "no data: the source
    /// does not log it". A name that is no column is never filled.
    #[must_use]
    pub fn fills(&self, column: &str) -> bool {
        Column::from_name(column).is_some_and(|column| column.given() != Given::Ingest)
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
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => return Line::Rejected(not_utf8(&error)),
        };
        if text.trim_ascii().is_empty() {
            return Line::Blank;
        }
        let mut event = Event {
            source: Cow::Borrowed(&self.source),
            mapping_version: Cow::Borrowed(&self.stamp),
            ..Event::default()
        };
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
            Err(Trouble::Json(error)) => Line::Rejected(not_json(&error)),
            Err(Trouble::Field(field, fault)) => Line::Rejected(bad_field(text, field, *fault)),
        }
    }
}

fn not_utf8(error: &std::str::Utf8Error) -> Rejection {
    let at = error.valid_up_to();
    Rejection {
        code: "invalid_utf8",
        message: format!("the line is not UTF-8 from byte {at}"),
        field: None,
        offset_in_line: u64::try_from(at).ok(),
    }
}

fn not_json(error: &serde_json::Error) -> Rejection {
    let code = if error.is_eof() {
        "truncated_json"
    } else {
        "invalid_json"
    };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Rejection {
        code,
        message: format!("the line is not JSON: {message}"),
        field: None,
        offset_in_line: u64::try_from(error.column().saturating_sub(1)).ok(),
    }
}

fn bad_field(line: &str, field: Option<String>, fault: Fault) -> Rejection {
    let offset_in_line = field
        .as_deref()
        .and_then(|field| place::of_field(line, field));
    Rejection {
        code: fault.code,
        message: fault.message,
        field,
        offset_in_line,
    }
}
