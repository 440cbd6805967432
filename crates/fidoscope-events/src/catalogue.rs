//! All mappings that are known by name.

use std::panic::resume_unwind;
use std::thread;

use fidoscope_report::{Diagnostic, near_miss};

use crate::mapping::Mapping;

macro_rules! builtin {
    ($($name:literal)*) => {
        &[$((
            concat!($name, ".yaml"),
            include_str!(concat!("../../../rules/mappings/", $name, ".yaml")),
        ),)*]
    };
}

/// The mappings that come with the program: name of the file and its text.
pub const BUILTIN: &[(&str, &str)] = builtin! {
    "native"
    "okta"
    "govuk_one_login"
    "keycloak"
    "entra_id"
    "auth0"
    "zitadel"
    "hanko"
    "teleport"
    "aws_cloudtrail"
    "google_workspace"
    "duo"
    "authentik"
    "authelia"
    "ory_kratos"
    "otlp"
    "ibm_verify"
    "github"
    "simplewebauthn"
    "ocsf"
    "ecs"
    "pingone"
    "pingfederate"
    "onelogin"
    "rum"
    "support_tickets"
};

/// All mappings that are known by name.
#[derive(Clone, Debug)]
pub struct Catalogue {
    mappings: Vec<Mapping>,
}

/// Which source some lines are from, and why.
#[derive(Clone, Debug)]
pub struct Detected<'c> {
    /// The mapping.
    pub mapping: &'c Mapping,
    /// Lines of the sample that fit it.
    pub lines: usize,
    /// Lines of the sample that are not blank.
    pub of: usize,
    /// Tests that each of these lines passed.
    pub tests: usize,
}

/// No mapping has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no source {name:?}{}; known are {}", hint(near.as_deref()), known.join(", "))]
pub struct UnknownSource {
    /// The name that was asked for.
    pub name: String,
    /// All names.
    pub known: Vec<String>,
    /// The nearest of them.
    pub near: Option<String>,
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"))
}

impl Catalogue {
    /// The mappings that come with the program. Every command that reads a log waits for them, so
    /// two threads read them.
    #[must_use]
    pub fn builtin() -> Self {
        let parsed = |files: &[(&str, &str)]| -> Vec<Mapping> {
            let mappings = files.iter();
            let mappings = mappings.filter_map(|(name, yaml)| Mapping::builtin(yaml, name).ok());
            mappings.collect()
        };
        let (first, second) = BUILTIN.split_at(BUILTIN.len() / 2);
        let mappings = thread::scope(|scope| {
            let other = scope.spawn(|| parsed(second));
            let mut mappings = parsed(first);
            mappings.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            mappings
        });
        Self { mappings }
    }

    /// Adds a mapping, in the place of one with the same name.
    pub fn add(&mut self, mapping: Mapping) {
        match self
            .mappings
            .iter_mut()
            .find(|known| known.source() == mapping.source())
        {
            Some(known) => *known = mapping,
            None => self.mappings.push(mapping),
        }
    }

    /// Reads mapping files, given as name and text, and adds them; files with problems are left
    /// out.
    ///
    /// # Errors
    /// All problems of all files.
    pub fn overlay<'f>(
        &mut self,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut problems = Vec::new();
        for (name, yaml) in files {
            match Mapping::parse(yaml, name) {
                Ok(mapping) => self.add(mapping),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// The mapping of a source.
    #[must_use]
    pub fn get(&self, source: &str) -> Option<&Mapping> {
        self.mappings
            .iter()
            .find(|mapping| mapping.source() == source)
    }

    /// The mapping of a source that a person named.
    ///
    /// # Errors
    /// The known names and the nearest of them.
    pub fn named(&self, source: &str) -> Result<&Mapping, UnknownSource> {
        self.get(source).ok_or_else(|| UnknownSource {
            name: source.to_owned(),
            known: self
                .iter()
                .map(|mapping| mapping.source().to_owned())
                .collect(),
            near: near_miss(source, self.iter().map(Mapping::source)).map(str::to_owned),
        })
    }

    /// All mappings.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter()
    }

    /// The source of some lines: the mapping that most of them fit, and among equals the one that
    /// asks most of a line. `None` when no line fits any.
    #[must_use]
    pub fn detect(&self, lines: &[&[u8]]) -> Option<Detected<'_>> {
        self.ranking(lines).into_iter().next()
    }

    /// All mappings that some of the lines fit, best first.
    #[must_use]
    pub fn ranking(&self, lines: &[&[u8]]) -> Vec<Detected<'_>> {
        let of = lines
            .iter()
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        let scored = self.mappings.iter().map(|mapping| {
            let (lines, tests) = mapping.score(lines);
            Detected {
                mapping,
                lines,
                of,
                tests,
            }
        });
        let mut found: Vec<_> = scored.filter(|found| found.lines > 0).collect();
        found.sort_by_key(|found| std::cmp::Reverse((found.lines, found.tests)));
        found
    }
}

#[cfg(test)]
mod tests;
