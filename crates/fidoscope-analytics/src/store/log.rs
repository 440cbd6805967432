//! Logs of tables, as far as their files tell without being read.

use std::fs;
use std::sync::atomic::Ordering;

use futures::TryStreamExt as _;

use super::place::{Kind, Objects};
use super::{Files, Table, file_error};
use crate::StoreError;

impl Files {
    /// Newest version in the log of a table, read from the names of its files.
    pub(crate) fn latest_version(&self, table: Table) -> Result<u64, StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let log = folder.join(table.name()).join("_delta_log");
                let entries = fs::read_dir(&log).map_err(|source| file_error(&log, source))?;
                let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
                Ok(newest(names).unwrap_or(0))
            }
            Kind::Objects(objects) => self.latest_of(objects, table),
        }
    }

    /// A log only grows at its end, so the greater part of it is not listed again.
    fn latest_of(&self, objects: &Objects, table: Table) -> Result<u64, StoreError> {
        let inside = format!("{}/_delta_log", table.name());
        let log = objects.path(&inside);
        let list = |after: u64| {
            let offset = objects.path(&format!("{inside}/{after:020}"));
            let listed = objects.root.list_with_offset(Some(&log), &offset);
            let listed = self.wait(&inside, listed.try_collect::<Vec<_>>())?;
            let names = listed.iter().filter_map(|about| about.location.filename());
            Ok::<_, StoreError>(newest(names.map(str::to_owned)))
        };
        let seen = self.seen.get(table.place());
        let known = seen.map_or(0, |seen| seen.load(Ordering::Acquire));
        let found = match known.checked_sub(1) {
            Some(known) => match list(known)? {
                Some(found) => found,
                // The table was made anew.
                None => list(0)?.unwrap_or(0),
            },
            None => list(0)?.unwrap_or(0),
        };
        if let Some(seen) = seen {
            seen.store(found + 1, Ordering::Release);
        }
        Ok(found)
    }

    /// Whether a table has a log.
    pub(crate) fn has_log(&self, table: Table) -> bool {
        let inside = format!("{}/_delta_log", table.name());
        match &self.place.0 {
            Kind::Folder(folder) => {
                fs::read_dir(folder.join(inside)).is_ok_and(|mut entries| entries.next().is_some())
            }
            Kind::Objects(_) => !self.sizes(&inside).is_empty(),
        }
    }
}

/// The newest version among names of files of a log.
fn newest(names: impl Iterator<Item = String>) -> Option<u64> {
    let version = |name: String| name.strip_suffix(".json")?.parse::<u64>().ok();
    names.filter_map(version).max()
}
