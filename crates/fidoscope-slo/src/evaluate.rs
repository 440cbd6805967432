//! From counts to indicator rows.

use std::collections::BTreeSet;

use fidoscope_report::{Basis, Comparison, Sli, SliStatus, Target};

use crate::{
    Ceremony, Formula, Indicator, Inputs, Latency, Loggable, Measure, SourceInput, indicators,
};

#[cfg(test)]
mod tests;

/// Evaluates M1 to M10: per group in the order of the indicators, groups in order of their names.
///
/// Whether a source supports an indicator is decided once over all groups, so that a group without
/// failures is not taken for a source that cannot log them.
#[must_use]
pub fn evaluate(inputs: &Inputs) -> Vec<Sli> {
    groups(inputs)
        .into_iter()
        .flat_map(|group| {
            let slice = Slice { inputs, group };
            indicators()
                .iter()
                .flat_map(move |indicator| slice.rows(indicator))
        })
        .collect()
}

/// The groups of the inputs, in order of their names.
pub(crate) fn groups(inputs: &Inputs) -> BTreeSet<Option<&str>> {
    if inputs.grouped {
        let rows = inputs.counts.iter();
        rows.map(|row| row.group.as_deref()).collect()
    } else {
        BTreeSet::from([None])
    }
}

/// One group of the inputs.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) group: Option<&'a str>,
}

/// What sources contribute to a row, and why others do not.
#[derive(Default)]
struct Tally {
    good: u64,
    sample: u64,
    relevant: u64,
    sources: Vec<String>,
    missing: Vec<String>,
    remarks: Vec<String>,
}

impl<'a> Slice<'a> {
    fn rows(self, indicator: &Indicator) -> Vec<Sli> {
        match indicator.formula {
            Formula::Success(ceremony) => self.success(indicator, ceremony),
            Formula::Refused { ceremony, measure } => {
                vec![self.refused(indicator, ceremony, measure)]
            }
            Formula::Quantile(latency) => vec![self.quantile(indicator, latency)],
            Formula::Events { measure } => vec![self.events(indicator, measure)],
        }
    }

    /// One row per basis that has ceremonies; a source is in exactly one of them.
    fn success(self, indicator: &Indicator, ceremony: Ceremony) -> Vec<Sli> {
        let rows: Vec<Sli> = [Basis::Started, Basis::Submitted]
            .into_iter()
            .map(|basis| (basis, self.success_tally(ceremony, basis)))
            .filter(|(_, tally)| tally.sample > 0)
            .map(|(basis, tally)| self.ratio(indicator, Some(basis), tally, ceremony))
            .collect();
        if rows.is_empty() {
            let mut tally = self.success_tally(ceremony, Basis::Started);
            let submitted = self.success_tally(ceremony, Basis::Submitted);
            tally.remarks.extend(submitted.remarks);
            tally.relevant = 0;
            return vec![self.ratio(indicator, None, tally, ceremony)];
        }
        rows
    }

    /// Ceremonies that succeeded, and those that they are divided by.
    pub(crate) fn successes(self, ceremony: Ceremony, basis: Basis) -> (u64, u64) {
        let tally = self.success_tally(ceremony, basis);
        (tally.good.min(tally.sample), tally.sample)
    }

    fn success_tally(self, ceremony: Ceremony, basis: Basis) -> Tally {
        let names = ceremony.names();
        let mut tally = Tally::default();
        for source in &self.inputs.sources {
            let count = |measure| self.count(source, measure);
            let mut total = count(names.completed).saturating_add(count(names.failed));
            if let Some(kind) = self.unlogged_end(source, ceremony) {
                tally.miss(source, kind, total);
                continue;
            }
            let denominator = self.denominator(source, ceremony);
            if denominator.basis() != basis {
                continue;
            }
            self.tell_unseen_ends(&mut tally, source, ceremony);
            match denominator {
                Denominator::Started => {
                    total = total.saturating_add(count(names.abandoned));
                    tally.remark(count(names.pending), "still pending, left out", source);
                }
                Denominator::Submitted => {}
                Denominator::Unpaired => {
                    let starts = count(names.starts);
                    tally.remark(starts, "starts without an end to join, left out", source);
                }
                Denominator::Nameless(abandoned) => {
                    let what = "abandoned that do not say their group, left out of all groups";
                    tally.remark(abandoned, what, source);
                }
            }
            tally.add(source, count(names.completed), total);
        }
        tally
    }

