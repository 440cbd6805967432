//! Makes a store whose identifiers of lines are keyed of one where they are plain.
//!
//! A store of old names events that have no name of their own, and inputs, by hashes of their lines that
//! anybody can compute: who reads it and knows a line but for the name of its user tries the names until
//! the hash agrees. In the new store the hash of each such hash under the key of the pseudonyms takes its
//! place, which is what an ingest under that key would have written: no log is needed for it.
//!
//! Exactly once is carried over. The new name of an input is a function of the old one and of the key,
//! one to one but for collisions of hashes, and all that an ingest compares goes through it alike: its
//! identity, the digests of its steps, the number that its events, its quarantined lines and the positions
//! of the tables bear (see `ingest/position.rs`). So the same log is the same input, and is read from where
//! it was. Credentials and minutes name neither events nor inputs, and are taken over as they are, with
//! how far they are: what they lack in the old store they lack in the new one, until the next update.
//!
//! The users stay under the key that they are under. Under another one each would be another person, and
//! the plain name that a new pseudonym is made of is in no store; a hash of the old pseudonym would not
//! be the one of the next line that names the same user. The same holds for identifiers that are keyed
//! already: what is compared with the hash of a line under the new key would be a hash of one under the
//! old. So another key is refused, and so is a store that is keyed: to leave a key behind that others
//! know, the logs are read into a new store. A store that keeps users as they are gains nothing, because
//! what a guess would find is written beside the hash.
//!
//! An identifier of the form of ours may be the log's own: nothing tells 32 hexadecimal digits from others.
//! It is keyed like ours, because a name that can be guessed is worse than an identifier that cannot be
//! looked up; what is lost is that the same event in another log, which is read later, is not known
//! to be the same. Who knows that a source gives such identifiers names it
//! ([`RekeyOptions::own_ids`]).
//!
//! The new store is whole or none: its place is taken, in one step, by a marker that every version of
//! the program refuses; the tables are written; then its own marker takes the place of that one, in one step
//! as well. What is left where that does not come about is refused as what it is, by all commands, and
//! can be deleted. In the old store nothing is written, not even what an older one lacks. It may be written
//! to meanwhile: the events are looked at before the inputs, so that a position is among what was
//! announced, and what comes later is read into the new store from its log.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use deltalake::DeltaTable;
use deltalake::kernel::Transaction;
use fidoscope_events::{Ids, Pseudonyms, Users};
use serde::Serialize;

use crate::credentials::APPLICATION;
use crate::derived::{in_table, transaction};
use crate::ingest::application;
use crate::store::{Bound, Marker, NewFile, Place, RETENTION, Table, append, complete};
use crate::{StoreError, Tables};

mod carry;
mod names;
#[cfg(test)]
mod tests;

use carry::Carrier;
use names::Names;

/// How to make a keyed store.
#[derive(Clone)]
pub struct RekeyOptions {
    /// The time of the making.
    pub now: DateTime<Utc>,
    /// The key that the users of the store are hidden under.
    pub key: [u8; 32],
    /// Whether the new store has the key in itself.
    pub in_store: bool,
    /// Sources whose identifiers of 32 hexadecimal digits are all those of their logs.
    pub own_ids: BTreeSet<String>,
}

/// The key never shows.
impl std::fmt::Debug for RekeyOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RekeyOptions")
            .field("now", &self.now)
            .field("own_ids", &self.own_ids)
            .finish_non_exhaustive()
    }
}

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rekeyed {
    /// The sources of the events, by name.
    pub sources: Vec<RekeyedSource>,
    /// Quarantined lines.
    pub quarantined: u64,
    /// Inputs.
    pub inputs: u64,
    /// What tells the key from others.
    pub key: String,
    /// Whether the old store tells that this is its key; otherwise nothing does.
    pub is_known: bool,
}

/// The identifiers of the events of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RekeyedSource {
    /// Name of the source.
    pub source: String,
    /// Identifiers that are keyed now.
    pub keyed: u64,
    /// Identifiers of the log, which stayed as they are.
    pub left: u64,
}

/// A store that has everything and that nobody can open yet.
#[derive(Debug)]
pub struct RekeyedStore {
    store: Tables,
    marker: Marker,
    rekeyed: Rekeyed,
}

impl RekeyedStore {
    /// Lets it be opened.
    pub fn complete(self) -> Result<Rekeyed, StoreError> {
        complete(self.store.files(), &self.marker)?;
        Ok(self.rekeyed)
    }
}

