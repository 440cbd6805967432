//! Half hours: what is counted again at once, and what an event can change.

use std::ops::Range;

/// Length of a slot in microseconds; a day has a whole number of them.
pub(super) const SLOT: i64 = 1_800_000_000;

/// How far apart events of one ceremony may lie, in microseconds: its timeout and the grace.
pub(super) const REACH: i64 = 1000 * (fidoscope_slo::MAX_TIMEOUT_MS + fidoscope_slo::GRACE_MS);

/// A minute in microseconds.
pub(super) const MINUTE: i64 = 60_000_000;

/// The slot of a time.
pub(super) const fn slot_of(micros: i64) -> i64 {
    micros.div_euclid(SLOT)
}

/// A set of slots: runs in order that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(Vec<Range<i64>>);

impl Slots {
    /// The slots of some runs, whatever their order.
    pub(super) fn of(runs: impl IntoIterator<Item = Range<i64>>) -> Self {
        let mut runs: Vec<Range<i64>> = runs.into_iter().filter(|run| !run.is_empty()).collect();
        runs.sort_unstable_by_key(|run| (run.start, run.end));
        let mut merged: Vec<Range<i64>> = Vec::new();
        for run in runs {
            match merged.last_mut() {
                Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
                _ => merged.push(run),
            }
        }
        Self(merged)
    }

    /// Every slot.
    pub(super) fn all() -> Self {
        Self::run(i64::MIN..i64::MAX)
    }

    /// The slots of one run.
    pub(super) fn run(run: Range<i64>) -> Self {
        Self::of(std::iter::once(run))
    }

    /// The slots whose numbers depend on events from `first` to `last`.
    pub(super) fn touched(first: i64, last: i64) -> Range<i64> {
        let (first, last) = (first.saturating_sub(REACH), last.saturating_add(REACH));
        slot_of(first)..slot_of(last) + 1
    }

    /// Those from `first` on and before `end`.
    pub(super) fn within(&self, first: i64, end: i64) -> Self {
        let cut = |run: &Range<i64>| run.start.max(first)..run.end.min(end);
        Self(
            self.0
                .iter()
                .map(cut)
                .filter(|run| !run.is_empty())
                .collect(),
        )
    }

    /// Those that are not among others.
    pub(super) fn without(&self, others: &Self) -> Self {
        let mut left = Vec::new();
        for run in &self.0 {
            let mut from = run.start;
            for other in others.within(run.start, run.end).0 {
                left.push(from..other.start);
                from = other.end;
            }
            left.push(from..run.end);
        }
        Self::of(left)
    }

    /// These and others.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).cloned())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first slot behind all of them.
    pub(super) fn end(&self) -> i64 {
        self.0.last().map_or(i64::MIN, |run| run.end)
    }

    pub(super) fn has(&self, slot: i64) -> bool {
        let after = self.0.partition_point(|run| run.end <= slot);
        self.0.get(after).is_some_and(|run| run.contains(&slot))
    }

    pub(super) fn runs(&self) -> impl Iterator<Item = Range<i64>> {
        self.0.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_touch_are_one() {
        let slots = Slots::of([5..7, 1..2, 7..9, 2..3, 4..4]);
        assert_eq!(slots.runs().collect::<Vec<_>>(), [1..3, 5..9]);
        assert!(slots.has(1) && slots.has(8) && !slots.has(3) && !slots.has(9));
        assert_eq!(slots.within(2, 6), Slots::of([2..3, 5..6]));
        assert_eq!(slots.without(&Slots::run(2..6)), Slots::of([1..2, 6..9]));
        assert_eq!(slots.and(&Slots::run(3..5)), Slots::run(1..9));
    }

    #[test]
    fn an_event_reaches_as_far_as_its_ceremony() {
        // In the middle of a slot, at its end, and at its beginning.
        assert_eq!(Slots::touched(SLOT / 2, SLOT / 2), 0..1);
        assert_eq!(Slots::touched(SLOT - 1, SLOT - 1), 0..2);
        assert_eq!(Slots::touched(SLOT, SLOT), 0..2);
        assert_eq!(Slots::touched(SLOT + REACH, SLOT + REACH), 1..2);
    }
}
