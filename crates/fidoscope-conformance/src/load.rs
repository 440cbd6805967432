//! Recordings from the bytes of a file, with everything that is odd about them.

use fidoscope_recording::Profile;
use fidoscope_recording::{Layout, Loaded, Recording};
use fidoscope_report::Diagnostic;

use crate::problems;
use fidoscope_recording::Batch;

/// A recording and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedRecording {
    /// The file as the caller named it, with the line when it holds several.
    pub file: String,
    /// The recording.
    pub recording: Recording,
}

/// Reads the recordings of a file. Names ending in `.jsonl` or `.ndjson` hold one a line; the
/// layout of other files is told from their first line.
///
/// A recording with an error among its diagnostics is left out.
#[must_use]
pub fn load(name: &str, bytes: &[u8]) -> (Vec<LoadedRecording>, Vec<Diagnostic>) {
    let layout = layout(name, bytes);
    documents(name, bytes, layout, 1)
}

/// Reads the recordings of a piece of a file.
#[must_use]
pub fn load_batch(batch: &Batch) -> (Vec<LoadedRecording>, Vec<Diagnostic>) {
    documents(&batch.file, &batch.bytes, batch.layout, batch.line)
}

fn documents(
    name: &str,
    bytes: &[u8],
    layout: Layout,
    first_line: usize,
) -> (Vec<LoadedRecording>, Vec<Diagnostic>) {
    let mut recordings = Vec::new();
    let mut diagnostics = Vec::new();
    for document in fidoscope_recording::load(bytes, layout) {
        let line = document.line + first_line - 1;
        let file = match layout {
            Layout::Lines => format!("{name}:{line}"),
            Layout::One => name.to_owned(),
        };
        // A message about a line draws that line, not the whole file.
        let rest = bytes.get(document.offset..).unwrap_or_default();
        let own = match layout {
            Layout::Lines => rest.split(|byte| *byte == b'\n').next().unwrap_or_default(),
            Layout::One => rest,
        };
        let place = problems::Place {
            name,
            bytes: own,
            line,
        };
        let found = judge(&document, &place);
        let usable = !found
            .iter()
            .any(|d| d.severity == fidoscope_report::Severity::Error);
        diagnostics.extend(found);
        if let (Ok(recording), true) = (document.recording, usable) {
            recordings.push(LoadedRecording { file, recording });
        }
    }
    (recordings, diagnostics)
}

fn layout(name: &str, bytes: &[u8]) -> Layout {
    if name.ends_with(".jsonl") || name.ends_with(".ndjson") {
        return Layout::Lines;
    }
    let mut lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let first = lines.next().unwrap_or_default();
    let whole = serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok();
    if whole && lines.next().is_some() {
        Layout::Lines
    } else {
        Layout::One
    }
}

fn judge(document: &Loaded, place: &problems::Place<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for member in &document.foreign {
        found.push(problems::foreign_member(place, member));
    }
    match &document.recording {
        // A misspelt member was reported with a better place already.
        Err(_) if document.foreign.iter().any(|member| member.fatal) => {}
        Err(error) => found.push(problems::not_a_recording(place, error)),
        Ok(recording) => found.extend(names(recording, place)),
    }
    found
}

/// Names of profiles and steps that nobody knows would never match anything.
fn names(recording: &Recording, place: &problems::Place<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(name) = &recording.policy.profile
        && let Err(error) = name.parse::<Profile>()
    {
        found.push(problems::profile(place, name, &error));
    }
    let Some(expect) = &recording.expect else {
        return found;
    };
    let outcomes = [
        ("webauthn-l3", &expect.l3),
        ("webauthn-l2", &expect.l2),
        ("fido-server", &expect.fido_server),
        ("strict", &expect.strict),
    ];
    for (profile, outcome) in outcomes {
        let step = outcome.as_ref().and_then(|outcome| outcome.step.as_deref());
        if let Some(step) = step.filter(|step| fidoscope_verifier::step(step).is_none()) {
            found.push(problems::unknown_step(place, profile, step));
        }
    }
    found
}

#[cfg(test)]
mod tests;
