//! How a column of a mapping gets its value from the values of a record.

use std::borrow::Cow;

use crate::assign::{Fault, Manner, assign};
use crate::condition::Condition;
use crate::line::Context;
use crate::native::raw;
use crate::pattern::Pattern;
use crate::time::TimeFormat;
use crate::trie::Frame;
use crate::value::Value;
use crate::{Column, Event};

/// A column and where its value comes from.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) column: Column,
    pub(crate) reading: Reading,
    pub(crate) manner: Manner,
    /// Other ways in which a time may be written, tried when the first does not fit.
    pub(crate) other_times: Vec<TimeFormat>,
    /// The first path, for messages.
    pub(crate) path: String,
    pub(crate) flags: Option<Flags>,
    /// The records of which it is read; all of them where it says nothing.
    pub(crate) when: Option<Condition>,
}

/// Slots and what is done to the first value in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) slots: Vec<usize>,
    /// Texts that mean "unknown" in this source.
    pub(crate) unless: Vec<String>,
    /// Only the first group of the match is the value.
    pub(crate) capture: Option<Pattern>,
    /// Words of the source and words of the column.
    pub(crate) map: Option<Vec<(String, String)>>,
    /// Factor of a number.
    pub(crate) scale: Option<f64>,
    /// Where a span of time ends that begins at the slots.
    pub(crate) until: Option<usize>,
}

/// How flags are made.
#[derive(Clone, Debug)]
pub(crate) enum Flags {
    /// From a text that holds a list of words.
    Tokens {
        strip: Vec<char>,
        split: String,
        bits: Vec<(String, Bit)>,
    },
    /// From one truth value each.
    Members(Vec<(Bit, Reading)>),
}

/// A bit that is known, and what it then is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bit {
    pub(crate) mask: i16,
    pub(crate) set: bool,
}

impl Bit {
    /// `up`, `uv`, `be`, `bs`, or `not_` and one of them.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let (name, set) = name
            .strip_prefix("not_")
            .map_or((name, true), |name| (name, false));
        let (_, mask) = crate::native::FLAG_NAMES
            .iter()
            .find(|(flag, _)| *flag == name)?;
        Some(Self { mask: *mask, set })
    }
}

impl Reading {
    fn read<'a>(&self, frame: &Frame<'a>) -> Value<'a> {
        // A place-holder in one place does not hide what stands in the next.
        let slots = self.slots.iter().filter_map(|slot| frame.get(*slot));
        let known = |value: &&Value<'a>| value.is_some() && !self.is_unknown(value);
        let value = slots.into_iter().find(known).cloned().unwrap_or_default();
        if let Some(until) = self.until {
            return self.scaled(span(value, frame.get(until)));
        }
        let Some(text) = value.as_text() else {
            return self.word(self.scaled(value));
        };
        if let Some(pattern) = &self.capture {
            let group = pattern.captures(text).and_then(|groups| groups.get(1));
            let found = group.map(|group| Cow::Owned(group.as_str().to_owned()));
            return self.word(found.map_or(Value::Absent, Value::Text));
        }
        self.word(self.scaled(value))
    }

    fn is_unknown(&self, value: &Value<'_>) -> bool {
        !self.unless.is_empty()
            && value
                .as_text()
                .is_some_and(|text| self.unless.iter().any(|unknown| unknown == text))
    }

    fn scaled<'a>(&self, value: Value<'a>) -> Value<'a> {
        let Some(factor) = self.scale else {
            return value;
        };
        let number = value
            .clone()
            .into_text()
            .and_then(|text| text.trim().parse::<f64>().ok());
        number.map_or(value, |number| Value::Float(number * factor))
    }

    fn word<'a>(&self, value: Value<'a>) -> Value<'a> {
        let Some(map) = &self.map else {
            return value;
        };
        let text = value.into_text().unwrap_or_default();
        let found = map.iter().find(|(from, _)| *from == text);
        found.map_or(Value::Absent, |(_, to)| Value::Text(Cow::Owned(to.clone())))
    }
}

/// What lies between two counts of time; nothing when one is missing or they are the wrong way
/// round.
fn span<'a>(from: Value<'a>, to: Option<&Value<'a>>) -> Value<'a> {
    let count = |value: Value<'a>| value.into_text()?.trim().parse::<i64>().ok();
    let difference = || {
        let (from, to) = (count(from)?, count(to?.clone())?);
        to.checked_sub(from).filter(|span| *span >= 0)
    };
    difference().map_or(Value::Absent, Value::Integer)
}

impl Field {
    /// Puts the value of a record into the column.
    pub(crate) fn apply<'a>(
        &self,
        frame: &Frame<'a>,
        event: &mut Event<'a>,
        context: &Context<'_>,
    ) -> Result<(), Box<Fault>> {
        if self.when.as_ref().is_some_and(|when| !when.holds(frame)) {
            return Ok(());
        }
        match &self.flags {
            None => self.value(self.reading.read(frame), event, context),
            Some(flags) => {
                let (flags, known) = flags.read(&self.reading, frame);
                if known != 0 {
                    event.flags = Some(flags);
                    event.flags_known = Some(known);
                }
                Ok(())
            }
        }
    }
}

impl Field {
    fn value<'a>(
        &self,
        value: Value<'a>,
        event: &mut Event<'a>,
        context: &Context<'_>,
    ) -> Result<(), Box<Fault>> {
        if self.column.is_raw() {
            if let Value::Text(text) = value {
                raw::apply_lenient(event, self.column, text);
            }
            return Ok(());
        }
        if self.reading.until.is_some() && value.is_some() {
            event.latency_basis = Some(Cow::Borrowed("span"));
        }
        if self.other_times.is_empty() {
            return assign(event, self.column, value, self.manner, context);
        }
        let first = assign(event, self.column, value.clone(), self.manner, context);
        if !first.as_ref().is_err_and(|fault| fault.code == "bad_time") {
            return first;
        }
        let other = self.other_times.iter().find_map(|time| {
            let manner = Manner {
                time: *time,
                ..self.manner
            };
            assign(event, self.column, value.clone(), manner, context).ok()
        });
        other.map_or(first, Ok)
    }
}

impl Flags {
    fn read(&self, reading: &Reading, frame: &Frame<'_>) -> (i16, i16) {
        let mut flags = (0, 0);
        let mut add = |bit: Bit| {
            flags.1 |= bit.mask;
            flags.0 = if bit.set {
                flags.0 | bit.mask
            } else {
                flags.0 & !bit.mask
            };
        };
        match self {
            Self::Tokens { strip, split, bits } => {
                let text = reading.read(frame).into_text().unwrap_or_default();
                for token in text.trim_matches(strip.as_slice()).split(split.as_str()) {
                    if let Some((_, bit)) = bits.iter().find(|(name, _)| name == token.trim()) {
                        add(*bit);
                    }
                }
            }
            Self::Members(members) => {
                for (bit, reading) in members {
                    match reading.read(frame).into_text().as_deref() {
                        Some("true") => add(*bit),
                        Some("false") => add(Bit {
                            set: !bit.set,
                            ..*bit
                        }),
                        _ => {}
                    }
                }
            }
        }
        flags
    }
}
