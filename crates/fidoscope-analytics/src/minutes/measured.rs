//! Measures as the table keeps them: a column each, by name.
//!
//! The row of a whole source in a half hour says by what definitions the half hour was counted: the names
//! of measures, each with a hash of all that its numbers depend on. A half hour is always counted as one,
//! so that holds for its minutes and values too. A number whose definition is another today, or that the
//! row does not name, is none: it is counted when the events are there, and unknown when they are gone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fidoscope_slo::{Measure, Relation, measure};

use crate::latency::FUNCTION;

/// Digits of a hash.
const DIGITS: usize = 16;

/// Measures in the order in which their numbers stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measures {
    /// Those that are a number each.
    pub(super) counts: Vec<Measure>,
    /// Those that are a distribution each.
    pub(super) latencies: Vec<Measure>,
}

impl Measures {
    /// Those of the registry.
    pub(crate) fn registry() -> Self {
        Self::of(measure::ALL.iter().copied().cloned())
    }

    pub(super) fn of(all: impl IntoIterator<Item = Measure>) -> Self {
        let (latencies, counts) = all
            .into_iter()
            .partition(|measure| measure.latency.is_some());
        Self { counts, latencies }
    }

    /// The counts that are stored, and their places. What is still pending is no matter of a minute.
    pub(super) fn stored_counts(&self) -> impl Iterator<Item = (usize, &Measure)> {
        let counts = self.counts.iter().enumerate();
        counts.filter(|(_, measure)| measure.settles)
    }

    fn stored(&self) -> impl Iterator<Item = &Measure> {
        let counts = self.stored_counts().map(|(_, measure)| measure);
        counts.chain(&self.latencies)
    }

    /// What a row says that these were counted for: `name=hash`, in order of names.
    pub(super) fn text(&self) -> String {
        let named: BTreeSet<String> = self.stored().map(named).collect();
        named.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// Those of which a row that says this has no numbers.
    pub(super) fn lacking(&self, text: Option<&str>) -> Self {
        let known: BTreeSet<&str> = text.unwrap_or_default().split(' ').collect();
        let lacks = |measure: &&Measure| !known.contains(named(measure).as_str());
        Self::of(self.stored().filter(lacks).cloned())
    }

    /// Whether any of them counts rows of a relation.
    pub(super) fn need(&self, relation: Relation) -> bool {
        let mut all = self.counts.iter().chain(&self.latencies);
        all.any(|measure| measure.relation == relation)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.latencies.is_empty()
    }

    /// A number that is another when any of the definitions is.
    pub(super) fn fingerprint(&self) -> i64 {
        let hash = blake3::hash(self.text().as_bytes());
        let start = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        i64::from_be_bytes(start) & i64::MAX
    }

    /// The place of a measure among the counts.
    pub(super) fn count(&self, measure: &Measure) -> Option<usize> {
        self.counts.iter().position(|known| known == measure)
    }

    /// The place of a measure among the distributions.
    pub(super) fn distribution(&self, measure: &Measure) -> Option<usize> {
        self.latencies.iter().position(|known| known == measure)
    }
}

fn named(measure: &Measure) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(measure.definition().as_bytes());
    if measure.latency.is_some() {
        hasher.update(FUNCTION.as_bytes());
    }
    let mut named = format!("{}=", measure.name);
    for byte in hasher.finalize().as_bytes().iter().take(DIGITS / 2) {
        // Writing to a string cannot fail.
        let _ = write!(named, "{byte:02x}");
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(sql: &str) -> Measure {
        Measure::of_rows("own", Relation::Events, sql)
    }

    #[test]
    fn a_row_has_what_was_counted_by_the_definitions_of_today() {
        let registry = Measures::registry();
        assert!(registry.lacking(Some(&registry.text())).is_empty());
        let all = |sql| {
            let known = measure::ALL.iter().copied().cloned();
            Measures::of(known.chain([own(sql)]))
        };
        let (before, after) = (all("os = 'a'"), all("os = 'b'"));
        assert_eq!(
            after.lacking(Some(&registry.text())).counts,
            [own("os = 'b'")]
        );
        assert_eq!(
            after.lacking(Some(&before.text())).counts,
            [own("os = 'b'")]
        );
        assert_ne!(before.fingerprint(), after.fingerprint());
        // What is still pending is never stored, so no row lacks it.
        let nothing = registry.lacking(None);
        assert_eq!(nothing.latencies.len(), registry.latencies.len());
        assert!(nothing.counts.iter().all(|measure| measure.settles));
    }
}
