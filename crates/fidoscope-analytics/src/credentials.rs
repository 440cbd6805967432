//! The table of credentials: one row for each credential of a source, made of all its events.
//!
//! It follows the table of events: its Delta transaction says which version of the events is in
//! it. Whatever was stored since is folded into rows and merged into the table in one commit. Events
//! that this process has just stored were folded while they were decoded; others, and what a killed
//! process left behind, are read from the files that were added. Where the log does not tell what is
//! new, because another engine has rewritten the events, the table is made anew.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use chrono::{DateTime, Utc};
use fidoscope_verifier::Assessor;

use crate::store::Table;
use crate::{Store, StoreError};

mod assess;
mod files;
mod fold;
mod following;
mod late;
mod merge;
mod rewrite;
mod settled;
#[cfg(test)]
mod tests;

pub(crate) use settled::{complete_to, in_credentials, settled};

use assess::Judge;
use files::EventFile;
use fold::Fold;
use following::Decoded;
use rewrite::Rewrite;

pub use assess::Changes as CredentialChanges;

/// Events that are folded at most before they are merged into the table: their credentials are held
/// in memory.
const GROUP_ROWS: usize = 1 << 20;

/// Attempts against other writers before giving up.
const ATTEMPTS: usize = 8;

/// Commits after which the files that they replaced are deleted: readers that began before have
/// long finished.
const KEPT_COMMITS: u64 = 8;

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
            threads: self.threads,
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
    store: &'s Store,
    /// How it is updated by an ingest that has more of them than are to be held in memory.
    reading: CredentialOptions<'s>,
    decoded: Mutex<Decoded>,
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
    pub const fn of(store: &'s Store) -> Self {
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
    fn decoded(&self) -> MutexGuard<'_, Decoded> {
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the table of credentials up to date with the events. What is in it already is not
    /// read again.
    pub fn update(&self, options: &CredentialOptions<'_>) -> Result<CredentialSummary, StoreError> {
        let mut summary = CredentialSummary::default();
        for _ in 0..ATTEMPTS {
            if self.catch_up(options, &mut summary)? {
                return Ok(summary);
            }
        }
        Err(StoreError::Busy {
            table: "credentials",
        })
    }

    /// Judges all credentials again, e.g. by a newer BLOB, and says what that changed. No log and no
    /// event is read again, but for what the table had missed.
    pub fn assess(&self, options: &CredentialOptions<'_>) -> Result<CredentialChanges, StoreError> {
        for _ in 0..ATTEMPTS {
            self.update(options)?;
            let mut table = self.store.load(Table::Credentials)?;
            let Some(events) = rewrite::position(self.store, &table)? else {
                return Ok(CredentialChanges::default());
            };
            let written = self.store.stamp(options.now);
            let mut rewrite = Rewrite::new(self.store, &table, written, options.judge(true));
            rewrite.merge(&table, Fold::default(), false)?;
            if let Some(changes) = rewrite.commit(&mut table, events)? {
                self.clean(&table);
                return Ok(changes);
            }
        }
        Err(StoreError::Busy {
            table: "credentials",
        })
    }

    /// One attempt; `false` when another writer came first.
    fn catch_up(
        &self,
        options: &CredentialOptions<'_>,
        summary: &mut CredentialSummary,
    ) -> Result<bool, StoreError> {
        let mut table = self.store.load(Table::Credentials)?;
        let events = self.store.load(Table::Events)?;
        let to = events.version().unwrap_or(0);
        let from = rewrite::position(self.store, &table)?;
        if from.is_some_and(|from| from >= to) {
            return Ok(true);
        }
        let all = files::all(&events)?;
        let mut work = Work::of(self.store, from, to, &all)?;
        let mut decoded = self.decoded().take(from.unwrap_or(0), to);
        if work.rewritten {
            decoded = None;
        } else if decoded.is_some() {
            work.at_once(to);
        }
        let mut counted = work.counted;
        let mut anew = work.rewritten || from.is_none();
        for (version, group) in work.groups {
            let mut fold = match decoded.take() {
                Some(fold) => fold,
                None => self.fold(&group, options.threads)?,
            };
            late::settle(&mut fold, self.store.files(), &counted)?;
            let written = self.store.stamp(options.now);
            let mut rewrite = Rewrite::new(self.store, &table, written, options.judge(false));
            rewrite.merge(&table, fold, anew)?;
            if rewrite.commit(&mut table, version)?.is_none() {
                return Ok(false);
            }
            self.clean(&table);
            summary.anew |= anew && from.is_some();
            anew = false;
            counted.extend(group);
        }
        summary.versions += to - from.map_or(0, |from| from.min(to));
        Ok(true)
    }

    /// Reads a group of files, each thread its share of them.
    fn fold(&self, group: &[EventFile], threads: usize) -> Result<Fold, StoreError> {
        let threads = threads.clamp(1, group.len().max(1));
        let share = |thread: usize| {
            let mut fold = Fold::default();
            for file in group.iter().skip(thread).step_by(threads) {
                let data = self.store.files().needed(Table::Events, &file.name)?;
                files::read(data, &fold::COLUMNS, |batch| fold.add(batch))?;
            }
            Ok::<Fold, StoreError>(fold)
        };
        thread::scope(|scope| {
            let share = &share;
            let others: Vec<_> = (1..threads)
                .map(|thread| scope.spawn(move || share(thread)))
                .collect();
            let mut fold = share(0)?;
            for other in others {
                let stopped = |_| {
                    Err(StoreError::Stopped {
                        part: "reader of events",
                    })
                };
                fold.merge(other.join().unwrap_or_else(stopped)?);
            }
            Ok(fold)
        })
    }

    /// Deletes what an earlier commit replaced. What cannot be deleted now is only lost space.
    fn clean(&self, table: &deltalake::DeltaTable) {
        let version = table.version();
        let Some(past) = version.and_then(|version| version.checked_sub(KEPT_COMMITS)) else {
            return;
        };
        let active = rewrite::names(table);
        for name in files::removed(self.store.files(), Table::Credentials, past) {
            if !active.contains(&name) {
                self.store.files().remove(Table::Credentials, &name);
            }
        }
    }
}

