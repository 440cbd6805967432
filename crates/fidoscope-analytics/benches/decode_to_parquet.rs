//! A log to Parquet files, without a store: one run of the decoder and the writer of an ingest.
//!
//! `tests/peers/ingest_duckdb.py` runs it beside DuckDB:
//! `decode_to_parquet SOURCE THREADS LOG FOLDER`. Without these it does nothing.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use chrono::Utc;
use fidoscope_analytics::{IngestOptions, Input, SourceChoice, write_apart_from_a_store};
use fidoscope_events::{Catalogue, Pseudonyms};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, threads, log, folder] = arguments.as_slice() else {
        println!("usage: decode_to_parquet SOURCE THREADS LOG FOLDER");
        return Ok(());
    };
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let options = IngestOptions {
        source: SourceChoice::Named(source.clone()),
        threads: threads.parse()?,
        ..IngestOptions::new(&catalogue, &pseudonyms, Utc::now())
    };
    let input = Input::new(log, File::open(log)?);
    let events = write_apart_from_a_store(input, &options, Path::new(folder))?;
    println!("{events} events");
    Ok(())
}