    /// What the ceremonies of a source are divided by.
    pub(crate) fn denominator(self, source: &SourceInput, ceremony: Ceremony) -> Denominator {
        let names = ceremony.names();
        let total = |measure| self.total(source, measure);
        let starts = total(names.starts);
        let ends = total(names.completed).saturating_add(total(names.failed));
        let nameless = self.sum(source, names.abandoned, |group| group.is_none());
        if starts == 0 {
            Denominator::Submitted
        } else if ends > 0 && total(names.paired) == 0 {
            Denominator::Unpaired
        } else if self.inputs.grouped && nameless > 0 {
            Denominator::Nameless(nameless)
        } else {
            Denominator::Started
        }
    }

    fn refused(self, indicator: &Indicator, ceremony: Ceremony, measure: &Measure) -> Sli {
        let names = ceremony.names();
        let mut tally = Tally::default();
        for source in &self.inputs.sources {
            let failed = self.count(source, names.failed);
            let ended = self.count(source, names.completed).saturating_add(failed);
            if let Some(kind) = self.unlogged_end(source, ceremony) {
                tally.miss(source, kind, ended);
                continue;
            }
            if self.explains_nothing(source, ceremony) {
                tally.miss(source, "failure_reason", ended);
                continue;
            }
            self.tell_unseen_ends(&mut tally, source, ceremony);
            let unexplained = self.count(source, names.unexplained).min(failed);
            let told = ended.saturating_sub(unexplained);
            tally.relevant = tally.relevant.saturating_add(unexplained);
            tally.remark(unexplained, "refused without a reason, left out", source);
            tally.add(source, self.count(source, measure).min(told), told);
        }
        self.ratio(indicator, Some(Basis::Submitted), tally, ceremony)
    }

    fn quantile(self, indicator: &Indicator, latency: Latency) -> Sli {
        let mut tally = Tally::default();
        for source in &self.inputs.sources {
            let relevant = self.count(source, latency.relevant);
            if self.is_untimed(source, latency) {
                tally.miss(source, latency.column(), relevant);
                continue;
            }
            let handled = latency.handled();
            if handled.iter().any(|kind| source.can_log(kind)) {
                tally.unseen(source, &handled);
            }
            let timed = self.count(source, latency.timed).min(relevant);
            tally.relevant = tally
                .relevant
                .saturating_add(relevant.saturating_sub(timed));
            if timed == 0 {
                let what = format!("events without {}", latency.column());
                tally.remark(relevant, &what, source);
            }
            tally.add(source, 0, timed);
        }
        let value = self
            .inputs
            .quantiles
            .iter()
            .find(|row| row.indicator == latency.indicator && self.holds(row.group.as_deref()))
            .and_then(|row| row.value)
            .filter(|value| value.is_finite() && tally.sample > 0);
        self.row(indicator, None, value, tally, latency.subject)
    }

    fn events(self, indicator: &Indicator, measure: &Measure) -> Sli {
        let kinds = measure.predicate.kinds();
        let mut tally = Tally::default();
        let mut supported = false;
        for source in &self.inputs.sources {
            if !self.can_count(source, measure) {
                tally.miss(source, &kinds.join(" or "), 0);
                continue;
            }
            if self.is_silent(source) {
                tally
                    .missing
                    .push(format!("{} logged nothing", source.source));
                continue;
            }
            supported = true;
            if self.total(source, measure) == 0 {
                tally.unseen(source, &kinds);
            }
            let count = self.count(source, measure);
            tally.sample = tally.sample.saturating_add(count);
            tally.sources.push(source.source.clone());
        }
        let value = supported.then(|| float(tally.sample));
        self.row(indicator, None, value, tally, "source")
    }

