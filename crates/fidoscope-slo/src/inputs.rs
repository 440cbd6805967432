//! What the engine hands over.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::Ceremony;

/// Columns of which one says why a ceremony was refused.
pub(crate) const REASONS: &[&str] = &["failure_reason", "signature_verified", "attestation_trust"];

/// Columns that latencies are made of.
const LATENCIES: &[&str] = &["ceremony_ms", "server_ms"];

/// Everything that [`crate::evaluate`] needs: a few rows, whatever the size of the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Whether rows are grouped (`--by`); a row without a group then is about the unknown value.
    pub grouped: bool,
    /// Every source of the store, also those without a row.
    pub sources: Vec<SourceInput>,
    /// Counts per group and source; sources and groups without events may be missing.
    pub counts: Vec<CountRow>,
    /// Quantiles per group, over the events of all sources together: never an average of averages.
    pub quantiles: Vec<QuantileRow>,
}

/// What is known of a source beside its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInput {
    /// Name of the source (mapping).
    pub source: String,
    /// The kinds of event that were seen of it, at any time in the store.
    pub seen: BTreeSet<String>,
    /// What it can log.
    pub loggable: Loggable,
}

/// What a source can log: the difference between `0` and `no data`, and between a rate of 100 % and
/// one whose bad outcomes nobody would have written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loggable {
    /// The mapping emits these kinds and no others.
    Declared {
        /// The kinds.
        kinds: BTreeSet<String>,
        /// Those columns that indicators look at and that it can fill.
        columns: BTreeSet<&'static str>,
    },
    /// An open format such as the native line, which may hold any kind. Who logs that ceremonies
    /// complete is taken to log that they fail; what stands alone, e.g. `sync.error`, has to have
    /// been seen once.
    Open,
    /// There is no mapping that says: only what was seen.
    Unknown,
}

impl Loggable {
    /// What a mapping declares: its kinds, and the columns that it can fill.
    #[must_use]
    pub fn declared(kinds: BTreeSet<String>, fills: &dyn Fn(&str) -> bool) -> Self {
        let columns = REASONS.iter().chain(LATENCIES).copied();
        Self::Declared {
            kinds,
            columns: columns.filter(|column| fills(column)).collect(),
        }
    }
}

impl SourceInput {
    /// Whether the source can log `kind`. What was seen was logged, whatever is declared.
    #[must_use]
    pub fn can_log(&self, kind: &str) -> bool {
        self.seen.contains(kind)
            || match &self.loggable {
                Loggable::Declared { kinds, .. } => kinds.contains(kind),
                Loggable::Open => match kind {
                    "registration.failed" => self.seen.contains("registration.completed"),
                    "authentication.failed" => self.seen.contains("authentication.completed"),
                    _ => false,
                },
                Loggable::Unknown => false,
            }
    }

    /// Whether the source can say why a ceremony was refused.
    pub(crate) fn can_explain(&self, ceremony: Ceremony) -> bool {
        match &self.loggable {
            Loggable::Declared { columns, .. } => {
                REASONS.iter().any(|column| columns.contains(column))
                    || (ceremony == Ceremony::Registration && self.can_log("attestation.rejected"))
            }
            Loggable::Open | Loggable::Unknown => true,
        }
    }

    /// Whether none of these kinds was ever seen of it.
    pub(crate) fn has_seen_none(&self, kinds: &[&str]) -> bool {
        !kinds.iter().any(|kind| self.seen.contains(*kind))
    }
}

/// Counts of one source in one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountRow {
    /// Value of the `--by` column as text.
    pub group: Option<String>,
    /// Name of the source.
    pub source: String,
    /// The counts, by the names of measures; one that is missing is 0.
    pub counts: BTreeMap<Cow<'static, str>, u64>,
}

/// A quantile in one group.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileRow {
    /// Value of the `--by` column as text.
    pub group: Option<String>,
    /// Indicator that it is for, e.g. `M7`.
    pub indicator: &'static str,
    /// The quantile in milliseconds; absent when no event carried the column.
    pub value: Option<f64>,
}
