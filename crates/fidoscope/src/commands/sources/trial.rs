//! `fidoscope sources test`: a mapping tried on lines.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fidoscope_events::{Mapping, Pseudonyms, Trial};
use fidoscope_report::{Report, TrialSummary, Tried, number};
use serde_json::Value;

use super::super::Context;
use crate::cli::SourcesTest;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::{inputs, rules};

/// Names of the lines that lie beside a mapping.
const BESIDE: [&str; 4] = ["ndjson", "jsonl", "log", "csv"];

pub(crate) fn run(arguments: &SourcesTest, context: Context<'_>) -> Outcome {
    let mapping = mapping(&arguments.mapping, context)?;
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None => beside(&arguments.mapping)?,
    };
    let pseudonyms = Pseudonyms::new([0; 32]);
    let decoding = fidoscope_events::Context::new(&pseudonyms, context.now());
    let mut trial = Trial::new(&mapping, decoding);
    let failed = || format!("cannot read {}", file.display());
    let lines = inputs::lines(&file)
        .with_context(failed)
        .map_err(Failure::invalid)?;
    let mut tried: Vec<Tried> = Vec::new();
    let mut first: Vec<Vec<u8>> = Vec::new();
    for line in lines {
        let line = line.with_context(failed).map_err(Failure::invalid)?;
        let one = trial.line(&line);
        if first.len() < FIRST {
            first.push(line);
        }
        if tried.len() < arguments.lines {
            tried.push(one);
        }
    }
    let summary = trial.summary();
    if summary.mapped + summary.shadows == 0 {
        warn_of_misfit(&mapping, &file, &first, context)?;
    }
    context.show(&Report::tried(&tried, &summary), arguments.format.format)?;
    judge(arguments, &summary, &tried, context)
}

/// Lines of the beginning by which a mapping is known to fit.
const FIRST: usize = 200;

/// Says that the lines are of another source.
fn warn_of_misfit(
    mapping: &Mapping,
    file: &Path,
    first: &[Vec<u8>],
    context: Context<'_>,
) -> Result<(), Failure> {
    let catalogue = rules::mappings(context.global.rules.as_deref())?;
    let lines: Vec<&[u8]> = first.iter().map(Vec::as_slice).collect();
    if let Some(misfit) = catalogue.misfit(mapping, &lines) {
        let output = context.output;
        output.say(&format!("warning: {}: {misfit}", file.display()));
    }
    Ok(())
}

/// A mapping file, or one of ours or of the user's rules by its name.
fn mapping(path: &Path, context: Context<'_>) -> Result<Mapping, Failure> {
    if path.is_file() {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))
            .map_err(Failure::invalid)?;
        return Mapping::parse(&text, &path.display().to_string()).map_err(Failure::definitions);
    }
    let mappings = rules::mappings(context.global.rules.as_deref())?;
    let name = path.display().to_string();
    match mappings.named(&name) {
        Ok(mapping) => Ok(mapping.clone()),
        Err(unknown) => {
            let error = anyhow::Error::new(unknown);
            Err(Failure::usage(
                error.context(format!("{name} is no file either")),
            ))
        }
    }
}

/// The lines that lie beside a mapping file.
fn beside(mapping: &Path) -> Result<PathBuf, Failure> {
    let candidates = BESIDE.map(|extension| mapping.with_extension(extension));
    let found = candidates
        .iter()
        .find(|file| file.is_file() && *file != mapping);
    found.cloned().ok_or_else(|| {
        let [first, ..] = &candidates;
        let error = anyhow::anyhow!("there are no lines to try {} on", mapping.display());
        let help = format!("name a FILE, or put lines into {}", first.display());
        Failure::usage(error).help(help)
    })
}

fn judge(
    arguments: &SourcesTest,
    summary: &TrialSummary,
    tried: &[Tried],
    context: Context<'_>,
) -> Outcome {
    let rejected = number::share(summary.rejected, summary.records) * 100.0;
    if rejected > arguments.max_rejected {
        let error = anyhow::anyhow!(
            "{} of the records were rejected, more than the {} % of --max-rejected",
            number::ratio(rejected / 100.0),
            arguments.max_rejected
        );
        return Err(Failure::invalid(error));
    }
    let expected = arguments.mapping.with_extension("expected.ndjson");
    if arguments.file.is_some() || !expected.is_file() {
        return Ok(Exit::Fine);
    }
    match difference(&expected, tried)? {
        none if none.is_empty() => Ok(Exit::Fine),
        differences => {
            for difference in differences {
                let place = expected.display();
                context.output.problem(&format!("{place}: {difference}"));
            }
            Ok(Exit::Found)
        }
    }
}

/// The first line that became something else than was expected, in sentences; none when all lines
/// are as expected.
fn difference(expected: &Path, tried: &[Tried]) -> Result<Vec<String>, Failure> {
    let text = fs::read_to_string(expected)
        .with_context(|| format!("cannot read {}", expected.display()))
        .map_err(Failure::invalid)?;
    let mut found = tried.iter();
    for (index, line) in text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
    {
        let wanted: Value = serde_json::from_str(line)
            .with_context(|| format!("{}:{}", expected.display(), index + 1))
            .map_err(Failure::invalid)?;
        let Some(one) = found.next() else {
            return Ok(vec![format!("line {} is missing", index + 1)]);
        };
        let one = serde_json::to_value(one).map_err(Failure::machine)?;
        if without_version(wanted.clone()) != without_version(one.clone()) {
            let line = one.get("line").unwrap_or(&Value::Null);
            return Ok(vec![
                format!("line {line} became another than expected"),
                format!("line {line} expected {wanted}"),
                format!("line {line} found    {one}"),
            ]);
        }
    }
    let more = found
        .next()
        .map(|one| format!("line {} was not expected", one.line));
    Ok(more.into_iter().collect())
}

/// The version holds a hash of the file, which may change without the events changing.
fn without_version(mut line: Value) -> Value {
    let events = line.get_mut("events").and_then(Value::as_array_mut);
    for event in events.into_iter().flatten() {
        if let Some(columns) = event.as_object_mut() {
            columns.remove("mapping_version");
        }
    }
    line
}
