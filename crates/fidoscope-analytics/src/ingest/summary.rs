//! What an ingest did.

use std::collections::BTreeMap;

use fidoscope_events::Misfit;
use fidoscope_report::RawPlace;

use super::oddities::Oddities;

/// Records that were set aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// How many.
    pub count: u64,
    /// Where the first of them is.
    pub first: RawPlace,
    /// What is wrong with the first of them.
    pub message: String,
    /// Field of the first of them that is wrong.
    pub field: Option<String>,
}

/// What was in one input. It does not depend on the number of threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestSummary {
    /// The input as the user named it.
    pub path: String,
    /// Mapping that read it.
    pub source: String,
    /// `none`, `gzip` or `zstd`.
    pub compression: &'static str,
    /// Identifier of the input in the store; absent for an empty input.
    pub input: Option<i64>,
    /// Decompressed bytes that were read now.
    pub bytes: u64,
    /// Lines that were read now.
    pub lines: u64,
    /// Records in them: a line with content holds at least one.
    pub records: u64,
    /// Decompressed bytes that an earlier ingest had stored.
    pub skipped_bytes: u64,
    /// Lines that an earlier ingest had read.
    pub skipped_lines: u64,
    /// Events that an earlier ingest had stored.
    pub skipped_events: u64,
    /// Events that were stored now.
    pub events: u64,
    /// Events stored now, by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Lines that became events.
    pub mapped: u64,
    /// Lines that repeat an event under another type.
    pub shadows: u64,
    /// Lines that are not about passkeys.
    pub other: u64,
    /// Lines that hold none of the mapping's words.
    pub prefiltered: u64,
    /// Lines without content.
    pub blank: u64,
    /// Records that were set aside, by reason.
    pub quarantined: BTreeMap<&'static str, Quarantined>,
    /// Keys of native lines that are no columns.
    pub unknown_keys: u64,
    /// Why the mapping that was named cannot be the right one, if no line became an event.
    pub misfit: Option<Misfit>,
    /// What was stored and has to be pointed out.
    pub oddities: Oddities,
    /// Why reading stopped before the end of the input, if it did.
    pub damage: Option<String>,
}

impl IngestSummary {
    /// Records that were set aside.
    #[must_use]
    pub fn quarantined_records(&self) -> u64 {
        self.quarantined.values().map(|reason| reason.count).sum()
    }

    pub(crate) fn add(&mut self, counts: Counts) {
        self.events += counts.events();
        for (kind, count) in counts.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        self.lines += counts.lines;
        self.records += counts.records;
        self.mapped += counts.mapped;
        self.shadows += counts.shadows;
        self.other += counts.other;
        self.prefiltered += counts.prefiltered;
        self.blank += counts.blank;
        self.unknown_keys += counts.unknown_keys;
        self.oddities.add(counts.oddities);
    }
}

/// Counts of one piece.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) lines: u64,
    pub(crate) records: u64,
    pub(crate) kinds: Vec<(String, u64)>,
    pub(crate) mapped: u64,
    pub(crate) shadows: u64,
    pub(crate) other: u64,
    pub(crate) prefiltered: u64,
    pub(crate) blank: u64,
    pub(crate) unknown_keys: u64,
    pub(crate) oddities: Oddities,
}

impl Counts {
    pub(crate) fn events(&self) -> u64 {
        self.kinds.iter().map(|(_, count)| count).sum()
    }

    pub(crate) fn kind(&mut self, kind: &str) {
        match self.kinds.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((kind.to_owned(), 1)),
        }
    }
}
