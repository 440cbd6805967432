//! Every message about a dashboard file, in one place.

use fidoscope_report::time::TimeError;
use fidoscope_report::{Diagnostic, Location as Place, Severity, near_miss};
use serde_saphyr::{Error, Location};

use crate::Dashboard;

/// The file that a message is about.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) yaml: &'a str,
    pub(crate) name: &'a str,
}

/// The file is not YAML, or does not have the shape of a dashboard.
pub(crate) fn unreadable(text: Text<'_>, error: &Error) -> Diagnostic {
    let at = error.location().unwrap_or(Location::UNKNOWN);
    match error.without_snippet() {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            let help = nearest(field, expected);
            build(
                "FS-B002",
                text,
                at,
                format!("unknown key `{field}`"),
                Some(help),
            )
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let help = nearest(variant, expected);
            build(
                "FS-B003",
                text,
                at,
                format!("unknown word `{variant}`"),
                Some(help),
            )
        }
        Error::SerdeMissingField { field, .. } => build(
            "FS-B004",
            text,
            at,
            format!("the key `{field}` is missing"),
            None,
        ),
        Error::DuplicateMappingKey { key: Some(key), .. } => build(
            "FS-B005",
            text,
            at,
            format!("the key `{key}` stands here twice"),
            None,
        ),
        other => {
            let message = other.to_string();
            let line = message.lines().next().unwrap_or("the file cannot be read");
            build("FS-B001", text, at, line.to_owned(), None)
        }
    }
}

/// The name cannot be typed on a command line.
pub(crate) fn name(text: Text<'_>, at: Location, name: &str) -> Diagnostic {
    let message = format!("`{name}` is not a name of a dashboard");
    let help = "use lower-case letters, digits and `-`, e.g. `on-call`".to_owned();
    build("FS-B006", text, at, message, Some(help))
}

/// There is nothing to draw.
pub(crate) fn no_panels(text: Text<'_>, at: Location) -> Diagnostic {
    build(
        "FS-B007",
        text,
        at,
        "a dashboard needs at least one panel".to_owned(),
        None,
    )
}

/// The engine has no panel of that name.
pub(crate) fn source(text: Text<'_>, at: Location, name: &str, known: &[&str]) -> Diagnostic {
    build(
        "FS-B008",
        text,
        at,
        format!("unknown source `{name}`"),
        Some(nearest(name, known)),
    )
}

/// A panel has no source or two.
pub(crate) fn one_source(text: Text<'_>, at: Location, both: bool) -> Diagnostic {
    let message = if both {
        "a panel has either `source` or `query`, not both"
    } else {
        "a panel needs `source` or `query`"
    };
    build("FS-B009", text, at, message.to_owned(), None)
}

/// A panel does not lie in the grid.
pub(crate) fn outside(text: Text<'_>, at: Location, rows: u16) -> Diagnostic {
    let message = "the panel does not lie in the grid".to_owned();
    let help = format!(
        "column + width is at most 12, row + height at most {rows}, width and height at least 1"
    );
    build("FS-B010", text, at, message, Some(help))
}

/// Two panels want the same place.
pub(crate) fn overlap(text: Text<'_>, at: Location, other: &str) -> Diagnostic {
    let message = format!("the panel lies over the panel `{other}`");
    build("FS-B011", text, at, message, None)
}

/// A duration cannot be read.
pub(crate) fn duration(text: Text<'_>, at: Location, error: TimeError) -> Diagnostic {
    let help = Some(error.help.to_owned());
    build("FS-B012", text, at, error.message, help)
}

/// A query has a parameter that nothing is given for.
pub(crate) fn parameter(text: Text<'_>, at: Location, name: &str) -> Diagnostic {
    let message = format!("a query has no parameter `${name}`");
    let known = Dashboard::PARAMETERS.map(|name| format!("${name}"));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = nearest(&format!("${name}"), &known);
    build("FS-B013", text, at, message, Some(help))
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
fn nearest(found: &str, words: &[&str]) -> String {
    match near_miss(found, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("expected one of: {}", words.join(", ")),
    }
}
