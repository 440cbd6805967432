//! The key of the pseudonyms: given in a file, or made in the store and readable by its owner only.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use fidoscope_analytics::Store;
use fidoscope_events::{Addresses, Ids, Privacy, Pseudonyms, Users, parse_key};

use crate::cli::People;
use crate::failure::Failure;
use crate::store;

/// What a store holds of people from now on, under the key that it has or gets now.
pub(crate) fn settle(store: &Store, folder: &Path, people: &People) -> Result<Pseudonyms, Failure> {
    let given = people.pii_key.as_deref();
    let users: Option<Users> = people.pii.map(Into::into);
    let addresses: Option<Addresses> = people.ip.map(Into::into);
    let has_key = given.is_some() || !store::is_remote(folder);
    let privacy = store.settle_privacy(users, addresses, has_key);
    let privacy = privacy.map_err(store::failure)?;
    if let Some(days) = people.quarantine_days {
        store.settle_term(days).map_err(store::failure)?;
    }
    let key = match given {
        Some(file) => read(file).map_err(Failure::invalid)?,
        None if !store::is_remote(folder) => store.own_key(random).map_err(store::failure)?,
        None => without(store, folder, privacy)?,
    };
    let pseudonyms = Pseudonyms::new(key).with_privacy(privacy);
    store.settle_key(&pseudonyms).map_err(store::failure)
}

/// The pseudonyms of a store that is only read.
pub(crate) fn of_store(
    store: &Store,
    folder: &Path,
    given: Option<&Path>,
) -> Result<Pseudonyms, Failure> {
    let privacy = store.held().map_err(store::failure)?.privacy;
    let kept = || store.kept_key().map_err(store::failure);
    let key = match given {
        Some(file) => read(file).map_err(Failure::invalid)?,
        None => match kept()? {
            Some(key) => key,
            None => without(store, folder, privacy)?,
        },
    };
    let pseudonyms = Pseudonyms::new(key).with_privacy(privacy);
    store.check_key(&pseudonyms).map_err(store::failure)?;
    Ok(pseudonyms)
}

/// The key under which a store is made of another one, and whether the new one has it in itself. Where
/// nothing is under a key, that is a new one.
pub(crate) fn of_copy(
    store: &Store,
    old: &Path,
    new: &Path,
    given: Option<&Path>,
) -> Result<([u8; 32], bool), Failure> {
    if let Some(file) = given {
        return Ok((read(file).map_err(Failure::invalid)?, false));
    }
    if store::is_remote(new) {
        let error = anyhow!("{} keeps no key beside its events", new.display());
        return Err(Failure::usage(error).help(
            "copy the key of the old store to where it stays, and name it with --pii-key FILE",
        ));
    }
    let privacy = store.held().map_err(store::failure)?.privacy;
    match store.kept_key().map_err(store::failure)? {
        Some(key) => Ok((key, true)),
        None if privacy.users == Users::Drop => {
            let key = random().map_err(Failure::machine)?;
            Ok((key, true))
        }
        None => {
            let error = anyhow!("{} keeps no key beside its events", old.display());
            Err(Failure::usage(error).help("name the key that was used with --pii-key FILE"))
        }
    }
}

/// No key, where nothing is hidden under one.
fn without(store: &Store, folder: &Path, privacy: Privacy) -> Result<[u8; 32], Failure> {
    let ids = store.held().map_err(store::failure)?.ids;
    if privacy.users == Users::Drop && ids == Ids::Plain {
        return Ok([0; 32]);
    }
    let error = anyhow!("{} keeps no key beside its events", folder.display());
    Err(Failure::usage(error).help(
        "name a file of 64 hexadecimal digits with --pii-key FILE (openssl rand -hex 32 makes one), \
         or keep nothing of users with --pii drop",
    ))
}

fn read(file: &Path) -> anyhow::Result<[u8; 32]> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse_key(text.trim()).with_context(|| format!("{} does not hold a key", file.display()))
}

/// From the system itself: a generator of its own would first gather entropy for a sixth of a second.
fn random() -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| io::Error::other(format!("no source of randomness: {error}")))?;
    Ok(key)
}
