//! `fidoscope enrich`: the credentials of a store against newer metadata.

use std::collections::BTreeMap;

use fidoscope_analytics::{CredentialChanges, CredentialOptions, Credentials};
use fidoscope_report::{Cell, Field, Report, number};
use serde::Serialize;

use super::mds::warn_unverified;
use super::{Context, ingest};
use crate::cli::Enrich;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::store;
use crate::trust::{self, Given, Known};

pub(crate) fn run(arguments: &Enrich, context: Context<'_>) -> Outcome {
    let folder = &arguments.store.store;
    let phases = Phases::begin(context.output, "opening the store");
    let store = store::open(folder)?;
    phases.next("reading metadata");
    let given = Given {
        blob: arguments.metadata.blob.as_deref(),
        history: &arguments.metadata.blob_history,
        names: arguments.metadata.names.as_deref(),
    };
    let known = Known::find(folder, given, context)?;
    drop(phases);
    let Some(known) = known else {
        let error = anyhow::anyhow!("the store remembers no BLOB");
        return Err(Failure::usage(error)
            .help("name one with --blob BLOB; `fidoscope mds fetch` downloads it"));
    };
    if given.blob.is_some() {
        warn_unverified(&known.blob, &arguments.metadata.blob_anchor, context)?;
    }
    let assessor = known.assessor(context.now());
    let options = CredentialOptions {
        assessor: Some(&assessor),
        ..CredentialOptions::new(context.now(), ingest::threads(None))
    };
    let phases = Phases::begin(context.output, "judging the credentials");
    let changes = Credentials::of(&store)
        .assess(&options)
        .map_err(store::failure)?;
    drop(phases);
    trust::remember(folder, given, context.output)?;
    let report = report(&changes).with("blob_no", &known.blob.no());
    context.show(&report, arguments.format.format)?;
    context.output.say_lines(&words(&changes, &known));
    Ok(if changes.assessed == 0 {
        Exit::Indeterminate
    } else {
        Exit::Fine
    })
}

#[derive(Serialize)]
struct Change<'c> {
    change: &'c str,
    /// Than what it is another judgement.
    since: &'static str,
    credentials: u64,
}

fn report(changes: &CredentialChanges) -> Report<'_> {
    let mut items = Vec::new();
    for (since, counts) in [
        ("last assessment", &changes.counts),
        ("registration", &changes.since_registration),
    ] {
        items.extend(counts.iter().map(|(change, credentials)| Change {
            change,
            since,
            credentials: *credentials,
        }));
    }
    let fields = vec![
        Field::text("change", |one: &Change<'_>| Cell::from(one.change)),
        Field::text("since", |one| Cell::from(one.since)),
        Field::number("credentials", |one| Cell::Count(one.credentials)),
    ];
    Report::list("changes", items, fields)
        .with("credentials", &changes.credentials)
        .with("assessed", &changes.assessed)
        .with("compared", &changes.compared)
}

/// Two lines over everything.
pub(crate) fn words(changes: &CredentialChanges, known: &Known) -> String {
    let blob = known.blob.no().map_or_else(
        || "a BLOB without a number".to_owned(),
        |no| format!("BLOB no. {no}"),
    );
    let changed = match told(&changes.counts) {
        // What was not judged before cannot have changed.
        None if known.is_first => " for the first time".to_owned(),
        None => "; nothing changed".to_owned(),
        Some(told) => format!(": {told}"),
    };
    let since = match told(&changes.since_registration) {
        None => "judged as it was then".to_owned(),
        Some(told) => told,
    };
    let since = match changes.compared {
        0 => "of no credential the BLOB that was in force at its registration is known; \
              --blob-history gives BLOBs of the past"
            .to_owned(),
        compared => format!(
            "since registration, of {}: {since}",
            number::count(compared)
        ),
    };
    format!(
        "{} credentials, {} assessed by {blob}{changed}\n{since}",
        number::count(changes.credentials),
        number::count(changes.assessed)
    )
}

/// `3 newly REVOKED, 1 renamed`; nothing where nothing was counted.
fn told(counts: &BTreeMap<String, u64>) -> Option<String> {
    let told: Vec<String> = counts
        .iter()
        .map(|(what, count)| format!("{} {what}", number::count(*count)))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}
