//! `fidoscope schema`: the formats that we read, as JSON Schema.

use super::Context;
use crate::cli::{Schema, SchemaName};
use crate::exit::Exit;
use crate::failure::Outcome;

pub(crate) fn run(arguments: &Schema, context: Context<'_>) -> Outcome {
    let text = match arguments.name {
        SchemaName::Ceremony => fidoscope_recording::schema_text(),
        SchemaName::Event => fidoscope_events::schema_text(),
    };
    context.output.result(&text)?;
    Ok(Exit::Fine)
}
