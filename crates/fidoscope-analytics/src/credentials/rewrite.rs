//! The table of credentials itself: which of its files a change touches, and their successors.

use deltalake::DeltaTable;
use deltalake::kernel::Transaction;

use super::files::{path_of, read};
use super::fold::Fold;
use super::row::{Credential, credential_schema, rows};
use crate::ingest::{Target, write};
use crate::store::{NewFile, OldFile, Table, replace};
use crate::{Store, StoreError};

/// Rows of one file at most.
const FILE_ROWS: usize = 1 << 16;

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

/// A change of the table in the making.
pub(super) struct Rewrite<'s> {
    store: &'s Store,
    target: Target,
    finish: &'s mut Finish<'s>,
    old: Vec<OldFile>,
    new: Vec<NewFile>,
    /// Rows that wait for a file.
    open: Vec<Pending>,
}

/// A row that is about to be written, and whether its enrolment is new to the table.
pub(super) struct Pending {
    pub(super) row: Credential,
    pub(super) is_new: bool,
}

/// Completes rows before they are written.
pub(super) type Finish<'f> = dyn FnMut(&mut [Pending]) + 'f;

impl<'s> Rewrite<'s> {
    pub(super) fn new(
        store: &'s Store,
        table: &DeltaTable,
        written: i64,
        finish: &'s mut Finish<'s>,
    ) -> Self {
        let target = Target {
            objects: table.object_store(),
            runtime: store.runtime().handle().clone(),
            written,
        };
        Self {
            store,
            target,
            finish,
            old: Vec::new(),
            new: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Merges the rows of a fold into the table. With `anew` nothing of the table is kept; with
    /// `all` every row is written again.
    pub(super) fn merge(
        &mut self,
        table: &DeltaTable,
        mut fold: Fold,
        anew: bool,
        all: bool,
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
            touched.push((file, count > 0 || all));
        }
        let grows = fold.len() > known;
        for (file, touched) in touched {
            if touched || (grows && file.rows < FILE_ROWS / 2) {
                self.successor(file, &mut fold)?;
            }
        }
        for row in fold.drain() {
            self.push(row, true)?;
        }
        self.flush(1)
    }

    /// How many rows of a file the fold knows more about.
    fn touched(&self, file: &OldFile, fold: &Fold) -> Result<usize, StoreError> {
        let path = path_of(self.store.path(), Table::Credentials, &file.path);
        let mut count = 0;
        let keys = ["source", "credential_id", "credential_ref"];
        read(&path, &keys, |batch| {
            let rows = Credential::read(batch);
            let known = |row: &&Credential| row.id().is_some_and(|id| fold.has(&row.source, id));
            count += rows.iter().filter(known).count();
            Ok(())
        })?;
        Ok(count)
    }

    fn successor(&mut self, file: OldFile, fold: &mut Fold) -> Result<(), StoreError> {
        let path = path_of(self.store.path(), Table::Credentials, &file.path);
        let schema = credential_schema();
        let columns: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let mut held = Vec::new();
        read(&path, &columns, |batch| {
            held.extend(Credential::read(batch));
            Ok(())
        })?;
        for mut row in held {
            let more = row.id().and_then(|id| fold.take(&row.source, id));
            let better = more.is_some_and(|more| row.merge(more));
            self.push(row, better)?;
        }
        self.old.push(file);
        Ok(())
    }

    fn push(&mut self, row: Credential, is_new: bool) -> Result<(), StoreError> {
        self.open.push(Pending { row, is_new });
        self.flush(FILE_ROWS)
    }

    /// Writes the open rows when there are so many.
    fn flush(&mut self, enough: usize) -> Result<(), StoreError> {
        if self.open.len() >= enough {
            let mut open = std::mem::take(&mut self.open);
            (self.finish)(&mut open);
            let batch = rows(open.iter().map(|pending| &pending.row))?;
            let file = write(&self.target, &credential_schema(), None, &[batch])?;
            self.new.push(file);
        }
        Ok(())
    }

    /// Commits the change. `None` when another writer came first.
    pub(super) fn commit(
        self,
        table: &mut DeltaTable,
        events: u64,
    ) -> Result<Option<()>, StoreError> {
        let Self {
            store,
            target,
            mut old,
            mut new,
            ..
        } = self;
        // A file that came out as it was stays; its name is made of its content.
        let (before, after): (Vec<String>, Vec<String>) = (
            old.iter().map(|file| file.path.clone()).collect(),
            new.iter().map(|file| file.path.clone()).collect(),
        );
        old.retain(|file| !after.contains(&file.path));
        new.retain(|file| !before.contains(&file.path));
        let position = Transaction::new(APPLICATION, i64::try_from(events).unwrap_or(i64::MAX));
        let commit = replace(
            table,
            Table::Credentials,
            old,
            new,
            position,
            target.written,
        );
        store.runtime().block_on(commit)
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
