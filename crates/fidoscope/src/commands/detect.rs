//! `fidoscope detect`: the detections over the store.

use fidoscope_analytics::Detected;
use fidoscope_report::{Finding, Level, Report, RuleSight};

use super::Context;
use crate::cli::{Detect, FailLevel};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::progress::Phases;
use crate::{rules, store};

pub(crate) fn run(arguments: &Detect, context: Context<'_>) -> Outcome {
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
