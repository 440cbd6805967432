//! What in a BLOB is not as the Metadata Service and its statements specify, place by place.
//!
//! Linting judges the publisher, not the authenticators: a revoked model is no finding, a status
//! that can never be in force is. Every finding carries the identifier of its rule and a JSON
//! pointer; no entry is dropped for one.

mod entry;
mod roots;
mod statement;
mod status;

use crate::blob::Blob;
use crate::error::Problem;
use chrono::NaiveDate;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// How much a finding matters; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LintSeverity {
    /// Allowed, but a reader of BLOBs must be ready for it.
    Note,
    /// Likely a mistake of the publisher; readers differ in what they make of it.
    Warning,
    /// A rule of the specification is broken.
    Error,
}

impl fmt::Display for LintSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something in a BLOB that is not as specified, or that readers stumble over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// Identifier of the rule, e.g. `mds.entry.acki`.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: LintSeverity,
    /// Where, as a JSON pointer into the payload.
    pub pointer: String,
    /// Name of the model, when the finding is about one.
    pub model: Option<String>,
    /// What is there, and what should be.
    pub message: String,
}

impl Blob {
    /// Judges every entry as of `day`, by the rules that need nothing but the BLOB. Findings come
    /// in the BLOB's order.
    #[must_use]
    pub fn lint(&self, day: NaiveDate) -> Vec<LintFinding> {
        let mut lint = Lint::of(self, day);
        lint.read(self, |_| true);
        for unknown in self.unknown() {
            lint.unknown(&unknown);
        }
        for (index, entry) in self.entries().iter().enumerate() {
            entry::judge(&mut lint, &format!("/entries/{index}"), entry);
            entry::judge_keys(&mut lint, self, index);
        }
        entry::judge_aaids(&mut lint, self.entries());
        lint.finish(self)
    }

    /// The same for some entries, but for AAIDs that they share with others.
    pub(crate) fn lint_entries(&self, indexes: &[usize], day: NaiveDate) -> Vec<LintFinding> {
        if indexes.is_empty() {
            return Vec::new();
        }
        let mut lint = Lint::of(self, day);
        // They come in the BLOB's order.
        let is_meant = |index: usize| indexes.binary_search(&index).is_ok();
        lint.read(self, |problem| {
            entry_index(&problem.pointer).is_some_and(is_meant)
        });
        for index in indexes {
            let Some(entry) = self.entries().get(*index) else {
                continue;
            };
            let pointer = format!("/entries/{index}");
            let mut unknown = Vec::new();
            crate::unknown::of_entry(&pointer, entry, &mut unknown);
            for unknown in unknown {
                lint.unknown(&unknown);
            }
            entry::judge(&mut lint, &pointer, entry);
            entry::judge_keys(&mut lint, self, *index);
        }
        lint.finish(self)
    }
}

/// The findings so far, and what all rules look at.
struct Lint<'a> {
    day: NaiveDate,
    unread: HashSet<&'a str>,
    certificates: HashMap<&'a [u8], Vec<roots::Oddity>>,
    findings: Vec<LintFinding>,
}

impl<'a> Lint<'a> {
    fn of(blob: &'a Blob, day: NaiveDate) -> Self {
        Self {
            day,
            unread: blob.problems().iter().map(|p| p.pointer.as_str()).collect(),
            certificates: HashMap::new(),
            findings: Vec::new(),
        }
    }

    /// What was noticed when the BLOB was read.
    fn read(&mut self, blob: &Blob, is_meant: impl Fn(&Problem) -> bool) {
        for problem in blob.problems().iter().filter(|problem| is_meant(problem)) {
            self.add(rule_of(&problem.pointer), LintSeverity::Error, problem);
        }
        for odd in blob.oddities().iter().filter(|odd| is_meant(odd)) {
            self.add(rule_of(&odd.pointer), LintSeverity::Warning, odd);
        }
    }

    fn unknown(&mut self, unknown: &Problem) {
        let rule = match rule_of(&unknown.pointer) {
            rule @ "mds.status.unknown" => rule,
            _ => "mds.stmt.unknown-fields",
        };
        self.add(rule, LintSeverity::Note, unknown);
    }

    fn add(&mut self, rule: &'static str, severity: LintSeverity, problem: &Problem) {
        self.findings.push(LintFinding {
            rule,
            severity,
            pointer: problem.pointer.clone(),
            model: None,
            message: problem.message.clone(),
        });
    }

