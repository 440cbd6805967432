//! The rules that are run: those of the program, and those of the user over them.

use std::collections::BTreeMap;

use fidoscope_report::Diagnostic;

use crate::Rule;
use crate::problems::File;
use crate::yaml::Place;

#[cfg(test)]
mod tests;

/// File name and text of every rule of the program.
const BUILTIN: &[(&str, &str)] = &[
    (
        "rules/detections/challenge-accepted-twice.yml",
        include_str!("../../../rules/detections/challenge-accepted-twice.yml"),
    ),
    (
        "rules/detections/counter-did-not-increase.yml",
        include_str!("../../../rules/detections/counter-did-not-increase.yml"),
    ),
];

/// Rules by identifier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue(BTreeMap<String, Rule>);

impl Catalogue {
    /// The rules of the program.
    ///
    /// # Errors
    /// The problems of its files; a test holds that there are none.
    pub fn builtin() -> Result<Self, Vec<Diagnostic>> {
        Self::default().overlay(BUILTIN.iter().copied())
    }

    /// Adds rules of the user, as file name and text; one with the identifier of a rule that is
    /// here replaces it.
    ///
    /// # Errors
    /// The problems of all the files, and identifiers that come twice in them.
    pub fn overlay<'a>(
        self,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut rules = self.0;
        let mut problems = Vec::new();
        let mut added: BTreeMap<String, &str> = BTreeMap::new();
        for (name, text) in files {
            match Rule::parse(text, name) {
                Err(found) => problems.extend(found),
                Ok(rule) => {
                    if let Some(other) = added.insert(rule.id().to_owned(), name) {
                        problems.push(twice(name, text, rule.id(), other));
                    }
                    rules.insert(rule.id().to_owned(), rule);
                }
            }
        }
        if problems.is_empty() {
            Ok(Self(rules))
        } else {
            Err(problems)
        }
    }

    /// The rules, by identifier.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.0.values()
    }

    /// The rule of this identifier or short name.
    #[must_use]
    pub fn get(&self, id_or_name: &str) -> Option<&Rule> {
        let by_name = || self.0.values().find(|rule| rule.name() == Some(id_or_name));
        self.0
            .get(&id_or_name.to_ascii_lowercase())
            .or_else(by_name)
    }
}

fn twice(name: &str, text: &str, id: &str, other: &str) -> Diagnostic {
    let whole = Place {
        line: 1,
        column: 1,
        span: Some((0, text.len())),
    };
    let at = text.to_ascii_lowercase().find(id).unwrap_or(0);
    let written = text
        .get(at..at.saturating_add(id.len()))
        .unwrap_or_default();
    let place = whole.within(text, text, at, written.len());
    File { name, text }.twice(place, id, other)
}
