//! The file that says that a folder is a store, of which version, and what it holds of people.

use std::fs;
use std::path::Path;

use fidoscope_events::{Addresses, Privacy, Users};
use serde::{Deserialize, Serialize};

use super::{Store, file_error};
use crate::StoreError;

/// Name of the file.
pub(crate) const MARKER: &str = "fidoscope.json";

const SCHEMA: &str = "fidoscope.store/1";

/// Counts up when a table gets more columns, so that the tables of older stores get them too.
const COLUMNS: u32 = 3;

#[derive(Serialize, Deserialize)]
pub(super) struct Marker {
    schema: String,
    #[serde(default)]
    columns: u32,
    /// Absent in the stores of old, which have the usual.
    #[serde(default)]
    privacy: Privacy,
}

impl Store {
    /// Settles what this store holds of people: what is asked for, else what it has, else the usual. A
    /// store that has events already keeps its choice.
    pub fn settle_privacy(
        &self,
        users: Option<Users>,
        addresses: Option<Addresses>,
    ) -> Result<Privacy, StoreError> {
        let mut marker = Marker::read(self.path())?;
        let held = marker.privacy;
        let wanted = Privacy {
            users: users.unwrap_or(held.users),
            addresses: addresses.unwrap_or(held.addresses),
        };
        if wanted != held {
            if self.version()?.events > 0 {
                return Err(StoreError::Privacy { held, wanted });
            }
            marker.privacy = wanted;
            marker.write(self.path())?;
        }
        Ok(wanted)
    }
}

impl Marker {
    /// Whether tables of the store may lack columns.
    pub(super) const fn is_behind(&self) -> bool {
        self.columns < COLUMNS
    }

    pub(super) fn read(path: &Path) -> Result<Self, StoreError> {
        let marker = path.join(MARKER);
        let text = match fs::read(&marker) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(missing(path));
            }
            Err(error) => return Err(file_error(&marker, error)),
        };
        let found: Self = serde_json::from_slice(&text).map_err(|error| StoreError::Marker {
            path: marker,
            reason: error.to_string(),
        })?;
        if found.schema == SCHEMA {
            Ok(found)
        } else {
            Err(StoreError::OtherVersion {
                path: path.to_owned(),
                found: found.schema,
                expected: SCHEMA,
            })
        }
    }

    /// Writes the marker, with the columns of now, beside its place and then into it, so that it is
    /// never half a marker.
    pub(super) fn write(&self, path: &Path) -> Result<(), StoreError> {
        let marker = path.join(MARKER);
        let now = Self {
            schema: self.schema.clone(),
            columns: COLUMNS,
            privacy: self.privacy,
        };
        let text = serde_json::to_string(&now).map_err(|error| StoreError::Marker {
            path: marker.clone(),
            reason: error.to_string(),
        })?;
        let beside = path.join(format!("{MARKER}.new"));
        fs::write(&beside, format!("{text}\n")).map_err(|source| file_error(&beside, source))?;
        fs::rename(&beside, &marker).map_err(|source| file_error(&marker, source))
    }
}

/// Whether the store in a folder is of old: it may lack columns and tables.
pub(crate) fn is_behind(path: &Path) -> bool {
    Marker::read(path).is_ok_and(|marker| marker.is_behind())
}

/// Makes an empty folder a store.
pub(super) fn make(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(|source| file_error(path, source))?;
    let mut entries = fs::read_dir(path).map_err(|source| file_error(path, source))?;
    if entries.next().is_some() {
        return Err(StoreError::NotAStore {
            path: path.to_owned(),
        });
    }
    let marker = Marker {
        schema: SCHEMA.to_owned(),
        columns: COLUMNS,
        privacy: Privacy::default(),
    };
    marker.write(path)
}

fn missing(path: &Path) -> StoreError {
    let empty = fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
    let path = path.to_owned();
    if empty {
        StoreError::Missing { path }
    } else {
        StoreError::NotAStore { path }
    }
}
