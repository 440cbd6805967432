//! What became of the lines of each input.

use super::{Document, whole};
use crate::sheet::{BELOW, Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Input, Table, number};

impl Document {
    /// One line per input that was read.
    #[must_use]
    pub fn inputs(inputs: &[Input]) -> Self {
        Self::new("inputs", inputs, table(inputs), sheet(inputs), "no inputs")
    }
}

fn table(inputs: &[Input]) -> Table {
    let columns = [
        "path",
        "source",
        "lines",
        "events",
        "shadows",
        "other",
        "quarantined",
        "note",
    ];
    let mut table = Table::with_columns(&columns);
    for input in inputs {
        table.rows.push(vec![
            Cell::Text(input.path.clone()),
            super::optional(input.source.as_deref()),
            whole(input.lines),
            whole(input.events),
            whole(input.shadows),
            whole(input.other),
            whole(input.quarantined),
            super::optional(input.note.as_deref()),
        ]);
    }
    table
}

fn sheet(inputs: &[Input]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("input", 0, Align::Left, Cut::Middle)
        .column("source", 1, Align::Left, Cut::End)
        .column("lines", 2, Align::Right, Cut::Never)
        .column("events", 0, Align::Right, Cut::Never)
        .column("shadows", 4, Align::Right, Cut::Never)
        .column("other", 3, Align::Right, Cut::Never)
        .column("quarantined", 0, Align::Right, Cut::Never)
        .column("note", BELOW, Align::Left, Cut::End);
    sheet.below = inputs.iter().flat_map(sentences).collect();
    for input in inputs {
        let bad = if input.quarantined > 0 {
            Tone::Bad
        } else {
            Tone::Plain
        };
        sheet.rows.push(vec![
            Shown::plain(&input.path),
            input
                .source
                .as_ref()
                .map_or_else(Shown::unknown, Shown::plain),
            Shown::plain(number::count(input.lines)),
            Shown::plain(number::count(input.events)),
            Shown::plain(number::count(input.shadows)),
            Shown::plain(number::count(input.other)),
            Shown::toned(number::count(input.quarantined), bad),
            Shown::plain(input.note.as_deref().unwrap_or_default()),
        ]);
    }
    sheet
}

/// Why lines were quarantined, and anything else worth saying.
fn sentences(input: &Input) -> Vec<String> {
    let reasons = input.reasons.iter().map(|(reason, n)| {
        format!(
            "{}: {} records quarantined: {reason}",
            input.path,
            number::count(*n)
        )
    });
    let note = input
        .note
        .iter()
        .map(|note| format!("{}: {note}", input.path));
    reasons.chain(note).collect()
}
