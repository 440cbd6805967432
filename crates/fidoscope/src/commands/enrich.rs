//! `fidoscope enrich`: the credentials of a store against newer metadata.

use fidoscope_analytics::{CredentialChanges, CredentialOptions};
use fidoscope_report::{Align, Cell, Document, Table, number};
use serde::Serialize;

use super::mds::warn_unverified;
use super::{Context, ingest};
use crate::cli::Enrich;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store;
use crate::trust::{self, Known};

pub(crate) fn run(arguments: &Enrich, context: Context<'_>) -> Outcome {
    let folder = &arguments.store.store;
    let store = store::open(folder)?;
    let (blob, names) = (arguments.blob.as_deref(), arguments.names.as_deref());
    let Some(known) = Known::find(folder, blob, names, context)? else {
        let error = anyhow::anyhow!("the store remembers no BLOB");
        return Err(Failure::usage(error)
            .help("name one with --blob BLOB; `fidoscope mds fetch` downloads it"));
    };
    if blob.is_some() {
        warn_unverified(&known.blob, &arguments.blob_anchor, context)?;
    }
    let assessor = known.assessor(context.now());
    let options = CredentialOptions {
        assessor: Some(&assessor),
        ..CredentialOptions::new(context.now(), ingest::threads(None))
    };
    let changes = store.assess_credentials(&options).map_err(store::failure)?;
    trust::remember(folder, blob, names)?;
    let document = document(&changes).with("blob_no", &known.blob.no());
    context.show(&document, arguments.format.format)?;
    context.output.say(&words(&changes, known.blob.no()));
    Ok(if changes.assessed == 0 {
        Exit::Indeterminate
    } else {
        Exit::Fine
    })
}

#[derive(Serialize)]
struct Change<'c> {
    change: &'c str,
    credentials: u64,
}

fn document(changes: &CredentialChanges) -> Document {
    let items: Vec<Change<'_>> = changes
        .counts
        .iter()
        .map(|(change, credentials)| Change {
            change,
            credentials: *credentials,
        })
        .collect();
    let mut table = Table::with_columns(&["change", "credentials"]);
    if let Some(column) = table.columns.last_mut() {
        column.align = Align::Right;
    }
    for item in &items {
        let count = i64::try_from(item.credentials).unwrap_or(i64::MAX);
        table.rows.push(vec![
            Cell::Text(item.change.to_owned()),
            Cell::Integer(count),
        ]);
    }
    Document::list("changes", &items, table)
        .with("credentials", &changes.credentials)
        .with("assessed", &changes.assessed)
}

/// One line over everything.
pub(crate) fn words(changes: &CredentialChanges, blob: Option<u64>) -> String {
    let blob = blob.map_or_else(
        || "a BLOB without a number".to_owned(),
        |no| format!("BLOB no. {no}"),
    );
    let mut words = format!(
        "{} credentials, {} assessed by {blob}",
        number::count(changes.credentials),
        number::count(changes.assessed)
    );
    let told: Vec<String> = changes
        .counts
        .iter()
        .map(|(change, count)| format!("{} {change}", number::count(*count)))
        .collect();
    if told.is_empty() {
        words.push_str("; nothing changed");
    } else {
        words.push_str(&format!(": {}", told.join(", ")));
    }
    words
}
