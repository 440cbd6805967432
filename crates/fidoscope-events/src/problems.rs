//! Every message about a mapping file, in one place.

use fidoscope_report::{Diagnostic, Location as Place, Severity, near_miss};
use serde_saphyr::{Error, Location, Spanned};

/// The problems of one file.
pub(crate) struct Problems<'s> {
    file: &'s str,
    text: &'s str,
    found: Vec<Diagnostic>,
}

impl<'s> Problems<'s> {
    /// No problems yet.
    pub(crate) const fn new(file: &'s str, text: &'s str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
        }
    }

    /// The problems, in the order of the file.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by_key(|problem| (problem.at.line, problem.at.column));
        self.found.dedup();
        self.found
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The file is no YAML, or not of the shape of a mapping.
    pub(crate) fn not_a_mapping(&mut self, error: &Error) {
        let at = error.location().unwrap_or(Location::UNKNOWN);
        let (message, help) = match error.without_snippet() {
            Error::SerdeUnknownField {
                field, expected, ..
            } => {
                let help = near(field, expected.iter().copied())
                    .or_else(|| Some(format!("keys allowed here: {}", expected.join(", "))));
                (format!("the key {field:?} is not known here"), help)
            }
            Error::SerdeUnknownVariant {
                variant, expected, ..
            } => {
                let help = near(variant, expected.iter().copied())
                    .or_else(|| Some(format!("one of {}", expected.join(", "))));
                (format!("the word {variant:?} is not known here"), help)
            }
            Error::SerdeMissingField { field, .. } => {
                (format!("the key {field:?} is missing"), None)
            }
            other => (first_line(&other.to_string()), None),
        };
        self.add("FS-M001", message, at, help);
    }

    pub(crate) fn unsupported_version(&mut self, found: &Spanned<String>, expected: &str) {
        let message = format!("apiVersion {:?} is not supported", found.value);
        self.add(
            "FS-M002",
            message,
            found.referenced,
            Some(format!("write {expected:?}")),
        );
    }

    pub(crate) fn bad_source(&mut self, found: &Spanned<String>) {
        let message = format!("{:?} cannot be the name of a source", found.value);
        let help = "use lower-case letters, digits and `_`".to_owned();
        self.add("FS-M003", message, found.referenced, Some(help));
    }

    pub(crate) fn unknown_word<'w>(
        &mut self,
        found: &Spanned<String>,
        what: &str,
        words: impl Iterator<Item = &'w str> + Clone,
    ) {
        let help = near(&found.value, words.clone()).or_else(|| {
            let words: Vec<_> = words.collect();
            (words.len() <= 30).then(|| format!("one of {}", words.join(", ")))
        });
        self.add(
            "FS-M004",
            format!("{:?} is no {what}", found.value),
            found.referenced,
            help,
        );
    }

    pub(crate) fn derived_column(&mut self, found: &Spanned<String>) {
        let message = format!("the column {:?} is filled by fidoscope", found.value);
        self.add("FS-M005", message, found.referenced, None);
    }

    pub(crate) fn no_constant(&mut self, found: &Spanned<String>) {
        let message = format!(
            "the column {:?} holds no text, so it takes no constant",
            found.value
        );
        self.add("FS-M006", message, found.referenced, None);
    }

    pub(crate) fn bad_path(&mut self, found: &Spanned<String>, why: &str) {
        let message = format!("the path {:?} cannot be read: {why}", found.value);
        self.add("FS-M007", message, found.referenced, None);
    }

    pub(crate) fn bad_pattern(&mut self, pattern: &str, error: &regex::Error, at: Location) {
        let text = error.to_string();
        let why = text
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        self.add(
            "FS-M008",
            format!("the pattern {pattern:?} cannot be read: {why}"),
            at,
            None,
        );
    }

    pub(crate) fn flags_without_bits(&mut self, at: Location) {
        let help = "write `members`, or `path` with `tokens` and `bits`".to_owned();
        self.add(
            "FS-M009",
            "flags say not which bits they hold".to_owned(),
            at,
            Some(help),
        );
    }

    pub(crate) fn let_wants_bool(&mut self, found: &Spanned<String>) {
        let message = format!(
            "{:?} is a condition and can only be true or false",
            found.value
        );
        self.add("FS-M010", message, found.referenced, None);
    }

    pub(crate) fn unknown_column_value(&mut self, found: &Spanned<String>, fields: &[&str]) {
        let message = format!(
            "{:?} names a column that `fields` does not fill",
            found.value
        );
        let name = found.value.trim_start_matches('$');
        self.add(
            "FS-M011",
            message,
            found.referenced,
            near(name, fields.iter().copied()),
        );
    }

    pub(crate) fn coverage(&mut self, found: &Spanned<String>, why: &str) {
        let message = format!("{:?} is not true of this column: {why}", found.value);
        self.add("FS-M012", message, found.referenced, None);
    }

    pub(crate) fn coverage_word(&mut self, found: &Spanned<String>, help: &str) {
        let message = format!("{:?} is no statement of coverage", found.value);
        self.add("FS-M012", message, found.referenced, Some(help.to_owned()));
    }

    fn add(&mut self, code: &'static str, message: String, at: Location, help: Option<String>) {
        let known = at != Location::UNKNOWN;
        let span = at.span();
        let offset = |offset: Option<u64>| offset.and_then(|offset| usize::try_from(offset).ok());
        let start = offset(span.byte_offset());
        let length = offset(span.byte_len()).unwrap_or(0);
        self.found.push(Diagnostic {
            code,
            severity: Severity::Error,
            message,
            at: Place {
                file: Some(self.file.to_owned()),
                line: known.then(|| at.line()),
                column: known.then(|| at.column()),
                span: start.filter(|_| known).map(|start| (start, start + length)),
                field: None,
            },
            help,
            source: Some(self.text.to_owned()),
        });
    }
}

fn near<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<String> {
    near_miss(text, words).map(|word| format!("did you mean {word:?}?"))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// `, did you mean ...?` when one of the words is near.
pub(crate) fn suggestion<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> String {
    near_miss(text, words).map_or_else(String::new, |word| format!(", did you mean {word:?}?"))
}

#[cfg(test)]
mod tests;
