//! A log to Parquet files, without a store: one run of the decoder and the writer of an ingest.
//!
//! `tests/peers/ingest_duckdb.py` runs it beside DuckDB:
//! `decode_to_parquet SOURCE THREADS LOG FOLDER`. Without these it does nothing.

use std::error::Error;
use std::fs::File;
use std::io::{Write as _, stdout};
use std::path::Path;

use chrono::{DateTime, Utc};
use fidoscope_analytics::{IngestOptions, Input, SourceChoice, write_apart_from_a_store};
use fidoscope_events::{Addresses, Catalogue, Privacy, Pseudonyms, Users};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, threads, log, folder] = arguments.as_slice() else {
        writeln!(
            stdout(),
            "usage: decode_to_parquet SOURCE THREADS LOG FOLDER"
        )?;
        return Ok(());
    };
    let file = File::open(log)?;
    // No event is later than the log.
    let written = DateTime::<Utc>::from(file.metadata()?.modified()?);
    let catalogue = Catalogue::builtin();
    // People are written as they stand in the log, as its peer writes them.
    let pseudonyms = Pseudonyms::new([7; 32]).with_privacy(Privacy {
        users: Users::Keep,
        addresses: Addresses::Keep,
    });
    let options = IngestOptions {
        source: SourceChoice::Named(source.clone()),
        threads: threads.parse()?,
        ..IngestOptions::new(&catalogue, &pseudonyms, written)
    };
    let input = Input::new(log, file);
    let events = write_apart_from_a_store(input, &options, Path::new(folder))?;
    Ok(writeln!(stdout(), "{events} events")?)
}
