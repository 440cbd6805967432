//! What changed between two BLOBs, model by model and in words.

mod model;
mod values;

use crate::blob::Blob;
use crate::entry::Entry;
use std::collections::HashMap;
use std::fmt;

/// What became of a model; in the order in which differences are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelChange {
    /// Only the newer BLOB has it.
    Added,
    /// Only the older BLOB has it.
    Removed,
    /// Both have it, and something about it differs.
    Changed,
}

/// Part of an entry that a change is about; in the order in which changes are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// A status report.
    Status,
    /// A trust anchor of its attestation, or the key identifier of an attestation certificate.
    Certificate,
    /// The lowest trustworthy firmware.
    Version,
    /// Its name.
    Description,
    /// Attestation types, algorithms, key protection.
    Capability,
    /// Any other member.
    Member,
}

/// One change of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it is about.
    pub aspect: Aspect,
    /// The change as a person reads it.
    pub words: String,
}

/// A model that differs between two BLOBs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelDifference {
    /// What became of it.
    pub change: ModelChange,
    /// Its AAGUID, AAID or first key identifier; empty when nothing names it.
    pub model: String,
    /// Its name, in the newer BLOB when both have it.
    pub description: String,
    /// What changed; for a model that was added or removed, the statuses it came or went with.
    pub changes: Vec<Change>,
}

impl fmt::Display for ModelChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        })
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Status => "status",
            Self::Certificate => "certificate",
            Self::Version => "version",
            Self::Description => "description",
            Self::Capability => "capability",
            Self::Member => "member",
        })
    }
}

impl Blob {
    /// What `newer` has otherwise: models added, removed and changed, each group by name. The
    /// order of entries, reports and lists is no difference.
    #[must_use]
    pub fn difference(&self, newer: &Self) -> Vec<ModelDifference> {
        let mut index = index(self.entries());
        let mut matched = vec![false; self.entries().len()];
        let mut out = Vec::new();
        for entry in newer.entries() {
            match counterpart(entry, &mut index, &mut matched, self.entries()) {
                Some(older) => out.extend(changed(older, entry)),
                None => out.push(alone(ModelChange::Added, entry)),
            }
        }
        let gone = self.entries().iter().zip(&matched);
        let gone = gone.filter(|(_, matched)| !**matched);
        out.extend(gone.map(|(entry, _)| alone(ModelChange::Removed, entry)));
        out.sort_by(|a, b| {
            let a = (a.change, &a.description, &a.model, &a.changes);
            a.cmp(&(b.change, &b.description, &b.model, &b.changes))
        });
        out
    }
}

/// Entries by each of their names, the first of a name last, so that it is taken first.
fn index(entries: &[Entry]) -> HashMap<String, Vec<usize>> {
    let mut index: HashMap<String, Vec<usize>> = HashMap::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate().rev() {
        for name in names(entry) {
            index.entry(name).or_default().push(at);
        }
    }
    index
}

/// The entry of the older BLOB that shares a name and has no counterpart yet. Each index is taken
/// from the table once, so the whole search is linear.
fn counterpart<'a>(
    entry: &Entry,
    index: &mut HashMap<String, Vec<usize>>,
    matched: &mut [bool],
    older: &'a [Entry],
) -> Option<&'a Entry> {
    for name in names(entry) {
        let Some(candidates) = index.get_mut(&name) else {
            continue;
        };
        while let Some(at) = candidates.pop() {
            if let Some(matched) = matched.get_mut(at).filter(|matched| !**matched) {
                *matched = true;
                return older.get(at);
            }
        }
    }
    None
}

/// Everything that names an entry; its description when nothing else does.
fn names(entry: &Entry) -> Vec<String> {
    let aaguid = entry.aaguid.map(|aaguid| aaguid.to_string());
    let keys = entry.key_identifiers.iter();
    let keys = keys.map(|key| key.to_ascii_lowercase());
    let mut names: Vec<String> = aaguid
        .into_iter()
        .chain(entry.aaid.clone())
        .chain(keys)
        .collect();
    if names.is_empty() {
        names.push(entry.description().to_owned());
    }
    names
}

fn alone(change: ModelChange, entry: &Entry) -> ModelDifference {
    let mut changes: Vec<Change> = entry
        .status_reports
        .iter()
        .map(|report| Change {
            aspect: Aspect::Status,
            words: model::report_words(report),
        })
        .collect();
    changes.sort();
    named(change, entry, changes)
}

fn changed(older: &Entry, newer: &Entry) -> Option<ModelDifference> {
    if older == newer {
        return None;
    }
    let changes = model::changes(older, newer);
    (!changes.is_empty()).then(|| named(ModelChange::Changed, newer, changes))
}

fn named(change: ModelChange, entry: &Entry, changes: Vec<Change>) -> ModelDifference {
    let aaguid = entry.aaguid.map(|aaguid| aaguid.to_string());
    let model = aaguid
        .or_else(|| entry.aaid.clone())
        .or_else(|| entry.key_identifiers.iter().min().cloned());
    ModelDifference {
        change,
        model: crate::members::shortened(&model.unwrap_or_default()),
        description: crate::members::shortened(entry.description()),
        changes,
    }
}

#[cfg(test)]
mod tests;
