//! Lines of a posture report.

use super::{Document, optional, whole};
use crate::sheet::{BELOW, Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Practice, PracticeState, Table, number};

impl Document {
    /// One line per practice.
    #[must_use]
    pub fn practices(practices: &[Practice]) -> Self {
        let (table, sheet) = (table(practices), sheet(practices));
        Self::new("practices", practices, table, sheet, "no practices")
    }
}

fn table(practices: &[Practice]) -> Table {
    let columns = [
        "id",
        "practice",
        "state",
        "seen",
        "of",
        "unit",
        "computed_from",
        "not_seen",
        "users",
    ];
    let mut table = Table::with_columns(&columns);
    for practice in practices {
        let not_seen = practice.not_seen.join("; ");
        let users = practice.users.join(" ");
        table.rows.push(vec![
            Cell::Text(practice.id.clone()),
            Cell::Text(practice.practice.clone()),
            Cell::Text(practice.state.word().to_owned()),
            practice.seen.map_or(Cell::Null, whole),
            practice.of.map_or(Cell::Null, whole),
            Cell::Text(practice.unit.clone()),
            Cell::Text(practice.computed_from.clone()),
            optional(Some(not_seen.as_str()).filter(|text| !text.is_empty())),
            optional(Some(users.as_str()).filter(|text| !text.is_empty())),
        ]);
    }
    table
}

fn sheet(practices: &[Practice]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("practice", 0, Align::Left, Cut::End)
        .column("state", 0, Align::Left, Cut::Never)
        .column("seen", 0, Align::Left, Cut::Never)
        .column("computed from", BELOW, Align::Left, Cut::End)
        .column("not seen", BELOW, Align::Left, Cut::End);
    for practice in practices {
        let not_seen = practice.not_seen.join("; ");
        sheet.rows.push(vec![
            Shown::plain(&practice.practice),
            state(practice.state),
            seen(practice),
            Shown::plain(&practice.computed_from),
            Shown::plain(&not_seen),
        ]);
        let mut sentence = format!("{}: {}", practice.practice, practice.computed_from);
        if !not_seen.is_empty() {
            sentence.push_str(&format!(". Not seen: {not_seen}"));
        }
        sheet.below.push(format!("{sentence}."));
    }
    sheet
}

fn state(state: PracticeState) -> Shown {
    let tone = match state {
        PracticeState::Kept => Tone::Good,
        PracticeState::NotKept => Tone::Bad,
        PracticeState::Shown => Tone::Plain,
        PracticeState::NotEvaluated => Tone::Faint,
    };
    Shown::toned(state.word(), tone)
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
