//! What the engine hands over.

use std::collections::{BTreeMap, BTreeSet};

use crate::Counter;

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
    /// The kinds of event that it can log.
    pub kinds: Kinds,
}

/// The kinds of event that a source can log: the difference between `0` and `no data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// The mapping emits these kinds and no others.
    Declared(BTreeSet<String>),
    /// An open format such as the native line may hold any kind; these were seen, at any time in
    /// the store. Who logs that ceremonies complete is taken to log that they fail; what stands
    /// alone, e.g. `sync.error`, has to have been seen once.
    Seen(BTreeSet<String>),
}

impl Kinds {
    /// Whether the source can log `kind`.
    #[must_use]
    pub fn can_log(&self, kind: &str) -> bool {
        match self {
            Self::Declared(kinds) => kinds.contains(kind),
            Self::Seen(kinds) => {
                let completed = match kind {
                    "registration.failed" => "registration.completed",
                    "authentication.failed" => "authentication.completed",
                    _ => kind,
                };
                kinds.contains(kind) || kinds.contains(completed)
            }
        }
    }
}

/// Counts of one source in one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountRow {
    /// Value of the `--by` column as text.
    pub group: Option<String>,
    /// Name of the source.
    pub source: String,
    /// The counts; a counter that is missing is 0.
    pub counts: BTreeMap<Counter, u64>,
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
