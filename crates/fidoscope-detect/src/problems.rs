//! Every problem that a rule file can have.

use fidoscope_report::{Diagnostic, Location, Severity, near_miss};

use crate::columns;
use crate::yaml::Place;

/// The file that problems point into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl File<'_> {
    fn error(
        self,
        code: &'static str,
        place: Place,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message,
            at: Location {
                file: Some(self.name.to_owned()),
                line: (place.line > 0).then_some(place.line),
                column: (place.column > 0).then_some(place.column),
                span: place.span,
                field: None,
            },
            help,
            source: Some(self.text.to_owned()),
        }
    }

    /// Not YAML.
    pub(crate) fn not_yaml(self, error: &serde_saphyr::Error) -> Diagnostic {
        let unknown = Place {
            line: 0,
            column: 0,
            span: None,
        };
        let place = error.location().map_or(unknown, Place::from);
        let message = match error.without_snippet() {
            serde_saphyr::Error::MultipleDocuments { .. } => {
                "a file holds one rule, and here another document begins".to_owned()
            }
            serde_saphyr::Error::DuplicateMappingKey { key, .. } => {
                format!("the key `{}` comes twice", key.as_deref().unwrap_or("?"))
            }
            other => {
                let text = other.to_string();
                let first = text.lines().next().unwrap_or_default();
                let reason = first.split(" at line ").next().unwrap_or(first);
                format!("not a rule in YAML: {reason}")
            }
        };
        self.error("FS-R001", place, message, None)
    }

    /// A key that means nothing here.
    pub(crate) fn unknown_key(self, place: Place, key: &str, known: &[&str]) -> Diagnostic {
        let help = near_miss(key, known.iter().copied())
            .map(did_you_mean)
            .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        self.error("FS-R002", place, format!("unknown key `{key}`"), Some(help))
    }

    /// A feature of Sigma that is refused rather than misunderstood.
    pub(crate) fn unsupported(self, place: Place, feature: &str, help: &str) -> Diagnostic {
        let message = format!("{feature} is not supported");
        self.error("FS-R003", place, message, Some(help.to_owned()))
    }

    /// A key that has to be there.
    pub(crate) fn missing_key(self, place: Place, key: &str, help: &str) -> Diagnostic {
        self.error(
            "FS-R004",
            place,
            format!("`{key}` is missing"),
            Some(help.to_owned()),
        )
    }

    /// Not the kind of node that belongs here.
    pub(crate) fn wrong_shape(
        self,
        place: Place,
        what: &str,
        wanted: &str,
        found: &str,
    ) -> Diagnostic {
        let message = format!("{what} has to be {wanted}, not {found}");
        self.error("FS-R005", place, message, None)
    }

    /// Not a column.
    pub(crate) fn unknown_column(self, place: Place, name: &str) -> Diagnostic {
        let help = near_miss(name, columns().iter().map(|column| column.name)).map(did_you_mean);
        let help = help.unwrap_or_else(|| {
            "rules use the columns of the event table and counter_relation, counter_previous, \
             challenge_use_count, up, uv, be, bs"
                .to_owned()
        });
        self.error(
            "FS-R006",
            place,
            format!("unknown column `{name}`"),
            Some(help),
        )
    }

    /// Not a modifier of Sigma.
    pub(crate) fn unknown_modifier(self, place: Place, name: &str, known: &[&str]) -> Diagnostic {
        let help = near_miss(name, known.iter().copied())
            .map(did_you_mean)
            .unwrap_or_else(|| format!("known: {}", known.join(", ")));
        self.error(
            "FS-R007",
            place,
            format!("unknown modifier `{name}`"),
            Some(help),
        )
    }

    /// Modifiers that do not fit each other or the column.
    pub(crate) fn unfit_modifier(
        self,
        place: Place,
        modifier: &str,
        column: &str,
        why: &str,
    ) -> Diagnostic {
        let message = format!("modifier `{modifier}` cannot be used on `{column}`: {why}");
        self.error("FS-R008", place, message, None)
    }

    /// A modifier that keywords, which have no column, cannot have.
    pub(crate) fn unfit_keyword(self, place: Place, modifier: &str, why: &str) -> Diagnostic {
        let message = format!("modifier `{modifier}` cannot be used on keywords: {why}");
        self.error("FS-R008", place, message, None)
    }

    /// A value that the column cannot hold.
    pub(crate) fn unfit_value(
        self,
        place: Place,
        column: &str,
        wanted: &str,
        found: &str,
    ) -> Diagnostic {
        let message = format!("`{column}` is compared with {wanted}, not with {found}");
        self.error("FS-R009", place, message, None)
    }

    /// The condition does not read.
    pub(crate) fn bad_condition(self, place: Place, message: &str) -> Diagnostic {
        self.error("FS-R010", place, format!("condition: {message}"), None)
    }

    /// The condition names something that is not there.
    pub(crate) fn unknown_selection(self, place: Place, name: &str, known: &[&str]) -> Diagnostic {
        let help = near_miss(name, known.iter().copied())
            .map(did_you_mean)
            .unwrap_or_else(|| format!("selections here: {}", known.join(", ")));
        let message = format!("condition: there is no selection `{name}`");
        self.error("FS-R011", place, message, Some(help))
    }

    /// A selection without effect.
    pub(crate) fn unused_selection(self, place: Place, name: &str) -> Diagnostic {
        let help = "name it in the condition or take it out".to_owned();
        let message = format!("the condition does not use the selection `{name}`");
        self.error("FS-R012", place, message, Some(help))
    }

    /// A regular expression that does not compile.
    pub(crate) fn bad_regex(self, place: Place, error: &regex::Error) -> Diagnostic {
        let text = error.to_string();
        let reason = text
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let message = format!("the regular expression cannot be used: {reason}");
        self.error("FS-R013", place, message, None)
    }

    /// A word that is not one of a few.
    pub(crate) fn unknown_word(
        self,
        place: Place,
        key: &str,
        word: &str,
        known: &[&str],
    ) -> Diagnostic {
        let help = near_miss(word, known.iter().copied())
            .map(did_you_mean)
            .unwrap_or_else(|| format!("one of: {}", known.join(", ")));
        self.error(
            "FS-R014",
            place,
            format!("`{key}` cannot be `{word}`"),
            Some(help),
        )
    }

    /// A summary with a brace too many.
    pub(crate) fn unbalanced_summary(self, place: Place) -> Diagnostic {
        let help = "a column stands in braces: {sign_count}".to_owned();
        self.error(
            "FS-R015",
            place,
            "a brace without its partner".to_owned(),
            Some(help),
        )
    }

    /// An identifier that is not a UUID.
    pub(crate) fn not_a_uuid(self, place: Place, id: &str) -> Diagnostic {
        let help = "five groups of 8, 4, 4, 4 and 12 hexadecimal digits".to_owned();
        self.error(
            "FS-R016",
            place,
            format!("`{id}` is not a UUID"),
            Some(help),
        )
    }

    /// Two rules with one identifier.
    pub(crate) fn twice(self, place: Place, id: &str, other: &str) -> Diagnostic {
        let help = "give one of them an identifier of its own".to_owned();
        let message = format!("rule {id} is also in {other}");
        self.error("FS-R017", place, message, Some(help))
    }
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}
