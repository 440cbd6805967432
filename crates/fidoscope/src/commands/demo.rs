//! `fidoscope demo`: the whole job on the bundled data.

mod datasets;
mod facts;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use fidoscope_analytics::{
    CredentialOptions, Credentials, IngestOptions, IngestSummary, Input, Silent, Store,
};
use fidoscope_events::{Catalogue, Pseudonyms};
use fidoscope_tui::State;

use super::Context;
use super::dashboard;
use super::ingest;
use crate::cli::Demo;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::worker::Worker;
use crate::{rules, store};
use datasets::Datasets;
use facts::Rules;

pub(crate) fn run(arguments: &Demo, context: Context<'_>) -> Outcome {
    let datasets = Datasets::open(&arguments.datasets)?;
    let now = context.global.now.unwrap_or(datasets.now);
    let place = Place::new(arguments.store.clone())?;
    let store = store::create_or_open(&place.folder)?;
    context.output.say(&format!(
        "fidoscope: reading {} ...",
        datasets.folder.display()
    ));
    let mappings = rules::mappings(context.global.rules.as_deref())?;
    let phases = Phases::begin(context.output, "reading logs");
    let inputs = ingest(&store, &datasets, &mappings, now, &phases)?;
    let detections = rules::detections(context.global.rules.as_deref())?;
    let rules = Rules {
        detections: &detections,
        mappings: &mappings,
    };
    facts::tell(&store, &datasets, &inputs, &rules, now, context, &phases)?;
    drop(phases);
    if context.output.is_terminal() && !arguments.no_dashboard {
        let (pages, first) = dashboard::dashboards(None)?;
        let state = State::new("demo".to_owned(), pages, first);
        dashboard::interactive(
            state,
            Worker::new(store, detections, mappings),
            context,
            Some(now),
        )?;
    }
    context.output.say(&place.farewell());
    Ok(Exit::Fine)
}

/// Where the store is, and whether it stays.
struct Place {
    folder: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

impl Place {
    fn new(kept: Option<PathBuf>) -> Result<Self, Failure> {
        if let Some(folder) = kept {
            return Ok(Self {
                folder,
                temporary: None,
            });
        }
        let temporary = tempfile::tempdir().map_err(Failure::machine)?;
        Ok(Self {
            folder: temporary.path().join("store"),
            temporary: Some(temporary),
        })
    }

    fn farewell(&self) -> String {
        match self.temporary {
            Some(_) => "the store was temporary and is gone; keep one with --store DIR".to_owned(),
            None => format!(
                "the store stays: fidoscope dashboard --store {}",
                self.folder.display()
            ),
        }
    }
}

/// Reads the logs of the data sets, under the key that is published with them.
fn ingest(
    store: &Store,
    datasets: &Datasets,
    mappings: &Catalogue,
    now: DateTime<Utc>,
    phases: &Phases,
) -> Result<Vec<IngestSummary>, Failure> {
    let pseudonyms = Pseudonyms::new(datasets.key);
    let credentials = Credentials::of(store);
    let options = IngestOptions {
        threads: ingest::threads(None),
        followers: &[&credentials],
        ..IngestOptions::new(mappings, &pseudonyms, now)
    };
    let mut summaries = Vec::new();
    for log in datasets.logs() {
        phases.next(&format!("reading {}", log.display()));
        let file = std::fs::File::open(&log)
            .map_err(|error| Failure::machine(anyhow::anyhow!("{}: {error}", log.display())))?;
        let input = Input::new(log.display().to_string(), file);
        summaries.push(
            store
                .ingest(input, &options, &mut Silent)
                .map_err(store::failure)?,
        );
    }
    let update = CredentialOptions::new(now, ingest::threads(None));
    phases.next("joining credentials");
    credentials.update(&update).map_err(store::failure)?;
    phases.next("counting minutes");
    store.update_minutes(now).map_err(store::failure)?;
    Ok(summaries)
}
