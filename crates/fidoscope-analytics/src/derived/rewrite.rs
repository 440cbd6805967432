//! A change of a keyed table: the files that it touches, and their successors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;
use deltalake::kernel::LogicalFileView;

use super::{Exchange, Fold, Keeper, Keyed, read, transaction};
use crate::store::{NewFile, data_files, write};
use crate::{StoreError, Tables};

/// Rows of one file at most.
const FILE_ROWS: usize = 1 << 14;

/// Rows that are completed and written side by side, cut into files of one size: the same for any
/// number of threads.
const GROUP_ROWS: usize = 1 << 16;

/// A change of the table in the making.
pub(super) struct Rewrite<'k, K: Keyed> {
    store: &'k Tables,
    meaning: &'k K,
    threads: usize,
    exchange: Exchange<'k>,
    told: K::Told,
}

/// A row that waits for a file.
enum Waiting<'f, K: Keyed>
where
    K::Fold: 'f,
{
    Known(K::Row),
    /// One that the table does not have; it is made when it is written.
    New(<K::Fold as Fold>::New<'f>),
}

impl<'k, K: Keyed> Rewrite<'k, K> {
    pub(super) fn new(keeper: &Keeper<'k, K>, table: &DeltaTable) -> Self {
        Self {
            store: keeper.store,
            meaning: keeper.meaning,
            threads: keeper.threads,
            exchange: Exchange::of(keeper.store, K::TABLE, table, keeper.written),
            told: K::Told::default(),
        }
    }

    /// Merges the rows of a fold into the table. With `anew` nothing of the table is kept; where all
    /// are written again, every row goes through its meaning again.
    pub(super) fn merge(
        &mut self,
        table: &DeltaTable,
        mut fold: K::Fold,
        anew: bool,
    ) -> Result<(), StoreError> {
        let mut files = data_files(table)?;
        if anew {
            self.exchange.remove(files.drain(..));
        }
        let mut known = 0;
        let mut touched = Vec::new();
        for file in files {
            let count = self.touched(&file, &fold)?;
            known += count;
            touched.push((file, count > 0 || self.meaning.rewrites_all()));
        }
        let grows = fold.len() > known;
        let mut waiting = Vec::new();
        for (file, touched) in touched {
            let rows = file.num_records().unwrap_or(FILE_ROWS);
            if touched || (grows && rows < FILE_ROWS / 2) {
                self.successor(file, &mut fold, &mut waiting)?;
            }
        }
        for new in fold.remaining() {
            waiting.push(Waiting::New(new));
            self.flush(&mut waiting, GROUP_ROWS)?;
        }
        self.flush(&mut waiting, 1)
    }

    /// Reads columns of a file of the table.
    fn read(
        &self,
        file: &LogicalFileView,
        columns: &[&str],
        each: impl FnMut(&RecordBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let data = self.store.files().needed(K::TABLE, &file.path())?;
        read(data, columns, each)
    }

    /// How many rows of a file the fold knows more about.
    fn touched(&self, file: &LogicalFileView, fold: &K::Fold) -> Result<usize, StoreError> {
        let mut count = 0;
        self.read(file, K::KEY, |keys| {
            count += K::touched(fold, keys);
            Ok(())
        })?;
        Ok(count)
    }

    fn successor(
        &mut self,
        file: LogicalFileView,
        fold: &mut K::Fold,
        waiting: &mut Vec<Waiting<'_, K>>,
    ) -> Result<(), StoreError> {
        let schema = K::TABLE.file_schema();
        let columns = schema.fields().iter().map(|field| field.name().as_str());
        let columns: Vec<&str> = columns.collect();
        let mut held = Vec::new();
        self.read(&file, &columns, |rows| {
            held.extend(K::extended(fold, rows));
            Ok(())
        })?;
        for row in held {
            waiting.push(Waiting::Known(row));
            self.flush(waiting, GROUP_ROWS)?;
        }
        self.exchange.remove([file]);
        Ok(())
    }

    /// Writes the rows that wait when there are so many.
    fn flush(
        &mut self,
        waiting: &mut Vec<Waiting<'_, K>>,
        enough: usize,
    ) -> Result<(), StoreError> {
        if waiting.len() < enough {
            return Ok(());
        }
        let files = waiting.len().div_ceil(FILE_ROWS);
        let rows = waiting.len().div_ceil(files);
        let mut rest = std::mem::take(waiting).into_iter();
        let parts = (0..files).map(|_| Mutex::new(rest.by_ref().take(rows).collect()));
        let parts: Vec<Mutex<Vec<Waiting<'_, K>>>> = parts.collect();
        for (file, told) in self.side_by_side(&parts)? {
            self.exchange.add([file]);
            self.told.extend([told]);
        }
        Ok(())
    }

    /// Writes each part to a file of its own, in the order of the parts.
    fn side_by_side(
        &self,
        parts: &[Mutex<Vec<Waiting<'_, K>>>],
    ) -> Result<Vec<(NewFile, K::Told)>, StoreError> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(part) = parts.get(number)
            {
                let part =
                    std::mem::take(&mut *part.lock().unwrap_or_else(PoisonError::into_inner));
                done.push((number, self.file(part)?));
            }
            Ok(done)
        };
        let mut done = thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.min(parts.len()))
                .map(|_| scope.spawn(work))
                .collect();
            let mut done = work()?;
            for other in others {
                let stopped = |_| {
                    Err(StoreError::Stopped {
                        part: "writer of rows",
                    })
                };
                done.extend(other.join().unwrap_or_else(stopped)?);
            }
            Ok::<_, StoreError>(done)
        })?;
        done.sort_unstable_by_key(|(number, _)| *number);
        Ok(done.into_iter().map(|(_, file)| file).collect())
    }

    fn file(&self, waiting: Vec<Waiting<'_, K>>) -> Result<(NewFile, K::Told), StoreError> {
        let mut told = K::Told::default();
        let rows = waiting.into_iter().map(|waiting| match waiting {
            Waiting::Known(row) => row,
            Waiting::New(new) => K::row(new),
        });
        let batch = self.meaning.batch(rows, &mut told)?;
        let target = &self.exchange.target;
        let file = write(target, &K::TABLE.file_schema(), None, &[batch])?;
        Ok((file, told))
    }

    /// Commits the change. `None` when another writer came first.
    pub(super) fn commit(
        self,
        table: &mut DeltaTable,
        events: u64,
    ) -> Result<Option<K::Told>, StoreError> {
        let positions = vec![transaction(K::APPLICATION, events)];
        let done = self.exchange.commit(table, positions)?;
        Ok(done.map(|()| self.told))
    }
}
