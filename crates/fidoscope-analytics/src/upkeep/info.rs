//! What a store holds.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use deltalake::arrow::array::AsArray;
use deltalake::arrow::datatypes::Int64Type;
use serde::Serialize;

use super::{as_u64, count, files, folder_of, is_small};
use crate::scan::over;
use crate::schema::EVENT_DATE;
use crate::store::Table;
use crate::{Held, StoreError, Tables};

/// What a store holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreInfo {
    /// One entry for each table.
    pub tables: Vec<TableInfo>,
    /// Inputs that were read.
    pub inputs: u64,
    /// First day with events.
    pub first_day: Option<NaiveDate>,
    /// Last day with events.
    pub last_day: Option<NaiveDate>,
    /// What it holds of people, and how.
    pub held: Held,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableInfo {
    /// Name of the table.
    pub table: &'static str,
    /// Its newest version.
    pub version: u64,
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Files that are better put together with others.
    pub small_files: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Days that it is divided by; absent for a table that is not.
    pub days: Option<u64>,
    /// Bytes of its log.
    pub log_bytes: u64,
}

impl Tables {
    /// What is in the store, read from its logs.
    pub fn info(&self) -> Result<StoreInfo, StoreError> {
        let mut tables = Vec::new();
        let mut days = BTreeSet::new();
        for table in Table::ALL.into_iter().filter(|table| self.has(*table)) {
            let (info, found) = self.table_info(table)?;
            tables.push(info);
            if table == Table::Events {
                days.extend(found);
            }
        }
        let sql = "SELECT count(DISTINCT input) FROM inputs";
        let rows = over(self.runtime(), "inputs", &self.load(Table::Inputs)?, sql)?;
        let inputs = rows.first().and_then(|rows| {
            let counted = rows.columns().first()?.as_primitive_opt::<Int64Type>()?;
            counted.values().first().copied()
        });
        Ok(StoreInfo {
            tables,
            inputs: inputs.map_or(0, as_u64),
            first_day: days.first().copied(),
            last_day: days.last().copied(),
            held: self.held()?,
        })
    }

    fn table_info(&self, table: Table) -> Result<(TableInfo, BTreeSet<NaiveDate>), StoreError> {
        let found = self.load(table)?;
        let files = files(&found)?;
        let day = |path: &str| {
            let value = folder_of(path)
                .strip_prefix(EVENT_DATE)?
                .strip_prefix('=')?;
            value.parse().ok()
        };
        let days: BTreeSet<NaiveDate> = files.iter().filter_map(|file| day(&file.path())).collect();
        let rows: usize = files.iter().filter_map(|file| file.num_records()).sum();
        let log = format!("{}/_delta_log", table.name());
        let info = TableInfo {
            table: table.name(),
            version: found.version().unwrap_or(0),
            rows: count(rows),
            files: count(files.len()),
            small_files: count(files.iter().filter(|file| is_small(file)).count()),
            bytes: files.iter().map(|file| as_u64(file.size())).sum(),
            days: table.partition().map(|_| count(days.len())),
            log_bytes: self.files().sizes(&log).into_values().sum(),
        };
        Ok((info, days))
    }
}