impl Tables {
    /// Makes a store in an empty place that holds what this one holds, with keyed identifiers. `tell` is
    /// told each part before it is taken over.
    pub fn rekey(
        &self,
        place: Place,
        options: &RekeyOptions,
        mut tell: impl FnMut(&str),
    ) -> Result<RekeyedStore, StoreError> {
        self.check_rekey()?;
        let marker = Marker::read(self.files())?;
        let pseudonyms = Pseudonyms::new(options.key).with_privacy(marker.privacy);
        let is_known = self.knows_key(&marker, &pseudonyms)?;
        if place.lies_in(self.place()) {
            return Err(StoreError::Inside {
                path: place.to_string().into(),
                store: self.place().to_string().into(),
            });
        }
        let old = self.tables()?;
        let names = Names::read(self, &old.inputs, pseudonyms.clone(), &options.own_ids)?;
        names.check_sources()?;
        let work = Work {
            from: self,
            to: self.begin(place)?,
            old,
            names,
            now: options.now,
        };
        let rekeyed = Rekeyed {
            key: pseudonyms.fingerprint(),
            is_known,
            ..work.all(&mut tell)?
        };
        if options.in_store {
            work.to.put_key(&options.key)?;
        }
        let bound = Bound {
            fingerprint: rekeyed.key.clone(),
            in_store: options.in_store,
        };
        Ok(RekeyedStore {
            rekeyed,
            store: work.to,
            marker: marker.keyed(bound),
        })
    }

    /// The tables as they are now. Credentials and minutes first: their positions are of no later version
    /// of the events. Inputs last: what was announced is there for every position.
    fn tables(&self) -> Result<Old, StoreError> {
        let loaded = |table| self.has(table).then(|| self.load(table)).transpose();
        Ok(Old {
            credentials: loaded(Table::Credentials)?,
            minutes: loaded(Table::Minutes)?,
            events: self.load(Table::Events)?,
            quarantine: self.load(Table::Quarantine)?,
            inputs: self.load(Table::Inputs)?,
        })
    }

    /// Refuses a store that a key does not help.
    pub fn check_rekey(&self) -> Result<(), StoreError> {
        let marker = Marker::read(self.files())?;
        let refused = |reason| {
            Err(StoreError::NotRekeyed {
                path: self.place().to_string().into(),
                reason,
            })
        };
        match (marker.ids, marker.privacy.users) {
            (Ids::Keyed, _) => refused(
                "its identifiers are keyed already, and what they were made of is in the logs alone",
            ),
            (_, Users::Keep) => {
                refused("it keeps user identifiers as they are, so a key would hide nothing")
            }
            (_, Users::Hash | Users::Drop) => Ok(()),
        }
    }

    /// Refuses another key than that of the users. Says whether the store tells that this is theirs.
    fn knows_key(&self, marker: &Marker, pseudonyms: &Pseudonyms) -> Result<bool, StoreError> {
        if marker.privacy.users == Users::Drop {
            // Nothing is under a key yet.
            return Ok(true);
        }
        self.check_key(pseudonyms)?;
        let is_empty = self.version()?.events == 0;
        Ok(is_empty || marker.key.is_some() || self.kept_key()?.is_some())
    }
}

/// The tables of the old store, as they were at one time.
struct Old {
    events: DeltaTable,
    quarantine: DeltaTable,
    inputs: DeltaTable,
    /// This one and the next are lacking in stores of old.
    credentials: Option<DeltaTable>,
    minutes: Option<DeltaTable>,
}

/// Versions of the events of the new store.
struct Versions {
    /// The one that has what the table of credentials has; `None` where that is made anew.
    in_credentials: Option<u64>,
    newest: u64,
}

/// A store in the making.
struct Work<'a> {
    from: &'a Tables,
    to: Tables,
    old: Old,
    names: Names<'a>,
    now: DateTime<Utc>,
}

