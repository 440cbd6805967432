//! Which models have a property.

use crate::blob::Blob;
use crate::certificate::Certificate;
use crate::entry::{Entry, Statement};
use crate::status::Level;
use chrono::NaiveDate;
use serde_json::Value;

/// What to look for; a model matches when everything asked for does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words of its names or of the names of its trust anchors; all of them.
    pub text: Option<String>,
    /// Certified at this level or a higher one.
    pub level: Option<Level>,
    /// Part of a key protection, e.g. `secure_element`.
    pub key_protection: Option<String>,
    /// A transport (`usb`, `nfc`, `ble`, `internal`, `hybrid`) or an attachment hint (`wired`).
    pub transport: Option<String>,
    /// Part of the name of an algorithm, e.g. `ed25519`.
    pub algorithm: Option<String>,
    /// A status, as a BLOB writes it, of any report in force.
    pub status: Option<String>,
}

impl Blob {
    /// The models for which all of `search` holds on `day`, by name. What a statement does not
    /// say does not match.
    #[must_use]
    pub fn search(&self, search: &Search, day: NaiveDate) -> Vec<&Entry> {
        let wanted = search.folded();
        let entries = self.entries().iter();
        let mut found: Vec<_> = entries.filter(|entry| wanted.matches(entry, day)).collect();
        found.sort_by_key(|entry| (entry.description(), entry.aaguid));
        found
    }
}

impl Search {
    /// Words compare without case.
    fn folded(&self) -> Self {
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        Self {
            text: lower(&self.text),
            level: self.level,
            key_protection: lower(&self.key_protection),
            transport: lower(&self.transport),
            algorithm: lower(&self.algorithm),
            status: lower(&self.status),
        }
    }

    fn matches(&self, entry: &Entry, day: NaiveDate) -> bool {
        let statement = entry.statement.as_ref();
        let any = |wanted: &Option<String>, list: fn(&Statement, &str) -> bool| {
            wanted
                .as_deref()
                .is_none_or(|wanted| statement.is_some_and(|statement| list(statement, wanted)))
        };
        let status = |wanted: &str| {
            let mut reports = entry.status_reports.iter();
            reports.any(|report| {
                report.in_force(day) && report.status.to_string().eq_ignore_ascii_case(wanted)
            })
        };
        self.status.as_deref().is_none_or(status)
            && self
                .level
                .is_none_or(|wanted| entry.level(day).is_some_and(|level| level >= wanted))
            && any(&self.key_protection, |statement, wanted| {
                part_of_any(&statement.key_protection, wanted)
            })
            && any(&self.algorithm, |statement, wanted| {
                part_of_any(&statement.authentication_algorithms, wanted)
            })
            && any(&self.transport, attached)
            && any(&self.text, named)
    }
}

fn part_of_any(words: &[String], wanted: &str) -> bool {
    words
        .iter()
        .any(|word| word.to_lowercase().contains(wanted))
}

/// Transports are words of WebAuthn, hints are words of the metadata registry.
fn attached(statement: &Statement, wanted: &str) -> bool {
    let hint = match wanted {
        "usb" => "wired",
        "ble" => "bluetooth",
        other => other,
    };
    statement
        .transports()
        .any(|word| word.eq_ignore_ascii_case(wanted))
        || statement
            .attachment_hints()
            .any(|word| word.eq_ignore_ascii_case(hint))
}

/// Whether each word of `wanted` is in one of the names. A BLOB names no vendor; the subjects of
/// the trust anchors do.
fn named(statement: &Statement, wanted: &str) -> bool {
    let mut names = vec![statement.description.to_lowercase()];
    for member in ["friendlyNames", "alternativeDescriptions"] {
        let by_language = statement.extra.get(member).and_then(Value::as_object);
        let texts = by_language.into_iter().flat_map(|names| names.values());
        names.extend(texts.filter_map(Value::as_str).map(str::to_lowercase));
    }
    let in_names = |names: &[String], word: &str| names.iter().any(|name| name.contains(word));
    if wanted.split_whitespace().all(|word| in_names(&names, word)) {
        return true;
    }
    let anchors = statement.attestation_roots.iter();
    let anchors = anchors.filter_map(|der| Certificate::parse(der));
    names.extend(anchors.flat_map(|anchor| anchor.owners()));
    wanted.split_whitespace().all(|word| in_names(&names, word))
}

#[cfg(test)]
mod tests;
