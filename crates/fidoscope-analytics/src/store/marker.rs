//! The file that says that a folder is a store, of which version, and what it holds of people.

use bytes::Bytes;
use fidoscope_events::{Addresses, Column, Ids, Privacy, Users};
use serde::{Deserialize, Serialize};

use super::key::Bound;
use super::{Files, Place, Readers, Tables};
use crate::StoreError;

/// Name of the file.
pub(crate) const MARKER: &str = "fidoscope.json";

const SCHEMA: &str = "fidoscope.store/1";

/// Schema of the marker of a store that is being made of another one. Whoever opens it is refused until
/// its own marker takes the place of this one, in one step.
const BEGUN: &str = "fidoscope.store-begun/1";

/// Counts up when a table gets more columns, so that the tables of older stores get them too: those of
/// the events by themselves, those of the other tables by hand. Columns are never taken away.
const COLUMNS: u32 = 4 + (Column::STORED - OF_OLD);

/// Columns of the events when they were first counted.
const OF_OLD: u32 = 77;

/// What the marker of a store says. It is read strictly: a word that this version does not know was
/// written by a newer one, and would be lost with the next writing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marker {
    schema: String,
    #[serde(default)]
    columns: u32,
    /// Absent in the stores of old, which have the usual.
    #[serde(default)]
    pub(crate) privacy: Privacy,
    /// How identifiers are made of lines. It never changes; absent in the stores of old, which are plain.
    #[serde(default)]
    pub(crate) ids: Ids,
    /// The key under which people are stored, once some are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Bound>,
    /// Days that lines stay which could not be read.
    #[serde(default = "usual_term")]
    quarantine_days: u32,
}

/// Days that lines stay which could not be read, unless another term was chosen.
const fn usual_term() -> u32 {
    30
}

/// What says which version wrote a marker.
#[derive(Deserialize)]
struct Head {
    schema: String,
    #[serde(default)]
    columns: u32,
    /// The store that this one is made of.
    #[serde(default)]
    from: String,
}

/// What is written where a store is begun.
#[derive(Serialize)]
struct Begun {
    schema: &'static str,
    from: String,
}

/// What a store holds of people, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Held {
    /// Users and addresses.
    pub privacy: Privacy,
    /// How identifiers are made of the lines of logs.
    pub ids: Ids,
    /// What tells the key of the pseudonyms from others, once there is one.
    pub key: Option<String>,
    /// Days that lines stay which could not be read.
    pub quarantine_days: u32,
}

impl Tables {
    /// Settles what this store holds of people: what is asked for, else what it has, else the usual. A
    /// store that has events already keeps its choice. Without a key at hand identifiers stay plain
    /// where users are dropped.
    pub fn settle_privacy(
        &self,
        users: Option<Users>,
        addresses: Option<Addresses>,
        has_key: bool,
    ) -> Result<Privacy, StoreError> {
        let held = Marker::read(&self.files)?.privacy;
        let wanted = Privacy {
            users: users.unwrap_or(held.users),
            addresses: addresses.unwrap_or(held.addresses),
        };
        let version = self.version()?;
        if wanted != held && version.events > 0 {
            return Err(StoreError::Privacy { held, wanted });
        }
        let hides = match wanted.users {
            Users::Keep => false,
            Users::Hash => true,
            Users::Drop => has_key,
        };
        self.files.amend(MARKER, &mut |text: Bytes| {
            let before = Marker::parse(&self.files, &text)?;
            let ids = match (before.made_keyed(), version.inputs) {
                // Nothing was named yet.
                (true, 0) if !hides => Ids::Plain,
                _ => before.ids,
            };
            if before.privacy == wanted && before.ids == ids {
                return Ok(None);
            }
            let after = Marker {
                privacy: wanted,
                ids,
                ..before
            };
            after.text(&self.files).map(Some)
        })?;
        Ok(wanted)
    }

    /// Settles how many days lines stay that could not be read.
    pub fn settle_term(&self, days: u32) -> Result<(), StoreError> {
        self.files.amend(MARKER, &mut |text: Bytes| {
            let mut marker = Marker::parse(&self.files, &text)?;
            if marker.quarantine_days == days {
                return Ok(None);
            }
            marker.quarantine_days = days;
            marker.text(&self.files).map(Some)
        })
    }

    /// What this store holds of people, and how.
    pub fn held(&self) -> Result<Held, StoreError> {
        let marker = Marker::read(&self.files)?;
        Ok(Held {
            privacy: marker.privacy,
            ids: marker.ids,
            key: marker.key.map(|key| key.fingerprint),
            quarantine_days: marker.quarantine_days,
        })
    }
}

