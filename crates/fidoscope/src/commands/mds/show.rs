//! `fidoscope mds show`: one model of a BLOB.

use chrono::NaiveDate;
use fidoscope_metadata::{Blob, Entry};
use fidoscope_report::{Document, Format, Model, escape};
use fidoscope_webauthn::Aaguid;

use super::super::Context;
use crate::cli::MdsShow;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::metadata;

pub(crate) fn run(arguments: &MdsShow, context: Context<'_>) -> Outcome {
    let aaguid: Aaguid = arguments
        .aaguid
        .parse()
        .map_err(|error| Failure::usage(anyhow::anyhow!("{}: {error}", arguments.aaguid)))?;
    let blob = metadata::blob(&arguments.blob)?;
    super::warn_unverified(&blob, &arguments.anchor, context)?;
    let Some(entry) = blob.entry(&aaguid) else {
        context.output.say(&format!(
            "{aaguid} is not among the {} entries",
            blob.entries().len()
        ));
        return Ok(Exit::Indeterminate);
    };
    let today = context.now().date_naive();
    let format = context.output.format(arguments.format.format);
    if format == Format::Table {
        context.output.result(&words(&blob, entry, today))?;
    } else {
        context.show(&Document::models(&[model(entry, today)]), Some(format))?;
    }
    Ok(Exit::Fine)
}

/// The row of a model; one without an AAGUID has its AAID or first key identifier there.
pub(crate) fn model(entry: &Entry, day: NaiveDate) -> Model {
    let name = entry.aaguid.map(|aaguid| aaguid.to_string());
    let name = name
        .or_else(|| entry.aaid.clone())
        .or_else(|| entry.key_identifiers.first().cloned());
    let latest = entry.latest_status(day);
    Model {
        aaguid: name.unwrap_or_default(),
        description: Some(entry.description().to_owned()),
        status: latest.map(|report| report.status.to_string()),
        status_since: latest
            .and_then(|report| report.effective_date)
            .map(|date| date.to_string()),
        level: entry.level(day).map(|level| level.to_string()),
        protocol: entry
            .statement
            .as_ref()
            .and_then(|statement| statement.protocol_family.clone()),
        events: None,
    }
}

fn words(blob: &Blob, entry: &Entry, day: NaiveDate) -> String {
    let mut lines = Lines::default();
    lines.add("model", entry.description());
    lines.add(
        "aaguid",
        &entry
            .aaguid
            .map(|aaguid| aaguid.to_string())
            .unwrap_or_default(),
    );
    if let Some(statement) = &entry.statement {
        lines.add(
            "protocol",
            statement.protocol_family.as_deref().unwrap_or("not said"),
        );
        lines.add("attestation", &statement.attestation_types.join(", "));
        lines.add(
            "algorithms",
            &statement.authentication_algorithms.join(", "),
        );
        lines.add("key protection", &statement.key_protection.join(", "));
        lines.add(
            "trust anchors",
            &statement.attestation_roots.len().to_string(),
        );
    }
    let level = entry
        .level(day)
        .map_or_else(|| "not certified".to_owned(), |l| l.to_string());
    lines.add("level", &level);
    for report in entry.timeline() {
        let since = report
            .effective_date
            .map_or_else(|| "undated".to_owned(), |d| d.to_string());
        let force = if report.in_force(day) {
            ""
        } else {
            "  (not in force)"
        };
        lines.add("status", &format!("{since}  {}{force}", report.status));
    }
    let number = blob
        .no()
        .map_or_else(|| "without a number".to_owned(), |no| format!("no {no}"));
    lines.add("from", &format!("BLOB {number}"));
    lines.0
}

/// Lines of a name and a value; a value from outside cannot steer the terminal.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.push_str(&format!("{name:<16}{}\n", escape(value)));
        }
    }
}
