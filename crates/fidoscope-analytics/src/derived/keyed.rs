//! Updates of a table that has one row for each key: what is new is folded into rows, and these are merged
//! into the files of the table that they touch.

use std::collections::{BTreeMap, HashSet};
use std::thread;

use super::changes::{self, EventFile};
use super::rewrite::Rewrite;
use super::{ATTEMPTS, Fold, Keyed, position};
use crate::store::Table;
use crate::{StoreError, Tables};

/// Events that are folded at most before they are merged into the table: their rows are held in memory.
const GROUP_ROWS: usize = 1 << 20;

/// What an update of a table did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Updated {
    /// Versions of the events that were taken in.
    pub(crate) versions: u64,
    /// Whether the table was made anew.
    pub(crate) anew: bool,
}

/// Keeps a table up to date.
pub(crate) struct Keeper<'s, K> {
    pub(crate) store: &'s Tables,
    pub(crate) meaning: &'s K,
    /// Threads that read events and write rows.
    pub(crate) threads: usize,
    /// Time at which files are written, milliseconds.
    pub(crate) written: i64,
}

impl<K: Keyed> Keeper<'_, K> {
    /// Brings the table up to date with the events. What is in it already is not read again; `decoded`
    /// gives the fold of what was stored between two versions, where that is at hand.
    pub(crate) fn update(
        &self,
        decoded: impl Fn(u64, u64) -> Option<K::Fold>,
    ) -> Result<Updated, StoreError> {
        let mut updated = Updated::default();
        for _ in 0..ATTEMPTS {
            if self.catch_up(&decoded, &mut updated)? {
                return Ok(updated);
            }
        }
        Err(StoreError::Busy {
            table: K::TABLE.name(),
        })
    }

    /// Writes the table again as it is; what that changed, or `None` when another writer came first.
    pub(crate) fn write_again(&self) -> Result<Option<K::Told>, StoreError> {
        let mut table = self.store.load(K::TABLE)?;
        let Some(events) = position(self.store, &table, K::APPLICATION)? else {
            return Ok(Some(K::Told::default()));
        };
        let mut rewrite = Rewrite::new(self, &table);
        rewrite.merge(&table, K::Fold::default(), false)?;
        rewrite.commit(&mut table, events)
    }

    /// One attempt; `false` when another writer came first.
    fn catch_up(
        &self,
        decoded: impl Fn(u64, u64) -> Option<K::Fold>,
        updated: &mut Updated,
    ) -> Result<bool, StoreError> {
        let mut table = self.store.load(K::TABLE)?;
        let events = self.store.load(Table::Events)?;
        let to = events.version().unwrap_or(0);
        let from = position(self.store, &table, K::APPLICATION)?;
        if from.is_some_and(|from| from >= to) {
            return Ok(true);
        }
        let mut work = Work::of(self.store, from, to, changes::all(&events)?)?;
        // Asked for in any case: what is not used now is of no use later.
        let decoded = decoded(from.unwrap_or(0), to).filter(|_| !work.rewritten);
        if decoded.is_some() {
            work.at_once(to);
        }
        let (mut decoded, mut folded) = (decoded, work.folded);
        let mut anew = work.rewritten || from.is_none();
        for (version, group) in work.groups {
            let mut fold = match decoded.take() {
                Some(fold) => fold,
                None => self.fold(&group)?,
            };
            K::settle(&mut fold, self.store.files(), &folded)?;
            let mut rewrite = Rewrite::new(self, &table);
            rewrite.merge(&table, fold, anew)?;
            if rewrite.commit(&mut table, version)?.is_none() {
                return Ok(false);
            }
            updated.anew |= anew && from.is_some();
            anew = false;
            folded.extend(group);
        }
        updated.versions += to - from.map_or(0, |from| from.min(to));
        Ok(true)
    }

    /// Reads a group of files, each thread its share of them.
    fn fold(&self, group: &[EventFile]) -> Result<K::Fold, StoreError> {
        let threads = self.threads.clamp(1, group.len().max(1));
        let share = |thread: usize| {
            let mut fold = K::Fold::default();
            for file in group.iter().skip(thread).step_by(threads) {
                let data = self.store.files().needed(Table::Events, &file.name)?;
                changes::read(data, K::EVENTS, |batch| fold.add(batch))?;
            }
            Ok::<K::Fold, StoreError>(fold)
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
}

/// Events that are to be read.
struct Work {
    /// Files whose events are in the table.
    folded: Vec<EventFile>,
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
        store: &Tables,
        from: Option<u64>,
        to: u64,
        mut all: Vec<EventFile>,
    ) -> Result<Self, StoreError> {
        let Some(added) = changes::added(store.files(), from, to)? else {
            return Ok(Self {
                folded: Vec::new(),
                groups: vec![(to, all)],
                rewritten: true,
            });
        };
        let new = added.values().flatten().map(|file| file.name.as_str());
        let new: HashSet<&str> = new.collect();
        all.retain(|file| !new.contains(file.name.as_str()));
        Ok(Self {
            folded: all,
            groups: grouped(added),
            rewritten: false,
        })
    }
}

/// Puts versions together, so that the table is rewritten seldom.
fn grouped(added: BTreeMap<u64, Vec<EventFile>>) -> Vec<(u64, Vec<EventFile>)> {
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
    groups
        .iter_mut()
        .for_each(|(_, files)| changes::sort(files));
    groups
}
