//! Times and durations as people write them: `2026-11-17 10:00`, `yesterday`, `20m`.
//!
//! One reader for the command line and for dashboard files. A time without a zone is UTC; what is
//! counted from now gets its now as an argument.

use std::str::FromStr;

use chrono::{DateTime, Days, FixedOffset, NaiveTime, TimeDelta, Utc};
use thiserror::Error;

use crate::near_miss;

mod calendar;
mod duration;
#[cfg(test)]
mod tests;

pub use duration::{duration, duration_in, whole_seconds};

/// A point in time as a person writes it: fixed, or counted from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A calendar time: `2026-11-17 10:00`.
    At(DateTime<Utc>),
    /// So long after now, or before it where negative: `20m`, `now-2h`.
    FromNow(TimeDelta),
    /// A time of today or of a day before: `yesterday 10:00`.
    OnDay {
        /// Days before today.
        back: u64,
        /// Time of that day.
        time: NaiveTime,
        /// Zone of the day and of the time.
        zone: FixedOffset,
    },
}

/// What is wrong with a time or a duration, and what is right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}; {help}")]
pub struct TimeError {
    /// The part that is wrong, and why.
    pub message: String,
    /// What is accepted.
    pub help: &'static str,
}

/// What is accepted as a time.
const TIMES: &str = "write a time (2026-11-17T10:00:00Z, 2026-11-17 10:00, 2026-11-17, 10:00, today, \
                     yesterday 10:00; UTC where no zone follows) or how long ago (20m, 6h, 1h 30m, 7d)";

/// Days that can be named.
const WORDS: [(&str, u64); 2] = [("today", 0), ("yesterday", 1)];

impl Moment {
    /// The time that is meant; `None` where it lies beyond the calendar.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::At(time) => Some(time),
            Self::FromNow(distance) => now.checked_add_signed(distance),
            Self::OnDay { back, time, zone } => {
                let today = now.with_timezone(&zone).date_naive();
                let day = today.checked_sub_days(Days::new(back))?;
                let local = day.and_time(time).and_local_timezone(zone).single()?;
                Some(local.to_utc())
            }
        }
    }
}

impl FromStr for Moment {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text.trim()).map_err(|message| TimeError {
            message,
            help: TIMES,
        })
    }
}

fn read(text: &str) -> Result<Moment, String> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if let Some((_, back)) = WORDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
    {
        let (time, zone) = calendar::clock(rest.trim())?;
        let back = *back;
        return Ok(Moment::OnDay { back, time, zone });
    }
    if let Some(distance) = text.strip_prefix("now") {
        return from_now(distance.trim());
    }
    if let Some(length) = text.strip_suffix("ago") {
        return Ok(Moment::FromNow(-duration::read(length.trim())?));
    }
    match text.chars().next() {
        None => Err("there is nothing".to_owned()),
        Some('-' | '+') => from_now(text),
        Some(c) if c.is_alphabetic() => Err(no_word(word)),
        Some(_) if calendar::looks_like(text) => calendar::read(text),
        Some(_) => Ok(Moment::FromNow(-duration::read(text)?)),
    }
}

/// What follows `now`: nothing, or a sign and a duration.
fn from_now(text: &str) -> Result<Moment, String> {
    let signed =
        |length: &str, sign: i32| Ok(Moment::FromNow(duration::read(length.trim())? * sign));
    match text.split_at_checked(1) {
        None if text.is_empty() => Ok(Moment::FromNow(TimeDelta::zero())),
        Some(("-", length)) => signed(length, -1),
        Some(("+", length)) => signed(length, 1),
        _ => Err(format!("`{text}` follows `now` without + or -")),
    }
}

fn no_word(word: &str) -> String {
    let words = WORDS.iter().map(|(name, _)| *name).chain(["now"]);
    match near_miss(&word.to_ascii_lowercase(), words) {
        Some(near) => format!("`{word}` is no word for a time, did you mean `{near}`?"),
        None => format!("`{word}` is no word for a time"),
    }
}
