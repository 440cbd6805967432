//! A store: a folder with a marker and the Delta tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deltalake::DeltaTable;
use deltalake::arrow::datatypes::SchemaRef;
use marker::Marker;
use tokio::runtime::{Builder, Runtime};

use crate::StoreError;
use crate::credentials::{Decoded, credential_schema};
use crate::minutes::{minute_file_schema, minute_schema};
use crate::query::{Engine, MEMORY};
use crate::schema::{EVENT_DATE, event_file_schema, event_schema, input_schema, quarantine_schema};

mod marker;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use marker::{MARKER, is_behind};
pub(crate) use table::{
    NewFile, OldFile, append, drop_files, exchange, open_table, rearrange, replace,
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

    const fn place(self) -> usize {
        match self {
            Self::Events => 0,
            Self::Quarantine => 1,
            Self::Inputs => 2,
            Self::Credentials => 3,
            Self::Minutes => 4,
        }
    }

    fn schema(self) -> SchemaRef {
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

/// Versions of the tables: as long as they stay, so does every answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StoreVersion {
    /// Version of the event table.
    pub events: u64,
    /// Version of the quarantine table.
    pub quarantine: u64,
    /// Version of the table of inputs.
    pub inputs: u64,
    /// Version of the table of credentials.
    pub credentials: u64,
    /// Version of the table of minutes.
    pub minutes: u64,
}

/// A store of events, with the engine that reads and fills it.
///
/// All calls block. The store owns its runtime, so it must not be used inside another one.
pub struct Store {
    path: PathBuf,
    runtime: Runtime,
    engine: Mutex<Option<Engine>>,
    decoded: Mutex<Decoded>,
    tables: Mutex<[Option<DeltaTable>; Table::ALL.len()]>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in a folder, or makes one where there is nothing yet.
    pub fn create_or_open(path: &Path) -> Result<Self, StoreError> {
        if !path.join(MARKER).exists() {
            marker::make(path)?;
        }
        Self::open(path)
    }

    /// Opens the store in a folder.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let marker = Marker::read(path)?;
        let path = fs::canonicalize(path).map_err(|source| file_error(path, source))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .map_err(|source| file_error(&path, source))?;
        let made = Table::ALL.map(|kind| runtime.spawn(table::ensure(path.clone(), kind)));
        let mut tables = [const { None }; Table::ALL.len()];
        for (slot, made) in tables.iter_mut().zip(made) {
            let stopped = |_| StoreError::Stopped {
                part: "maker of tables",
            };
            *slot = runtime.block_on(made).map_err(stopped)??;
        }
        if marker.is_behind() {
            for table in Table::ALL {
                runtime.block_on(table::extend(&path, table))?;
            }
            marker.write(&path)?;
        }
        Ok(Self {
            path,
            runtime,
            engine: Mutex::new(None),
            decoded: Mutex::default(),
            tables: Mutex::new(tables),
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Versions of the tables now: cheap enough to ask every second.
    pub fn version(&self) -> Result<StoreVersion, StoreError> {
        Ok(StoreVersion {
            events: table::latest_version(&self.path, Table::Events)?,
            quarantine: table::latest_version(&self.path, Table::Quarantine)?,
            inputs: table::latest_version(&self.path, Table::Inputs)?,
            credentials: table::latest_version(&self.path, Table::Credentials)?,
            minutes: table::latest_version(&self.path, Table::Minutes)?,
        })
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// A table in its newest version; one that has not moved is not read again.
    pub(crate) fn load(&self, table: Table) -> Result<DeltaTable, StoreError> {
        let version = table::latest_version(&self.path, table)?;
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = tables.get_mut(table.place());
        let known = slot.as_ref().and_then(|slot| slot.as_ref());
        if let Some(known) = known.filter(|known| known.version() == Some(version)) {
            return Ok(known.clone());
        }
        let loaded = self.runtime.block_on(open_table(&self.path, table))?;
        if let Some(slot) = slot {
            *slot = Some(loaded.clone());
        }
        Ok(loaded)
    }

    /// Remembers a table that has been moved.
    pub(crate) fn keep(&self, table: Table, moved: DeltaTable) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = tables.get_mut(table.place()) {
            *slot = Some(moved);
        }
    }

    /// Reads a table anew when it is asked for again: what is known of its log may be gone.
    pub(crate) fn forget(&self, table: Table) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = tables.get_mut(table.place()) {
            *slot = None;
        }
    }

    /// Credentials of events that were decoded and are not in their table yet.
    pub(crate) fn decoded(&self) -> MutexGuard<'_, Decoded> {
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The query engine over the newest versions of the tables.
    pub(crate) fn engine(&self) -> Result<Engine, StoreError> {
        let version = self.version()?;
        let mut slot = self.engine.lock().map_err(|_| StoreError::Stopped {
            part: "query engine",
        })?;
        if let Some(engine) = slot.as_ref().filter(|engine| engine.version() == version) {
            return Ok(engine.clone());
        }
        let engine = self
            .runtime
            .block_on(Engine::over(&self.path, version, MEMORY))?;
        *slot = Some(engine.clone());
        Ok(engine)
    }
}

pub(crate) fn file_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File {
        path: path.to_owned(),
        source,
    }
}
