//! Checkpoints of tables that have many commits: who opens such a table reads the checkpoint and the
//! commits behind it, so that opening does not take longer with every commit.

use deltalake::protocol::checkpoints::create_checkpoint;
use serde_json::Value;

use crate::store::Table;
use crate::{StoreError, Tables};

/// Commits behind a checkpoint after which there is another.
const COMMITS: u64 = 16;

/// The tables that have a commit for each unit of an ingest.
const LONG: [Table; 2] = [Table::Events, Table::Inputs];

impl Tables {
    /// Writes checkpoints of the tables that are read with every question, where their last one is
    /// many commits back. Where that is not possible, only time is lost.
    pub(crate) fn shorten_openings(&self) {
        for table in LONG {
            let _ = self.checkpoint(table);
        }
    }

    fn checkpoint(&self, kind: Table) -> Result<(), StoreError> {
        let table = self.load(kind)?;
        let newest = table.version().unwrap_or(0);
        if newest - self.last_checkpoint(kind)?.min(newest) >= COMMITS {
            let written = create_checkpoint(&table, None);
            self.runtime().block_on(written)?;
        }
        Ok(())
    }

    /// The version of the last checkpoint; 0 where there is none yet.
    fn last_checkpoint(&self, kind: Table) -> Result<u64, StoreError> {
        let name = format!("{}/_delta_log/_last_checkpoint", kind.name());
        let said = self.files().read(&name)?;
        let said: Value = said
            .and_then(|said| serde_json::from_slice(&said).ok())
            .unwrap_or_default();
        Ok(said.get("version").and_then(Value::as_u64).unwrap_or(0))
    }
}
