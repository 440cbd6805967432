//! Every message that all kinds of definitions share.

use fidoscope_report::{Diagnostic, Location, Severity, near_miss};
use serde_saphyr::Error;

use crate::{Key, Mark, Node, Tree};

/// Kind of definition: its words in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Word for one of them, e.g. `rule`.
    pub name: &'static str,
    /// Key whose value tells them apart, e.g. `id`.
    pub id: &'static str,
    /// Codes of the messages that all kinds share.
    pub codes: Codes,
}

/// Codes of the messages that all kinds share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// The file is no YAML, or no text at all.
    pub not_yaml: &'static str,
    /// A key means nothing where it stands.
    pub unknown_key: &'static str,
    /// A word is none of a few.
    pub unknown_word: &'static str,
    /// A key has to be there.
    pub missing_key: &'static str,
    /// A node is not of the sort that belongs there.
    pub wrong_shape: &'static str,
    /// A key comes twice in one map.
    pub twice_a_key: &'static str,
    /// Two files define the same thing.
    pub twice: &'static str,
}

/// File that messages point into.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Kind of what it defines.
    pub kind: &'static Kind,
    /// Name as the user knows it.
    pub name: &'a str,
    /// Text.
    pub text: &'a str,
}

impl File<'_> {
    /// An error at a place.
    #[must_use]
    pub fn error(
        self,
        code: &'static str,
        mark: Mark,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message,
            at: Location {
                file: Some(self.name.to_owned()),
                line: (mark.line > 0).then_some(mark.line),
                column: (mark.column > 0).then_some(mark.column),
                span: mark.span.filter(|_| mark.slice(self.text).is_some()),
                field: None,
            },
            help,
            source: Some(self.text.to_owned()),
        }
    }

    /// Something at a place that is used, but looks wrong.
    #[must_use]
    pub fn warning(
        self,
        code: &'static str,
        mark: Mark,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..self.error(code, mark, message, help)
        }
    }

    /// Not YAML, or not one document of it.
    pub(crate) fn not_yaml(self, error: &Error) -> Diagnostic {
        let (kind, codes) = (self.kind.name, self.kind.codes);
        let mark = error.location().map_or_else(Mark::default, Mark::from);
        let (code, message) = match error.without_snippet() {
            Error::MultipleDocuments { .. } => (
                codes.not_yaml,
                format!("a file holds one {kind}, and here another document begins"),
            ),
            Error::DuplicateMappingKey { key, .. } => (
                codes.twice_a_key,
                format!("the key `{}` comes twice", key.as_deref().unwrap_or("?")),
            ),
            other => {
                let text = other.to_string();
                let first = text.lines().next().unwrap_or_default();
                let reason = first.split(" at line ").next().unwrap_or(first);
                (codes.not_yaml, format!("not a {kind} in YAML: {reason}"))
            }
        };
        self.error(code, mark, message, None)
    }

    /// A key that means nothing here.
    #[must_use]
    pub fn unknown_key(self, key: &Key, known: &[&str]) -> Diagnostic {
        let help = nearest(&key.text, known, "known here");
        let message = format!("unknown key `{}`", key.text);
        self.error(self.kind.codes.unknown_key, key.mark, message, Some(help))
    }

    /// A key that has to be there.
    #[must_use]
    pub fn missing_key(self, mark: Mark, key: &str, help: Option<&str>) -> Diagnostic {
        let message = format!("`{key}` is missing");
        let help = help.map(str::to_owned);
        self.error(self.kind.codes.missing_key, mark, message, help)
    }

    /// A node of another sort than belongs here.
    #[must_use]
    pub fn wrong_shape(self, node: &Node, what: &str, wanted: &str) -> Diagnostic {
        let message = format!("{what} has to be {wanted}, not {}", node.shape());
        self.error(self.kind.codes.wrong_shape, node.mark, message, None)
    }

    /// A word that is none of a few.
    #[must_use]
    pub fn unknown_word(self, mark: Mark, key: &str, word: &str, known: &[&str]) -> Diagnostic {
        let help = nearest(word, known, "one of");
        let message = format!("`{key}` cannot be `{word}`");
        self.error(self.kind.codes.unknown_word, mark, message, Some(help))
    }

    /// A definition that another file has as well.
    pub(crate) fn twice(self, id: &str, other: &str) -> Diagnostic {
        let root = crate::node::parse(self.text).ok();
        let mark = root.and_then(|root| self.identifier(&root, id));
        let message = format!("{} {id} is also in {other}", self.kind.name);
        let help = format!("give one of them another `{}`", self.kind.id);
        let mark = mark.unwrap_or_default();
        self.error(self.kind.codes.twice, mark, message, Some(help))
    }

    /// Place where a definition says what it is called, at any depth of the file.
    fn identifier(self, node: &Node, id: &str) -> Option<Mark> {
        match &node.tree {
            Tree::Map(entries) => entries.iter().find_map(|(key, value)| {
                let written = value
                    .written(self.text)
                    .filter(|_| key.text == self.kind.id);
                match written {
                    Some(written) if written.eq_ignore_ascii_case(id) => Some(value.mark),
                    _ => self.identifier(value, id),
                }
            }),
            Tree::List(items) => items.iter().find_map(|item| self.identifier(item, id)),
            _ => None,
        }
    }
}

/// The word that was probably meant, else all of them.
pub(crate) fn nearest(found: &str, words: &[&str], all: &str) -> String {
    match near_miss(found, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("{all}: {}", words.join(", ")),
    }
}
