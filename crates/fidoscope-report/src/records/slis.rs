//! Service level indicators.

use crate::{Basis, Cell, Field, Record, Shown, Sli, SliStatus, Tone, Unit, number};

impl Record for Sli {
    const NAME: &'static str = "slis";
    const EMPTY: &'static str = "no indicators";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("id", |sli: &Self| Cell::from(&sli.id)),
            Field::text("name", |sli: &Self| Cell::from(&sli.name)).head("indicator"),
            // Rows of one indicator differ by basis and group alone: without those two they
            // contradict each other.
            Field::key("group", |sli: &Self| Cell::known(sli.group.as_deref())).optional(),
            Field::word("basis", |sli: &Self| {
                Cell::known(sli.basis.map(Basis::word))
            }),
            Field::number("value", |sli: &Self| measure(sli, sli.value))
                .said(|sli| Shown::known(sli.value_text())),
            Field::word("unit", |sli: &Self| Cell::Word(sli.unit.word())),
            Field::number("target", |sli: &Self| {
                measure(sli, sli.target.map(|target| target.value))
            })
            .said(|sli| Shown::known(sli.target.map(|target| number::target(target, sli.unit))))
            .rank(2),
            Field::word("status", |sli: &Self| Cell::Word(sli.status.word()))
                .toned(|sli| sli.status.tone()),
            Field::number("sample", |sli: &Self| Cell::Count(sli.sample)).rank(3),
            Field::number("coverage", |sli: &Self| {
                sli.coverage.map_or(Cell::Null, Cell::Ratio)
            })
            .rank(4),
            Field::text("sources", |sli: &Self| Cell::from(sli.sources.join(" "))),
            Field::text("note", |sli: &Self| Cell::known(sli.note.as_deref()))
                .blank()
                .below(),
        ]
    }

    fn view() -> &'static [&'static str] {
        &[
            "id", "name", "group", "value", "target", "status", "sample", "coverage", "basis",
            "note",
        ]
    }

    fn panel() -> &'static [&'static str] {
        &[
            "id", "name", "group", "basis", "value", "target", "status", "sample",
        ]
    }

    fn facts() -> &'static [&'static str] {
        &[
            "id", "name", "group", "basis", "value", "target", "status", "sample", "coverage",
            "sources", "note",
        ]
    }

    fn id(&self) -> Option<String> {
        let group = self.group.as_deref().unwrap_or_default();
        let basis = self.basis.map(Basis::word).unwrap_or_default();
        Some(format!("{} {basis} {group}", self.id))
    }

    fn remarks(&self) -> Vec<String> {
        let group = self.group.as_deref().map(|group| format!(" {group}"));
        let group = group.unwrap_or_default();
        let note = self.note.as_deref();
        Vec::from_iter(note.map(|note| format!("{}{group}: {note}", self.id)))
    }
}

/// A value in the unit of its indicator.
fn measure(sli: &Sli, value: Option<f64>) -> Cell {
    value.map_or(
        Cell::Null,
        match sli.unit {
            Unit::Ratio => Cell::Ratio,
            Unit::Milliseconds => Cell::Milliseconds,
            Unit::Count => Cell::Number,
        },
    )
}

impl SliStatus {
    /// The tone of its word.
    #[must_use]
    pub const fn tone(self) -> Tone {
        match self {
            Self::Met => Tone::Good,
            Self::Missed => Tone::Bad,
            Self::NoTarget => Tone::Plain,
            Self::NoData => Tone::Faint,
        }
    }
}

impl Sli {
    /// The value in its unit, with enough decimals to stand on the right side of its target.
    #[must_use]
    pub fn value_text(&self) -> Option<String> {
        let value = self.value?;
        let near_target = |target: crate::Target| {
            self.unit == Unit::Ratio
                && value != target.value
                && format!("{:.1}", value * 100.0) == format!("{:.1}", target.value * 100.0)
        };
        Some(match self.target {
            Some(target) if near_target(target) => format!("{:.3} %", value * 100.0),
            _ => number::value(value, self.unit),
        })
    }
}
