//! Lines of a posture report.

use crate::{Cell, Field, Practice, PracticeState, Record, Shown, Tone, number};

impl Record for Practice {
    const NAME: &'static str = "practices";
    const EMPTY: &'static str = "no practices";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("id", |one: &Self| Cell::from(&one.id)),
            Field::text("practice", |one: &Self| Cell::from(&one.practice)),
            Field::word("state", |one: &Self| Cell::Word(one.state.word()))
                .toned(|one| tone(one.state)),
            Field::word("seen", |one: &Self| Cell::known(one.seen)).said(seen),
            Field::number("of", |one: &Self| Cell::known(one.of)),
            Field::word("unit", |one: &Self| Cell::from(&one.unit)),
            Field::text("computed_from", |one: &Self| Cell::from(&one.computed_from))
                .head("computed from")
                .below(),
            Field::text("not_seen", |one: &Self| Cell::said(one.not_seen.join("; ")))
                .head("not seen")
                .blank()
                .below(),
            Field::text("users", |one: &Self| Cell::said(one.users.join(" "))),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["practice", "state", "seen", "computed_from", "not_seen"]
    }

    fn id(&self) -> Option<String> {
        Some(self.id.clone())
    }

    fn remarks(&self) -> Vec<String> {
        let not_seen = match self.not_seen.join("; ") {
            none if none.is_empty() => none,
            some => format!(". Not seen: {some}"),
        };
        vec![format!(
            "{}: {}{not_seen}.",
            self.practice, self.computed_from
        )]
    }
}

fn tone(state: PracticeState) -> Tone {
    match state {
        PracticeState::Kept => Tone::Good,
        PracticeState::NotKept => Tone::Bad,
        PracticeState::Shown => Tone::Plain,
        PracticeState::NotEvaluated => Tone::Faint,
    }
}

fn seen(practice: &Practice) -> Shown {
    match (practice.seen, practice.of) {
        (Some(seen), Some(of)) => Shown::plain(format!(
            "{} of {} {} ({})",
            number::count(seen),
            number::count(of),
            practice.unit,
            number::ratio(number::share(seen, of)),
        )),
        (Some(seen), None) => Shown::plain(format!("{} {}", number::count(seen), practice.unit)),
        (None, _) => Shown::unknown(),
    }
}
