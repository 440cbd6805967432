//! What a detection found, and the events that bear witness to it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Cell;

/// Sigma level of a finding; ordered, so that `--fail-on` can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the record.
    Informational,
    /// Worth a look when there is time.
    Low,
    /// Look today.
    Medium,
    /// Look now.
    High,
    /// Wake somebody.
    Critical,
}

/// Where the raw line of an event lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawPlace {
    /// The input as the user named it.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
    /// Offset of the line's first byte in the decompressed input.
    pub offset: u64,
    /// Length in bytes without the line break.
    pub length: u64,
}

/// An event that a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Witness {
    /// Identifier of the event.
    pub event_id: String,
    /// Time of the event at its source.
    pub ts: DateTime<Utc>,
    /// Source (mapping) that it came from.
    pub source: String,
    /// Canonical kind, e.g. `authentication.completed`.
    pub kind: String,
    /// Where the raw line is.
    pub raw: Option<RawPlace>,
    /// The columns that the rule looked at, by name.
    pub facts: BTreeMap<String, Cell>,
}

/// One finding of one rule about one case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Hash of rule id, case key and first witness event; survives a new version of the rule.
    pub id: String,
    /// Identifier of the rule.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// Level of the rule.
    pub level: Level,
    /// What the finding is about, e.g. `credential_id=3f2a…`.
    pub case_key: String,
    /// One sentence for a person, made from the witnesses.
    pub summary: String,
    /// The events that bear witness, oldest first.
    pub witnesses: Vec<Witness>,
    /// ATT&CK and other tags of the rule.
    pub tags: Vec<String>,
    /// Harmless causes that the rule's author knows of.
    pub false_positives: Vec<String>,
}
