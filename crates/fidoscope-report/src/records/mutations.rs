//! Mutants and what became of them.

use crate::{Cell, Expectation, Field, Link, Mutation, Record, Shown, Tone};

impl Record for Mutation {
    const NAME: &'static str = "mutations";
    const EMPTY: &'static str = "no mutants";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("id", |one: &Self| Cell::from(&one.id)),
            Field::word("base", |one: &Self| Cell::from(&one.base)).rank(2),
            Field::text("mutation", |one: &Self| Cell::from(&one.mutation)).rank(1),
            Field::word("profile", |one: &Self| Cell::known(one.profile.as_deref())),
            Field::word("expected_verdict", |one: &Self| {
                verdict(one.expected.as_ref())
            }),
            Field::key("expected_step", |one: &Self| step(one.expected.as_ref())),
            Field::key("found_verdict", |one: &Self| verdict(one.found.as_ref()))
                .head("found")
                .said(found),
            Field::key("found_step", |one: &Self| step(one.found.as_ref())),
            Field::key("ok", |one: &Self| Cell::known(one.ok))
                .head("as expected")
                .said(answer),
            Field::text("note", |one: &Self| Cell::known(one.note.as_deref())),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["id", "base", "mutation", "found_verdict", "ok"]
    }

    fn id(&self) -> Option<String> {
        Some(format!("{} {}", self.id, self.base))
    }

    fn link(&self) -> Option<Link> {
        let step = self.found.as_ref()?.step.clone()?;
        Some(Link::Step(step))
    }
}

fn verdict(outcome: Option<&Expectation>) -> Cell {
    outcome.map_or(Cell::Null, |outcome| Cell::Word(outcome.verdict.word()))
}

fn step(outcome: Option<&Expectation>) -> Cell {
    Cell::known(outcome.and_then(|outcome| outcome.step.as_deref()))
}

/// Verdict and step, or why nothing was run.
fn found(mutation: &Mutation) -> Shown {
    match (&mutation.found, &mutation.note) {
        (Some(found), _) => Shown::plain(words(found)),
        (None, Some(note)) => Shown::toned(note, Tone::Faint),
        (None, None) => Shown::unknown(),
    }
}

fn answer(mutation: &Mutation) -> Shown {
    match mutation.ok {
        Some(true) => Shown::toned("yes", Tone::Good),
        Some(false) => Shown::toned(wanted(mutation), Tone::Bad),
        None => Shown::toned("not run", Tone::Faint),
    }
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
