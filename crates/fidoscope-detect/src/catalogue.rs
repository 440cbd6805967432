//! The rules that are run: those of the program, and those of the user over them.

use fidoscope_definitions as definitions;
use fidoscope_report::Diagnostic;

use crate::Rule;

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
#[derive(Clone, Debug)]
pub struct Catalogue(definitions::Catalogue<Rule>);

impl Catalogue {
    /// The rules of the program.
    #[must_use]
    pub fn builtin() -> Self {
        Self(definitions::Catalogue::of(BUILTIN))
    }

    /// Adds rules of the user, as file name and text, and returns the problems of all the files. A rule with the
    /// identifier of one that is here takes its place; a file with problems is left out.
    pub fn overlay<'a>(
        &mut self,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Vec<Diagnostic> {
        self.0.overlay(files)
    }

    /// The rules, by identifier.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let mut rules: Vec<&Rule> = self.0.iter().collect();
        rules.sort_by_key(|rule| rule.id());
        rules.into_iter()
    }

    /// The rule of this identifier or short name.
    #[must_use]
    pub fn get(&self, id_or_name: &str) -> Option<&Rule> {
        let by_name = || self.0.iter().find(|rule| rule.name() == Some(id_or_name));
        self.0
            .get(&id_or_name.to_ascii_lowercase())
            .or_else(by_name)
    }
}
