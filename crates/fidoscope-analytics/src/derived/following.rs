//! Events that an ingest of this process has decoded, folded into credentials, so that their files need
//! not be read again.
//!
//! They are good for a step of the event table from one version to another, and only as long as
//! nobody else has stored anything in between; otherwise they are forgotten and the files are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use deltalake::arrow::array::RecordBatch;

use super::{CredentialOptions, Credentials, Fold};
use crate::StoreError;
use crate::ingest::{Follower, Following, Versions};

/// Events whose credentials are held in memory at most before the table is updated.
const HELD_EVENTS: usize = 1 << 20;

impl Follower for Credentials<'_> {
    fn follow(&self) -> Box<dyn Following + '_> {
        Box::new(Stretches {
            credentials: self,
            folds: Mutex::default(),
        })
    }
}

/// What the threads of an ingest fold, by the stretch of the input that it belongs to.
struct Stretches<'c> {
    credentials: &'c Credentials<'c>,
    folds: Mutex<BTreeMap<u64, Vec<Fold>>>,
}

impl Stretches<'_> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<Fold>>> {
        self.folds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of a stretch that is whole.
    fn take(&self, stretch: u64) -> Fold {
        let folds = self.lock().remove(&stretch).unwrap_or_default();
        folds.into_iter().fold(Fold::default(), |mut all, fold| {
            all.merge(fold);
            all
        })
    }
}

impl Following for Stretches<'_> {
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
        let fold = self.take(stretch);
        let Some(Versions { from, to }) = versions else {
            return Ok(());
        };
        let mut decoded = self.credentials.decoded();
        decoded.add(from, to, fold);
        let told = decoded.told();
        drop(decoded);
        if told >= HELD_EVENTS {
            let options = CredentialOptions {
                now,
                ..self.credentials.reading
            };
            self.credentials.update(&options)?;
        }
        Ok(())
    }
}

/// Folded events of a step of the event table.
pub(super) struct Decoded(Option<Step>);

struct Step {
    from: u64,
    to: u64,
    fold: Fold,
}

impl Decoded {
    pub(super) const fn nothing() -> Self {
        Self(None)
    }

    /// Adds what was stored from one version to the next.
    fn add(&mut self, from: u64, to: u64, fold: Fold) {
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
    pub(super) fn take(&mut self, from: u64, to: u64) -> Option<Fold> {
        let step = self.0.take()?;
        (step.from == from && step.to == to).then_some(step.fold)
    }
}
