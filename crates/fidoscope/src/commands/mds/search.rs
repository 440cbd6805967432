//! `fidoscope mds search`: models with a property.

use fidoscope_metadata::Search;
use fidoscope_report::{Model, Report};

use super::super::Context;
use super::show::model;
use crate::cli::MdsSearch;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsSearch, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    super::warn_unverified(&blob, &arguments.blob_anchor, context)?;
    let search = Search {
        text: (!arguments.words.is_empty()).then(|| arguments.words.join(" ")),
        level: arguments.level,
        key_protection: arguments.key_protection.clone(),
        transport: arguments.transport.clone(),
        algorithm: arguments.algorithm.clone(),
        status: arguments.status.clone(),
    };
    let today = context.now().date_naive();
    let found = blob.search(&search, today);
    let models: Vec<Model> = found.into_iter().map(|entry| model(entry, today)).collect();
    context.show(&Report::of(&models), arguments.format.format)?;
    let all = blob.entries().len();
    context
        .output
        .say(&format!("{} of {all} models", models.len()));
    Ok(Exit::Fine)
}
