//! Lengths of time: `20m`, `1h 30m`, `7 days`.

use chrono::TimeDelta;
use humantime::DurationError;

use super::TimeError;

/// What is accepted as a duration.
const DURATIONS: &str = "write e.g. 30s, 20m, 6h, 7d, 2w or 1h 30m";

/// A hundred years; no log is older, and sums stay within the calendar.
const LONGEST: TimeDelta = TimeDelta::days(36_525);

/// Units whose length depends on the calendar.
const CALENDAR: [&str; 8] = ["M", "month", "months", "y", "yr", "yrs", "year", "years"];

/// Reads a length of time, at most a hundred years.
///
/// # Errors
/// Names the part that is wrong.
pub fn duration(text: &str) -> Result<TimeDelta, TimeError> {
    read(text.trim()).map_err(|message| TimeError {
        message,
        help: DURATIONS,
    })
}

/// Reads a length of time in which a number alone counts in that unit.
///
/// # Errors
/// Names the part that is wrong.
pub fn duration_in(unit: &str, text: &str) -> Result<TimeDelta, TimeError> {
    let alone = text.trim();
    if alone.ends_with(|c: char| c.is_ascii_digit()) && !alone.contains(char::is_alphabetic) {
        return duration(&format!("{alone}{unit}"));
    }
    duration(text)
}

/// Reads a length of time in whole seconds, at least one.
///
/// # Errors
/// Names the part that is wrong.
pub fn whole_seconds(text: &str) -> Result<i64, TimeError> {
    let length = duration(text)?;
    let seconds = length.num_seconds();
    if seconds < 1 || length.subsec_nanos() != 0 {
        return Err(TimeError {
            message: format!("`{text}` is less than a second, or not in whole ones"),
            help: DURATIONS,
        });
    }
    Ok(seconds)
}

pub(super) fn read(text: &str) -> Result<TimeDelta, String> {
    let mut words = text.split(|c: char| !c.is_alphabetic());
    if let Some(unit) = words.find(|word| CALENDAR.contains(word)) {
        return Err(format!("`{unit}` has no fixed length, count days"));
    }
    if let Some(number) = lonely_number(text) {
        return Err(format!("`{number}` has no unit"));
    }
    let length = humantime::parse_duration(text).map_err(|error| refused(text, &error))?;
    let length = TimeDelta::from_std(length).ok();
    let length = length.filter(|length| *length <= LONGEST);
    length.ok_or_else(|| format!("`{text}` is more than a hundred years"))
}

/// A number that is followed by another one: `1 30m` would be read as 130 minutes.
fn lonely_number(text: &str) -> Option<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    let digits = |c: char| c.is_ascii_digit();
    pairs
        .filter(|(word, next)| word.ends_with(digits) && next.starts_with(digits))
        .map(|(word, _)| *word)
        .next()
}

fn refused(text: &str, error: &DurationError) -> String {
    let from = |at: usize| text.get(at..).unwrap_or(text);
    match error {
        DurationError::Empty => "there is nothing".to_owned(),
        DurationError::NumberExpected(at) => {
            format!("a number is missing before `{}`", from(*at))
        }
        DurationError::InvalidCharacter(at) => {
            let stray: String = from(*at).chars().take(1).collect();
            format!("`{stray}` has no place in `{text}`")
        }
        DurationError::UnknownUnit { unit, value, .. } if unit.is_empty() => {
            format!("`{value}` has no unit")
        }
        DurationError::UnknownUnit { unit, .. } => format!("`{unit}` is no unit of time"),
        DurationError::NumberOverflow => format!("a number in `{text}` is too large or too fine"),
    }
}
