//! Service level indicators.

use super::{Document, optional, whole};
use crate::sheet::{BELOW, Cut, Sheet, Shown, Tone};
use crate::{Align, Basis, Cell, Sli, SliStatus, Table, Unit, number};

impl Document {
    /// The indicator table.
    #[must_use]
    pub fn slis(slis: &[Sli]) -> Self {
        Self::new("slis", slis, table(slis), sheet(slis), "no indicators")
    }
}

fn table(slis: &[Sli]) -> Table {
    let columns = [
        "id", "name", "group", "basis", "value", "unit", "target", "status", "sample", "coverage",
        "sources", "note",
    ];
    let mut table = Table::with_columns(&columns);
    for sli in slis {
        table.rows.push(vec![
            Cell::Text(sli.id.clone()),
            Cell::Text(sli.name.clone()),
            optional(sli.group.as_deref()),
            optional(sli.basis.map(Basis::word)),
            sli.value.map_or(Cell::Null, Cell::Number),
            Cell::Text(sli.unit.word().to_owned()),
            sli.target
                .map_or(Cell::Null, |target| Cell::Number(target.value)),
            Cell::Text(sli.status.word().to_owned()),
            whole(sli.sample),
            sli.coverage.map_or(Cell::Null, Cell::Number),
            Cell::Text(sli.sources.join(" ")),
            optional(sli.note.as_deref()),
        ]);
    }
    table
}

fn sheet(slis: &[Sli]) -> Sheet {
    // Rows of one indicator differ by basis and group alone: without those two they contradict each other.
    let grouped = slis.iter().any(|sli| sli.group.is_some());
    let mut sheet = Sheet::default()
        .column("id", 0, Align::Left, Cut::Never)
        .column("indicator", 0, Align::Left, Cut::End);
    if grouped {
        sheet = sheet.column("group", 0, Align::Left, Cut::Middle);
    }
    sheet = sheet
        .column("value", 0, Align::Right, Cut::Never)
        .column("target", 2, Align::Right, Cut::Never)
        .column("status", 0, Align::Left, Cut::Never)
        .column("sample", 3, Align::Right, Cut::Never)
        .column("coverage", 4, Align::Right, Cut::Never)
        .column("basis", 0, Align::Left, Cut::Never)
        .column("note", BELOW, Align::Left, Cut::End);
    sheet.below = slis.iter().filter_map(note).collect();
    sheet.rows = slis.iter().map(|sli| row(sli, grouped)).collect();
    sheet
}

fn row(sli: &Sli, grouped: bool) -> Vec<Shown> {
    let text = |value: Option<&str>| value.map_or_else(Shown::unknown, Shown::plain);
    let mut row = vec![Shown::plain(&sli.id), Shown::plain(&sli.name)];
    if grouped {
        row.push(text(sli.group.as_deref()));
    }
    row.extend([
        sli.value_text().map_or_else(Shown::unknown, Shown::plain),
        text(
            sli.target
                .map(|target| number::target(target, sli.unit))
                .as_deref(),
        ),
        Shown::toned(sli.status.word(), tone(sli.status)),
        Shown::plain(number::count(sli.sample)),
        text(sli.coverage.map(number::ratio).as_deref()),
        text(sli.basis.map(Basis::word)),
        Shown::plain(sli.note.as_deref().unwrap_or_default()),
    ]);
    row
}

fn note(sli: &Sli) -> Option<String> {
    let note = sli.note.as_deref()?;
    let group = sli
        .group
        .as_deref()
        .map(|group| format!(" {group}"))
        .unwrap_or_default();
    Some(format!("{}{group}: {note}", sli.id))
}

fn tone(status: SliStatus) -> Tone {
    match status {
        SliStatus::Met => Tone::Good,
        SliStatus::Missed => Tone::Bad,
        SliStatus::NoTarget => Tone::Plain,
        SliStatus::NoData => Tone::Faint,
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
