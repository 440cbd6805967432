//! Opens stores, and says whose fault a failure is.

use std::path::Path;

use fidoscope_analytics::{Store, StoreError};

use crate::commands::Context;
use crate::failure::Failure;

/// A store that must be there.
pub(crate) fn open(path: &Path) -> Result<Store, Failure> {
    Store::open(path).map_err(failure)
}

/// A store that is made when it is not there.
pub(crate) fn create_or_open(path: &Path) -> Result<Store, Failure> {
    Store::create_or_open(path).map_err(failure)
}

/// Brings stored minutes up to date where that can be done. Nothing depends on it: what they lack is
/// counted from the events.
pub(crate) fn count_minutes(store: &Store, context: Context<'_>) {
    match store.update_minutes(context.now()) {
        Ok(_) | Err(StoreError::Busy { .. }) => {}
        Err(error) => context.output.say(&format!(
            "note: minutes cannot be stored ({error}); counted from the events"
        )),
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
        StoreError::OtherVersion { .. }
        | StoreError::Marker { .. }
        | StoreError::UnknownSource { .. }
        | StoreError::JsonArray { .. }
        | StoreError::Input { .. }
        | StoreError::Rule { .. } => Failure::invalid(error),
        StoreError::Privacy { .. }
        | StoreError::NoSuchMapping { .. }
        | StoreError::NotAQuery { .. }
        | StoreError::UnknownColumn { .. }
        | StoreError::UnknownPanel { .. } => Failure::usage(error),
        error => Failure::machine(error),
    }
}
