//! Everything about a row, as text.

use fidoscope_report::{Sli, Table, number};

use super::values;
use crate::PanelData;
use crate::state::{Content, PanelState};

/// The selected row of the panel, or why it has none.
pub(crate) fn text(panel: &PanelState) -> Option<String> {
    if let Content::Failed(error) = &panel.content {
        return Some(values::clean(error));
    }
    match panel.data()? {
        PanelData::Table(table) => of_row(table, panel.selected),
        PanelData::Slis(slis) => slis.get(panel.selected).map(of_sli),
        PanelData::Findings(findings, unseen) => match findings.get(panel.selected) {
            Some(finding) => Some(finding.detail()),
            None => (panel.selected.checked_sub(findings.len()))
                .and_then(|at| unseen.get(at)?.words())
                .map(|words| values::clean(&words)),
        },
    }
}

fn of_row(table: &Table, at: usize) -> Option<String> {
    let row = table.rows.get(at)?;
    let names = table
        .columns
        .iter()
        .map(|column| values::clean(&column.name));
    let names: Vec<String> = names.collect();
    let widest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = names
        .iter()
        .zip(row)
        .map(|(name, cell)| format!("{name:<widest$}  {}\n", values::cell(cell, None)));
    Some(lines.collect())
}

fn of_sli(sli: &Sli) -> String {
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let lines = [
        ("indicator", format!("{} {}", sli.id, sli.name)),
        ("group", known(sli.group.clone())),
        (
            "basis",
            known(sli.basis.map(|basis| basis.word().to_owned())),
        ),
        ("value", known(sli.value_text())),
        (
            "target",
            known(sli.target.map(|target| number::target(target, sli.unit))),
        ),
        ("status", sli.status.word().to_owned()),
        ("sample", number::count(sli.sample)),
        ("coverage", known(sli.coverage.map(number::ratio))),
        ("sources", sli.sources.join(" ")),
        ("note", known(sli.note.clone())),
    ];
    lines
        .iter()
        .map(|(name, text)| format!("{name:<10} {}\n", values::clean(text)))
        .collect()
}
