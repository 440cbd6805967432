//! Every message about a policy file, in one place.

use fidoscope_report::{Diagnostic, Location as Place, Severity, near_miss};
use serde_saphyr::{Error, Location};

/// The file that a message is about.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) yaml: &'a str,
    pub(super) name: &'a str,
}

/// The file is not YAML, or does not have the shape of a policy.
pub(super) fn unreadable(text: Text<'_>, error: &Error) -> Diagnostic {
    let at = error.location().unwrap_or(Location::UNKNOWN);
    match error.without_snippet() {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            let help = nearest(field, expected);
            build("FS-P002", text, at, format!("unknown key `{field}`"), help)
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let help = nearest(variant, expected);
            let message = format!("unknown word `{variant}`");
            build("FS-P003", text, at, message, help)
        }
        Error::SerdeMissingField { field, .. } => {
            let message = format!("the key `{field}` is missing");
            build("FS-P004", text, at, message, None)
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            let message = format!("the key `{key}` stands here twice");
            build("FS-P005", text, at, message, None)
        }
        other => {
            let message = other.to_string();
            let line = message.lines().next().unwrap_or("the file cannot be read");
            build("FS-P001", text, at, line.to_owned(), None)
        }
    }
}

/// The name cannot be typed on a command line.
pub(super) fn name(text: Text<'_>, at: Location, name: &str) -> Diagnostic {
    let message = format!("`{name}` is not a name of a policy");
    let help = "use lower-case letters, digits and `-`, e.g. `enterprise`".to_owned();
    build("FS-P006", text, at, message, Some(help))
}

/// No profile has this name.
pub(super) fn profile(text: Text<'_>, at: Location, name: &str, known: &[&str]) -> Diagnostic {
    let message = format!("no profile is called `{name}`");
    build("FS-P007", text, at, message, nearest(name, known))
}

/// Not a way to count the parts of a compound statement.
pub(super) fn compound(text: Text<'_>, at: Location, found: &str) -> Diagnostic {
    let message = format!("`{found}` does not say how many statements must verify");
    let help = "write `all`, `any` or a number of 1 or more, in quotes".to_owned();
    build("FS-P008", text, at, message, Some(help))
}

/// No browser would send this as an origin.
pub(super) fn origin(text: Text<'_>, at: Location, found: &str) -> Diagnostic {
    let message = format!("`{found}` can equal no origin");
    let help = "write scheme and host as a client sends them: lower case, an IDN in its xn-- form, \
                no default port, nothing after the host, e.g. `https://login.example.org`";
    build("FS-P009", text, at, message, Some(help.to_owned()))
}

/// Anyone can claim an AAGUID.
pub(super) fn models_unproven(text: Text<'_>, at: Location) -> Diagnostic {
    let message = "a list of models proves nothing where attestation is not required".to_owned();
    let help = "add `requireAttestation: true` and `acceptSelf: false`".to_owned();
    Diagnostic {
        severity: Severity::Warning,
        ..build("FS-P010", text, at, message, Some(help))
    }
}

/// Which of the two counts?
pub(super) fn advisory_twice(text: Text<'_>, at: Location, id: &str) -> Diagnostic {
    let message = format!("the advisory `{id}` stands here twice");
    build("FS-P011", text, at, message, None)
}

/// An advisory that cannot be read up is a rumour.
pub(super) fn advisory_link(text: Text<'_>, at: Location, found: &str) -> Diagnostic {
    let message = format!("`{found}` is no link to an advisory");
    let help = "write an address that begins with https://".to_owned();
    build("FS-P012", text, at, message, Some(help))
}

/// Not a day of the calendar.
pub(super) fn advisory_date(text: Text<'_>, at: Location, found: &str) -> Diagnostic {
    let message = format!("`{found}` is no day");
    build(
        "FS-P013",
        text,
        at,
        message,
        Some("write it as 2024-09-03".to_owned()),
    )
}

/// Not a version to compare with.
pub(super) fn advisory_firmware(text: Text<'_>, at: Location, message: String) -> Diagnostic {
    build("FS-P014", text, at, message, None)
}

/// Not an AAGUID, or the one that names no model.
pub(super) fn advisory_model(text: Text<'_>, at: Location, found: &str) -> Diagnostic {
    let message = format!("`{found}` names no model");
    let help = "write its AAGUID as a UUID; the zero AAGUID is none".to_owned();
    build("FS-P015", text, at, message, Some(help))
}

/// Nobody would ever see it.
pub(super) fn advisory_of_nothing(text: Text<'_>, at: Location) -> Diagnostic {
    let message = "an advisory about no model is never shown".to_owned();
    let help = "list the AAGUIDs of its models".to_owned();
    build("FS-P016", text, at, message, Some(help))
}

fn build(
    code: &'static str,
    text: Text<'_>,
    at: Location,
    message: String,
    help: Option<String>,
) -> Diagnostic {
    let span = at.span();
    let bytes = span
        .byte_offset()
        .zip(span.byte_len())
        .and_then(|(start, len)| {
            let start = usize::try_from(start).ok()?;
            let end = start.checked_add(usize::try_from(len).ok()?)?;
            text.yaml.get(start..end).map(|_| (start, end))
        });
    let known = at != Location::UNKNOWN;
    Diagnostic {
        code,
        severity: Severity::Error,
        message,
        at: Place {
            file: Some(text.name.to_owned()),
            line: known.then(|| at.line()),
            column: known.then(|| at.column()),
            span: bytes,
            field: None,
        },
        help,
        source: Some(text.yaml.to_owned()),
    }
}

/// The word that was probably meant, else all of them.
fn nearest(found: &str, words: &[&str]) -> Option<String> {
    Some(match near_miss(found, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("expected one of: {}", words.join(", ")),
    })
}
