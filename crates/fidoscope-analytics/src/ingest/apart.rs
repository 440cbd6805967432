//! Decoding and writing by themselves: what the rest of an ingest costs is measured against them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use deltalake::arrow::array::RecordBatch;
use deltalake::logstore::object_store::local::LocalFileSystem;
use fidoscope_events::Mapping;
use tokio::runtime::Builder;

use super::decode::Decoder;
use super::pipeline::FILE_ROWS;
use super::tape::{Content, Pool, Tape};
use super::unpack::Unpacking;
use super::{IngestOptions, Input, choose};
use crate::StoreError;
use crate::schema::{date_text, event_file_schema};
use crate::store::{Target, file_error, write};

/// Writes the events of an input to Parquet files of their days in a folder, with the decoder and the
/// writer of [`crate::Tables::ingest`] and little else of it: no store, no credentials, no commits, and
/// lines that cannot be read are left out; only the tape digests what passes. Gives the number of events.
#[doc(hidden)]
pub fn write_apart_from_a_store(
    input: Input<'_>,
    options: &IngestOptions<'_>,
    folder: &Path,
) -> Result<u64, StoreError> {
    let failed = |source| file_error(folder, source);
    fs::create_dir_all(folder).map_err(failed)?;
    let runtime = Builder::new_multi_thread().worker_threads(1).build();
    let runtime = runtime.map_err(failed)?;
    let objects = LocalFileSystem::new_with_prefix(folder);
    let target = Target {
        objects: Arc::new(objects.map_err(deltalake::DeltaTableError::from)?),
        runtime: runtime.handle().clone(),
        written: options.now.timestamp_millis(),
    };
    let how = Unpacking {
        form: input.form,
        max_expansion: options.max_expansion,
    };
    let mut tape = Tape::new(input.reader, how).map_err(failed)?;
    let Some(mapping) = choose(&input.path, &mut tape, options)? else {
        return Ok(0);
    };
    let pool = tape.pool();
    let tape = Mutex::new(tape);
    let hands = Hands {
        tape: &tape,
        pool: &pool,
        mapping,
        options,
        target: &target,
    };
    let stopped = |_| StoreError::Stopped { part: "decoder" };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads.max(1))
            .map(|_| scope.spawn(|| hands.work()))
            .collect();
        let written = threads
            .into_iter()
            .map(|thread| thread.join().map_err(stopped)?);
        written.sum()
    })
}

/// What a thread works with.
struct Hands<'a, 'r> {
    tape: &'a Mutex<Tape<'r>>,
    pool: &'a Pool,
    mapping: &'a Mapping,
    options: &'a IngestOptions<'a>,
    target: &'a Target,
}

impl Hands<'_, '_> {
    fn work(&self) -> Result<u64, StoreError> {
        let mut decoder = Decoder::new(self.mapping, self.options, 0);
        let mut days: BTreeMap<i64, Vec<RecordBatch>> = BTreeMap::new();
        let (mut events, mut held) = (0, 0);
        loop {
            let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
            let piece = tape.next_piece(self.options.piece_bytes);
            drop(tape);
            let Some(piece) = piece else {
                self.write(&mut days)?;
                return Ok(events);
            };
            let decoded = decoder.decode(&piece, |_| Ok(()))?;
            if let Content::Lines(buffer) = piece.content {
                self.pool.give(buffer);
            }
            events += decoded.counts.events();
            for (day, batch) in decoded.days {
                held += batch.num_rows();
                days.entry(day).or_default().push(batch);
            }
            if held >= FILE_ROWS {
                self.write(&mut days)?;
                held = 0;
            }
        }
    }

    fn write(&self, days: &mut BTreeMap<i64, Vec<RecordBatch>>) -> Result<(), StoreError> {
        for (day, batches) in std::mem::take(days) {
            let date = Some(date_text(day));
            write(self.target, &event_file_schema(), date, &batches)?;
        }
        Ok(())
    }
}
