//! `fidoscope mds diff`: what changed between two BLOBs.

use fidoscope_metadata::{Change, ModelChange, ModelDifference};
use fidoscope_report::{Cell, Document, Table};
use serde::Serialize;

use super::super::Context;
use crate::cli::MdsDiff;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsDiff, context: Context<'_>) -> Outcome {
    let older = metadata::blob(&arguments.older)?;
    let newer = metadata::blob(&arguments.newer)?;
    if older.no() > newer.no() {
        context.output.say(
            "warning: the first BLOB has the higher number; should they be the other way round?",
        );
    }
    let differences = older.difference(&newer);
    let document = document(&differences)
        .with("older_no", &older.no())
        .with("newer_no", &newer.no());
    context.show(&document, arguments.format.format)?;
    let count = |change| differences.iter().filter(|d| d.change == change).count();
    context.output.say(&format!(
        "{} models added, {} removed, {} changed",
        count(ModelChange::Added),
        count(ModelChange::Removed),
        count(ModelChange::Changed),
    ));
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct Row<'a> {
    change: String,
    model: &'a str,
    description: &'a str,
    changes: Vec<Words<'a>>,
}

#[derive(Serialize)]
struct Words<'a> {
    aspect: String,
    words: &'a str,
}

impl<'a> Row<'a> {
    fn of(difference: &'a ModelDifference) -> Self {
        let words = |change: &'a Change| Words {
            aspect: change.aspect.to_string(),
            words: &change.words,
        };
        Self {
            change: difference.change.to_string(),
            model: &difference.model,
            description: &difference.description,
            changes: difference.changes.iter().map(words).collect(),
        }
    }
}

/// A row of the table is one change, an item of the list is one model.
fn document(differences: &[ModelDifference]) -> Document {
    let mut table = Table::with_columns(&["change", "description", "aspect", "words", "model"]);
    table.rows = differences.iter().flat_map(cells).collect();
    let rows: Vec<_> = differences.iter().map(Row::of).collect();
    Document::list("differences", &rows, table)
}

fn cells(difference: &ModelDifference) -> Vec<Vec<Cell>> {
    let row = |aspect: String, words: String| {
        let change = difference.change.to_string();
        let description = difference.description.clone();
        [change, description, aspect, words, difference.model.clone()]
            .map(Cell::Text)
            .to_vec()
    };
    if difference.changes.is_empty() {
        return vec![row(String::new(), String::new())];
    }
    let changes = difference.changes.iter();
    changes
        .map(|change| row(change.aspect.to_string(), change.words.clone()))
        .collect()
}
