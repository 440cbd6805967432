//! Lines that a mapping was tried on.

use serde_json::Value;

use super::{Document, optional, whole};
use crate::sheet::{Cut, Sheet, Shown, Tone};
use crate::{Align, Became, Cell, EventColumns, Table, TrialSummary, Tried, number};

/// Columns of a row of their own, or of no interest line by line.
const ELSEWHERE: [&str; 4] = ["kind", "outcome", "source", "mapping_version"];

impl Document {
    /// One line per line of the log and event in it, and below them what became of all lines.
    #[must_use]
    pub fn tried(lines: &[Tried], summary: &TrialSummary) -> Self {
        let (table, sheet) = (table(lines), sheet(lines, summary));
        Self::new("lines", lines, table, sheet, "no lines").with("summary", summary)
    }
}

fn table(lines: &[Tried]) -> Table {
    let columns = [
        "line", "became", "kind", "outcome", "columns", "code", "why", "field",
    ];
    let mut table = Table::with_columns(&columns);
    for line in lines {
        for event in events(line) {
            let word = |name| event.and_then(|event| text(event, name));
            table.rows.push(vec![
                whole(line.line),
                Cell::Text(line.became.word().to_owned()),
                optional(word("kind").as_deref()),
                optional(word("outcome").as_deref()),
                optional(event.map(rest).as_deref()),
                optional(line.code.as_deref()),
                optional(line.why.as_deref()),
                optional(line.field.as_deref()),
            ]);
        }
        for record in &line.records {
            let why = format!("{}: {}", record.record, record.why);
            table.rows.push(vec![
                whole(line.line),
                Cell::Text(Became::Rejected.word().to_owned()),
                optional(None),
                optional(None),
                optional(None),
                optional(Some(&record.code)),
                optional(Some(&why)),
                optional(record.field.as_deref()),
            ]);
        }
    }
    table
}

fn sheet(lines: &[Tried], summary: &TrialSummary) -> Sheet {
    let mut sheet = Sheet::default()
        .column("line", 0, Align::Right, Cut::Never)
        .column("became", 0, Align::Left, Cut::Never)
        .column("kind", 0, Align::Left, Cut::Never)
        .column("outcome", 1, Align::Left, Cut::Never)
        .column("columns, or why not", 0, Align::Left, Cut::End);
    for line in lines {
        for event in events(line) {
            let word = |name| {
                let found = event.and_then(|event| text(event, name));
                found.map_or_else(Shown::unknown, Shown::plain)
            };
            let last = match (event, &line.why) {
                (Some(event), _) => rest(event),
                (None, Some(why)) => why.clone(),
                (None, None) => String::new(),
            };
            let tone = match line.became {
                Became::Rejected => Tone::Bad,
                Became::Mapped => Tone::Good,
                _ => Tone::Faint,
            };
            sheet.rows.push(vec![
                Shown::plain(line.line.to_string()),
                Shown::toned(line.became.word(), tone),
                word("kind"),
                word("outcome"),
                Shown::plain(last),
            ]);
        }
        for record in &line.records {
            sheet.rows.push(vec![
                Shown::plain(line.line.to_string()),
                Shown::toned(Became::Rejected.word(), Tone::Bad),
                Shown::unknown(),
                Shown::unknown(),
                Shown::plain(format!("{}: {}", record.record, record.why)),
            ]);
        }
    }
    sheet.below = below(lines, summary);
    sheet
}

/// A line without events has a row as well, unless its records have.
fn events(line: &Tried) -> Vec<Option<&EventColumns>> {
    if line.events.is_empty() && line.records.is_empty() {
        vec![None]
    } else {
        line.events.iter().map(Some).collect()
    }
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
