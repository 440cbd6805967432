//! What became of the lines of each input.

use crate::{Cell, Field, Input, Link, Record, Tone, number};

impl Record for Input {
    const NAME: &'static str = "inputs";
    const EMPTY: &'static str = "no inputs";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::key("path", |input: &Self| Cell::from(&input.path)).head("input"),
            Field::text("source", |input: &Self| {
                Cell::known(input.source.as_deref())
            })
            .rank(1),
            Field::number("lines", |input: &Self| Cell::Count(input.lines)).rank(2),
            Field::number("events", |input: &Self| Cell::Count(input.events)),
            Field::number("shadows", |input: &Self| Cell::Count(input.shadows)).rank(4),
            Field::number("other", |input: &Self| Cell::Count(input.other)).rank(3),
            Field::number("quarantined", |input: &Self| Cell::Count(input.quarantined)).toned(
                |input| match input.quarantined {
                    0 => Tone::Plain,
                    _ => Tone::Bad,
                },
            ),
            Field::text("note", |input: &Self| Cell::known(input.note.as_deref()))
                .blank()
                .below(),
        ]
    }

    fn view() -> &'static [&'static str] {
        &[
            "path",
            "source",
            "lines",
            "events",
            "shadows",
            "other",
            "quarantined",
            "note",
        ]
    }

    fn id(&self) -> Option<String> {
        Some(self.path.clone())
    }

    fn link(&self) -> Option<Link> {
        Some(Link::File {
            path: self.path.clone(),
            line: None,
        })
    }

    /// Why lines were quarantined, and anything else worth saying.
    fn remarks(&self) -> Vec<String> {
        let reasons = self.reasons.iter().map(|(reason, n)| {
            format!(
                "{}: {} records quarantined: {reason}",
                self.path,
                number::count(*n)
            )
        });
        let note = self.note.iter();
        let note = note.map(|note| format!("{}: {note}", self.path));
        reasons.chain(note).collect()
    }
}
