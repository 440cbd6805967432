//! `fidoscope mds lint`: what in a BLOB is not as specified.

use fidoscope_metadata::{LintFinding, LintSeverity};
use fidoscope_report::{Cell, Document, Table};
use serde::Serialize;

use super::super::Context;
use crate::cli::{FailSeverity, MdsLint};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsLint, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    let findings = blob.lint(context.now().date_naive());
    let document = document(&findings)
        .with("no", &blob.no())
        .with("entries", &blob.entries().len());
    context.show(&document, arguments.format.format)?;
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

fn document(findings: &[LintFinding]) -> Document {
    let row = |finding: &'_ LintFinding| {
        [
            finding.severity.to_string(),
            finding.rule.to_owned(),
            finding.pointer.clone(),
            finding.model.clone().unwrap_or_default(),
            finding.message.clone(),
        ]
    };
    let mut table = Table::with_columns(&["severity", "rule", "pointer", "model", "message"]);
    let cells = findings.iter().map(|f| row(f).map(Cell::Text).to_vec());
    table.rows.extend(cells);
    let rows: Vec<_> = findings
        .iter()
        .map(|finding| Row {
            severity: finding.severity.to_string(),
            rule: finding.rule,
            pointer: &finding.pointer,
            model: finding.model.as_deref(),
            message: &finding.message,
        })
        .collect();
    Document::list("lints", &rows, table)
}
