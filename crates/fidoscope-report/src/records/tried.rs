//! Lines that a mapping was tried on.

use serde_json::Value;

use crate::source::RejectedRecord;
use crate::{
    Became, Cell, EventColumns, Field, Record, Report, Shown, Tone, TrialSummary, Tried, number,
};

/// Columns of a row of their own, or of no interest line by line.
const ELSEWHERE: [&str; 4] = ["kind", "outcome", "source", "mapping_version"];

impl<'a> Report<'a> {
    /// One line per line of the log and event in it, and below them what became of all lines.
    #[must_use]
    pub fn tried(lines: &'a [Tried], summary: &TrialSummary) -> Self {
        let mut report = Self::parts(lines, rows).with("summary", summary);
        report.closing.below = below(lines, summary);
        report
    }
}

/// An event of a line, a record that was rejected, or a line that is neither.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TriedRow<'a> {
    line: &'a Tried,
    event: Option<&'a EventColumns>,
    rejected: Option<&'a RejectedRecord>,
}

impl Record for TriedRow<'_> {
    const NAME: &'static str = "lines";
    const EMPTY: &'static str = "no lines";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::number("line", |row: &Self| Cell::Count(row.line.line))
                .said(|row| Shown::plain(row.line.line.to_string())),
            Field::word("became", |row: &Self| Cell::Word(row.became().word()))
                .toned(|row| tone(row.became())),
            Field::word("kind", |row: &Self| row.word("kind")),
            Field::word("outcome", |row: &Self| row.word("outcome")).rank(1),
            Field::text("columns", |row: &Self| Cell::known(row.event.map(rest)))
                .head("columns, or why not")
                .said(|row| Shown::plain(row.columns_or_why())),
            Field::word("code", |row: &Self| {
                let code = row.rejected.map(|record| record.code.as_str());
                Cell::known(code.or(row.own(row.line.code.as_deref())))
            }),
            Field::text("why", |row: &Self| {
                let own = row.own(row.line.why.as_deref());
                Cell::known(row.record().or_else(|| own.map(str::to_owned)))
            }),
            Field::word("field", |row: &Self| match row.rejected {
                Some(record) => Cell::known(record.field.as_deref()),
                None => Cell::known(row.line.field.as_deref()),
            }),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["line", "became", "kind", "outcome", "columns"]
    }
}

impl TriedRow<'_> {
    fn became(&self) -> Became {
        match self.rejected {
            Some(_) => Became::Rejected,
            None => self.line.became,
        }
    }

    fn word(&self, column: &str) -> Cell {
        Cell::known(self.event.and_then(|event| text(event, column)))
    }

    /// What is said of the line, where the row is not about one of its records.
    fn own<'t>(&self, text: Option<&'t str>) -> Option<&'t str> {
        text.filter(|_| self.rejected.is_none())
    }

    fn record(&self) -> Option<String> {
        let record = self.rejected?;
        Some(format!("{}: {}", record.record, record.why))
    }

    fn columns_or_why(&self) -> String {
        let event = self.event.map(rest);
        let why = || self.record().or_else(|| self.line.why.clone());
        event.or_else(why).unwrap_or_default()
    }
}

fn tone(became: Became) -> Tone {
    match became {
        Became::Rejected => Tone::Bad,
        Became::Mapped => Tone::Good,
        _ => Tone::Faint,
    }
}

/// A line without events has a row as well, unless its records have.
fn rows(line: &Tried) -> Vec<TriedRow<'_>> {
    let row = TriedRow {
        line,
        event: None,
        rejected: None,
    };
    let events = line.events.iter();
    let events = events.map(|event| TriedRow {
        event: Some(event),
        ..row
    });
    let records = line.records.iter();
    let records = records.map(|record| TriedRow {
        rejected: Some(record),
        ..row
    });
    let rows: Vec<_> = events.chain(records).collect();
    if rows.is_empty() { vec![row] } else { rows }
}

fn text(event: &EventColumns, name: &str) -> Option<String> {
    let (_, value) = event.0.iter().find(|(known, _)| known == name)?;
    Some(plain(value))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn rest(event: &EventColumns) -> String {
    let columns = event.0.iter();
    let columns = columns.filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()));
    let columns: Vec<String> = columns
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect();
    columns.join(" ")
}

fn below(lines: &[Tried], summary: &TrialSummary) -> Vec<String> {
    let count = number::count;
    let kinds = summary.kinds.iter();
    let kinds: Vec<String> = kinds
        .map(|(kind, n)| format!("{} {kind}", count(*n)))
        .collect();
    let of_kinds = if kinds.is_empty() {
        String::new()
    } else {
        format!(" ({})", kinds.join(", "))
    };
    let mut said = vec![format!(
        "{} lines: {} mapped to {} events{of_kinds}, {} shadows, {} of other kinds, {} passed over unread, {} blank, {} of {} records rejected.",
        count(summary.lines),
        count(summary.mapped),
        count(summary.events),
        count(summary.shadows),
        count(summary.other),
        count(summary.prefiltered),
        count(summary.blank),
        count(summary.rejected),
        count(summary.records),
    )];
    let shown = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    if shown < summary.lines {
        said.push(format!("Only the first {} lines are shown.", count(shown)));
    }
    if summary.events > 0 && !summary.unfilled.is_empty() {
        said.push(format!(
            "Columns that the mapping fills and none of these lines did: {}.",
            summary.unfilled.join(", ")
        ));
    }
    said
}
