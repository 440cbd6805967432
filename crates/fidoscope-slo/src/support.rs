//! Which indicators a source can support, and what it lacks for the others.

use std::collections::{BTreeMap, BTreeSet};

use fidoscope_report::Basis;

use crate::evaluate::Slice;
use crate::inputs::REASONS;
use crate::{
    Ceremony, CountRow, Formula, Indicator, Inputs, Latency, Loggable, Measure, SourceInput,
    indicators,
};

#[cfg(test)]
mod tests;

/// Columns of which one joins a start with its end.
const JOINS: &[&str] = &["ceremony_id", "challenge_hash"];

/// Whether one source supports one indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// The indicator.
    pub indicator: &'static Indicator,
    /// The basis of the denominator, where there are two.
    pub basis: Option<Basis>,
    /// Name of the source.
    pub source: String,
    /// Whether it does.
    pub state: State,
}

/// Whether a source supports an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Supported,
    /// It does on the other basis, which is the better one.
    OtherBasis,
    /// It lacks something: of each list, one of the kinds or columns would do.
    Missing(Vec<Vec<&'static str>>),
}

/// What each source supports, in the order of the indicators, as [`crate::evaluate`] has it.
#[must_use]
pub fn support(inputs: &Inputs) -> Vec<Support> {
    let slice = Slice {
        inputs,
        group: None,
    };
    let mut found = Vec::new();
    for indicator in indicators() {
        let bases: &[Option<Basis>] = match indicator.formula {
            Formula::Success(_) => &[Some(Basis::Started), Some(Basis::Submitted)],
            _ => &[None],
        };
        for basis in bases.iter().copied() {
            found.extend(inputs.sources.iter().map(|source| Support {
                indicator,
                basis,
                source: source.source.clone(),
                state: of_source(slice, source, indicator, basis),
            }));
        }
    }
    found
}

fn of_source(
    slice: Slice<'_>,
    source: &SourceInput,
    indicator: &Indicator,
    basis: Option<Basis>,
) -> State {
    match indicator.formula {
        Formula::Success(ceremony) => success(slice, source, ceremony, basis),
        Formula::Refused { ceremony, .. } => refused(slice, source, ceremony),
        Formula::Quantile(latency) => quantile(slice, source, latency),
        Formula::Events { measure } if slice.can_count(source, measure) => State::Supported,
        Formula::Events { measure } => State::Missing(vec![measure.predicate.kinds()]),
    }
}

/// The inputs of a source of which only is known which kinds it can log and which columns it can
/// fill: one ceremony of every sort that these allow.
#[must_use]
pub fn at_most(source: &str, kinds: BTreeSet<String>, fills: &dyn Fn(&str) -> bool) -> Inputs {
    let logs = |kind: &str| kinds.contains(kind);
    let any = |columns: &[&str]| columns.iter().any(|column| fills(column));
    let mut counts = BTreeMap::new();
    let mut add = |measure: &'static Measure, can: bool| {
        counts.insert(measure.name.clone(), u64::from(can));
    };
    for ceremony in [Ceremony::Registration, Ceremony::Authentication] {
        let names = ceremony.names();
        let issued = ceremony == Ceremony::Authentication && logs("challenge.issued");
        let starts = (logs(names.started_kind) || issued) && any(JOINS);
        let rejects = ceremony == Ceremony::Registration && logs("attestation.rejected");
        let (completes, fails) = (logs(names.completed_kind), logs(names.failed_kind));
        add(names.starts, starts);
        add(names.paired, starts && (completes || fails));
        add(names.completed, completes);
        add(names.failed, fails || rejects);
        add(names.unexplained, fails && !rejects && !any(REASONS));
    }
    for latency in latencies() {
        let relevant = latency.handled().iter().any(|kind| logs(kind));
        add(latency.relevant, relevant);
        add(latency.timed, relevant && fills(latency.column()));
    }
    Inputs {
        sources: vec![SourceInput {
            source: source.to_owned(),
            seen: kinds.clone(),
            loggable: Loggable::declared(kinds, fills),
        }],
        counts: vec![CountRow {
            group: None,
            source: source.to_owned(),
            counts,
        }],
        ..Inputs::default()
    }
}

fn state(missing: Vec<Vec<&'static str>>) -> State {
    if missing.is_empty() {
        State::Supported
    } else {
        State::Missing(missing)
    }
}

fn success(
    slice: Slice<'_>,
    source: &SourceInput,
    ceremony: Ceremony,
    basis: Option<Basis>,
) -> State {
    let names = ceremony.names();
    let counted = [names.completed, names.failed, names.starts];
    let mut missing = slice.missing_ends(source, ceremony, &counted);
    let of_source = slice.denominator(source, ceremony).basis();
    if basis == Some(Basis::Started) && of_source == Basis::Submitted {
        // A start that nothing joins with its end is not counted as one.
        let logs_start = source.can_log(names.started_kind)
            || (ceremony == Ceremony::Authentication && source.can_log("challenge.issued"));
        missing.push(if logs_start {
            JOINS.to_vec()
        } else {
            vec![names.started_kind]
        });
    }
    if missing.is_empty() && basis != Some(of_source) {
        return State::OtherBasis;
    }
    state(missing)
}

impl Slice<'_> {
    /// The kinds of end that a source lacks: those that it cannot log, and both where there is
    /// nothing of what is counted.
    fn missing_ends(
        self,
        source: &SourceInput,
        ceremony: Ceremony,
        counted: &[&Measure],
    ) -> Vec<Vec<&'static str>> {
        let unlogged = self.unlogged_ends(source, ceremony);
        let missing: Vec<_> = unlogged.map(|kind| vec![kind]).collect();
        let nothing = counted.iter().all(|of| self.total(source, of) == 0);
        if missing.is_empty() && nothing {
            return ceremony.names().end_kinds().map(|kind| vec![kind]).to_vec();
        }
        missing
    }
}

fn refused(slice: Slice<'_>, source: &SourceInput, ceremony: Ceremony) -> State {
    let names = ceremony.names();
    let mut missing = slice.missing_ends(source, ceremony, &[names.completed, names.failed]);
    if missing.is_empty() && slice.explains_nothing(source, ceremony) {
        missing.push(REASONS.to_vec());
    }
    state(missing)
}

fn quantile(slice: Slice<'_>, source: &SourceInput, latency: Latency) -> State {
    if slice.total(source, latency.relevant) == 0 {
        return State::Missing(vec![latency.handled()]);
    }
    if slice.is_untimed(source, latency) {
        return State::Missing(vec![vec![latency.column()]]);
    }
    State::Supported
}

fn latencies() -> impl Iterator<Item = Latency> {
    indicators()
        .iter()
        .filter_map(|indicator| match indicator.formula {
            Formula::Quantile(latency) => Some(latency),
            _ => None,
        })
}
