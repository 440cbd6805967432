//! `fidoscope import`: recordings of HTTP archives, and of options with their responses.

use anyhow::Context as _;
use fidoscope_recording::{Batches, redact};
use fidoscope_report::{Severity, escape_json};

use super::Context;
use crate::cli::Import;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::inputs;
use crate::out::{is_no_folder, make_folder_of};

pub(crate) fn run(arguments: &Import, context: Context<'_>) -> Outcome {
    if let Some(file) = &arguments.out {
        is_no_folder(file, "--out")?;
    }
    let mut import = fidoscope_recording::Import::new(arguments.origin.clone());
    for file in &arguments.files {
        let name = file.display().to_string();
        let input = inputs::open(file)
            .with_context(|| format!("cannot read {name}"))
            .map_err(Failure::invalid)?;
        for batch in Batches::new(&name, input) {
            import.add_batch(&batch.map_err(Failure::invalid)?);
        }
    }
    let imported = import.finish();
    context.output.diagnostics(&imported.diagnostics);
    context.output.diagnostics(&imported.conversions());
    context.output.say(&imported.words());
    let mut text = String::new();
    for mut recording in imported.recordings {
        if arguments.redact {
            redact(&mut recording);
        }
        let line = serde_json::to_string(&recording).map_err(Failure::machine)?;
        text.push_str(&escape_json(line));
        text.push('\n');
    }
    match &arguments.out {
        Some(file) => make_folder_of(file)
            .and_then(|_| std::fs::write(file, &text))
            .with_context(|| format!("cannot write {}", file.display()))
            .map_err(Failure::machine)?,
        None => context.output.result(&text)?,
    }
    let errors = imported
        .diagnostics
        .iter()
        .any(|d| d.severity == Severity::Error);
    Ok(match text.is_empty() {
        _ if errors => Exit::Invalid,
        true => Exit::Indeterminate,
        false => Exit::Fine,
    })
}
