//! `fidoscope mds history`: the BLOBs that were kept, by number.

use std::path::Path;

use fidoscope_metadata::Blob;
use fidoscope_report::{Cell, Field, Report};
use serde::Serialize;

use super::super::Context;
use crate::cli::MdsHistory;
use crate::download::Cache;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::metadata;

pub(crate) fn run(arguments: &MdsHistory, context: Context<'_>) -> Outcome {
    let history = Cache::at(&arguments.out).history();
    let history = history.map_err(Failure::machine)?;
    let newest = history.last().map(|(no, _)| *no);
    let mut rows = Vec::new();
    for (no, file) in &history {
        let bytes = metadata::read(file)?;
        rows.push(Row::of(*no, file, &bytes, context.now().date_naive()));
    }
    context.show(&report(&rows), arguments.format.format)?;
    let unreadable = rows.iter().filter(|row| row.problem.is_some()).count();
    let newest = newest.map_or_else(String::new, |no| format!(", the newest no {no}"));
    context.output.say(&format!(
        "{} BLOBs kept{newest}; {unreadable} cannot be opened",
        rows.len()
    ));
    Ok(match (rows.is_empty(), unreadable) {
        (true, _) => Exit::Indeterminate,
        (false, 0) => Exit::Fine,
        (false, _) => Exit::Invalid,
    })
}

#[derive(Serialize)]
struct Row {
    no: u64,
    newest_change: Option<String>,
    next_update: Option<String>,
    entries: Option<usize>,
    bytes: usize,
    sha256: String,
    file: String,
    problem: Option<String>,
}

impl Row {
    fn of(no: u64, file: &Path, bytes: &[u8], today: chrono::NaiveDate) -> Self {
        let opened = Blob::open(bytes);
        let blob = opened.as_ref().ok();
        let problem = match &opened {
            Err(error) => Some(error.to_string()),
            Ok(blob) if blob.no() != Some(no) => Some(format!(
                "the file is named after no {no}, and holds {}",
                blob.no().map_or("none".to_owned(), |no| format!("no {no}"))
            )),
            Ok(_) => None,
        };
        let changes = blob.iter().flat_map(|blob| blob.entries());
        let changes = changes.filter_map(|entry| entry.time_of_last_status_change);
        Self {
            no,
            newest_change: changes
                .filter(|day| *day <= today)
                .max()
                .map(|day| day.to_string()),
            next_update: blob.and_then(Blob::next_update).map(|day| day.to_string()),
            entries: blob.map(|blob| blob.entries().len()),
            bytes: bytes.len(),
            sha256: fidoscope_metadata::fingerprint(bytes),
            file: file.display().to_string(),
            problem,
        }
    }
}

fn report(rows: &[Row]) -> Report<'_> {
    let fields = vec![
        Field::text("no", |row: &&Row| Cell::Count(row.no)),
        Field::text("newest_change", |row| {
            Cell::known(row.newest_change.as_deref())
        }),
        Field::text("next_update", |row| Cell::known(row.next_update.as_deref())),
        Field::text("entries", |row| Cell::known(row.entries)),
        Field::text("bytes", |row| Cell::from(row.bytes)),
        Field::text("file", |row| Cell::from(&row.file)),
        Field::text("problem", |row| {
            Cell::from(row.problem.as_deref().unwrap_or_default())
        }),
    ];
    Report::list("blobs", rows, fields)
}
