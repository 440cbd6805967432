//! `fidoscope detect`: the detections over the store.

use fidoscope_analytics::Detected;
use fidoscope_detect::Enrichment;
use fidoscope_report::{Cell, Field, Finding, Level, Report, RuleSight};
use serde::Serialize;

use super::Context;
use crate::cli::{Detect, FailLevel};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::progress::Phases;
use crate::{rules, store};

pub(crate) fn run(arguments: &Detect, context: Context<'_>) -> Outcome {
    if arguments.columns {
        context.show(&columns(), arguments.format.format)?;
        return Ok(Exit::Fine);
    }
    let catalogue = rules::detections(context.global.rules.as_deref())?;
    let folder = &arguments.store.store;
    let store = store::open_to_query(folder, arguments.memory, context.output)?;
    let rules: Vec<_> = catalogue.rules().filter(|rule| rule.is_active()).collect();
    let phases = Phases::begin(context.output, &format!("running {} rules", rules.len()));
    let Detected { findings, sights } = store.detect(&rules, None).map_err(store::failure)?;
    drop(phases);
    let detail = context.output.is_terminal();
    let report = Report::findings(&findings, &sights);
    context.show_with(&report, arguments.format.format, detail)?;
    for unseen in sights.iter().filter_map(RuleSight::words) {
        context.output.say(&unseen);
    }
    let counted = format!("{} rules, {} findings", rules.len(), findings.len());
    context.output.say(&counted);
    Ok(if reaches(&findings, arguments.fail_on) {
        Exit::Found
    } else if findings.is_empty() && sights.iter().all(|sight| sight.blind) {
        Exit::Indeterminate
    } else {
        Exit::Fine
    })
}

/// A column of rules, as it is listed.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    #[serde(rename = "type")]
    column_type: &'static str,
    meaning: &'static str,
    made_of: &'static [&'static str],
}

/// Every column that rules may look at.
fn columns() -> Report<'static> {
    let listed = fidoscope_detect::columns().iter().map(|column| Listed {
        name: column.name,
        column_type: column.column_type.word(),
        meaning: column.meaning,
        made_of: Enrichment::from_name(column.name).map_or(&[], Enrichment::made_of),
    });
    let fields = vec![
        Field::text("column", |one: &Listed| Cell::from(one.name)),
        Field::text("type", |one| Cell::from(one.column_type)),
        Field::text("made_of", |one| Cell::from(one.made_of.join(", "))),
        Field::text("meaning", |one| Cell::from(one.meaning)),
    ];
    Report::list("columns", listed, fields)
}

fn reaches(findings: &[Finding], threshold: FailLevel) -> bool {
    let threshold = match threshold {
        FailLevel::Informational => Level::Informational,
        FailLevel::Low => Level::Low,
        FailLevel::Medium => Level::Medium,
        FailLevel::High => Level::High,
        FailLevel::Critical => Level::Critical,
        FailLevel::Never => return false,
    };
    findings.iter().any(|finding| finding.level >= threshold)
}
