//! What a panel asks for and what it gets.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use fidoscope_report::time::{self, TimeError};
use fidoscope_report::{Align, Cell, Finding, RuleSight, Sli, Table};

use crate::{Period, Scale, Source};

/// Which panel of which dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PanelId {
    /// Index of the dashboard.
    pub page: usize,
    /// Index of the panel.
    pub panel: usize,
}

/// A length of time to look back, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window(pub i64);

/// One question to the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelRequest {
    /// The panel that asks.
    pub id: PanelId,
    /// Number of the question; only the answer to the newest is shown.
    pub number: u64,
    /// Where the data come from.
    pub source: Source,
    /// The time that is looked at.
    pub period: Period,
    /// The time of the question.
    pub now: DateTime<Utc>,
}

/// What a panel draws.
#[derive(Clone, Debug, PartialEq)]
pub enum PanelData {
    /// Rows of a query or of a named panel.
    Table(Table),
    /// Service level indicators.
    Slis(Vec<Sli>),
    /// Findings, and those rules that could not judge every event.
    Findings(Vec<Finding>, Vec<RuleSight>),
}

impl Window {
    /// The window of a dashboard that names none.
    pub const DEFAULT: Self = Self(30 * 86_400);

    /// The windows that keys step through.
    pub const STEPS: [Self; 7] = [
        Self(300),
        Self(3600),
        Self(6 * 3600),
        Self(86_400),
        Self(3 * 86_400),
        Self(7 * 86_400),
        Self::DEFAULT,
    ];

    /// Reads `30s`, `6h` or `1h 30m`: whole seconds, at least one.
    ///
    /// # Errors
    /// Names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        time::whole_seconds(text).map(Self)
    }

    /// The longest of the windows that is shorter.
    pub(crate) fn shorter(self) -> Self {
        Self::STEPS
            .into_iter()
            .rev()
            .find(|step| *step < self)
            .unwrap_or(self)
    }

    /// The shortest of the windows that is longer.
    pub(crate) fn longer(self) -> Self {
        Self::STEPS
            .into_iter()
            .find(|step| *step > self)
            .unwrap_or(self)
    }

    /// The window in words: `30 d`, `5 m`.
    #[must_use]
    pub fn words(self) -> String {
        seconds_in_words(self.0)
    }
}

/// A span of time as one number and a unit.
pub(crate) fn seconds_in_words(seconds: i64) -> String {
    let (number, unit) = match seconds {
        s if s >= 86_400 => (s / 86_400, "d"),
        s if s >= 3600 => (s / 3600, "h"),
        s if s >= 60 => (s / 60, "m"),
        s => (s.max(0), "s"),
    };
    format!("{number} {unit}")
}

impl PanelData {
    /// Whether there is nothing to draw along an axis: no row, or none whose values are known.
    pub(crate) fn is_unknown(&self, scale: &Scale) -> bool {
        match self {
            Self::Table(table) => {
                let x = x_column(table, scale);
                let values = |row: &Vec<Cell>| {
                    row.iter()
                        .enumerate()
                        .any(|(at, cell)| at != x && *cell != Cell::Null)
                };
                table.columns.len() > 1 && !table.rows.iter().any(values)
            }
            Self::Slis(_) | Self::Findings(..) => self.is_empty(),
        }
    }

    /// How many rows can be walked through.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Table(table) => table.rows.len(),
            Self::Slis(slis) => slis.len(),
            Self::Findings(findings, unseen) => findings.len() + unseen.len(),
        }
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One line of a chart; a value that is not known is a gap.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

/// Columns of the table that are drawn as numbers.
pub(crate) fn series(table: &Table, scale: &Scale) -> Vec<Series> {
    let x = x_column(table, scale);
    let wanted = |at: usize, name: &String| {
        at != x
            && if scale.y.is_empty() {
                is_numeric(table, at)
            } else {
                scale.y.contains(name)
            }
    };
    table
        .columns
        .iter()
        .enumerate()
        .filter(|(at, column)| wanted(*at, &column.name))
        .map(|(at, column)| Series {
            name: column.name.clone(),
            values: table
                .rows
                .iter()
                .map(|row| row.get(at).and_then(number))
                .collect(),
        })
        .collect()
}

/// Index of the column of the horizontal axis or of the labels.
pub(crate) fn x_column(table: &Table, scale: &Scale) -> usize {
    let named = scale.x.as_ref();
    named
        .and_then(|x| table.columns.iter().position(|column| column.name == *x))
        .unwrap_or(0)
}

/// Times of the rows, where all of them have one.
pub(crate) fn times(table: &Table, scale: &Scale) -> Option<Vec<DateTime<Utc>>> {
    let x = x_column(table, scale);
    table
        .rows
        .iter()
        .map(|row| row.get(x).and_then(time))
        .collect()
}

/// A cell as a number; unknown is not zero.
pub(crate) fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Integer(value) => Some(float(*value)),
        Cell::Count(value) | Cell::Bytes(value) => i64::try_from(*value).ok().map(float),
        Cell::Number(value) | Cell::Ratio(value) | Cell::Milliseconds(value) => {
            value.is_finite().then_some(*value)
        }
        Cell::Null | Cell::Bool(_) | Cell::Text(_) | Cell::Word(_) | Cell::Time(_) => None,
    }
}

/// The nearest float of a whole number.
pub(crate) fn float(value: i64) -> f64 {
    let high = i32::try_from(value >> 32).unwrap_or(0);
    let low = u32::try_from(value & 0xffff_ffff).unwrap_or(0);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// A column of numbers. One in which nothing is known is one when the engine aligns it like numbers.
fn is_numeric(table: &Table, at: usize) -> bool {
    let cells = || table.rows.iter().filter_map(|row| row.get(at));
    let aligned = table.columns.get(at).map(|column| column.align) == Some(Align::Right);
    (aligned || cells().any(|cell| number(cell).is_some()))
        && cells().all(|cell| number(cell).is_some() || *cell == Cell::Null)
}

/// A time as text (RFC 3339, a day, a time without zone), or as a whole number of seconds,
/// milliseconds or microseconds that lies between 2001 and 2100; other numbers are amounts.
fn time(cell: &Cell) -> Option<DateTime<Utc>> {
    const YEARS: std::ops::Range<i64> = 1_000_000_000..4_102_444_800;
    match cell {
        Cell::Integer(value) => [1, 1_000, 1_000_000]
            .into_iter()
            .find(|parts| YEARS.contains(&(value / parts)))
            .and_then(|parts| DateTime::from_timestamp_micros(value * (1_000_000 / parts))),
        Cell::Text(text) => time_of_text(text),
        Cell::Time(at) => Some(*at),
        _ => None,
    }
}

fn time_of_text(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = || {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.to_utc())
    };
    let without_zone = || {
        [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H:%M",
        ]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|at| at.and_utc())
    };
    let day = || {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(day.and_hms_opt(0, 0, 0)?.and_utc())
    };
    with_zone().or_else(without_zone).or_else(day)
}

#[cfg(test)]
mod tests;
