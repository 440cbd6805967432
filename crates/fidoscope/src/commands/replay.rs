//! `fidoscope replay`: recordings through the reference verifier.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, ensure};
use fidoscope_conformance::{
    LoadedRecording, Settings, Summary, SummaryOutcome, explain, replay_one, summarize,
};
use fidoscope_metadata::Blob;
use fidoscope_report::{Diagnostic, Document, Format, Severity};
use fidoscope_verifier::Profile;

use super::Context;
use crate::cli::Replay;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::Inputs;
use crate::metadata;

pub(crate) fn run(arguments: &Replay, context: Context<'_>) -> Outcome {
    let profile = arguments.profile.as_deref().map(profile).transpose()?;
    let anchors = metadata::pem(&arguments.anchor)?;
    let blob = arguments.blob.as_deref().map(metadata::blob).transpose()?;
    let (recordings, diagnostics) = load(&arguments.files)?;
    context.output.diagnostics(&diagnostics);
    let settings = Settings {
        now: context.global.now,
        otherwise_now: context.now(),
        anchors: &anchors,
        metadata: blob.as_ref(),
        profile,
    };
    let replays = recordings
        .iter()
        .map(|recording| judge(recording, settings))
        .collect::<Result<Vec<_>, _>>()?;
    let format = context.output.format(arguments.format.format);
    let document = Document::replays(&replays);
    context.show_with(&document, Some(format), arguments.steps)?;
    if format == Format::Table {
        for replay in replays.iter().filter(|replay| replay.ok == Some(false)) {
            context.output.result(&format!("\n{}", explain(replay)))?;
        }
    }
    let summary = summarize(&replays);
    context.output.say(&words(&summary));
    if replays.iter().any(|replay| replay.test_root) {
        context
            .output
            .say("TEST ROOT: some attestations lead to an anchor made for tests");
    }
    Ok(exit(&summary, &diagnostics))
}

fn profile(name: &str) -> Result<Profile, Failure> {
    name.parse()
        .map_err(|error: fidoscope_verifier::ProfileError| Failure::usage(error))
}

/// Every recording of the files, and what is odd about them.
pub(crate) fn load(paths: &[PathBuf]) -> Result<(Vec<LoadedRecording>, Vec<Diagnostic>), Failure> {
    let (mut recordings, mut diagnostics) = (Vec::new(), Vec::new());
    let inputs = Inputs::find(paths);
    if let Some((folder, error)) = inputs.unreadable.into_iter().next() {
        return Err(Failure::invalid(anyhow!(
            "{} cannot be listed: {error}",
            folder.display()
        )));
    }
    for file in inputs.files {
        let (found, problems) =
            fidoscope_conformance::load(&file.display().to_string(), &metadata::read(&file)?);
        recordings.extend(found);
        diagnostics.extend(problems);
    }
    Ok((recordings, diagnostics))
}

/// Judges a recording, with the BLOB that it names itself unless the user gave one.
fn judge(
    recording: &LoadedRecording,
    settings: Settings<'_>,
) -> Result<fidoscope_report::Replay, Failure> {
    let own = match (&settings.metadata, &recording.recording.mds_blob) {
        (None, Some(reference)) => Some(
            own_blob(&recording.file, &reference.path, &reference.sha256)
                .map_err(Failure::invalid)?,
        ),
        _ => None,
    };
    let settings = Settings {
        metadata: own.as_ref().or(settings.metadata),
        ..settings
    };
    Ok(replay_one(recording, &settings))
}

/// The BLOB that a recording names, relative to the recording's file.
fn own_blob(recording: &str, path: &str, sha256: &str) -> anyhow::Result<Blob> {
    let folder = Path::new(recording).parent().unwrap_or(Path::new(""));
    let file = folder.join(path);
    let bytes = std::fs::read(&file)
        .map_err(|error| anyhow!("{recording}: mdsBlob {}: {error}", file.display()))?;
    let blob = Blob::open(&bytes).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    ensure!(
        blob.sha256().eq_ignore_ascii_case(sha256),
        "{recording}: mdsBlob {} has SHA-256 {}, not {sha256}",
        file.display(),
        blob.sha256()
    );
    Ok(blob)
}

/// `30 replayed: 28 as expected, 1 mismatch, 1 without expectation`.
pub(crate) fn words(summary: &Summary) -> String {
    let mut parts = vec![format!("{} as expected", summary.as_expected)];
    for (count, what) in [
        (summary.mismatches, "not as expected"),
        (summary.without_expectation, "without expectation"),
        (summary.indeterminate, "indeterminate"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!("{} replayed: {}", summary.replays, parts.join(", "))
}

fn exit(summary: &Summary, diagnostics: &[Diagnostic]) -> Exit {
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Exit::Invalid;
    }
    match summary.outcome() {
        SummaryOutcome::Fine => Exit::Fine,
        SummaryOutcome::Mismatch => Exit::Found,
        SummaryOutcome::Indeterminate => Exit::Indeterminate,
    }
}
