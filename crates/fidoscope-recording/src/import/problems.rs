//! Every message about an import, in one place.

use crate::Recording;
use fidoscope_report::{Diagnostic, Location, Severity};

fn at(file: &str, path: &str) -> Location {
    Location {
        file: Some(file.to_owned()),
        field: Some(path.to_owned()).filter(|path| !path.is_empty()),
        ..Location::default()
    }
}

fn diagnostic(code: &'static str, severity: Severity, message: String, at: Location) -> Diagnostic {
    Diagnostic {
        code,
        severity,
        message,
        at,
        help: None,
        source: None,
    }
}

/// A document that is no JSON; it begins on `line` of its file.
pub(super) fn not_json(file: &str, line: usize, error: &serde_json::Error) -> Diagnostic {
    let mut place = at(file, "");
    place.line = u64::try_from((line + error.line()).saturating_sub(1)).ok();
    place.column = u64::try_from(error.column().max(1)).ok();
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(head, _)| head);
    let message = format!("neither a recording nor an archive: {message}");
    diagnostic("FS-C030", Severity::Error, message, place)
}

/// A document without options and response.
pub(super) fn no_part(file: &str) -> Diagnostic {
    let message = "no options and no response of a ceremony are in it".to_owned();
    let mut problem = diagnostic("FS-C031", Severity::Error, message, at(file, ""));
    problem.help = Some(
        "options have a `challenge`, responses a `clientDataJSON`; a recording has a `schema`"
            .to_owned(),
    );
    problem
}

/// Options that are none.
pub(super) fn options(file: &str, path: &str, why: &str) -> Diagnostic {
    let message = format!("options that cannot be read: {why}");
    diagnostic("FS-C032", Severity::Warning, message, at(file, path))
}

/// A response that is none.
pub(super) fn response(file: &str, path: &str, why: &str) -> Diagnostic {
    let message = format!("a response that cannot be read: {why}");
    diagnostic("FS-C033", Severity::Warning, message, at(file, path))
}

/// A response whose options are not there. Where a body could not be read, nobody can say that they
/// were not recorded.
pub(super) fn unmatched(file: &str, path: &str, unread: usize) -> Diagnostic {
    let message = "no options with this response's challenge are in the file".to_owned();
    let mut problem = diagnostic("FS-C034", Severity::Warning, message, at(file, path));
    problem.help = Some(match unread {
        0 => "start recording before the page asks for the challenge, or name the file with the \
             options"
            .to_owned(),
        count => format!("they may be in one of the {count} bodies that could not be read"),
    });
    problem
}

/// A response that does not say which challenge it answers.
pub(super) fn no_challenge(file: &str, path: &str) -> Diagnostic {
    let message = "its clientDataJSON cannot be read, so nobody knows which options it answers";
    response(file, path, message)
}

/// A body of an archive that looks like a part of a ceremony.
pub(super) fn unread(file: &str, path: &str, why: &str) -> Diagnostic {
    let message = format!("a body that looks like a part of a ceremony cannot be read: {why}");
    diagnostic("FS-C035", Severity::Warning, message, at(file, path))
}

/// A recording among options and responses.
pub(super) fn recording(file: &str, path: &str) -> Diagnostic {
    let message = "a recording among options and responses".to_owned();
    let mut problem = diagnostic("FS-C036", Severity::Error, message, at(file, path));
    let help = "put recordings into a file of their own, one a line (.jsonl): `replay` reads it";
    problem.help = Some(help.to_owned());
    problem
}

/// Options that were converted.
pub(super) fn converted(recording: &Recording) -> Diagnostic {
    let source = recording.source.clone().unwrap_or_default();
    let place = at(
        &source.file.unwrap_or_default(),
        &source.entry.unwrap_or_default(),
    );
    let conversions = recording.options.conversions.join("; ");
    let message = format!("options of {}: {conversions}", recording.id);
    diagnostic("FS-C037", Severity::Note, message, place)
}
