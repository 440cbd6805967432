//! Keeps a store small and its credentials and minutes fresh while events come in all the time.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fidoscope_analytics::{CredentialOptions, Credentials, Store, StoreError};

use crate::commands::Context;
use crate::commands::ingest::threads;
use crate::trust::Known;
use crate::{clock, store};

/// The tables of credentials and of minutes are brought up to date this often at most.
const CREDENTIALS_EVERY: Duration = Duration::from_secs(60);

/// Old quarantined lines are looked for this often.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Commits after which the small files of a day are put together.
const COMMITS: u32 = 64;

/// Small files of a day that are worth it.
const SMALL_FILES: usize = 16;

/// Times that files were put together, after which the log is shortened.
const PACKINGS: u32 = 16;

/// Hours of the log that stay: nothing that runs began before.
const LOG_HOURS: i64 = 1;

/// The upkeep of a store that is written all the time.
pub(crate) struct Upkeep<'a> {
    store: &'a Store,
    credentials: &'a Credentials<'a>,
    known: Option<&'a Known>,
    context: Context<'a>,
    commits: u32,
    packings: u32,
    stale: bool,
    updated: Instant,
    forgotten: Option<Instant>,
}

impl<'a> Upkeep<'a> {
    pub(crate) fn new(
        store: &'a Store,
        credentials: &'a Credentials<'a>,
        known: Option<&'a Known>,
        context: Context<'a>,
    ) -> Self {
        Self {
            store,
            credentials,
            known,
            context,
            commits: 0,
            packings: 0,
            stale: true,
            updated: Instant::now(),
            forgotten: None,
        }
    }

    /// Events were committed.
    pub(crate) const fn committed(&mut self) {
        self.commits += 1;
        self.stale = true;
    }

    /// Does what is due.
    pub(crate) fn turn(&mut self) -> Result<(), StoreError> {
        let packs = self.commits >= COMMITS;
        if packs || (self.stale && self.updated.elapsed() >= CREDENTIALS_EVERY) {
            self.credentials()?;
        }
        if packs {
            self.commits = 0;
            self.packings += 1;
            let now = self.context.now();
            // Somebody else may be at it; then there is nothing to do.
            match self.store.optimize(now, SMALL_FILES) {
                Ok(_) | Err(StoreError::Busy { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if self.packings >= PACKINGS {
            self.packings = 0;
            let older_than = TimeDelta::hours(LOG_HOURS);
            self.store.shorten_logs(clock::now(), older_than)?;
        }
        if self
            .forgotten
            .is_none_or(|last| last.elapsed() >= FORGET_EVERY)
        {
            self.forgotten = Some(Instant::now());
            store::forget(self.store, self.context);
        }
        Ok(())
    }

    /// Brings the tables of credentials and of minutes up to date.
    pub(crate) fn credentials(&mut self) -> Result<(), StoreError> {
        let now = self.context.now();
        let assessor = self.known.map(|known| known.assessor(now));
        let options = CredentialOptions {
            assessor: assessor.as_ref(),
            ..CredentialOptions::new(now, threads(None))
        };
        match self.credentials.update(&options) {
            Ok(_) => self.stale = false,
            // The next turn tries again.
            Err(StoreError::Busy { .. }) => {}
            Err(error) => return Err(error),
        }
        match self.store.update_minutes(now) {
            Ok(_) | Err(StoreError::Busy { .. }) => {}
            Err(error) => return Err(error),
        }
        self.updated = Instant::now();
        Ok(())
    }
}
