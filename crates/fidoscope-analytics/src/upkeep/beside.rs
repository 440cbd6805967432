//! Records of the quarantine that are too large for its table: files beside it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::{CheckReport, count};
use crate::ingest::RAW_FILES;
use crate::scan::{bytes, over, texts};
use crate::store::Table;
use crate::{StoreError, Tables};

impl Tables {
    /// The files that rows of the quarantine refer to, with the hash of what is in them.
    fn raw_files(&self) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let sql = "SELECT raw_file, raw_sha256 FROM quarantine WHERE raw_file IS NOT NULL";
        let mut files = BTreeMap::new();
        let quarantine = self.load(Table::Quarantine)?;
        for batch in over(self.runtime(), "quarantine", &quarantine, sql)? {
            let names = batch.column_by_name("raw_file").map(texts);
            let hashes = batch.column_by_name("raw_sha256").map(bytes);
            let rows = names.unwrap_or_default().into_iter();
            let rows = rows.zip(hashes.unwrap_or_default());
            files.extend(rows.filter_map(|(name, hash)| Some((name?, hash.unwrap_or_default()))));
        }
        Ok(files)
    }

    /// Deletes files from before a time to which no row refers; gives their number and bytes.
    pub(super) fn vacuum_raw_files(
        &self,
        before: DateTime<Utc>,
        dry_run: bool,
    ) -> Result<(u64, u64), StoreError> {
        // In this order: what is written meanwhile is younger.
        let mut old = self.files().files_before(RAW_FILES, before)?;
        if old.is_empty() {
            return Ok((0, 0));
        }
        self.forget(Table::Quarantine);
        let needed: BTreeSet<String> = self.raw_files()?.into_keys().collect();
        old.retain(|(name, _)| !needed.contains(name));
        if !dry_run {
            for (name, _) in &old {
                self.files().remove_file(name);
            }
        }
        Ok((count(old.len()), old.iter().map(|(_, size)| size).sum()))
    }

    /// Compares the files with what their rows say.
    pub(super) fn check_raw_files(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        for (name, hash) in self.raw_files()? {
            report.files += 1;
            let problem = match self.files().read(&name) {
                Ok(Some(bytes)) if Sha256::digest(&bytes).as_slice() == hash => continue,
                Ok(Some(_)) => "its content is not what was written".to_owned(),
                Ok(None) => "the file is gone".to_owned(),
                Err(error) => error.to_string(),
            };
            report.add(Table::Quarantine.name(), Some(&name), problem);
        }
        Ok(())
    }
}