/// What is to be read.
struct Work {
    /// Files whose events are in the table.
    counted: Vec<EventFile>,
    /// Files to read, and the version of the events that is reached with them.
    groups: Vec<(u64, Vec<EventFile>)>,
    /// Whether files were rewritten, so that the log does not tell what is new.
    rewritten: bool,
}

impl Work {
    /// Makes one step of all.
    fn at_once(&mut self, to: u64) {
        let files = std::mem::take(&mut self.groups);
        let files = files.into_iter().flat_map(|(_, files)| files).collect();
        self.groups = vec![(to, files)];
    }

    fn of(
        store: &Store,
        from: Option<u64>,
        to: u64,
        all: &[EventFile],
    ) -> Result<Self, StoreError> {
        let Some(added) = files::added(store.files(), from, to)? else {
            return Ok(Self {
                counted: Vec::new(),
                groups: vec![(to, all.to_vec())],
                rewritten: true,
            });
        };
        let new: std::collections::HashSet<&str> = added
            .values()
            .flatten()
            .map(|file| file.name.as_str())
            .collect();
        let counted = all.iter().filter(|file| !new.contains(file.name.as_str()));
        let counted = counted.cloned().collect();
        Ok(Self {
            counted,
            groups: grouped(added),
            rewritten: false,
        })
    }
}

/// Puts versions together, so that the table is rewritten seldom.
fn grouped(added: std::collections::BTreeMap<u64, Vec<EventFile>>) -> Vec<(u64, Vec<EventFile>)> {
    let mut groups: Vec<(u64, Vec<EventFile>)> = Vec::new();
    let mut held = 0;
    for (version, files) in added {
        let rows: usize = files.iter().map(|file| file.rows).sum();
        match groups.last_mut() {
            Some((last, group)) if held + rows <= GROUP_ROWS => {
                held += rows;
                *last = version;
                group.extend(files);
            }
            _ => {
                held = rows;
                groups.push((version, files));
            }
        }
    }
    groups.iter_mut().for_each(|(_, files)| files::sort(files));
    groups
}
