//! Commits to tables: what comes, what goes, and the Delta transactions that say how far a table is.

use std::collections::HashMap;
use std::sync::Arc;

use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::kernel::{Action, Add, Remove, Transaction};
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStoreExt as _;
use object_store::path::Path as ObjectPath;

use super::Table;
use crate::StoreError;

/// Application of the Delta transaction in commits that drop days for their age; its version is the
/// day before which there is nothing, in days since the epoch.
pub(crate) const RETENTION: &str = "fidoscope:retention";

/// Files that are looked for at the same time before they are committed.
const LOOKS: usize = 16;

/// A data file that has been written and is not in the table yet.
#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    /// Path inside the table's folder.
    pub(crate) path: String,
    /// Size in bytes.
    pub(crate) size: i64,
    /// Value of the partition column.
    pub(crate) date: Option<String>,
    /// Time of writing, milliseconds since the epoch.
    pub(crate) written: i64,
    /// Delta statistics as JSON.
    pub(crate) stats: String,
}

/// Commits files together with how far their inputs have been read, and moves `table` to the new
/// version. `None` when another writer has moved the same input meanwhile.
pub(crate) async fn append(
    table: &mut DeltaTable,
    kind: Table,
    files: Vec<NewFile>,
    positions: impl IntoIterator<Item = Transaction>,
) -> Result<Option<()>, StoreError> {
    let actions = files
        .into_iter()
        .map(|file| Action::Add(add(kind, file)))
        .collect();
    commit(table, kind, SaveMode::Append, actions, positions).await
}

/// Commits files in the place of others, together with what the table is complete up to. `None` when
/// another writer came first.
pub(crate) async fn exchange(
    table: &mut DeltaTable,
    kind: Table,
    old: Vec<Remove>,
    new: Vec<NewFile>,
    positions: Vec<Transaction>,
) -> Result<Option<()>, StoreError> {
    let removed = old.into_iter().map(Action::Remove);
    let added = new.into_iter().map(|file| Action::Add(add(kind, file)));
    let operation = DeltaOperation::Write {
        mode: SaveMode::Overwrite,
        partition_by: kind.partition().map(|column| vec![column.to_owned()]),
        predicate: None,
    };
    commit_as(table, removed.chain(added).collect(), positions, operation).await
}

/// Commits files that hold the rows of others, which they replace: nothing is new, nothing is gone.
/// `None` when another writer has touched the same files.
pub(crate) async fn rearrange(
    table: &mut DeltaTable,
    kind: Table,
    old: Vec<Remove>,
    new: Vec<NewFile>,
) -> Result<Option<()>, StoreError> {
    let target_size = new.iter().map(|file| file.size).max().unwrap_or(0);
    let removed = old.into_iter().map(Action::Remove);
    let added = new.into_iter().map(|file| {
        Action::Add(Add {
            data_change: false,
            ..add(kind, file)
        })
    });
    let operation = DeltaOperation::Optimize {
        predicate: None,
        target_size,
    };
    commit_as(table, removed.chain(added).collect(), None, operation).await
}

/// Takes files out of a table for good. `None` when another writer has touched the same files.
pub(crate) async fn drop_files(
    table: &mut DeltaTable,
    old: Vec<Remove>,
    mark: Transaction,
    predicate: String,
) -> Result<Option<()>, StoreError> {
    let actions = old.into_iter().map(Action::Remove).collect();
    let operation = DeltaOperation::Delete {
        predicate: Some(predicate),
    };
    commit_as(table, actions, Some(mark), operation).await
}

async fn commit(
    table: &mut DeltaTable,
    kind: Table,
    mode: SaveMode,
    actions: Vec<Action>,
    positions: impl IntoIterator<Item = Transaction>,
) -> Result<Option<()>, StoreError> {
    let operation = DeltaOperation::Write {
        mode,
        partition_by: kind.partition().map(|column| vec![column.to_owned()]),
        predicate: None,
    };
    commit_as(table, actions, positions, operation).await
}

/// Commits. What is to be added must be there: between writing and committing a machine may have slept
/// for days, or a clock may have jumped, so that a vacuum took the files for what a killed process left
/// behind. Committed all the same, their rows would be lost while the position says that they are
/// stored; not committed, the same input is read again from the position before. A vacuum that deletes
/// in the moment between this look and the commit would have to have found files of at least an hour
/// ([`crate::VacuumOptions::older_than`]) that are committed right now.
async fn commit_as(
    table: &mut DeltaTable,
    actions: Vec<Action>,
    positions: impl IntoIterator<Item = Transaction>,
    operation: DeltaOperation,
) -> Result<Option<()>, StoreError> {
    are_there(table, &actions).await?;
    let properties = CommitProperties::default()
        .with_application_transactions(positions.into_iter().collect())
        .with_cleanup_expired_logs(Some(false));
    let done = CommitBuilder::from(properties)
        .with_actions(actions)
        .build(Some(table.snapshot()?), table.log_store(), operation)
        .await;
    match done {
        Ok(done) => {
            table.state = Some(done.snapshot());
            Ok(Some(()))
        }
        Err(DeltaTableError::Transaction {
            source: TransactionError::CommitConflict(_),
        }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Looks for the files that are to be added, some at a time.
async fn are_there(table: &DeltaTable, actions: &[Action]) -> Result<(), StoreError> {
    let objects = table.object_store();
    let added = actions.iter().filter_map(|action| match action {
        Action::Add(add) => Some(add.path.clone()),
        _ => None,
    });
    let looks = futures::stream::iter(added.map(|path| {
        let objects = Arc::clone(&objects);
        async move {
            match objects.head(&ObjectPath::from(path.as_str())).await {
                Ok(_) => Ok(None),
                Err(object_store::Error::NotFound { .. }) => Ok(Some(path)),
                Err(error) => Err(DeltaTableError::from(error)),
            }
        }
    }));
    let found: Vec<Option<String>> = looks.buffered(LOOKS).try_collect().await?;
    let gone: Vec<String> = found.into_iter().flatten().collect();
    match gone.first() {
        None => Ok(()),
        Some(first) => Err(StoreError::Vanished {
            files: gone.len(),
            first: first.clone(),
        }),
    }
}

fn add(kind: Table, file: NewFile) -> Add {
    let partition_values = kind
        .partition()
        .map(|column| (column.to_owned(), file.date))
        .into_iter()
        .collect::<HashMap<_, _>>();
    Add {
        path: file.path,
        partition_values,
        size: file.size,
        modification_time: file.written,
        data_change: true,
        stats: Some(file.stats),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}
