//! The table of credentials itself: which of its files a change touches, and their successors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use deltalake::DeltaTable;
use deltalake::kernel::Transaction;

use super::assess::{Changes, Judge};
use super::files::read;
use super::fold::{Fold, Left};
use crate::schema::{Credential, CredentialColumns, credential_schema};
use crate::store::{NewFile, OldFile, Table, Target, replace, write};
use crate::{Store, StoreError};

/// Rows of one file at most.
const FILE_ROWS: usize = 1 << 14;

/// Rows that are completed and written side by side, cut into files of one size: the same for any
/// number of threads.
const GROUP_ROWS: usize = 1 << 16;

/// The transaction that says which version of the events is in the table.
const APPLICATION: &str = "fidoscope:credentials";

/// Version of the events up to which the table is complete; `None` for an empty table.
pub(super) fn position(store: &Store, table: &DeltaTable) -> Result<Option<u64>, StoreError> {
    let log = table.log_store();
    let version = table
        .snapshot()?
        .transaction_version(log.as_ref(), APPLICATION.to_owned());
    let version = store.runtime().block_on(version)?;
    Ok(version.and_then(|version| u64::try_from(version).ok()))
}

/// What says that the table is complete up to a version of the events.
pub(super) fn transaction(events: u64) -> Transaction {
    Transaction::new(APPLICATION, i64::try_from(events).unwrap_or(i64::MAX))
}

/// A change of the table in the making.
pub(super) struct Rewrite<'s> {
    store: &'s Store,
    target: Target,
    judge: Judge<'s>,
    old: Vec<OldFile>,
    new: Vec<NewFile>,
    changes: Changes,
}

/// A row that is about to be written, and whether its enrolment is new to the table.
pub(super) struct Pending {
    pub(super) row: Credential,
    pub(super) is_new: bool,
}

/// A row that waits for a file.
enum Waiting<'f> {
    Known(Box<Pending>),
    /// Of a credential that the table does not have; it is made when it is written.
    New(Left<'f>),
}

impl<'s> Rewrite<'s> {
    pub(super) fn new(
        store: &'s Store,
        table: &DeltaTable,
        written: i64,
        judge: Judge<'s>,
    ) -> Self {
        let target = Target {
            objects: table.object_store(),
            runtime: store.runtime().handle().clone(),
            written,
        };
        Self {
            store,
            target,
            judge,
            old: Vec::new(),
            new: Vec::new(),
            changes: Changes::default(),
        }
    }

    /// Merges the rows of a fold into the table. With `anew` nothing of the table is kept; where all
    /// are judged again, every row is written again.
    pub(super) fn merge(
        &mut self,
        table: &DeltaTable,
        mut fold: Fold,
        anew: bool,
    ) -> Result<(), StoreError> {
        let mut files = files(table)?;
        if anew {
            self.old.append(&mut files);
        }
        let mut known = 0;
        let mut touched = Vec::new();
        for file in files {
            let count = self.touched(&file, &fold)?;
            known += count;
            touched.push((file, count > 0 || self.judge.all));
        }
        let grows = fold.len() > known;
        let mut waiting = Vec::new();
        for (file, touched) in touched {
            if touched || (grows && file.rows < FILE_ROWS / 2) {
                self.successor(file, &mut fold, &mut waiting)?;
            }
        }
        for left in fold.left() {
            waiting.push(Waiting::New(left));
            self.flush(&mut waiting, GROUP_ROWS)?;
        }
        self.flush(&mut waiting, 1)
    }

    /// How many rows of a file the fold knows more about.
    fn touched(&self, file: &OldFile, fold: &Fold) -> Result<usize, StoreError> {
        let data = self.store.files().needed(Table::Credentials, &file.path)?;
        let mut count = 0;
        let keys = ["source", "credential_id", "credential_ref"];
        read(data, &keys, |batch| {
            let rows = Credential::read(batch);
            let known = |row: &&Credential| row.id().is_some_and(|id| fold.has(&row.source, id));
            count += rows.iter().filter(known).count();
            Ok(())
        })?;
        Ok(count)
    }

