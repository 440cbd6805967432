//! Mutants and what became of them.

use super::{Document, optional};
use crate::sheet::{Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Expectation, Mutation, Table};

impl Document {
    /// One line per mutant.
    #[must_use]
    pub fn mutations(mutations: &[Mutation]) -> Self {
        let (table, sheet) = (table(mutations), sheet(mutations));
        Self::new("mutations", mutations, table, sheet, "no mutants")
    }
}

fn table(mutations: &[Mutation]) -> Table {
    let columns = [
        "id",
        "base",
        "mutation",
        "profile",
        "expected_verdict",
        "expected_step",
        "found_verdict",
        "found_step",
        "ok",
        "note",
    ];
    let mut table = Table::with_columns(&columns);
    let verdict = |outcome: &Option<Expectation>| {
        optional(outcome.as_ref().map(|outcome| outcome.verdict.word()))
    };
    let step = |outcome: &Option<Expectation>| {
        optional(outcome.as_ref().and_then(|outcome| outcome.step.as_deref()))
    };
    for mutation in mutations {
        table.rows.push(vec![
            Cell::Text(mutation.id.clone()),
            Cell::Text(mutation.base.clone()),
            Cell::Text(mutation.mutation.clone()),
            optional(mutation.profile.as_deref()),
            verdict(&mutation.expected),
            step(&mutation.expected),
            verdict(&mutation.found),
            step(&mutation.found),
            mutation.ok.map_or(Cell::Null, Cell::Bool),
            optional(mutation.note.as_deref()),
        ]);
    }
    table
}

fn sheet(mutations: &[Mutation]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("id", 0, Align::Left, Cut::Never)
        .column("base", 2, Align::Left, Cut::Never)
        .column("mutation", 1, Align::Left, Cut::End)
        .column("found", 0, Align::Left, Cut::Middle)
        .column("as expected", 0, Align::Left, Cut::Middle);
    sheet.rows = mutations.iter().map(row).collect();
    sheet
}

fn row(mutation: &Mutation) -> Vec<Shown> {
    let (answer, tone) = match mutation.ok {
        Some(true) => ("yes".to_owned(), Tone::Good),
        Some(false) => (wanted(mutation), Tone::Bad),
        None => ("not run".to_owned(), Tone::Faint),
    };
    let found = match (&mutation.found, &mutation.note) {
        (Some(found), _) => Shown::plain(words(found)),
        (None, Some(note)) => Shown::toned(note, Tone::Faint),
        (None, None) => Shown::unknown(),
    };
    vec![
        Shown::plain(&mutation.id),
        Shown::plain(&mutation.base),
        Shown::plain(&mutation.mutation),
        found,
        Shown::toned(answer, tone),
    ]
}

/// The first profile that came out otherwise.
fn wanted(mutation: &Mutation) -> String {
    let mut profiles = mutation.profiles.iter();
    match profiles.find(|outcome| !outcome.ok) {
        Some(outcome) => format!(
            "NO, {} wanted {}, found {}",
            outcome.profile,
            words(&outcome.expected),
            words(&outcome.found)
        ),
        None => "NO".to_owned(),
    }
}

fn words(outcome: &Expectation) -> String {
    match &outcome.step {
        Some(step) => format!("{} {step}", outcome.verdict.word()),
        None => outcome.verdict.word().to_owned(),
    }
}
