//! The result of an audit of registrations.
//!
//! Registrations that stand out are written as they come, so that a million need no memory; what is
//! counted follows at the end ([`Audit::closing`]). Table and Markdown are for people: they show the
//! counts and the first few registrations.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

/// Rejected lines of which the reason is kept; the others are counted.
pub const REJECTED_KEPT: usize = 1_000;

/// A registration that stands out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditRow {
    /// File and line, or where else it comes from.
    pub place: String,
    /// Credential, as the source names it.
    pub credential: Option<String>,
    /// User, as the source names them.
    pub user: Option<String>,
    /// Value of the column that counts are split by.
    pub group: Option<String>,
    /// When it took place, RFC 3339.
    pub registered_at: Option<String>,
    /// Model.
    pub aaguid: Option<String>,
    /// The logged model, where the signed one is another.
    pub logged_aaguid: Option<String>,
    /// Name of the model.
    pub model: Option<String>,
    /// Who gave the name: `metadata`, `community`, `convenience`.
    pub name_source: Option<String>,
    /// Attestation format.
    pub format: Option<String>,
    /// Attestation type.
    pub attestation: Option<String>,
    /// Trust in the attestation now.
    pub now: AuditView,
    /// The same by the metadata of the past, where that is known.
    pub then: Option<AuditView>,
    /// Why it stands out.
    pub classes: Vec<&'static str>,
    /// Those of them in which it was not by the metadata of the past; absent where that is unknown.
    pub new: Option<Vec<&'static str>>,
    /// Advisories about the model.
    pub advisories: Vec<String>,
}

/// A registration as a BLOB has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditView {
    /// Number of the BLOB.
    pub blob_no: Option<u64>,
    /// `trusted`, `untrusted`, `not-attested`, `not-evaluated`.
    pub trust: &'static str,
    /// The step that decided.
    pub step: &'static str,
    /// Why.
    pub reason: Cow<'static, str>,
    /// Certification level.
    pub level: Option<String>,
    /// Status reports in force; absent where the BLOB does not list the model.
    pub statuses: Option<Vec<String>>,
}

/// How many registrations, and how many of which class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditCount {
    /// All.
    pub registrations: u64,
    /// Those that are in a class.
    pub affected: u64,
    /// By trust.
    pub trust: BTreeMap<&'static str, u64>,
    /// By class.
    pub classes: BTreeMap<&'static str, u64>,
    /// By class, those that were not in it by the metadata of the past.
    pub new: BTreeMap<&'static str, u64>,
}

/// A model and its registrations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditModel {
    /// Model; absent where the registrations name none.
    pub aaguid: Option<String>,
    /// Name.
    pub model: Option<String>,
    /// Who gave it.
    pub name_source: Option<String>,
    /// Certification level.
    pub level: Option<String>,
    /// Status reports in force; absent where the BLOB does not list the model.
    pub statuses: Option<Vec<String>>,
    /// Advisories about it.
    pub advisories: Vec<String>,
    /// Its registrations.
    #[serde(flatten)]
    pub count: AuditCount,
}

/// A value of the column that counts are split by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditGroup {
    /// The value; absent where the source does not say.
    pub value: Option<String>,
    /// Its registrations.
    #[serde(flatten)]
    pub count: AuditCount,
}

/// A line that is no registration that can be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// File and line.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// A class, in the order of gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AuditClassInfo {
    /// Its word.
    pub class: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Whether a registration can be said to be new in it.
    pub compared: bool,
}

/// An advisory that an audit came across.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditAdvisory {
    /// Identifier.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Where to read it.
    pub url: String,
    /// When it was published.
    pub published: String,
    /// What to know before acting on it.
    pub caveats: Vec<String>,
    /// Registrations of its models.
    pub registrations: u64,
}

/// Everything that an audit counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Audit {
    /// The instant of judgement, RFC 3339.
    pub now: String,
    /// What it was judged by, in words: `no 291`.
    pub newest: String,
    /// What it was compared with, in words.
    pub past: Option<String>,
    /// The column that counts are split by.
    pub by: String,
    /// The level that was required.
    pub required_level: Option<String>,
    /// All registrations.
    pub total: AuditCount,
    /// Registrations without attestation object: bytes of these were not verified.
    pub without_statement: u64,
    /// Registrations about whose past nothing is known.
    pub without_past: u64,
    /// Whether an attestation leads to an anchor that was made for tests.
    pub test_root: bool,
    /// Lines that are something else than a registration.
    pub other_lines: u64,
    /// Lines that could not be read, counted.
    pub rejected_lines: u64,
    /// The first of them.
    pub rejected: Vec<RejectedRow>,
    /// What the classes mean, in the order of gravity.
    pub classes: Vec<AuditClassInfo>,
    /// By model, those with affected registrations first.
    pub models: Vec<AuditModel>,
    /// By the column.
    pub groups: Vec<AuditGroup>,
    /// Advisories about models that were met.
    pub advisories: Vec<AuditAdvisory>,
}

#[cfg(test)]
mod tests;
