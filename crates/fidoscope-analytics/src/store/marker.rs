//! The file that says that a folder is a store, of which version, and what it holds of people.

use bytes::Bytes;
use fidoscope_events::{Addresses, Ids, Privacy, Users};
use serde::{Deserialize, Serialize};

use super::key::Bound;
use super::{Ground, Place, Readers, Store};
use crate::StoreError;

/// Name of the file.
pub(crate) const MARKER: &str = "fidoscope.json";

const SCHEMA: &str = "fidoscope.store/1";

/// Schema of the marker of a store that is being made of another one. Whoever opens it is refused until
/// its own marker takes the place of this one, in one step.
const BEGUN: &str = "fidoscope.store-begun/1";

/// Counts up when a table gets more columns, so that the tables of older stores get them too.
const COLUMNS: u32 = 4;

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

impl Store {
    /// Settles what this store holds of people: what is asked for, else what it has, else the usual. A
    /// store that has events already keeps its choice. Without a key at hand identifiers stay plain
    /// where users are dropped.
    pub fn settle_privacy(
        &self,
        users: Option<Users>,
        addresses: Option<Addresses>,
        has_key: bool,
    ) -> Result<Privacy, StoreError> {
        let held = Marker::read(&self.ground)?.privacy;
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
        self.ground.amend(MARKER, &mut |text: Bytes| {
            let before = Marker::parse(&self.ground, &text)?;
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
            after.text(&self.ground).map(Some)
        })?;
        Ok(wanted)
    }

    /// Settles how many days lines stay that could not be read.
    pub fn settle_term(&self, days: u32) -> Result<(), StoreError> {
        self.ground.amend(MARKER, &mut |text: Bytes| {
            let mut marker = Marker::parse(&self.ground, &text)?;
            if marker.quarantine_days == days {
                return Ok(None);
            }
            marker.quarantine_days = days;
            marker.text(&self.ground).map(Some)
        })
    }

    /// What this store holds of people, and how.
    pub fn held(&self) -> Result<Held, StoreError> {
        let marker = Marker::read(&self.ground)?;
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

    pub(crate) fn read(ground: &Ground) -> Result<Self, StoreError> {
        match ground.read(MARKER)? {
            Some(text) => Self::parse(ground, &text),
            None => Err(missing(ground)),
        }
    }

    pub(super) fn parse(ground: &Ground, text: &[u8]) -> Result<Self, StoreError> {
        let unreadable = |error: serde_json::Error| StoreError::Marker {
            path: ground.name_of(MARKER),
            reason: error.to_string(),
        };
        let head: Head = serde_json::from_slice(text).map_err(unreadable)?;
        if head.schema == BEGUN {
            return Err(StoreError::Begun {
                path: ground.name_of(""),
                from: head.from,
            });
        }
        if head.schema != SCHEMA {
            return Err(StoreError::OtherVersion {
                path: ground.name_of(""),
                found: head.schema,
                expected: SCHEMA,
            });
        }
        if head.columns > COLUMNS {
            return Err(StoreError::Newer {
                path: ground.name_of(""),
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
    pub(super) fn text(&self, ground: &Ground) -> Result<String, StoreError> {
        text_of(ground, self)
    }
}

fn text_of(ground: &Ground, content: &impl Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(content).map_err(|error| StoreError::Marker {
        path: ground.name_of(MARKER),
        reason: error.to_string(),
    })?;
    Ok(format!("{text}\n"))
}

/// Says in an empty place that a store is being made there of another one. Of several who do so at the
/// same time one does it.
pub(super) fn begin(ground: &Ground, from: &Place) -> Result<(), StoreError> {
    let begun = Begun {
        schema: BEGUN,
        from: from.to_string(),
    };
    let text = text_of(ground, &begun)?;
    let is_empty = ground.is_empty()?;
    if is_empty && ground.make(MARKER, text, Readers::Usual)? {
        return Ok(());
    }
    let path = ground.name_of("");
    if ground.read(MARKER)?.is_none() {
        return Err(StoreError::NotAStore { path });
    }
    Err(match Marker::read(ground) {
        Err(begun @ StoreError::Begun { .. }) => begun,
        _ => StoreError::Taken { path },
    })
}

/// Makes what was begun a store.
pub(crate) fn complete(ground: &Ground, marker: &Marker) -> Result<(), StoreError> {
    ground.replace(MARKER, marker.text(ground)?, Readers::Usual)
}

/// Says that the tables have the columns of now.
pub(super) fn is_extended(ground: &Ground) -> Result<(), StoreError> {
    ground.amend(MARKER, &mut |text: Bytes| {
        let mut marker = Marker::parse(ground, &text)?;
        if !marker.is_behind() {
            return Ok(None);
        }
        marker.columns = COLUMNS;
        marker.text(ground).map(Some)
    })
}

/// Whether a store is of old: it may lack columns and tables.
pub(crate) fn is_behind(ground: &Ground) -> bool {
    Marker::read(ground).is_ok_and(|marker| marker.is_behind())
}

/// Makes an empty place a store. Somebody else may do so at the same time: the first marker stays.
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
        ids: Ids::Keyed,
        key: None,
        quarantine_days: usual_term(),
    };
    let text = marker.text(ground)?;
    ground.make(MARKER, text, Readers::Usual).map(|_| ())
}

fn missing(ground: &Ground) -> StoreError {
    let path = ground.name_of("");
    if ground.is_empty().unwrap_or(true) {
        StoreError::Missing { path }
    } else {
        StoreError::NotAStore { path }
    }
}
