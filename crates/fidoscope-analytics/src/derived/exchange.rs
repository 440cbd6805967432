//! Files that go and files that come in their place, in one commit.

use std::collections::HashSet;

use deltalake::DeltaTable;
use deltalake::kernel::{LogicalFileView, Remove, Transaction};

use super::changes::removed;
use crate::store::{NewFile, Table, Target, exchange};
use crate::{StoreError, Tables};

/// Commits after which the files that they replaced are deleted: readers that began before have
/// long finished.
const KEPT_COMMITS: u64 = 8;

/// A change of a table in the making.
pub(crate) struct Exchange<'s> {
    store: &'s Tables,
    kind: Table,
    /// Where new files go.
    pub(crate) target: Target,
    old: Vec<LogicalFileView>,
    new: Vec<NewFile>,
}

impl<'s> Exchange<'s> {
    /// A change of nothing yet; files are written, and leave the table, at that time (milliseconds).
    pub(crate) fn of(store: &'s Tables, kind: Table, table: &DeltaTable, written: i64) -> Self {
        let target = Target {
            objects: table.object_store(),
            runtime: store.runtime().handle().clone(),
            written,
        };
        Self {
            store,
            kind,
            target,
            old: Vec::new(),
            new: Vec::new(),
        }
    }

    /// Takes files out of the table.
    pub(crate) fn remove(&mut self, files: impl IntoIterator<Item = LogicalFileView>) {
        self.old.extend(files);
    }

    /// Puts files, which are written, into the table.
    pub(crate) fn add(&mut self, files: impl IntoIterator<Item = NewFile>) {
        self.new.extend(files);
    }

    /// Commits the change together with how far the table is now, and deletes what an earlier change
    /// replaced. `None` when another writer came first.
    ///
    /// A file that came out as it was stays; its name is made of its content.
    pub(crate) fn commit(
        self,
        table: &mut DeltaTable,
        positions: Vec<Transaction>,
    ) -> Result<Option<()>, StoreError> {
        let Self {
            store,
            kind,
            target,
            old,
            mut new,
        } = self;
        let after: HashSet<String> = new.iter().map(|file| file.path.clone()).collect();
        let before: HashSet<String> = old.iter().map(|file| file.path().into_owned()).collect();
        new.retain(|file| !before.contains(&file.path));
        let gone = old.iter().filter(|file| !after.contains(&*file.path()));
        let gone = gone.map(|file| Remove {
            deletion_timestamp: Some(target.written),
            ..file.remove_action(true)
        });
        let commit = exchange(table, kind, gone.collect(), new, positions);
        let done = store.runtime().block_on(commit)?;
        if done.is_some() {
            clean(store, kind, table);
        }
        Ok(done)
    }
}

/// Deletes what an earlier commit replaced. What cannot be deleted now is only lost space.
fn clean(store: &Tables, kind: Table, table: &DeltaTable) {
    let version = table.version();
    let Some(past) = version.and_then(|version| version.checked_sub(KEPT_COMMITS)) else {
        return;
    };
    let Ok(snapshot) = table.snapshot() else {
        return;
    };
    let files = snapshot.log_data();
    let active: HashSet<String> = files.iter().map(|file| file.path().into_owned()).collect();
    for name in removed(store.files(), kind, past) {
        if !active.contains(&name) {
            store.files().remove(kind, &name);
        }
    }
}
