//! A store: a folder, or a prefix of an object store, with a marker and the Delta tables.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use deltalake::DeltaTable;
use tokio::runtime::Runtime;

use crate::StoreError;

mod access;
mod commit;
mod data;
#[cfg(test)]
mod faults;
mod files;
mod key;
mod log;
mod marker;
mod place;
mod small;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use commit::{NewFile, RETENTION, append, drop_files, exchange, rearrange};
pub(crate) use data::Data;
pub(crate) use files::Files;
pub(crate) use key::{Bound, KEY, faults as key_faults};
pub use marker::Held;
pub(crate) use marker::{MARKER, Marker, complete, is_behind};
pub use place::Place;
pub use small::{Readers, make_file, replace_file};
pub(crate) use table::{Table, data_files, open_table};
pub(crate) use write::{Target, write, write_apart};

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

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Any,
    Reading,
    /// To be read and left as it is, with what it lacks.
    Copying,
}

/// What tells the machine's time.
pub type Clock = fn() -> DateTime<Utc>;

/// A store of events, with the engine that reads and fills it.
///
/// All calls block. The store owns its runtime, so it must not be used inside another one.
pub struct Tables {
    files: Files,
    clock: Option<Clock>,
    behind: Vec<String>,
    /// Tables that are not there and could not be made.
    missing: Vec<Table>,
    tables: Mutex<[Option<DeltaTable>; Table::ALL.len()]>,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables")
            .field("place", self.place())
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// Opens the store in a place, or makes one where there is nothing yet.
    pub fn create_or_open(place: impl Into<Place>) -> Result<Self, StoreError> {
        let files = Files::new(place.into())?;
        if files.read(MARKER)?.is_none() {
            marker::make(&files)?;
        }
        Self::on(files, Purpose::Any)
    }

    /// Opens the store in a place.
    pub fn open(place: impl Into<Place>) -> Result<Self, StoreError> {
        Self::on(Files::new(place.into())?, Purpose::Any)
    }

    /// The same for a store that is only read, and perhaps cannot be written: what an older store lacks
    /// is empty then, see [`Tables::behind`].
    pub fn open_to_read(place: impl Into<Place>) -> Result<Self, StoreError> {
        Self::on(Files::new(place.into())?, Purpose::Reading)
    }

    /// The same for a store in which nothing is to be written at all: it keeps to what it has, in the
    /// tables and columns that it has.
    pub fn open_to_copy(place: impl Into<Place>) -> Result<Self, StoreError> {
        Self::on(Files::new(place.into())?, Purpose::Copying)
    }

    /// A store that is to be made of this one: it has its tables, and nobody can open it until it is
    /// whole.
    pub(crate) fn begin(&self, place: Place) -> Result<Self, StoreError> {
        let files = Files::new(place)?;
        marker::begin(&files, self.place())?;
        Ok(Self {
            clock: self.clock,
            ..Self::with_tables(files, Purpose::Any, false)?
        })
    }

    /// Opens the store on a files.
    pub(crate) fn on(files: Files, purpose: Purpose) -> Result<Self, StoreError> {
        let marker = Marker::read(&files)?;
        Self::with_tables(files, purpose, marker.is_behind())
    }

