//! Credentials of events that this process has decoded, so that their files need not be read again.
//!
//! They are good for a step of the event table from one version to another, and only as long as
//! nobody else has stored anything in between; otherwise they are forgotten and the files are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Fold;

/// What the threads of an ingest fold, by the stretch of the input that it belongs to.
#[derive(Default)]
pub(crate) struct Share(Mutex<BTreeMap<u64, Vec<Fold>>>);

impl Share {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<Fold>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fold for more events of a stretch: there are as many as threads at most.
    pub(crate) fn borrow(&self, stretch: u64) -> Fold {
        let mut folds = self.lock();
        let of_stretch = folds.get_mut(&stretch);
        of_stretch.and_then(Vec::pop).unwrap_or_default()
    }

    pub(crate) fn give_back(&self, stretch: u64, fold: Fold) {
        self.lock().entry(stretch).or_default().push(fold);
    }

    /// All of a stretch that is whole.
    pub(crate) fn take(&self, stretch: u64) -> Fold {
        let folds = self.lock().remove(&stretch).unwrap_or_default();
        folds.into_iter().fold(Fold::default(), |mut all, fold| {
            all.merge(fold);
            all
        })
    }
}

/// Folded events of a step of the event table.
#[derive(Default)]
pub(crate) struct Decoded(Option<Step>);

struct Step {
    from: u64,
    to: u64,
    fold: Fold,
}

impl Decoded {
    /// Adds what was stored from one version to the next.
    pub(crate) fn add(&mut self, from: u64, to: u64, fold: Fold) {
        match &mut self.0 {
            Some(step) if step.to == from => {
                step.to = to;
                step.fold.merge(fold);
            }
            held => *held = Some(Step { from, to, fold }),
        }
    }

    /// Events in it that told something.
    pub(crate) fn told(&self) -> usize {
        self.0.as_ref().map_or(0, |step| step.fold.told())
    }

    /// What was stored between two versions, if that is exactly what it has.
    pub(super) fn take(&mut self, from: u64, to: u64) -> Option<Fold> {
        let step = self.0.take()?;
        (step.from == from && step.to == to).then_some(step.fold)
    }
}
