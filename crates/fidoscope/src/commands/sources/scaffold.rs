//! `fidoscope sources new`: a first mapping from sample lines.

use fidoscope_events::{Mapping, Pseudonyms, ScaffoldError, Trial, scaffold};

use super::super::Context;
use super::beginning;
use crate::cli::SourcesNew;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Bytes of the beginning that the mapping is made from.
const SAMPLE: usize = 8 << 20;

pub(crate) fn run(arguments: &SourcesNew, context: Context<'_>) -> Outcome {
    let lines = beginning(&arguments.file, SAMPLE)?;
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let made = scaffold(&arguments.name, &lines).map_err(|error| match error {
        ScaffoldError::BadName => Failure::usage(error),
        _ => Failure::invalid(error),
    })?;
    context.output.result(&made.yaml)?;
    let name = format!("{}.yaml", arguments.name);
    let mapping = Mapping::parse(&made.yaml, &name).map_err(Failure::definitions)?;
    let pseudonyms = Pseudonyms::new([0; 32]);
    let decoding = fidoscope_events::Context::new(&pseudonyms, context.now());
    let mut trial = Trial::new(&mapping, decoding);
    for line in &lines {
        trial.line(line);
    }
    let summary = trial.summary();
    let output = context.output;
    output.say(&format!(
        "of {} lines {} become {} events, {} are of other kinds, {} are rejected",
        summary.lines - summary.blank,
        summary.mapped,
        summary.events,
        summary.other + summary.prefiltered + summary.shadows,
        summary.rejected
    ));
    for left in &made.to_do {
        output.say(&format!("to do: {left}"));
    }
    Ok(Exit::Fine)
}
