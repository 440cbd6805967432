//! Contents of a source's events, as far as its mapping declares them.

use std::collections::BTreeSet;

use fidoscope_events::Mapping;
use fidoscope_slo::Loggable;

/// What a source can log, by what its mapping says.
pub(crate) fn loggable(mapping: Option<&Mapping>) -> Loggable {
    match mapping {
        Some(mapping) if mapping.is_open() => Loggable::Open,
        Some(mapping) => Loggable::declared(kinds(mapping), &|column| fills(mapping, column)),
        None => Loggable::Unknown,
    }
}

/// Kinds of events that a source logs.
pub(crate) fn kinds(mapping: &Mapping) -> BTreeSet<String> {
    mapping.kinds().into_iter().map(str::to_owned).collect()
}

/// Whether some event of the source can have a column, of itself or through others.
pub(crate) fn fills(mapping: &Mapping, column: &str) -> bool {
    mapping.fills(column) || mapping.coverage(column) == Some("derived")
}
