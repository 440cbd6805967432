//! `fidoscope detect`: the detections over the store.

use fidoscope_report::{Document, Finding, Level};

use super::Context;
use crate::cli::{Detect, FailLevel};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::progress::Phases;
use crate::{rules, store};

pub(crate) fn run(arguments: &Detect, context: Context<'_>) -> Outcome {
    let catalogue = rules::detections(context.global.rules.as_deref())?;
    let store = store::open_to_read(&arguments.store.store, context.output)?;
    let rules: Vec<_> = catalogue.rules().filter(|rule| rule.is_active()).collect();
    let phases = Phases::begin(context.output, &format!("running {} rules", rules.len()));
    let findings = store.findings(&rules, None).map_err(store::failure)?;
    drop(phases);
    let detail = context.output.is_terminal();
    context.show_with(
        &Document::findings(&findings),
        arguments.format.format,
        detail,
    )?;
    let counted = format!("{} rules, {} findings", rules.len(), findings.len());
    context.output.say(&counted);
    Ok(if reaches(&findings, arguments.fail_on) {
        Exit::Found
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
