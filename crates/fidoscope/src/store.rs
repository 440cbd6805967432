//! Opens stores, and says whose fault a failure is.

use std::ffi::OsString;
use std::path::Path;

use fidoscope_analytics::{Place, Remote, Store, StoreError};
use fidoscope_report::number;

use crate::cli::MemoryArg;
use crate::clock;
use crate::commands::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Phases;

/// A store that must be there.
pub(crate) fn open(path: &Path) -> Result<Store, Failure> {
    let store = Store::open(place(path)?).map_err(failure)?;
    Ok(store.by_clock(clock::now))
}

/// A store that is only read; says what an older one lacks where it cannot be written.
pub(crate) fn open_to_read(path: &Path, output: &Output) -> Result<Store, Failure> {
    let phases = Phases::begin(output, "opening the store");
    let store = Store::open_to_read(place(path)?).map_err(failure)?;
    drop(phases);
    for lack in store.behind() {
        output.say(&format!("warning: {lack}"));
    }
    Ok(store.by_clock(clock::now))
}

/// The same, with queries that take no more memory than was named.
pub(crate) fn open_to_query(
    path: &Path,
    memory: MemoryArg,
    output: &Output,
) -> Result<Store, Failure> {
    let store = open_to_read(path, output)?;
    Ok(match memory.bytes() {
        Some(bytes) => store.within_memory(bytes),
        None => store,
    })
}

/// A store that another one is made of; nothing is written in it.
pub(crate) fn open_to_copy(path: &Path) -> Result<Store, Failure> {
    let store = Store::open_to_copy(place(path)?).map_err(failure)?;
    Ok(store.by_clock(clock::now))
}

/// A store that is made when it is not there.
pub(crate) fn create_or_open(path: &Path) -> Result<Store, Failure> {
    let store = Store::create_or_open(place(path)?).map_err(failure)?;
    Ok(store.by_clock(clock::now))
}

/// Where `--store` says that a store lies.
pub(crate) fn place(path: &Path) -> Result<Place, Failure> {
    Place::parse(path, options()).map_err(failure)
}

/// Whether `--store` names a place in an object store: there is no folder for files of our own then.
pub(crate) fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(Remote::is_meant)
}

/// Logs in an object store.
pub(crate) fn remote(url: &str) -> Result<Remote, Failure> {
    Remote::parse(url, options()).map_err(failure)
}

/// What the environment says about an object store and who may use it.
fn options() -> impl Iterator<Item = (String, String)> {
    // TLS by the same library as everywhere else; another may have settled that already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let all = std::env::vars_os().filter_map(text);
    all.filter(|(name, _)| name.starts_with("AWS_"))
}

/// Brings stored minutes up to date where that can be done. Nothing depends on it: what they lack is
/// counted from the events.
pub(crate) fn count_minutes(store: &Store, context: Context<'_>) {
    let phases = Phases::begin(context.output, "counting minutes");
    let updated = store.update_minutes(context.now());
    drop(phases);
    match updated {
        Ok(_) | Err(StoreError::Busy { .. }) => {}
        Err(error) => context.output.say(&format!(
            "note: minutes cannot be stored ({error}); counted from the events"
        )),
    }
}

/// What to do about lines that no mapping recognises.
pub(crate) fn name_a_source(known: &str) -> String {
    format!("name the source with --source; there are {known}")
}

/// Forgets lines that could not be read and are older than the store's term. What cannot be forgotten now
/// is said, and forgotten later.
pub(crate) fn forget(store: &Store, context: Context<'_>) {
    match store.forget_quarantine(clock::now()) {
        Ok(forgotten) if forgotten.lines > 0 => context.output.say(&format!(
            "{} quarantined lines were older than the store keeps them and are gone",
            number::count(forgotten.lines)
        )),
        Ok(_) | Err(StoreError::Busy { .. }) => {}
        Err(error) => {
            let warning = format!("warning: old quarantined lines are still there: {error}");
            context.output.say(&warning);
        }
    }
}

/// The failure that an error of the engine amounts to.
pub(crate) fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::Missing { .. } => Failure::invalid(error)
            .help("make one with `fidoscope ingest PATH`, or name another with --store DIR"),
        StoreError::NotAStore { .. } => {
            Failure::invalid(error).help("name an empty or a new folder with --store DIR")
        }
        StoreError::UnknownSource { ref known, .. } => {
            let help = name_a_source(known);
            Failure::invalid(error).help(help)
        }
        StoreError::Memory => Failure::machine(error)
            .help("give `detect` or `query` more, with --memory SIZE, or ask for less"),
        StoreError::LostKey { .. } => Failure::invalid(error)
            .help("put it back from a copy, or name the key that was used with --pii-key FILE"),
        StoreError::OtherKey { .. } => Failure::usage(error).help(
            "name the key that was used with --pii-key FILE (leave it out for the one in the store), \
             or another store with --store DIR",
        ),
        StoreError::Begun { .. } => Failure::invalid(error).help(
            "if nothing is making it any more, delete it and make it again, or name another place",
        ),
        StoreError::NotRekeyed { .. } => Failure::usage(error).help(
            "read the logs into a new store, with another --pii-key or --pii: `fidoscope ingest LOGS --store NEW`",
        ),
        StoreError::Taken { .. } | StoreError::Inside { .. } => {
            Failure::usage(error).help("name an empty or a new folder")
        }
        StoreError::OtherVersion { .. }
        | StoreError::Foreign { .. }
        | StoreError::Newer { .. }
        | StoreError::Key { .. }
        | StoreError::Marker { .. }
        | StoreError::Blank { .. }
        | StoreError::Input { .. }
        | StoreError::Rule { .. } => Failure::invalid(error),
        StoreError::Place { .. }
        | StoreError::Privacy { .. }
        | StoreError::NoSuchMapping { .. }
        | StoreError::NoSuchSource { .. }
        | StoreError::NotAQuery { .. }
        | StoreError::Parameter { .. }
        | StoreError::UnknownColumn { .. }
        | StoreError::UnknownPanel { .. } => Failure::usage(error),
        error => Failure::machine(error),
    }
}
