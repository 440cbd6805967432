//! Every message about a dashboard file, in one place.

use fidoscope_definitions::{File, Mark};
use fidoscope_report::time::TimeError;
use fidoscope_report::{Diagnostic, near_miss};

use crate::Dashboard;

/// The name cannot be typed on a command line.
pub(crate) fn name(file: File<'_>, mark: Mark, name: &str) -> Diagnostic {
    let message = format!("`{name}` is not a name of a dashboard");
    let help = "use lower-case letters, digits and `-`, e.g. `on-call`".to_owned();
    file.error("FS-B006", mark, message, Some(help))
}

/// There is nothing to draw.
pub(crate) fn no_panels(file: File<'_>, mark: Mark) -> Diagnostic {
    file.error(
        "FS-B007",
        mark,
        "a dashboard needs at least one panel".to_owned(),
        None,
    )
}

/// The engine has no panel of that name.
pub(crate) fn source(file: File<'_>, mark: Mark, name: &str, known: &[&str]) -> Diagnostic {
    file.error(
        "FS-B008",
        mark,
        format!("unknown source `{name}`"),
        Some(nearest(name, known)),
    )
}

/// A panel has no source or two.
pub(crate) fn one_source(file: File<'_>, mark: Mark, both: bool) -> Diagnostic {
    let message = if both {
        "a panel has either `source` or `query`, not both"
    } else {
        "a panel needs `source` or `query`"
    };
    file.error("FS-B009", mark, message.to_owned(), None)
}

/// A panel does not lie in the grid.
pub(crate) fn outside(file: File<'_>, mark: Mark, rows: u16) -> Diagnostic {
    let message = "the panel does not lie in the grid".to_owned();
    let help = format!(
        "column + width is at most 12, row + height at most {rows}, width and height at least 1"
    );
    file.error("FS-B010", mark, message, Some(help))
}

/// Two panels want the same place.
pub(crate) fn overlap(file: File<'_>, mark: Mark, other: &str) -> Diagnostic {
    let message = format!("the panel lies over the panel `{other}`");
    file.error("FS-B011", mark, message, None)
}

/// A duration cannot be read.
pub(crate) fn duration(file: File<'_>, mark: Mark, error: TimeError) -> Diagnostic {
    let help = Some(error.help.to_owned());
    file.error("FS-B012", mark, error.message, help)
}

/// A query has a parameter that nothing is given for.
pub(crate) fn parameter(file: File<'_>, mark: Mark, name: &str) -> Diagnostic {
    let message = format!("a query has no parameter `${name}`");
    let known = Dashboard::PARAMETERS.map(|name| format!("${name}"));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = nearest(&format!("${name}"), &known);
    file.error("FS-B013", mark, message, Some(help))
}

/// The word that was probably meant, else all of them.
fn nearest(found: &str, words: &[&str]) -> String {
    match near_miss(found, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("one of: {}", words.join(", ")),
    }
}
