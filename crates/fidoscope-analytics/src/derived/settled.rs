//! Which files of events the table of credentials is done with.

use std::collections::HashSet;

use deltalake::DeltaTable;
use deltalake::kernel::Transaction;

use super::{files, rewrite};
use crate::store::Table;
use crate::{Store, StoreError};

/// Files of events that are in the table of credentials, and the version up to which it is complete.
pub(crate) struct Settled {
    /// Names of the files.
    pub(crate) files: HashSet<String>,
    /// Version of the events.
    pub(crate) version: u64,
}

/// The transaction that says that a table of credentials has the events up to a version.
pub(crate) fn complete_to(events: u64) -> Transaction {
    rewrite::transaction(events)
}

/// The files of events that are in the table of credentials, of a store that is only read; `None`
/// where the table would be made anew.
pub(crate) fn in_credentials(
    store: &Store,
    credentials: &DeltaTable,
    events: &DeltaTable,
) -> Result<Option<HashSet<String>>, StoreError> {
    let Some(from) = rewrite::position(store, credentials)? else {
        return Ok(None);
    };
    let to = events.version().unwrap_or(0).max(from);
    let Some(added) = files::added(store.files(), Some(from), to)? else {
        return Ok(None);
    };
    let all = files::all(events)?.into_iter().map(|file| file.name);
    let mut settled: HashSet<String> = all.collect();
    for file in added.into_values().flatten() {
        settled.remove(&file.name);
    }
    Ok(Some(settled))
}

/// What may be moved or dropped: rows that nobody has to find in the file they were added in.
pub(crate) fn settled(store: &Store, events: &DeltaTable) -> Result<Settled, StoreError> {
    let credentials = store.load(Table::Credentials)?;
    let from = rewrite::position(store, &credentials)?;
    let to = events.version().unwrap_or(0);
    let mut files = HashSet::new();
    if let Some(added) = files::added(store.files(), from, to.max(from.unwrap_or(0)))? {
        let open: HashSet<String> = added
            .into_values()
            .flatten()
            .map(|file| file.name)
            .collect();
        let all = files::all(events)?.into_iter().map(|file| file.name);
        files.extend(all.filter(|name| !open.contains(name)));
    }
    Ok(Settled {
        files,
        version: from.unwrap_or(0),
    })
}
