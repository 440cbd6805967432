//! Version of the events that a derived table has.

use deltalake::DeltaTable;
use deltalake::kernel::Transaction;

use crate::{StoreError, Tables};

/// Version of the events up to which a table is complete; `None` for one that has none yet.
pub(crate) fn position(
    store: &Tables,
    table: &DeltaTable,
    application: &str,
) -> Result<Option<u64>, StoreError> {
    let version = store.transaction(table, application)?;
    Ok(version.and_then(|version| u64::try_from(version).ok()))
}

/// The Delta transaction that says that a table is complete up to a version of the events.
pub(crate) fn transaction(application: &str, events: u64) -> Transaction {
    Transaction::new(application, i64::try_from(events).unwrap_or(i64::MAX))
}
