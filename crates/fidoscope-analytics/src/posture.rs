//! Whether practices around passkeys are kept: SQL counts, and each line says what it was counted
//! from and what could not be seen.

use std::collections::BTreeSet;

use fidoscope_report::{Cell, Practice, PracticeState, Table, number};

use crate::query::Engine;
use crate::{Span, Store, StoreError};

mod credentials;
mod events;
#[cfg(test)]
mod tests;

/// Users that a line names.
const NAMED: usize = 5;

/// What a posture report looks at.
#[derive(Clone, Debug)]
pub struct PostureOptions {
    /// Fallbacks and recoveries of this span.
    pub span: Span,
    /// Pseudonyms of privileged users, beside those of the segment `admin`.
    pub privileged: Option<BTreeSet<String>>,
}

impl Store {
    /// The lines of a posture report. Credentials are those of the whole store.
    pub fn posture(&self, options: &PostureOptions) -> Result<Vec<Practice>, StoreError> {
        let asked = Asked {
            store: self,
            engine: self.engine()?,
            options,
        };
        Ok(vec![
            asked.single_authenticator()?,
            asked.privileged()?,
            asked.fallback()?,
            asked.recovery()?,
            asked.synced()?,
            asked.unused_attestation()?,
        ])
    }
}

struct Asked<'s> {
    store: &'s Store,
    engine: Engine,
    options: &'s PostureOptions,
}

impl Asked<'_> {
    fn cells(&self, sql: &str) -> Result<Table, StoreError> {
        self.engine.cells(self.store.runtime(), sql)
    }

    /// The numbers of a query of one row.
    fn numbers<const N: usize>(&self, sql: &str) -> Result<[u64; N], StoreError> {
        let row = self.cells(sql)?.rows.into_iter().next().unwrap_or_default();
        let mut numbers = [0; N];
        for (number, cell) in numbers.iter_mut().zip(row) {
            if let Cell::Integer(value) = cell {
                *number = u64::try_from(value).unwrap_or(0);
            }
        }
        Ok(numbers)
    }

    /// The texts of a query of one column.
    fn texts(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let text = |row: Vec<Cell>| match row.into_iter().next() {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        };
        Ok(self.cells(sql)?.rows.into_iter().filter_map(text).collect())
    }

    /// The first users of a subquery that has a column `user_id`.
    fn users(&self, of: &str) -> Result<Vec<String>, StoreError> {
        self.texts(&format!(
            "SELECT DISTINCT user_id FROM ({of}) WHERE user_id IS NOT NULL ORDER BY 1 LIMIT {NAMED}"
        ))
    }
}

/// A line without anything in it yet.
fn line(id: &str, practice: &str, unit: &str) -> Practice {
    Practice {
        id: id.to_owned(),
        practice: practice.to_owned(),
        state: PracticeState::NotEvaluated,
        seen: None,
        of: None,
        unit: unit.to_owned(),
        computed_from: String::new(),
        not_seen: Vec::new(),
        users: Vec::new(),
    }
}

/// A practice that is kept where nothing is seen.
const fn kept_without(seen: u64) -> PracticeState {
    if seen == 0 {
        PracticeState::Kept
    } else {
        PracticeState::NotKept
    }
}

/// `1 credential that ...`, or nothing when there are none.
fn some(count: u64, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{} {many}", number::count(count))),
    }
}
