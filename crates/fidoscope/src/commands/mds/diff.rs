//! `fidoscope mds diff`: what changed between two BLOBs.

use fidoscope_metadata::{Change, ModelChange, ModelDifference};
use fidoscope_report::{Cell, Field, Record, Report};
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
    let rows: Vec<_> = differences.iter().map(Row::of).collect();
    let report = Report::parts(&rows, changed)
        .with("older_no", &older.no())
        .with("newer_no", &newer.no());
    context.show(&report, arguments.format.format)?;
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

/// A change of a model, or a model that came or went.
struct Changed<'a> {
    of: &'a Row<'a>,
    change: Option<&'a Words<'a>>,
}

impl Record for Changed<'_> {
    const NAME: &'static str = "differences";

    fn fields() -> Vec<Field<Self>> {
        let fields = vec![
            Field::text("change", |row: &Self| Cell::from(&row.of.change)),
            Field::text("description", |row| Cell::from(row.of.description)),
            Field::text("aspect", |row| {
                Cell::from(row.change.map_or("", |change| &change.aspect))
            }),
            Field::text("words", |row| {
                Cell::from(row.change.map_or("", |change| change.words))
            }),
            Field::text("model", |row| Cell::from(row.of.model)),
        ];
        fields.into_iter().map(Field::raw).collect()
    }

    fn view() -> &'static [&'static str] {
        &["change", "description", "aspect", "words", "model"]
    }
}

/// A row of the table is one change, an item of the list is one model.
fn changed<'a>(of: &'a Row<'a>) -> Vec<Changed<'a>> {
    let changes = of.changes.iter().map(Some);
    let changes: Vec<_> = changes.map(|change| Changed { of, change }).collect();
    match changes.is_empty() {
        true => vec![Changed { of, change: None }],
        false => changes,
    }
}