impl Marker {
    /// Whether tables of the store may lack columns.
    pub(super) const fn is_behind(&self) -> bool {
        self.columns < COLUMNS
    }

    fn made_keyed(&self) -> bool {
        self.ids == Ids::Keyed
    }

    pub(crate) fn read(files: &Files) -> Result<Self, StoreError> {
        match files.read(MARKER)? {
            Some(text) => Self::parse(files, &text),
            None => Err(missing(files)),
        }
    }

    pub(super) fn parse(files: &Files, text: &[u8]) -> Result<Self, StoreError> {
        let unreadable = |error: serde_json::Error| StoreError::Marker {
            path: files.name_of(MARKER),
            reason: error.to_string(),
        };
        let head: Head = serde_json::from_slice(text).map_err(unreadable)?;
        if head.schema == BEGUN {
            return Err(StoreError::Begun {
                path: files.name_of(""),
                from: head.from,
            });
        }
        if head.schema != SCHEMA {
            return Err(StoreError::OtherVersion {
                path: files.name_of(""),
                found: head.schema,
                expected: SCHEMA,
            });
        }
        if head.columns > COLUMNS {
            return Err(StoreError::Newer {
                path: files.name_of(""),
                found: head.columns,
                known: COLUMNS,
            });
        }
        serde_json::from_slice(text).map_err(unreadable)
    }

    /// The same of a store with the tables of now, whose identifiers are keyed.
    pub(crate) fn keyed(self, key: Bound) -> Self {
        Self {
            columns: COLUMNS,
            ids: Ids::Keyed,
            key: Some(key),
            ..self
        }
    }

    /// The bytes of the file.
    pub(super) fn text(&self, files: &Files) -> Result<String, StoreError> {
        text_of(files, self)
    }
}

fn text_of(files: &Files, content: &impl Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(content).map_err(|error| StoreError::Marker {
        path: files.name_of(MARKER),
        reason: error.to_string(),
    })?;
    Ok(format!("{text}\n"))
}

/// Says in an empty place that a store is being made there of another one. Of several who do so at the
/// same time one does it.
pub(super) fn begin(files: &Files, from: &Place) -> Result<(), StoreError> {
    let begun = Begun {
        schema: BEGUN,
        from: from.to_string(),
    };
    let text = text_of(files, &begun)?;
    let is_empty = files.is_empty()?;
    if is_empty && files.make(MARKER, text, Readers::Usual)? {
        return Ok(());
    }
    let path = files.name_of("");
    if files.read(MARKER)?.is_none() {
        return Err(StoreError::NotAStore { path });
    }
    Err(match Marker::read(files) {
        Err(begun @ StoreError::Begun { .. }) => begun,
        _ => StoreError::Taken { path },
    })
}

/// Makes what was begun a store.
pub(crate) fn complete(files: &Files, marker: &Marker) -> Result<(), StoreError> {
    files.replace(MARKER, marker.text(files)?, Readers::Usual)
}

/// Says that the tables have the columns of now.
pub(super) fn is_extended(files: &Files) -> Result<(), StoreError> {
    files.amend(MARKER, &mut |text: Bytes| {
        let mut marker = Marker::parse(files, &text)?;
        if !marker.is_behind() {
            return Ok(None);
        }
        marker.columns = COLUMNS;
        marker.text(files).map(Some)
    })
}

/// Whether a store is of old: it may lack columns and tables.
pub(crate) fn is_behind(files: &Files) -> bool {
    Marker::read(files).is_ok_and(|marker| marker.is_behind())
}

/// Makes an empty place a store. Somebody else may do so at the same time: the first marker stays.
pub(super) fn make(files: &Files) -> Result<(), StoreError> {
    if !files.is_empty()? {
        // Somebody else may have made one just now.
        if files.read(MARKER)?.is_some() {
            return Ok(());
        }
        return Err(StoreError::NotAStore {
            path: files.name_of(""),
        });
    }
    let marker = Marker {
        schema: SCHEMA.to_owned(),
        columns: COLUMNS,
        privacy: Privacy::default(),
        ids: Ids::Keyed,
        key: None,
        quarantine_days: usual_term(),
    };
    let text = marker.text(files)?;
    files.make(MARKER, text, Readers::Usual).map(|_| ())
}

fn missing(files: &Files) -> StoreError {
    let path = files.name_of("");
    if files.is_empty().unwrap_or(true) {
        StoreError::Missing { path }
    } else {
        StoreError::NotAStore { path }
    }
}
