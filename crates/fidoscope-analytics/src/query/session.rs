//! A store that answers questions.

use std::ops::Deref;
use std::sync::Mutex;

use super::Engine;
use crate::StoreError;
use crate::scan::MEMORY;
use crate::store::{Clock, Place, Tables};

/// A store of events, with the engine that reads and fills it.
///
/// All calls block. The store owns its runtime, so it must not be used inside another one.
pub struct Store {
    tables: Tables,
    /// Bytes of memory that queries may take.
    memory: usize,
    engine: Mutex<Option<Engine>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tables.fmt(f)
    }
}

/// What can be done with the tables can be done with the store.
impl Deref for Store {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl From<Tables> for Store {
    fn from(tables: Tables) -> Self {
        Self {
            tables,
            memory: MEMORY,
            engine: Mutex::new(None),
        }
    }
}

impl Store {
    /// Opens the store in a place, or makes one where there is nothing yet.
    pub fn create_or_open(place: impl Into<Place>) -> Result<Self, StoreError> {
        Tables::create_or_open(place).map(Self::from)
    }

    /// Opens the store in a place.
    pub fn open(place: impl Into<Place>) -> Result<Self, StoreError> {
        Tables::open(place).map(Self::from)
    }

    /// Opens a store that is only read, and perhaps cannot be written: what an older store lacks
    /// is empty then, see [`Tables::behind`].
    pub fn open_to_read(place: impl Into<Place>) -> Result<Self, StoreError> {
        Tables::open_to_read(place).map(Self::from)
    }

    /// Opens a store in which nothing is to be written at all: it keeps to what it has, in the
    /// tables and columns that it has.
    pub fn open_to_copy(place: impl Into<Place>) -> Result<Self, StoreError> {
        Tables::open_to_copy(place).map(Self::from)
    }

    /// Has this clock say when files are written and when they leave their table, whatever time a command
    /// is run for: how old a file is decides when it is deleted.
    #[must_use]
    pub fn by_clock(self, clock: Clock) -> Self {
        Self {
            tables: self.tables.by_clock(clock),
            ..self
        }
    }

    /// Lets queries take so many bytes of memory; what does not fit is put on disk for the time being.
    #[must_use]
    pub fn within_memory(self, memory: usize) -> Self {
        Self { memory, ..self }
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
        let engine = Engine::over(self, version, self.memory)?;
        *slot = Some(engine.clone());
        Ok(engine)
    }
}