    fn successor(
        &mut self,
        file: OldFile,
        fold: &mut Fold,
        waiting: &mut Vec<Waiting<'_>>,
    ) -> Result<(), StoreError> {
        let data = self.store.files().needed(Table::Credentials, &file.path)?;
        let schema = credential_schema();
        let columns: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let mut held = Vec::new();
        read(data, &columns, |batch| {
            held.extend(Credential::read(batch));
            Ok(())
        })?;
        for mut row in held {
            let more = row.id().and_then(|id| fold.take(&row.source, id));
            let is_new = more.is_some_and(|more| row.merge(more));
            waiting.push(Waiting::Known(Box::new(Pending { row, is_new })));
            self.flush(waiting, GROUP_ROWS)?;
        }
        self.old.push(file);
        Ok(())
    }

    /// Writes the rows that wait when there are so many.
    fn flush(&mut self, waiting: &mut Vec<Waiting<'_>>, enough: usize) -> Result<(), StoreError> {
        if waiting.len() < enough {
            return Ok(());
        }
        let files = waiting.len().div_ceil(FILE_ROWS);
        let rows = waiting.len().div_ceil(files);
        let mut rest = std::mem::take(waiting).into_iter();
        let parts = (0..files).map(|_| Mutex::new(rest.by_ref().take(rows).collect()));
        let parts: Vec<Mutex<Vec<Waiting<'_>>>> = parts.collect();
        for (file, changes) in self.side_by_side(&parts)? {
            self.new.push(file);
            self.changes.add(changes);
        }
        Ok(())
    }

    /// Writes each part to a file of its own, in the order of the parts.
    fn side_by_side(
        &self,
        parts: &[Mutex<Vec<Waiting<'_>>>],
    ) -> Result<Vec<(NewFile, Changes)>, StoreError> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(part) = parts.get(number)
            {
                let part =
                    std::mem::take(&mut *part.lock().unwrap_or_else(PoisonError::into_inner));
                done.push((number, self.file(part)?));
            }
            Ok(done)
        };
        let mut done = thread::scope(|scope| {
            let others: Vec<_> = (1..self.judge.threads.min(parts.len()))
                .map(|_| scope.spawn(work))
                .collect();
            let mut done = work()?;
            for other in others {
                let stopped = |_| {
                    Err(StoreError::Stopped {
                        part: "writer of credentials",
                    })
                };
                done.extend(other.join().unwrap_or_else(stopped)?);
            }
            Ok::<_, StoreError>(done)
        })?;
        done.sort_unstable_by_key(|(number, _)| *number);
        Ok(done.into_iter().map(|(_, file)| file).collect())
    }

    fn file(&self, waiting: Vec<Waiting<'_>>) -> Result<(NewFile, Changes), StoreError> {
        let mut changes = Changes::default();
        let mut columns = CredentialColumns::default();
        for waiting in waiting {
            let mut pending = match waiting {
                Waiting::Known(pending) => *pending,
                Waiting::New(left) => Pending {
                    row: left.row(),
                    is_new: true,
                },
            };
            self.judge.complete(&mut pending, &mut changes);
            columns.push(&pending.row);
        }
        let batch = columns.finish()?;
        let file = write(&self.target, &credential_schema(), None, &[batch])?;
        Ok((file, changes))
    }

    /// Commits the change. `None` when another writer came first.
    pub(super) fn commit(
        self,
        table: &mut DeltaTable,
        events: u64,
    ) -> Result<Option<Changes>, StoreError> {
        let Self {
            store,
            target,
            mut old,
            mut new,
            changes,
            ..
        } = self;
        // A file that came out as it was stays; its name is made of its content.
        let (before, after): (Vec<String>, Vec<String>) = (
            old.iter().map(|file| file.path.clone()).collect(),
            new.iter().map(|file| file.path.clone()).collect(),
        );
        old.retain(|file| !after.contains(&file.path));
        new.retain(|file| !before.contains(&file.path));
        let position = transaction(events);
        let commit = replace(
            table,
            Table::Credentials,
            old,
            new,
            position,
            target.written,
        );
        let done = store.runtime().block_on(commit)?;
        Ok(done.map(|()| changes))
    }
}

/// The files of the table, in order.
fn files(table: &DeltaTable) -> Result<Vec<OldFile>, StoreError> {
    let log = table.snapshot()?.log_data();
    let mut files: Vec<OldFile> = log
        .iter()
        .map(|view| OldFile {
            path: view.path().into_owned(),
            size: view.size(),
            rows: view.num_records().unwrap_or(FILE_ROWS),
        })
        .collect();
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Names of the files of the table.
pub(super) fn names(table: &DeltaTable) -> Vec<String> {
    let files = files(table).unwrap_or_default();
    files.into_iter().map(|file| file.path).collect()
}
