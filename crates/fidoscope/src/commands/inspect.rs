//! `fidoscope inspect`: the structure of bytes that clients and authenticators emit.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use fidoscope_inspect::{Artifact, MAX_INPUT, Request, Style, inspect};

use super::Context;
use crate::cli::{Inspect, InspectFormat};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::STDIN;
use crate::metadata;

pub(crate) fn run(arguments: &Inspect, context: Context<'_>) -> Outcome {
    let input = input(&arguments.input)?;
    let blob = arguments.blob.as_deref().map(metadata::blob).transpose()?;
    let request = Request {
        artifact: arguments.artifact,
        models: blob.as_ref(),
    };
    let found = inspect(&input, request).map_err(|error| {
        let names = Artifact::ALL.map(Artifact::as_str).join(", ");
        let is_text = arguments.input != STDIN && !Path::new(&arguments.input).is_file();
        let no_file = if is_text {
            "no file has this name, so it was taken as text; "
        } else {
            ""
        };
        Failure::invalid(error).help(format!("{no_file}say what it is with --as: {names}"))
    })?;
    let options = context.output.options();
    context.output.result(&match arguments.format {
        InspectFormat::Json => found.json(),
        InspectFormat::Text => found.text(Style {
            width: options.width.unwrap_or(Style::default().width),
            color: options.color,
        }),
    })?;
    // What was drawn is only a part of what should be there.
    Ok(if found.faults.is_empty() {
        Exit::Fine
    } else {
        Exit::Invalid
    })
}

/// Standard input, a file, or the text itself when no such file exists.
fn input(name: &str) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(MAX_INPUT)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    if name == STDIN {
        let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
        read.context("standard input").map_err(Failure::invalid)?;
        return Ok(bytes);
    }
    let file = Path::new(name);
    if !file.is_file() {
        return Ok(name.as_bytes().to_vec());
    }
    let read = std::fs::File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {name}"))
        .map_err(Failure::invalid)?;
    Ok(bytes)
}
