//! `fidoscope mds`: FIDO metadata.

mod diff;
mod fetch;
mod history;
mod lint;
mod search;
mod show;
mod status;
mod verify;

use std::path::PathBuf;

use fidoscope_metadata::{Blob, Options};

use super::Context;
use crate::cli::Mds;
use crate::failure::{Failure, Outcome};
use crate::metadata;

pub(crate) fn run(command: &Mds, context: Context<'_>) -> Outcome {
    match command {
        Mds::Verify(arguments) => verify::run(arguments, context),
        Mds::Show(arguments) => show::run(arguments, context),
        Mds::Search(arguments) => search::run(arguments, context),
        Mds::Diff(arguments) => diff::run(arguments, context),
        Mds::Lint(arguments) => lint::run(arguments, context),
        Mds::Status(arguments) => status::run(arguments, context),
        Mds::Fetch(arguments) => fetch::run(arguments, context),
        Mds::History(arguments) => history::run(arguments, context),
    }
}

/// Says when nothing vouches for what a BLOB is about to be quoted for.
pub(crate) fn warn_unverified(
    blob: &Blob,
    anchors: &[PathBuf],
    context: Context<'_>,
) -> Result<(), Failure> {
    let anchors = metadata::anchors(anchors)?;
    let verdict = blob.verify(&anchors, context.now(), &Options::default());
    if let Some(step) = verdict.first_failed() {
        let found = step
            .found
            .as_deref()
            .or(step.note.as_deref())
            .unwrap_or_default();
        context.output.say(&format!(
            "warning: this BLOB does not verify at {}: {found}",
            step.id
        ));
    } else if verdict.test_root {
        context
            .output
            .say("warning: TEST ROOT: this BLOB is not the Metadata Service's");
    }
    Ok(())
}
