//! `fidoscope mds verify`: is this BLOB what the Metadata Service published?

use fidoscope_metadata::{Blob, BlobVerdict, Options, Step};
use fidoscope_report::{Cell, Document, Format, Table};
use serde::Serialize;

use super::super::Context;
use crate::cli::MdsVerify;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsVerify, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    let anchors = metadata::anchors(&arguments.anchor)?;
    let verdict = blob.verify(&anchors, context.now(), &Options::default());
    let document = document(&blob, &verdict);
    let format = context.output.format(arguments.format.format);
    context.show(&document, Some(format))?;
    if format == Format::Table {
        context.output.result(&words(&blob, &verdict))?;
    }
    Ok(if verdict.accepted() {
        Exit::Fine
    } else {
        Exit::Invalid
    })
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    status: String,
    class: &'a str,
    reference: &'a str,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            id: step.id,
            status: step.outcome.to_string(),
            class: step.class,
            reference: step.reference,
            expected: step.expected.as_deref(),
            found: step.found.as_deref(),
            note: step.note.as_deref(),
        }
    }

    fn cells(&self) -> Vec<Cell> {
        // Nothing to say is no unknown value.
        let optional = |text: Option<&str>| Cell::Text(text.unwrap_or_default().to_owned());
        vec![
            Cell::Text(self.status.clone()),
            Cell::Text(self.id.to_owned()),
            optional(self.expected),
            optional(self.found),
            optional(self.note),
        ]
    }
}

fn document(blob: &Blob, verdict: &BlobVerdict) -> Document {
    let rows: Vec<_> = verdict.steps.iter().map(Row::of).collect();
    let mut table = Table::with_columns(&["status", "step", "expected", "found", "note"]);
    table.rows.extend(rows.iter().map(Row::cells));
    Document::list("steps", &rows, table)
        .with(
            "verdict",
            &if verdict.accepted() {
                "accept"
            } else {
                "reject"
            },
        )
        .with("no", &blob.no())
        .with("next_update", &blob.next_update())
        .with("entries", &blob.entries().len())
        .with(
            "anchor",
            &verdict.anchor.as_ref().map(|anchor| anchor.name.clone()),
        )
        .with("test_root", &verdict.test_root)
}

/// What a person wants to know first, last on the screen.
fn words(blob: &Blob, verdict: &BlobVerdict) -> String {
    let number = blob
        .no()
        .map_or_else(|| "without a number".to_owned(), |no| format!("no {no}"));
    let mut text = format!("\nBLOB {number}, {} entries", blob.entries().len());
    if let Some(anchor) = &verdict.anchor {
        let root = if verdict.test_root {
            " (TEST ROOT)"
        } else {
            ""
        };
        text.push_str(&format!("\npath {}{root}", anchor.path.join(" <- ")));
        if let Some(expires) = anchor.expires {
            text.push_str(&format!(
                "\nfirst certificate of the path expires {}",
                expires.date_naive()
            ));
        }
    }
    match verdict.first_failed() {
        None => text.push_str("\naccepted"),
        Some(step) => text.push_str(&format!("\nREJECTED at {}", step.id)),
    }
    text
}
