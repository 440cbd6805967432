//! The key of the pseudonyms: in a file of the store, or elsewhere.
//!
//! Under another key every person gets another name, and nobody would notice: events of one user lie
//! under two pseudonyms, sums per user are wrong, and a list of privileged users finds nobody. So the
//! marker keeps what tells the key from others as soon as something is stored under it, and whatever
//! reads or writes pseudonyms is refused under another one. A key that is gone is not made anew.

use std::io;

use bytes::Bytes;
use fidoscope_events::{Ids, NoKey, Pseudonyms, Users, key_text, parse_key};
use serde::{Deserialize, Serialize};

use super::marker::{MARKER, Marker};
use super::{Files, Readers, Tables};
use crate::StoreError;

#[cfg(test)]
mod tests;

/// Name of the file of a key that was made in its store.
pub(crate) const KEY: &str = "pseudonym.key";

/// What the marker says about the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bound {
    /// What tells it from others.
    pub(crate) fingerprint: String,
    /// Whether it lies in the store.
    pub(crate) in_store: bool,
}

impl Tables {
    /// The key that lies in the store; made of `random` where nothing is stored under one yet. Who can
    /// read an object store is nothing that a program could settle, so none is made there.
    pub fn own_key(
        &self,
        random: impl FnOnce() -> io::Result<[u8; 32]>,
    ) -> Result<[u8; 32], StoreError> {
        // In this order: whoever stored something has made the key before that.
        let has_people = self.has_people()?;
        let marker = Marker::read(&self.files)?;
        if let Some(key) = read(self.files())? {
            return Ok(key);
        }
        let path = self.files.name_of(KEY);
        if has_people || marker.key.as_ref().is_some_and(|key| key.in_store) {
            return Err(StoreError::LostKey {
                path,
                elsewhere: marker.key.as_ref().is_some_and(|key| !key.in_store),
                fingerprint: marker.key.map(|key| key.fingerprint),
            });
        }
        let refused = |source| StoreError::File {
            path: path.clone(),
            source,
        };
        let text = format!("{}\n", key_text(&random().map_err(refused)?));
        let made = match self.files.read(KEY)? {
            // What a full disk left of the key of a store that has nothing yet.
            Some(_) => self.files.replace(KEY, text, Readers::Owner).map(|()| true),
            None => self.files.make(KEY, text, Readers::Owner),
        };
        made?;
        // Somebody else may have made one just now.
        read(self.files())?.ok_or(StoreError::LostKey {
            path,
            fingerprint: None,
            elsewhere: false,
        })
    }

    /// The key that lies in the store, if there is one.
    pub fn kept_key(&self) -> Result<Option<[u8; 32]>, StoreError> {
        read(self.files())
    }

    /// Refuses a key that is not the one of what is stored.
    pub fn check_key(&self, pseudonyms: &Pseudonyms) -> Result<(), StoreError> {
        let marker = Marker::read(&self.files)?;
        self.agrees(&marker, pseudonyms).map(|_| ())
    }

    /// The pseudonyms as this store has them. The key is remembered; another one is refused.
    pub fn settle_key(&self, pseudonyms: &Pseudonyms) -> Result<Pseudonyms, StoreError> {
        let marker = Marker::read(&self.files)?;
        let ids = marker.ids;
        let settled = pseudonyms.clone().with_ids(ids);
        let unused = settled.privacy().users == Users::Drop && ids == Ids::Plain;
        if unused || self.agrees(&marker, pseudonyms)? {
            return Ok(settled);
        }
        let own = read(&self.files)?.map(|key| Pseudonyms::new(key).fingerprint());
        let fingerprint = pseudonyms.fingerprint();
        let bound = Bound {
            in_store: own.as_ref() == Some(&fingerprint),
            fingerprint,
        };
        self.files.amend(MARKER, &mut |text: Bytes| {
            // As it is now: another process may have been first.
            let mut marker = Marker::parse(&self.files, &text)?;
            if self.agrees(&marker, pseudonyms)? {
                return Ok(None);
            }
            marker.key = Some(bound.clone());
            marker.text(&self.files).map(Some)
        })?;
        Ok(settled)
    }

    /// Whether the key is the one that is remembered; `false` where none is, or nothing is stored yet.
    fn agrees(&self, marker: &Marker, pseudonyms: &Pseudonyms) -> Result<bool, StoreError> {
        let found = pseudonyms.fingerprint();
        let expected = match &marker.key {
            Some(key) if key.fingerprint == found => return Ok(true),
            Some(key) => key.fingerprint.clone(),
            // A store of old remembers nothing; a key in it is the one that it was filled with.
            None => match read(&self.files)? {
                Some(key) => Pseudonyms::new(key).fingerprint(),
                None => return Ok(false),
            },
        };
        if expected == found || !self.has_people()? {
            return Ok(false);
        }
        Err(StoreError::OtherKey {
            path: self.files.name_of(""),
            expected,
            found,
        })
    }

    /// Puts a key into a store that is being made.
    pub(crate) fn put_key(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        let text = format!("{}\n", key_text(key));
        self.files.make(KEY, text, Readers::Owner).map(|_| ())
    }

    /// Whether something is stored under a key.
    fn has_people(&self) -> Result<bool, StoreError> {
        let version = self.version()?;
        Ok(version.events > 0 || version.inputs > 0)
    }
}

/// The key in a store. An empty file is none: older versions left that on a full disk.
fn read(files: &Files) -> Result<Option<[u8; 32]>, StoreError> {
    let Some(bytes) = files.read(KEY)?.filter(|bytes| !bytes.is_empty()) else {
        return Ok(None);
    };
    parse(&bytes).map(Some).map_err(|reason| StoreError::Key {
        path: files.name_of(KEY),
        reason,
    })
}

fn parse(bytes: &[u8]) -> Result<[u8; 32], String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no text".to_owned())?;
    parse_key(text.trim()).map_err(|error: NoKey| error.to_string())
}

/// What is wrong with the key of a store.
pub(crate) fn faults(files: &Files, marker: &Marker) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    match (files.read(KEY)?, &marker.key) {
        (None, Some(key)) if key.in_store => faults.push(format!(
            "the key of the pseudonyms is gone; its fingerprint was {}",
            key.fingerprint
        )),
        (None, _) => {}
        (Some(bytes), bound) => {
            match parse(&bytes) {
                Err(reason) => faults.push(format!("does not hold a key: {reason}")),
                Ok(found) => {
                    let found = Pseudonyms::new(found).fingerprint();
                    let other = bound.as_ref().filter(|key| key.in_store);
                    if let Some(key) = other.filter(|key| key.fingerprint != found) {
                        faults.push(format!(
                            "holds the key {found}, and the pseudonyms are under {}",
                            key.fingerprint
                        ));
                    }
                    faults.extend(files.others_read(KEY).map(|mode| {
                        format!("may be read by others than its owner (mode {mode:o})")
                    }));
                }
            }
        }
    }
    Ok(faults)
}