    /// Opens the tables on a files, and makes those that are not there. Those of a store that is behind
    /// get the columns of today.
    fn with_tables(
        mut files: Files,
        purpose: Purpose,
        is_behind: bool,
    ) -> Result<Self, StoreError> {
        files.settle()?;
        if purpose == Purpose::Copying {
            let lacks = |kind: &Table| !files.has_log(*kind);
            let missing = Table::ALL.into_iter().filter(lacks).collect();
            let tables = [const { None }; Table::ALL.len()];
            return Ok(Self::of(files, tables, Vec::new(), missing));
        }
        let (place, runtime) = (files.place(), files.runtime());
        let mut behind = Vec::new();
        let mut missing = Vec::new();
        let made = Table::ALL.map(|kind| (kind, runtime.spawn(table::ensure(place.clone(), kind))));
        let mut tables = [const { None }; Table::ALL.len()];
        for (slot, (kind, made)) in tables.iter_mut().zip(made) {
            let stopped = |_| StoreError::Stopped {
                part: "maker of tables",
            };
            match runtime.block_on(made).map_err(stopped)? {
                Ok(made) => *slot = made,
                Err(error) if purpose == Purpose::Reading => {
                    behind.push(format!("there is no table {}: {error}", kind.name()));
                    missing.push(kind);
                }
                Err(error) => return Err(error),
            }
        }
        if purpose == Purpose::Any {
            files.hide(Table::Quarantine);
        }
        if is_behind {
            let extend = Table::ALL.map(|kind| runtime.block_on(table::extend(place, kind)));
            let extended = extend.into_iter().collect::<Result<(), _>>();
            match extended.and_then(|()| marker::is_extended(&files)) {
                Ok(()) => {}
                Err(error) if purpose == Purpose::Reading => {
                    behind.push(format!("tables lack columns of this version: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Self::of(files, tables, behind, missing))
    }

    fn of(
        files: Files,
        tables: [Option<DeltaTable>; Table::ALL.len()],
        behind: Vec<String>,
        missing: Vec<Table>,
    ) -> Self {
        Self {
            files,
            clock: None,
            behind,
            missing,
            tables: Mutex::new(tables),
        }
    }

    /// Has this clock say when files are written and when they leave their table, whatever time a command
    /// is run for: how old a file is decides when it is deleted.
    #[must_use]
    pub fn by_clock(self, clock: Clock) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// The time at which a file is written or leaves its table, milliseconds; `now` without a clock.
    pub(crate) fn stamp(&self, now: DateTime<Utc>) -> i64 {
        self.clock.map_or(now, |clock| clock()).timestamp_millis()
    }

    /// What an older store lacks and could not be given when it was opened to be read.
    #[must_use]
    pub fn behind(&self) -> &[String] {
        &self.behind
    }

    pub(crate) fn has(&self, table: Table) -> bool {
        !self.missing.contains(&table)
    }

    /// Where it lies.
    #[must_use]
    pub const fn place(&self) -> &Place {
        self.files.place()
    }

    /// Its files.
    pub(crate) const fn files(&self) -> &Files {
        &self.files
    }

    /// The folder of a store that was made in one.
    #[cfg(test)]
    pub(crate) fn path(&self) -> &Path {
        self.place().folder().unwrap()
    }

    /// Versions of the tables now: cheap enough to ask every second.
    pub fn version(&self) -> Result<StoreVersion, StoreError> {
        let version = |table| match self.has(table) {
            true => self.files.latest_version(table),
            false => Ok(0),
        };
        Ok(StoreVersion {
            events: version(Table::Events)?,
            quarantine: version(Table::Quarantine)?,
            inputs: version(Table::Inputs)?,
            credentials: version(Table::Credentials)?,
            minutes: version(Table::Minutes)?,
        })
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        self.files.runtime()
    }

    /// A table in its newest version; one that has not moved is not read again.
    pub(crate) fn load(&self, table: Table) -> Result<DeltaTable, StoreError> {
        let version = self.files.latest_version(table)?;
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = tables.get_mut(table.place());
        let known = slot.as_ref().and_then(|slot| slot.as_ref());
        if let Some(known) = known.filter(|known| known.version() == Some(version)) {
            return Ok(known.clone());
        }
        let loaded = self.runtime().block_on(open_table(self.place(), table))?;
        if let Some(slot) = slot {
            *slot = Some(loaded.clone());
        }
        Ok(loaded)
    }

    /// Version of a Delta transaction in a table, by its application.
    pub(crate) fn transaction(
        &self,
        table: &DeltaTable,
        application: &str,
    ) -> Result<Option<i64>, StoreError> {
        let log = table.log_store();
        let version = table
            .snapshot()?
            .transaction_version(log.as_ref(), application.to_owned());
        Ok(self.runtime().block_on(version)?)
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
}

pub(crate) fn file_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File {
        path: path.to_owned(),
        source,
    }
}

pub(crate) fn object_error(path: &Path, source: object_store::Error) -> StoreError {
    StoreError::Refused {
        path: path.to_owned(),
        reason: source.to_string(),
    }
}
