//! The file that says that a folder is a store, of which version, and what it holds of people.

use fidoscope_events::{Addresses, Privacy, Users};
use serde::{Deserialize, Serialize};

use super::{Ground, Store};
use crate::StoreError;

/// Name of the file.
pub(crate) const MARKER: &str = "fidoscope.json";

const SCHEMA: &str = "fidoscope.store/1";

/// Counts up when a table gets more columns, so that the tables of older stores get them too.
const COLUMNS: u32 = 4;

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
        let mut marker = Marker::read(&self.ground)?;
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
            marker.write(&self.ground)?;
        }
        Ok(wanted)
    }
}

impl Marker {
    /// Whether tables of the store may lack columns.
    pub(super) const fn is_behind(&self) -> bool {
        self.columns < COLUMNS
    }

    pub(super) fn read(ground: &Ground) -> Result<Self, StoreError> {
        let Some(text) = ground.read(MARKER)? else {
            return Err(missing(ground));
        };
        let found: Self = serde_json::from_slice(&text).map_err(|error| StoreError::Marker {
            path: ground.name_of(MARKER),
            reason: error.to_string(),
        })?;
        if found.schema == SCHEMA {
            Ok(found)
        } else {
            Err(StoreError::OtherVersion {
                path: ground.name_of(""),
                found: found.schema,
                expected: SCHEMA,
            })
        }
    }

    /// Writes the marker, with the columns of now, in one step, so that it is never half a marker.
    pub(super) fn write(&self, ground: &Ground) -> Result<(), StoreError> {
        let now = Self {
            schema: self.schema.clone(),
            columns: COLUMNS,
            privacy: self.privacy,
        };
        let text = serde_json::to_string(&now).map_err(|error| StoreError::Marker {
            path: ground.name_of(MARKER),
            reason: error.to_string(),
        })?;
        ground.write(MARKER, format!("{text}\n"))
    }
}

/// Whether a store is of old: it may lack columns and tables.
pub(crate) fn is_behind(ground: &Ground) -> bool {
    Marker::read(ground).is_ok_and(|marker| marker.is_behind())
}

/// Makes an empty place a store.
pub(super) fn make(ground: &Ground) -> Result<(), StoreError> {
    if !ground.is_empty()? {
        // Somebody else may have made one just now.
        if ground.read(MARKER)?.is_some() {
            return Ok(());
        }
        return Err(StoreError::NotAStore {
            path: ground.name_of(""),
        });
    }
    let marker = Marker {
        schema: SCHEMA.to_owned(),
        columns: COLUMNS,
        privacy: Privacy::default(),
    };
    marker.write(ground)
}

fn missing(ground: &Ground) -> StoreError {
    let path = ground.name_of("");
    if ground.is_empty().unwrap_or(true) {
        StoreError::Missing { path }
    } else {
        StoreError::NotAStore { path }
    }
}
