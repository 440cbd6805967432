//! `fidoscope mds`: FIDO metadata.

mod fetch;
mod show;
mod verify;

use super::Context;
use crate::cli::Mds;
use crate::failure::Outcome;

pub(crate) fn run(command: &Mds, context: Context<'_>) -> Outcome {
    match command {
        Mds::Verify(arguments) => verify::run(arguments, context),
        Mds::Show(arguments) => show::run(arguments, context),
        Mds::Fetch(arguments) => fetch::run(arguments, context),
    }
}