    fn error(&mut self, rule: &'static str, pointer: String, message: impl Into<String>) {
        self.push(rule, LintSeverity::Error, pointer, message.into());
    }

    fn warning(&mut self, rule: &'static str, pointer: String, message: impl Into<String>) {
        self.push(rule, LintSeverity::Warning, pointer, message.into());
    }

    fn note(&mut self, rule: &'static str, pointer: String, message: impl Into<String>) {
        self.push(rule, LintSeverity::Note, pointer, message.into());
    }

    fn push(
        &mut self,
        rule: &'static str,
        severity: LintSeverity,
        pointer: String,
        message: String,
    ) {
        self.findings.push(LintFinding {
            rule,
            severity,
            pointer,
            model: None,
            message,
        });
    }

    /// Whether the member is there but could not be read, which is a finding already.
    fn is_unread(&self, pointer: &str) -> bool {
        self.unread.contains(pointer)
    }

    /// Words that the registry of the specification does not have: kept, and worth a note.
    fn words(&mut self, rule: &'static str, pointer: &str, words: &[String], known: &[&str]) {
        for (at, word) in self.places(pointer, words) {
            if !known.contains(&word.as_str()) {
                let word = crate::members::shortened(word);
                self.note(rule, at, format!("unknown value `{word}`"));
            }
        }
    }

    /// Each item of a list with its place in the file: items that could not be read are no longer
    /// in the list, but still count.
    fn places<'t, T>(&self, list: &str, items: &'t [T]) -> Vec<(String, &'t T)> {
        let places = (0..).map(|index: usize| format!("{list}/{index}"));
        let read = places.filter(|place| !self.is_unread(place));
        read.zip(items).collect()
    }

    fn finish(self, blob: &Blob) -> Vec<LintFinding> {
        let mut findings = self.findings;
        for finding in &mut findings {
            let entry = entry_index(&finding.pointer).and_then(|at| blob.entries().get(at));
            let name = entry.map(crate::Entry::description);
            finding.model = name
                .filter(|name| !name.is_empty())
                .map(crate::members::shortened);
        }
        findings.sort_by_cached_key(|finding| (in_order(&finding.pointer), finding.rule));
        findings.dedup();
        findings
    }
}

/// The entry that a pointer leads into.
fn entry_index(pointer: &str) -> Option<usize> {
    let (index, _) = split(pointer.strip_prefix("/entries/")?);
    index.parse().ok()
}

/// A pointer such that `/entries/9` comes before `/entries/10`.
fn in_order(pointer: &str) -> Vec<(u64, String)> {
    let part = |part: &str| match part.parse() {
        Ok(index) => (index, String::new()),
        Err(_) => (u64::MAX, part.to_owned()),
    };
    pointer.split('/').map(part).collect()
}

/// The rule that speaks of the member at `pointer`.
fn rule_of(pointer: &str) -> &'static str {
    let Some(within) = pointer.strip_prefix("/entries/") else {
        return match pointer {
            "/no" => "mds.no-rollback",
            "/nextUpdate" => "mds.next-update",
            "/legalHeader" => "mds.legal-header",
            _ => "mds.stmt.unknown-fields",
        };
    };
    let (_, member) = split(within);
    let (member, within) = split(member);
    match member {
        "attestationCertificateKeyIdentifiers" => "mds.entry.acki",
        "timeOfLastStatusChange" => "mds.entry.status-change",
        "metadataStatement" => match split(within).0 {
            "aaguid" => "mds.entry.aaguid-consistent",
            "attestationRootCertificates" => "mds.stmt.roots",
            "attestationTypes" => "mds.stmt.att-types",
            "authenticationAlgorithms" => "mds.stmt.algs",
            "authenticatorVersion" => "mds.stmt.version",
            "multiDeviceCredentialSupport" => "mds.stmt.multi-device",
            _ => "mds.entry.statement",
        },
        "statusReports" => match split(split(within).1).0 {
            "status" => "mds.status.unknown",
            "effectiveDate" | "sunsetDate" => "mds.status.effective",
            "authenticatorVersion" => "mds.status.update-available",
            "" => "mds.status.latest",
            _ => "mds.status.cert-fields",
        },
        _ => "mds.entry.identity",
    }
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

#[cfg(test)]
mod tests;
