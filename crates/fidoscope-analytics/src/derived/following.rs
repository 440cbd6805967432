//! Events that an ingest of this process has decoded, folded into rows, so that their files need not be
//! read again.
//!
//! They are good for a step of the event table from one version to another, and only as long as
//! nobody else has stored anything in between; otherwise they are forgotten and the files are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use deltalake::arrow::array::RecordBatch;

use super::Fold;
use crate::StoreError;
use crate::ingest::{Following, Versions};

/// Events of which rows are held in memory at most before their table is updated.
const HELD_EVENTS: usize = 1 << 20;

/// Folds of one run of an ingest, by the stretch of the input that they belong to.
pub(crate) struct Stretches<'t, F, U> {
    decoded: &'t Mutex<Decoded<F>>,
    folds: Mutex<BTreeMap<u64, Vec<F>>>,
    update: U,
}

impl<'t, F: Fold, U> Stretches<'t, F, U>
where
    U: Fn(DateTime<Utc>) -> Result<(), StoreError> + Sync,
{
    /// What is stored goes to `decoded`; `update` brings the table up to date when that has become too
    /// much to hold.
    pub(crate) fn into_decoded(decoded: &'t Mutex<Decoded<F>>, update: U) -> Self {
        Self {
            decoded,
            folds: Mutex::default(),
            update,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<F>>> {
        self.folds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Fold, U> Following for Stretches<'_, F, U>
where
    U: Fn(DateTime<Utc>) -> Result<(), StoreError> + Sync,
{
    /// Folds a piece. A thread takes a fold that no other thread works on, so there are as many of a
    /// stretch as threads at most, and nobody waits for the folding of another.
    fn decoded(&self, stretch: u64, events: &RecordBatch) -> Result<(), StoreError> {
        let free = self.lock().get_mut(&stretch).and_then(Vec::pop);
        let mut fold = free.unwrap_or_default();
        fold.add(events)?;
        self.lock().entry(stretch).or_default().push(fold);
        Ok(())
    }

    fn committed(
        &self,
        stretch: u64,
        versions: Option<Versions>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let folds = self.lock().remove(&stretch).unwrap_or_default();
        let Some(versions) = versions else {
            return Ok(());
        };
        let mut all = F::default();
        folds.into_iter().for_each(|fold| all.merge(fold));
        let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        decoded.add(versions, all);
        let is_much = decoded.told() >= HELD_EVENTS;
        drop(decoded);
        if is_much { (self.update)(now) } else { Ok(()) }
    }
}

/// Folded events of a step of the event table.
pub(crate) struct Decoded<F>(Option<Step<F>>);

struct Step<F> {
    from: u64,
    to: u64,
    fold: F,
}

impl<F: Fold> Decoded<F> {
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Adds what was stored from one version to the next.
    fn add(&mut self, versions: Versions, fold: F) {
        let Versions { from, to } = versions;
        match &mut self.0 {
            Some(step) if step.to == from => {
                step.to = to;
                step.fold.merge(fold);
            }
            held => *held = Some(Step { from, to, fold }),
        }
    }

    /// Events in it that told something.
    fn told(&self) -> usize {
        self.0.as_ref().map_or(0, |step| step.fold.told())
    }

    /// What was stored between two versions, if that is exactly what it has.
    pub(crate) fn take(&mut self, from: u64, to: u64) -> Option<F> {
        let step = self.0.take()?;
        (step.from == from && step.to == to).then_some(step.fold)
    }
}
