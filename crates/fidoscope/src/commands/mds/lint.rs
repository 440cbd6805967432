//! `fidoscope mds lint`: what in a BLOB is not as specified.

use fidoscope_metadata::{LintFinding, LintSeverity};
use fidoscope_report::{Cell, Field, Report};
use serde::Serialize;

use super::super::Context;
use crate::cli::{FailSeverity, MdsLint};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsLint, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    let findings = blob.lint(context.now().date_naive());
    let report = report(&findings)
        .with("no", &blob.no())
        .with("entries", &blob.entries().len());
    context.show(&report, arguments.format.format)?;
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    context.output.say(&format!(
        "{} entries: {} errors, {} warnings, {} notes",
        blob.entries().len(),
        count(LintSeverity::Error),
        count(LintSeverity::Warning),
        count(LintSeverity::Note),
    ));
    Ok(if reaches(&findings, arguments.fail_on) {
        Exit::Found
    } else {
        Exit::Fine
    })
}

fn reaches(findings: &[LintFinding], threshold: FailSeverity) -> bool {
    let threshold = match threshold {
        FailSeverity::Note => LintSeverity::Note,
        FailSeverity::Warning => LintSeverity::Warning,
        FailSeverity::Error => LintSeverity::Error,
        FailSeverity::Never => return false,
    };
    findings.iter().any(|finding| finding.severity >= threshold)
}

#[derive(Serialize)]
struct Row<'a> {
    severity: String,
    rule: &'a str,
    pointer: &'a str,
    model: Option<&'a str>,
    message: &'a str,
}

fn report(findings: &[LintFinding]) -> Report<'_> {
    let rows = findings.iter().map(|finding| Row {
        severity: finding.severity.to_string(),
        rule: finding.rule,
        pointer: &finding.pointer,
        model: finding.model.as_deref(),
        message: &finding.message,
    });
    let fields = vec![
        Field::text("severity", |row: &Row<'_>| Cell::from(&row.severity)),
        Field::text("rule", |row| Cell::from(row.rule)),
        Field::text("pointer", |row| Cell::from(row.pointer)),
        Field::text("model", |row| Cell::from(row.model.unwrap_or_default())),
        Field::text("message", |row| Cell::from(row.message)),
    ];
    Report::list("lints", rows, fields)
}
