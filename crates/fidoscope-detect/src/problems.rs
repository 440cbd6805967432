//! Every problem that only a rule file can have.

use fidoscope_definitions::{File, Mark};
use fidoscope_report::{Diagnostic, near_miss};

use crate::columns;
use crate::rule::KIND;

/// A feature of Sigma that is refused rather than misunderstood.
pub(crate) fn unsupported(file: File<'_>, mark: Mark, feature: &str, help: &str) -> Diagnostic {
    let message = format!("{feature} is not supported");
    file.error("FS-R003", mark, message, Some(help.to_owned()))
}

/// Nothing where something has to be.
pub(crate) fn empty(file: File<'_>, mark: Mark, what: &str, wanted: &str) -> Diagnostic {
    let message = format!("{what} has to be {wanted}, not empty");
    file.error(KIND.codes.wrong_shape, mark, message, None)
}

/// Not a column.
pub(crate) fn unknown_column(file: File<'_>, mark: Mark, name: &str) -> Diagnostic {
    let help = near_miss(name, columns().iter().map(|column| column.name)).map(did_you_mean);
    let help = help.unwrap_or_else(|| {
        let added = columns().iter().filter(|column| !column.is_of_event());
        let added: Vec<&str> = added.map(|column| column.name).collect();
        format!(
            "rules use the columns of the event table and {}",
            added.join(", ")
        )
    });
    file.error(
        "FS-R006",
        mark,
        format!("unknown column `{name}`"),
        Some(help),
    )
}

/// Not a modifier of Sigma.
pub(crate) fn unknown_modifier(
    file: File<'_>,
    mark: Mark,
    name: &str,
    known: &[&str],
) -> Diagnostic {
    let help = near_miss(name, known.iter().copied())
        .map(did_you_mean)
        .unwrap_or_else(|| format!("known: {}", known.join(", ")));
    file.error(
        "FS-R007",
        mark,
        format!("unknown modifier `{name}`"),
        Some(help),
    )
}

/// Modifiers that do not fit each other or the column.
pub(crate) fn unfit_modifier(
    file: File<'_>,
    mark: Mark,
    modifier: &str,
    column: &str,
    why: &str,
) -> Diagnostic {
    let message = format!("modifier `{modifier}` cannot be used on `{column}`: {why}");
    file.error("FS-R008", mark, message, None)
}

/// A modifier that keywords, which have no column, cannot have.
pub(crate) fn unfit_keyword(file: File<'_>, mark: Mark, modifier: &str, why: &str) -> Diagnostic {
    let message = format!("modifier `{modifier}` cannot be used on keywords: {why}");
    file.error("FS-R008", mark, message, None)
}

/// A value that the column cannot hold.
pub(crate) fn unfit_value(
    file: File<'_>,
    mark: Mark,
    column: &str,
    wanted: &str,
    found: &str,
) -> Diagnostic {
    let message = format!("`{column}` is compared with {wanted}, not with {found}");
    file.error("FS-R009", mark, message, None)
}

/// The condition does not read.
pub(crate) fn bad_condition(file: File<'_>, mark: Mark, message: &str) -> Diagnostic {
    file.error("FS-R010", mark, format!("condition: {message}"), None)
}

/// The condition names something that is not there.
pub(crate) fn unknown_selection(
    file: File<'_>,
    mark: Mark,
    name: &str,
    known: &[&str],
) -> Diagnostic {
    let help = near_miss(name, known.iter().copied())
        .map(did_you_mean)
        .unwrap_or_else(|| format!("selections here: {}", known.join(", ")));
    let message = format!("condition: there is no selection `{name}`");
    file.error("FS-R011", mark, message, Some(help))
}

/// A selection without effect.
pub(crate) fn unused_selection(file: File<'_>, mark: Mark, name: &str) -> Diagnostic {
    let help = "name it in the condition or take it out".to_owned();
    let message = format!("the condition does not use the selection `{name}`");
    file.error("FS-R012", mark, message, Some(help))
}

/// A regular expression that does not compile.
pub(crate) fn bad_regex(file: File<'_>, mark: Mark, error: &regex::Error) -> Diagnostic {
    let text = error.to_string();
    let reason = text
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    let message = format!("the regular expression cannot be used: {reason}");
    file.error("FS-R013", mark, message, None)
}

/// A summary with a brace too many.
pub(crate) fn unbalanced_summary(file: File<'_>, mark: Mark) -> Diagnostic {
    let help = "a column stands in braces: {sign_count}".to_owned();
    file.error(
        "FS-R015",
        mark,
        "a brace without its partner".to_owned(),
        Some(help),
    )
}

/// An identifier that is not a UUID.
pub(crate) fn not_a_uuid(file: File<'_>, mark: Mark, id: &str) -> Diagnostic {
    let help = "five groups of 8, 4, 4, 4 and 12 hexadecimal digits".to_owned();
    file.error("FS-R016", mark, format!("`{id}` is not a UUID"), Some(help))
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}
