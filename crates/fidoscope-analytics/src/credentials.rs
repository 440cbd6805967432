//! The table of credentials: one row for each credential of a source, made of all its events.
//!
//! It follows the events as every table of [`crate::derived`] does; here is what its rows mean: what an
//! event says of a credential ([`fold`]), how two rows of one become one ([`merge`]), when a sign-in counts
//! ([`late`]), and what metadata makes of an enrolment ([`assess`]).

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use fidoscope_verifier::Assessor;

use crate::derived::{Decoded, Keeper, Stretches, Updated};
use crate::ingest::{Follower, Following};
use crate::store::Table;
use crate::{StoreError, Tables};

mod assess;
mod fold;
mod late;
mod meaning;
mod merge;
#[cfg(test)]
mod tests;

pub(crate) use meaning::APPLICATION;

use assess::Judge;
use fold::Fold;

pub use assess::Changes as CredentialChanges;

/// Attempts against other writers before giving up.
const ATTEMPTS: usize = 8;

/// How to bring the table of credentials up to date.
#[derive(Clone, Copy)]
pub struct CredentialOptions<'t> {
    /// The time of the update.
    pub now: DateTime<Utc>,
    /// Threads that read events and assess credentials.
    pub threads: usize,
    /// What new credentials are judged by; without it they have the words of their source.
    pub assessor: Option<&'t Assessor<'t>>,
}

impl std::fmt::Debug for CredentialOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialOptions")
            .field("now", &self.now)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl CredentialOptions<'_> {
    /// Judges by nothing.
    #[must_use]
    pub const fn new(now: DateTime<Utc>, threads: usize) -> Self {
        Self {
            now,
            threads,
            assessor: None,
        }
    }

    const fn judge(&self, all: bool) -> Judge<'_> {
        Judge {
            assessor: self.assessor,
            all,
        }
    }
}

/// What an update of the table of credentials did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CredentialSummary {
    /// Versions of the events that were taken in.
    pub versions: u64,
    /// Whether the table was made anew.
    pub anew: bool,
}

/// The table of credentials of a store.
///
/// Given to an ingest ([`crate::IngestOptions::followers`]), it folds events while they are decoded: the
/// update that comes then need not read their files again.
pub struct Credentials<'s> {
    store: &'s Tables,
    /// How it is updated by an ingest that has more of them than are to be held in memory.
    reading: CredentialOptions<'s>,
    decoded: Mutex<Decoded<Fold>>,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("store", self.store)
            .finish_non_exhaustive()
    }
}

impl<'s> Credentials<'s> {
    /// The credentials of a store.
    #[must_use]
    pub const fn of(store: &'s Tables) -> Self {
        Self {
            store,
            reading: CredentialOptions::new(DateTime::UNIX_EPOCH, 2),
            decoded: Mutex::new(Decoded::nothing()),
        }
    }

    /// Has an ingest update them so, but for the time, that meets more of them than are to be held in
    /// memory.
    #[must_use]
    pub fn while_reading(self, options: CredentialOptions<'s>) -> Self {
        Self {
            reading: options,
            ..self
        }
    }
}

impl Credentials<'_> {
    fn decoded(&self) -> MutexGuard<'_, Decoded<Fold>> {
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the table of credentials up to date with the events. What is in it already is not
    /// read again.
    pub fn update(&self, options: &CredentialOptions<'_>) -> Result<CredentialSummary, StoreError> {
        let judge = options.judge(false);
        let Updated { versions, anew } = self
            .keeper(&judge, options)
            .update(|from, to| self.decoded().take(from, to))?;
        Ok(CredentialSummary { versions, anew })
    }

    /// Judges all credentials again, e.g. by a newer BLOB, and says what that changed. No log and no
    /// event is read again, but for what the table had missed.
    pub fn assess(&self, options: &CredentialOptions<'_>) -> Result<CredentialChanges, StoreError> {
        let judge = options.judge(true);
        for _ in 0..ATTEMPTS {
            self.update(options)?;
            if let Some(changes) = self.keeper(&judge, options).write_again()? {
                return Ok(changes);
            }
        }
        Err(StoreError::Busy {
            table: Table::Credentials.name(),
        })
    }

    fn keeper<'k, 'j>(
        &'k self,
        judge: &'k Judge<'j>,
        options: &CredentialOptions<'_>,
    ) -> Keeper<'k, Judge<'j>> {
        Keeper {
            store: self.store,
            meaning: judge,
            threads: options.threads,
            written: self.store.stamp(options.now),
        }
    }
}

impl Follower for Credentials<'_> {
    fn follow(&self) -> Box<dyn Following + '_> {
        Box::new(Stretches::into_decoded(&self.decoded, |now| {
            let options = CredentialOptions {
                now,
                ..self.reading
            };
            self.update(&options).map(|_| ())
        }))
    }
}
