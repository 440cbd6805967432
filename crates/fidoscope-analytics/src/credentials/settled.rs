//! Which files of events the table of credentials is done with.

use std::collections::HashSet;

use deltalake::DeltaTable;

use super::{files, rewrite};
use crate::store::Table;
use crate::{Store, StoreError};

/// Files of events that are in the table of credentials, and the version up to which it is complete.
pub(crate) struct Settled {
    /// Names of the files.
    pub(crate) files: HashSet<String>,
    /// Version of the events.
    pub(crate) version: u64,
}

impl Store {
    /// What may be moved or dropped: rows that nobody has to find in the file they were added in.
    pub(crate) fn settled(&self, events: &DeltaTable) -> Result<Settled, StoreError> {
        let credentials = self.load(Table::Credentials)?;
        let from = rewrite::position(self, &credentials)?;
        let to = events.version().unwrap_or(0);
        let mut files = HashSet::new();
        if let Some(added) = files::added(self.ground(), from, to.max(from.unwrap_or(0)))? {
            let open: HashSet<String> = added
                .into_values()
                .flatten()
                .map(|file| file.name)
                .collect();
            let all = files::all(events)?.into_iter().map(|file| file.name);
            files.extend(all.filter(|name| !open.contains(name)));
        }
        Ok(Settled {
            files,
            version: from.unwrap_or(0),
        })
    }
}
