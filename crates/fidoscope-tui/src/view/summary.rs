//! A panel in one line.

use fidoscope_report::{Level, RuleSight, SliStatus, Table};

use super::{spark, values};
use crate::{PanelData, Scale, data};

/// What is worth saying where there is one line for it.
pub(super) fn line(data: &PanelData, scale: &Scale) -> String {
    match data {
        PanelData::Table(table) if table.rows.is_empty() => "no data".to_owned(),
        PanelData::Table(_) if data.is_unknown(scale) => "no data".to_owned(),
        PanelData::Table(table) => of_table(table, scale),
        PanelData::Slis(slis) => {
            let states = [
                SliStatus::Missed,
                SliStatus::Met,
                SliStatus::NoTarget,
                SliStatus::NoData,
            ];
            let count = |state| slis.iter().filter(|sli| sli.status == state).count();
            tally(
                states.map(|state| (count(state), state.word())),
                "no indicators",
            )
        }
        PanelData::Findings(findings, unseen) => {
            let levels = [
                Level::Critical,
                Level::High,
                Level::Medium,
                Level::Low,
                Level::Informational,
            ];
            let count = |level| findings.iter().filter(|f| f.level == level).count();
            let found = levels.map(|level| (count(level), level.word()));
            let blind = unseen.iter().filter(|sight| sight.blind).count();
            let in_part = unseen.len() - blind;
            let unseen = [(blind, RuleSight::BLIND), (in_part, RuleSight::IN_PART)];
            tally(found.into_iter().chain(unseen), "no findings")
        }
    }
}

fn of_table(table: &Table, scale: &Scale) -> String {
    if data::times(table, scale).is_none() {
        let top = table.rows.first().map(|row| {
            let cells = row.iter().map(|cell| values::cell(cell, None));
            cells.take(3).collect::<Vec<_>>().join("  ")
        });
        let rest = table.rows.len() - 1;
        let more = if rest > 0 {
            format!("  (+{rest})")
        } else {
            String::new()
        };
        return format!("{}{more}", top.unwrap_or_default());
    }
    let series = data::series(table, scale);
    let parts: Vec<String> = series
        .iter()
        .take(2)
        .map(|one| {
            let text = spark::latest(one, scale.unit);
            let name = if series.len() > 1 {
                format!("{} ", values::clean(&one.name))
            } else {
                String::new()
            };
            format!(
                "{name}{text} {}",
                spark::text(one, scale.unit, 12).trim_end()
            )
        })
        .collect();
    if parts.is_empty() {
        format!("{} rows", table.rows.len())
    } else {
        parts.join("  ")
    }
}

fn tally<'w>(counts: impl IntoIterator<Item = (usize, &'w str)>, nothing: &str) -> String {
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() {
        nothing.to_owned()
    } else {
        parts.join(", ")
    }
}
