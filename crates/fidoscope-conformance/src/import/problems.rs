//! Every message about an import, in one place.

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

/// A document that is no JSON.
pub(super) fn not_json(file: &str, error: &serde_json::Error) -> Diagnostic {
    let mut place = at(file, "");
    place.line = u64::try_from(error.line()).ok();
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

/// A response whose options are not there.
pub(super) fn unmatched(file: &str, path: &str) -> Diagnostic {
    let message = "no options with this response's challenge are in the file".to_owned();
    let mut problem = diagnostic("FS-C034", Severity::Warning, message, at(file, path));
    problem.help = Some(
        "start recording before the page asks for the challenge, or name the file with the options"
            .to_owned(),
    );
    problem
}
