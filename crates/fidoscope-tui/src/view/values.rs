//! Cells and numbers as the panels show them.

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_report::{Cell, Shown, Unit, number, steady};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that the text takes.
pub(super) fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Text from outside, harmless and as wide on every terminal.
pub(super) fn clean(text: &str) -> String {
    steady(text).into_owned()
}

/// The name with what tells it apart behind it; where both do not fit, the name is cut.
pub(super) fn cut_before(name: &str, rest: &str, room: u16) -> String {
    let rest = clean(rest);
    let name = cut(name, room.saturating_sub(width(&rest)));
    cut(&format!("{name}{rest}"), room)
}

/// Harmless text in at most that many columns, cut behind a word where that does not cost half of it.
pub(super) fn cut(text: &str, room: u16) -> String {
    let text = clean(text);
    if width(&text) <= room {
        return text;
    }
    if room == 0 {
        return String::new();
    }
    let mut used = 1;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= usize::from(room)
        })
        .collect();
    let words = kept.rsplit_once(' ').map(|(words, _)| words.trim_end());
    match words.filter(|words| width(words) > room / 2) {
        Some(words) => format!("{words} …"),
        None => format!("{kept}…"),
    }
}

/// A number in the unit of its panel.
pub(super) fn value(value: f64, unit: Option<Unit>) -> String {
    unit.map_or_else(|| number::number(value), |unit| number::value(value, unit))
}

/// A cell in its unit; a number that has none is in that of its panel.
pub(super) fn cell(cell: &Cell, unit: Option<Unit>) -> String {
    match cell {
        Cell::Integer(_) | Cell::Number(_) => {
            crate::data::number(cell).map_or_else(|| "-".to_owned(), |v| value(v, unit))
        }
        other => Shown::of(other).text().to_owned(),
    }
}

/// A time with as much of it as the span needs.
pub(super) fn time(at: DateTime<Utc>, span: TimeDelta) -> String {
    let form = if span >= TimeDelta::days(2) {
        "%m-%d"
    } else {
        "%H:%M"
    };
    at.format(form).to_string()
}

/// How many of `of` steps the share (0 to 1) fills, rounded to the nearest.
pub(super) fn steps(share: f64, of: u16) -> u16 {
    let filled = share * f64::from(of);
    let count = (1..=of)
        .take_while(|step| f64::from(*step) - 0.5 <= filled)
        .count();
    u16::try_from(count).unwrap_or(of)
}
