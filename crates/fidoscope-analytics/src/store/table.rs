//! Tables of a store: which there are, their columns, and how they are made and opened.

use std::sync::Arc;

use bytes::Bytes;
use deltalake::arrow::datatypes::SchemaRef;
use deltalake::kernel::engine::arrow_conversion::TryFromArrow;
use deltalake::kernel::{LogicalFileView, StructType};
use deltalake::logstore::ObjectStoreRef;
use deltalake::{DeltaTable, DeltaTableError};
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;

use super::Place;
use crate::StoreError;
use crate::minutes::{minute_file_schema, minute_schema};
use crate::schema::{
    EVENT_DATE, credential_schema, event_file_schema, event_schema, input_schema, quarantine_schema,
};

/// A table of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Events,
    Quarantine,
    Inputs,
    Credentials,
    Minutes,
}

impl Table {
    pub(crate) const ALL: [Self; 5] = [
        Self::Events,
        Self::Quarantine,
        Self::Inputs,
        Self::Credentials,
        Self::Minutes,
    ];

    /// Name of the table and of its folder.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Quarantine => "quarantine",
            Self::Inputs => "inputs",
            Self::Credentials => "credentials",
            Self::Minutes => "minutes",
        }
    }

    /// Whether lines lie in it as they came, with all that they say of people.
    pub(crate) const fn holds_raw_lines(self) -> bool {
        matches!(self, Self::Quarantine)
    }

    pub(super) const fn place(self) -> usize {
        match self {
            Self::Events => 0,
            Self::Quarantine => 1,
            Self::Inputs => 2,
            Self::Credentials => 3,
            Self::Minutes => 4,
        }
    }

    pub(crate) fn schema(self) -> SchemaRef {
        match self {
            Self::Events => event_schema(),
            Self::Quarantine => quarantine_schema(),
            Self::Inputs => input_schema(),
            Self::Credentials => credential_schema(),
            Self::Minutes => minute_schema(),
        }
    }

    /// Columns as they are in the files: without the partition column.
    pub(crate) fn file_schema(self) -> SchemaRef {
        match self {
            Self::Events => event_file_schema(),
            Self::Minutes => minute_file_schema(),
            other => other.schema(),
        }
    }

    pub(crate) const fn partition(self) -> Option<&'static str> {
        match self {
            Self::Events | Self::Minutes => Some(EVENT_DATE),
            Self::Quarantine | Self::Inputs | Self::Credentials => None,
        }
    }
}

/// Files of a table, in the order of their names.
pub(crate) fn data_files(table: &DeltaTable) -> Result<Vec<LogicalFileView>, StoreError> {
    let mut files: Vec<LogicalFileView> = table.snapshot()?.log_data().iter().collect();
    files.sort_by(|a, b| a.path().cmp(&b.path()));
    Ok(files)
}

/// Opens a table of the store in its newest version.
pub(crate) async fn open_table(store: &Place, table: Table) -> Result<DeltaTable, StoreError> {
    let mut found = store.table(table)?;
    found.load().await?;
    Ok(found)
}

/// Makes the table unless it is there, and hands over what it has made.
///
/// The engine makes a table by a commit like any other, and takes a conflict for a reason to try the next
/// version: of two processes that find no table one fails, or both make it, the second over the first, and
/// whoever writes meanwhile is told that the table has changed. So the first commit is made in memory and
/// put in its place as one file, which fails where it is: every process finds the same table.
pub(super) async fn ensure(store: Place, table: Table) -> Result<Option<DeltaTable>, StoreError> {
    if store.has_table(table).await? {
        return Ok(None);
    }
    store.make_room(table)?;
    let first = first_commit(table).await?;
    let name = format!("{}/_delta_log/{:020}.json", table.name(), 0);
    store.make_file(&name, first).await?;
    Ok(Some(open_table(&store, table).await?))
}

/// The file of the first version of a table.
async fn first_commit(table: Table) -> Result<Bytes, StoreError> {
    let memory: ObjectStoreRef = Arc::new(InMemory::new());
    let place = Place::in_memory(Arc::clone(&memory))?;
    let schema = StructType::try_from_arrow(table.schema().as_ref())?;
    place
        .table(table)?
        .create()
        .with_table_name(table.name())
        .with_columns(schema.fields().cloned())
        .with_partition_columns(table.partition())
        .await?;
    let name = format!("{}/_delta_log/{:020}.json", table.name(), 0);
    let read = async { memory.get(&name.as_str().into()).await?.bytes().await };
    Ok(read.await.map_err(DeltaTableError::from)?)
}

/// Gives a table of an older store the columns that it lacks. What is stored has nothing in them.
pub(super) async fn extend(store: &Place, table: Table) -> Result<(), StoreError> {
    let found = open_table(store, table).await?;
    let known = found.snapshot()?.schema();
    let wanted = StructType::try_from_arrow(table.schema().as_ref())?;
    let missing: Vec<_> = wanted
        .fields()
        .filter(|field| known.field(field.name()).is_none())
        .cloned()
        .collect();
    if !missing.is_empty() {
        found.add_columns().with_fields(missing).await?;
    }
    Ok(())
}