impl Work<'_> {
    fn all(&self, tell: &mut dyn FnMut(&str)) -> Result<Rekeyed, StoreError> {
        tell("keying the identifiers of events");
        let (sources, versions) = self.events()?;
        tell("taking over what could not be read");
        let quarantined = self.quarantine()?;
        tell("taking over the positions of inputs");
        self.inputs()?;
        tell("taking over credentials and minutes");
        self.credentials(&versions)?;
        self.minutes(&versions)?;
        Ok(Rekeyed {
            sources,
            quarantined,
            inputs: self.names.count(),
            ..Rekeyed::default()
        })
    }

    fn carrier(&self, kind: Table) -> Result<Carrier<'_>, StoreError> {
        Carrier::new(self.from, &self.to, kind, self.now)
    }

    /// Events that the credentials have are committed before the others, so that an update of the
    /// credentials reads those.
    fn events(&self) -> Result<(Vec<RekeyedSource>, Versions), StoreError> {
        let old = &self.old.events;
        let settled = match &self.old.credentials {
            Some(credentials) => in_table(self.from, credentials, APPLICATION, old)?,
            None => None,
        };
        let is_settled = |name: &str| settled.as_ref().is_some_and(|names| names.contains(name));
        let carrier = self.carrier(Table::Events)?;
        let mut ids = names::Identifiers::default();
        let (mut known, mut others) = (Vec::new(), Vec::new());
        for file in carrier.files(old)? {
            let files = carrier.renamed(&file, |rows| self.names.events(rows, &mut ids))?;
            match is_settled(&file.path()) {
                true => known.extend(files),
                false => others.extend(files),
            }
        }
        let mut positions = self.positions(old)?;
        positions.extend(self.position(old, RETENTION, RETENTION)?);
        let mut table = self.to.load(Table::Events)?;
        let has_others = !others.is_empty();
        if has_others && !known.is_empty() {
            let known = std::mem::take(&mut known);
            self.commit(&mut table, Table::Events, known, Vec::new())?;
        }
        let before = table.version().unwrap_or(0);
        let last = if has_others { others } else { known };
        if !last.is_empty() || !positions.is_empty() {
            self.commit(&mut table, Table::Events, last, positions)?;
        }
        let newest = table.version().unwrap_or(0);
        let reached = if has_others { before } else { newest };
        let versions = Versions {
            in_credentials: settled.map(|_| reached),
            newest,
        };
        Ok((ids.sources(), versions))
    }

    fn quarantine(&self) -> Result<u64, StoreError> {
        let old = &self.old.quarantine;
        let carrier = self.carrier(Table::Quarantine)?;
        let (mut new, mut lines) = (Vec::new(), 0);
        for file in carrier.files(old)? {
            let files = carrier.renamed(&file, |rows| {
                lines += u64::try_from(rows.num_rows()).unwrap_or(0);
                self.names.quarantine(rows, &self.to)
            })?;
            new.extend(files);
        }
        let mut table = self.to.load(Table::Quarantine)?;
        self.commit(&mut table, Table::Quarantine, new, self.positions(old)?)?;
        Ok(lines)
    }

    fn inputs(&self) -> Result<(), StoreError> {
        let carrier = self.carrier(Table::Inputs)?;
        let mut new = Vec::new();
        for file in carrier.files(&self.old.inputs)? {
            new.extend(carrier.renamed(&file, |rows| self.names.inputs(rows))?);
        }
        let mut table = self.to.load(Table::Inputs)?;
        self.commit(&mut table, Table::Inputs, new, Vec::new())
    }

    fn credentials(&self, versions: &Versions) -> Result<(), StoreError> {
        let (Some(old), Some(version)) = (&self.old.credentials, versions.in_credentials) else {
            return Ok(());
        };
        self.as_they_are(
            Table::Credentials,
            old,
            vec![transaction(APPLICATION, version)],
        )
    }

    fn minutes(&self, versions: &Versions) -> Result<(), StoreError> {
        let Some(old) = &self.old.minutes else {
            return Ok(());
        };
        let from = self.from;
        let positions = from.positions_of_copy(old, &self.old.events, versions.newest)?;
        self.as_they_are(Table::Minutes, old, positions)
    }

    fn as_they_are(
        &self,
        kind: Table,
        old: &DeltaTable,
        positions: Vec<Transaction>,
    ) -> Result<(), StoreError> {
        let carrier = self.carrier(kind)?;
        let files = carrier.files(old)?;
        let new = files.iter().map(|file| carrier.copied(file));
        let new = new.collect::<Result<Vec<_>, _>>()?;
        let mut table = self.to.load(kind)?;
        self.commit(&mut table, kind, new, positions)
    }

    /// How far the inputs are in a table, under their new names.
    fn positions(&self, old: &DeltaTable) -> Result<Vec<Transaction>, StoreError> {
        let mut positions = Vec::new();
        for (before, now) in self.names.pairs() {
            positions.extend(self.position(old, &application(before), &application(now))?);
        }
        Ok(positions)
    }

    fn position(
        &self,
        old: &DeltaTable,
        name: &str,
        new: &str,
    ) -> Result<Option<Transaction>, StoreError> {
        let version = self.from.transaction(old, name)?;
        Ok(version.map(|version| Transaction::new(new, version)))
    }

    fn commit(
        &self,
        table: &mut DeltaTable,
        kind: Table,
        files: Vec<NewFile>,
        positions: Vec<Transaction>,
    ) -> Result<(), StoreError> {
        let done = self
            .to
            .runtime()
            .block_on(append(table, kind, files, positions))?;
        done.ok_or(StoreError::Busy { table: kind.name() })
    }
}
