//! Every message about a recording, in one place.

use fidoscope_recording::ProfileError;
use fidoscope_recording::{ForeignMember, LoadError};
use fidoscope_report::{Diagnostic, Location, Severity, near_miss};
use fidoscope_verifier::STEPS;

/// Where a document lies.
pub(crate) struct Place<'p> {
    pub(crate) name: &'p str,
    pub(crate) bytes: &'p [u8],
    /// Line of the file on which the bytes start, from 1.
    pub(crate) line: usize,
}

/// A member that no recording has.
pub(crate) fn foreign_member(place: &Place<'_>, member: &ForeignMember) -> Diagnostic {
    let (code, severity) = match member.fatal {
        true => ("FS-C002", Severity::Error),
        false => ("FS-C001", Severity::Warning),
    };
    let span = member.offset.map(|at| (at, at + member.length));
    Diagnostic {
        code,
        severity,
        message: format!("unknown member `{}`", member.path),
        at: locate(place, span, Some(member.path.clone())),
        help: member
            .suggestion
            .map(|meant| format!("did you mean `{meant}`?")),
        source: source(place),
    }
}

/// A document that is no recording.
pub(crate) fn not_a_recording(place: &Place<'_>, error: &LoadError) -> Diagnostic {
    let mut at = locate(place, None, None);
    match error {
        LoadError::Content {
            line, column, path, ..
        } => {
            at.line = u64::try_from(place.line + line.saturating_sub(1)).ok();
            at.column = u64::try_from((*column).max(1)).ok();
            at.field = Some(path.clone()).filter(|path| !path.is_empty());
        }
        LoadError::Encoding { offset } => {
            at = locate(place, Some((*offset, offset + 1)), None);
        }
        _ => at.field = Some("schema".to_owned()),
    }
    Diagnostic {
        code: "FS-C003",
        severity: Severity::Error,
        message: format!("not a recording: {error}"),
        at,
        help: None,
        source: source(place),
    }
}

/// A policy that names a profile which cannot judge.
pub(crate) fn profile(place: &Place<'_>, name: &str, error: &ProfileError) -> Diagnostic {
    Diagnostic {
        code: "FS-C004",
        severity: Severity::Error,
        message: error.to_string(),
        at: locate(place, find(place, name), Some("policy.profile".to_owned())),
        help: None,
        source: source(place),
    }
}

/// An expectation that names a step which does not exist.
pub(crate) fn unknown_step(place: &Place<'_>, profile: &str, step: &str) -> Diagnostic {
    let meant = near_miss(step, STEPS.iter().map(|known| known.id));
    Diagnostic {
        code: "FS-C005",
        severity: Severity::Error,
        message: format!("no step is called `{step}`"),
        at: locate(
            place,
            find(place, step),
            Some(format!("expect.{profile}.step")),
        ),
        help: meant.map(|id| format!("did you mean `{id}`?")),
        source: source(place),
    }
}

/// The place of a text value, when it occurs in the document.
fn find(place: &Place<'_>, value: &str) -> Option<(usize, usize)> {
    let quoted = format!("\"{value}\"");
    let at = place
        .bytes
        .windows(quoted.len())
        .position(|window| window == quoted.as_bytes())?;
    let start = at + 1;
    Some((start, start + value.len()))
}

fn locate(place: &Place<'_>, span: Option<(usize, usize)>, field: Option<String>) -> Location {
    let start = span.map_or(0, |(start, _)| start);
    let before = place.bytes.get(..start).unwrap_or(place.bytes);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + place.line;
    let of_line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let column = String::from_utf8_lossy(of_line).chars().count() + 1;
    Location {
        file: Some(place.name.to_owned()),
        line: u64::try_from(line).ok(),
        column: u64::try_from(column).ok(),
        span,
        field,
    }
}

fn source(place: &Place<'_>) -> Option<String> {
    str::from_utf8(place.bytes).ok().map(str::to_owned)
}
