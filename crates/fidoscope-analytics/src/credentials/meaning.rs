//! Credentials as a table with one row for each key.

use deltalake::arrow::array::RecordBatch;

use super::assess::{Changes, Judge};
use super::fold::{COLUMNS, Fold, Left};
use super::late;
use crate::StoreError;
use crate::derived::{EventFile, Keyed};
use crate::schema::{Credential, CredentialColumns};
use crate::store::{Files, Table};

/// Application of the Delta transaction that holds the version of the events in the table of credentials.
pub(crate) const APPLICATION: &str = "fidoscope:credentials";

/// A row that is about to be written, and whether its enrolment is new to the table.
pub(super) struct Pending {
    pub(super) row: Credential,
    pub(super) is_new: bool,
}

impl Keyed for Judge<'_> {
    const TABLE: Table = Table::Credentials;
    const APPLICATION: &'static str = APPLICATION;
    const EVENTS: &'static [&'static str] = &COLUMNS;
    const KEY: &'static [&'static str] = &["source", "credential_id", "credential_ref"];
    type Fold = Fold;
    type Row = Box<Pending>;
    type Told = Changes;

    fn rewrites_all(&self) -> bool {
        self.all
    }

    fn settle(fold: &mut Fold, files: &Files, folded: &[EventFile]) -> Result<(), StoreError> {
        late::settle(fold, files, folded)
    }

    fn touched(fold: &Fold, keys: &RecordBatch) -> usize {
        let rows = Credential::read(keys);
        let known = |row: &&Credential| row.id().is_some_and(|id| fold.has(&row.source, id));
        rows.iter().filter(known).count()
    }

    fn extended(fold: &mut Fold, rows: &RecordBatch) -> Vec<Box<Pending>> {
        let rows = Credential::read(rows).into_iter().map(|mut row| {
            let more = row.id().and_then(|id| fold.take(&row.source, id));
            let is_new = more.is_some_and(|more| row.merge(more));
            Box::new(Pending { row, is_new })
        });
        rows.collect()
    }

    fn row(new: Left<'_>) -> Box<Pending> {
        Box::new(Pending {
            row: new.row(),
            is_new: true,
        })
    }

    fn batch(
        &self,
        rows: impl Iterator<Item = Box<Pending>>,
        told: &mut Changes,
    ) -> Result<RecordBatch, StoreError> {
        let mut columns = CredentialColumns::default();
        for mut pending in rows {
            self.complete(&mut pending, told);
            columns.push(&pending.row);
        }
        columns.finish()
    }
}