    /// Says where the store holds no end of a source, or none that was refused: what its rate then
    /// shows is what it never had to say.
    fn tell_unseen_ends(self, tally: &mut Tally, source: &SourceInput, ceremony: Ceremony) {
        let names = ceremony.names();
        if self.total(source, names.failed) > 0 {
            return;
        }
        if self.total(source, names.completed) == 0 {
            tally.unseen(source, &names.end_kinds());
        } else if source.has_seen_none(names.refused_kinds) {
            tally.unseen(source, &[names.failed_kind]);
        }
    }

    /// Whether a source logged nothing at all: then a count of 0 would say too much.
    fn is_silent(self, source: &SourceInput) -> bool {
        !self
            .inputs
            .counts
            .iter()
            .any(|row| row.source == source.source)
    }

    /// The kind of end that a source cannot log; without both there is no share of successes.
    fn unlogged_end(self, source: &SourceInput, ceremony: Ceremony) -> Option<&'static str> {
        self.unlogged_ends(source, ceremony).next()
    }

    /// The kinds of end that a source cannot log.
    pub(crate) fn unlogged_ends(
        self,
        source: &SourceInput,
        ceremony: Ceremony,
    ) -> impl Iterator<Item = &'static str> {
        let names = ceremony.names();
        [
            (names.completed, names.completed_kind),
            (names.failed, names.failed_kind),
        ]
        .into_iter()
        .filter(move |(measure, kind)| !source.can_log(kind) && self.total(source, measure) == 0)
        .map(|(_, kind)| kind)
    }

    /// Whether a source gives no reason for any of its refusals, or would give none if it had some.
    pub(crate) fn explains_nothing(self, source: &SourceInput, ceremony: Ceremony) -> bool {
        let names = ceremony.names();
        let failures = self.total(source, names.failed);
        if failures == 0 {
            return !source.can_explain(ceremony);
        }
        self.total(source, names.unexplained) >= failures
    }

    /// Whether a source has the events of a latency, and none of them carries it.
    pub(crate) fn is_untimed(self, source: &SourceInput, latency: Latency) -> bool {
        self.total(source, latency.timed) == 0 && self.total(source, latency.relevant) > 0
    }

    /// Whether a source can log what is counted.
    pub(crate) fn can_count(self, source: &SourceInput, measure: &Measure) -> bool {
        let kinds = measure.predicate.kinds();
        kinds.iter().any(|kind| source.can_log(kind)) || self.total(source, measure) > 0
    }

    fn ratio(
        self,
        indicator: &Indicator,
        basis: Option<Basis>,
        tally: Tally,
        ceremony: Ceremony,
    ) -> Sli {
        let value = share(tally.good, tally.sample);
        self.row(indicator, basis, value, tally, ceremony.names().noun)
    }

    fn row(
        self,
        indicator: &Indicator,
        basis: Option<Basis>,
        value: Option<f64>,
        tally: Tally,
        noun: &str,
    ) -> Sli {
        let note = tally.note(value.is_some(), noun);
        let coverage = share(tally.sample, tally.relevant);
        Sli {
            id: indicator.id.to_owned(),
            name: indicator.name.to_owned(),
            group: self
                .inputs
                .grouped
                .then(|| self.group.unwrap_or("unknown").to_owned()),
            basis,
            value,
            unit: indicator.unit,
            target: indicator.target,
            status: status(value, indicator.target),
            sample: if value.is_some() { tally.sample } else { 0 },
            coverage,
            sources: if value.is_some() {
                tally.sources
            } else {
                Vec::new()
            },
            note,
        }
    }

    fn holds(self, group: Option<&str>) -> bool {
        !self.inputs.grouped || group == self.group
    }

    fn count(self, source: &SourceInput, measure: &Measure) -> u64 {
        self.sum(source, measure, |group| self.holds(group))
    }

    pub(crate) fn total(self, source: &SourceInput, measure: &Measure) -> u64 {
        self.sum(source, measure, |_| true)
    }

    fn sum(
        self,
        source: &SourceInput,
        measure: &Measure,
        wanted: impl Fn(Option<&str>) -> bool,
    ) -> u64 {
        self.inputs
            .counts
            .iter()
            .filter(|row| row.source == source.source && wanted(row.group.as_deref()))
            .filter_map(|row| row.counts.get(measure.name.as_ref()))
            .fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl Tally {
    fn add(&mut self, source: &SourceInput, good: u64, sample: u64) {
        self.good = self.good.saturating_add(good);
        self.sample = self.sample.saturating_add(sample);
        self.relevant = self.relevant.saturating_add(sample);
        if sample > 0 {
            self.sources.push(source.source.clone());
        }
    }

    /// A source lacks a kind or a column; of one that might have it is only said that none was seen.
    fn miss(&mut self, source: &SourceInput, what: &str, relevant: u64) {
        self.relevant = self.relevant.saturating_add(relevant);
        self.missing.push(match &source.loggable {
            Loggable::Declared { columns, .. } if !columns.contains(what) => {
                format!("{} does not log {what}", source.source)
            }
            _ => none_seen(source, what),
        });
    }

    /// Kinds that a source can log, and of which the store holds none.
    fn unseen(&mut self, source: &SourceInput, kinds: &[&str]) {
        if source.has_seen_none(kinds) {
            self.remarks.push(none_seen(source, &kinds.join(" or ")));
        }
    }

    fn remark(&mut self, count: u64, what: &str, source: &SourceInput) {
        if count > 0 {
            self.remarks
                .push(format!("{}: {count} {what}", source.source));
        }
    }

    fn note(&self, has_value: bool, noun: &str) -> Option<String> {
        if !has_value {
            let reasons: Vec<&str> = (self.missing.iter().chain(&self.remarks))
                .map(String::as_str)
                .collect();
            return Some(if reasons.is_empty() {
                format!("no data: no {noun}")
            } else {
                format!("no data: {}", reasons.join("; "))
            });
        }
        let left_out =
            (!self.missing.is_empty()).then(|| format!("left out: {}", self.missing.join("; ")));
        let notes: Vec<String> = left_out
            .into_iter()
            .chain(self.remarks.iter().cloned())
            .collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// `okta: no credential.removed seen`.
fn none_seen(source: &SourceInput, what: &str) -> String {
    format!("{}: no {what} seen", source.source)
}

/// What the ceremonies of a source are divided by.
#[derive(Clone, Copy)]
pub(crate) enum Denominator {
    /// Those that were started.
    Started,
    /// Those that were submitted: the source logs no starts.
    Submitted,
    /// Those that were submitted: starts cannot be joined with their ends.
    Unpaired,
    /// Those that were submitted: so many that nobody finished do not say which group they are of, so
    /// the groups would look better than they are, and those without a group worse.
    Nameless(u64),
}

impl Denominator {
    pub(crate) const fn basis(self) -> Basis {
        match self {
            Self::Started => Basis::Started,
            Self::Submitted | Self::Unpaired | Self::Nameless(_) => Basis::Submitted,
        }
    }
}

fn status(value: Option<f64>, target: Option<Target>) -> SliStatus {
    match (value, target) {
        (None, _) => SliStatus::NoData,
        (Some(_), None) => SliStatus::NoTarget,
        (Some(value), Some(target)) => {
            let met = match target.comparison {
                Comparison::AtLeast => value >= target.value,
                Comparison::Below => value < target.value,
            };
            if met {
                SliStatus::Met
            } else {
                SliStatus::Missed
            }
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| float(part.min(whole)) / float(whole))
}

/// The nearest number; exact to 2^53.
fn float(count: u64) -> f64 {
    let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).map_or(0.0, f64::from);
    half(count >> 32).mul_add(4_294_967_296.0, half(count))
}
