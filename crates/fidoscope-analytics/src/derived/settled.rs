//! Which files of events a derived table is done with.

use std::collections::HashSet;

use deltalake::DeltaTable;

use super::{added, changes, position};
use crate::store::Table;
use crate::{StoreError, Tables};

/// Files of events that are in a table, and the version up to which it is complete.
pub(crate) struct Settled {
    /// Names of the files.
    pub(crate) files: HashSet<String>,
    /// Version of the events.
    pub(crate) version: u64,
}

/// The files of events that are in a table, of a store that is only read; `None` where the table would be
/// made anew.
pub(crate) fn in_table(
    store: &Tables,
    table: &DeltaTable,
    application: &str,
    events: &DeltaTable,
) -> Result<Option<HashSet<String>>, StoreError> {
    match position(store, table, application)? {
        Some(from) => before(store, Some(from), events),
        None => Ok(None),
    }
}

/// What may be moved or dropped: rows that nobody has to find in the file they were added in.
pub(crate) fn settled(
    store: &Tables,
    kind: Table,
    application: &str,
    events: &DeltaTable,
) -> Result<Settled, StoreError> {
    let from = position(store, &store.load(kind)?, application)?;
    Ok(Settled {
        files: before(store, from, events)?.unwrap_or_default(),
        version: from.unwrap_or(0),
    })
}

/// The files that are there now, but for those that came after a version; `None` where the log does not
/// tell.
fn before(
    store: &Tables,
    from: Option<u64>,
    events: &DeltaTable,
) -> Result<Option<HashSet<String>>, StoreError> {
    let to = events.version().unwrap_or(0).max(from.unwrap_or(0));
    let Some(added) = added(store.files(), from, to)? else {
        return Ok(None);
    };
    let all = changes::all(events)?.into_iter().map(|file| file.name);
    let mut settled: HashSet<String> = all.collect();
    for file in added.into_values().flatten() {
        settled.remove(&file.name);
    }
    Ok(Some(settled))
}
