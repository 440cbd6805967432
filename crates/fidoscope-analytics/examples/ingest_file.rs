//! Reads one native log into a new store and says how fast that was.
//!
//! `cargo run --release -p fidoscope-analytics --example ingest_file -- LOG STORE [THREADS]`

use std::error::Error;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use chrono::{TimeZone, Utc};
use fidoscope_analytics::{IngestOptions, Input, Silent, SourceChoice, Store};
use fidoscope_events::{Catalogue, Pseudonyms};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, log, folder, rest @ ..] = arguments.as_slice() else {
        return Err("name a log and a folder for the store".into());
    };
    let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
    let now = Utc
        .with_ymd_and_hms(2030, 1, 1, 0, 0, 0)
        .single()
        .ok_or("no such time")?;
    let options = IngestOptions {
        threads: rest.first().map_or(Ok(2), |threads| threads.parse())?,
        source: SourceChoice::Named("native".to_owned()),
        ..IngestOptions::new(&catalogue, &pseudonyms, now)
    };
    let store = Store::create_or_open(Path::new(folder))?;
    let input = Input::new(log.as_str(), File::open(log)?);
    let start = Instant::now();
    let summary = store.ingest(input, &options, &mut Silent)?;
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = f64::from(u32::try_from(summary.bytes / 1000)?) / 1000.0;
    let rate = megabytes / seconds;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} events, {} quarantined",
        summary.events,
        summary.quarantined_records()
    )?;
    writeln!(out, "{megabytes:.1} MB in {seconds:.3} s: {rate:.0} MB/s")?;
    Ok(())
}
