//! Everything about a row, as text.

use fidoscope_report::{Facts, Record as _, Table};

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
        PanelData::Slis(slis) => slis.get(panel.selected).map(|sli| Facts::of(sli).text()),
        PanelData::Findings(findings, unseen) => match findings.get(panel.selected) {
            Some(finding) => finding.detail(),
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
