//! `fidoscope reference`: the tables of the help's pages, from the code that they describe.

use super::Context;
use crate::cli::{Reference, ReferenceName};
use crate::exit::{self, Exit};
use crate::failure::Outcome;

pub(crate) fn run(arguments: &Reference, context: Context<'_>) -> Outcome {
    let table = match arguments.name {
        ReferenceName::ExitCodes => exit::table(),
        ReferenceName::Keys => fidoscope_tui::key_table(),
    };
    context.output.result(&table)?;
    Ok(Exit::Fine)
}
