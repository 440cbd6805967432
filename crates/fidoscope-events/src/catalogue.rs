//! All mappings that are known by name.

use std::sync::OnceLock;
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
    "caep"
    "office365"
};

/// All mappings that are known by name. Those that come with the program are read when they are
/// asked for: a command that is told its source waits for one of them.
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// A mapping, and its file if it comes with the program.
#[derive(Clone, Debug)]
struct Entry {
    builtin: Option<(&'static str, &'static str)>,
    mapping: OnceLock<Option<Mapping>>,
}

impl Entry {
    fn mapping(&self) -> Option<&Mapping> {
        let read = || {
            let (name, yaml) = self.builtin?;
            Mapping::builtin(yaml, name).ok()
        };
        self.mapping.get_or_init(read).as_ref()
    }

    /// A mapping that comes with the program has the name of its file.
    fn is(&self, source: &str) -> bool {
        let given = || self.mapping().is_some_and(|known| known.source() == source);
        match self.builtin {
            Some((name, _)) => name.strip_suffix(".yaml") == Some(source),
            None => given(),
        }
    }
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

/// A mapping that somebody named, and that fits none of the lines it was named for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("none of its first lines is one of {source_name}{}", looks(likely.as_deref()))]
pub struct Misfit {
    /// The source that was named.
    pub source_name: String,
    /// The source that they look like.
    pub likely: Option<String>,
}

fn looks(likely: Option<&str>) -> String {
    likely.map_or_else(String::new, |likely| format!("; they look like {likely}"))
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
    /// The mappings that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        let entries = BUILTIN.iter().map(|file| Entry {
            builtin: Some(*file),
            mapping: OnceLock::new(),
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// Adds a mapping, in the place of one with the same name.
    pub fn add(&mut self, mapping: Mapping) {
        let name = mapping.source().to_owned();
        let entry = Entry {
            builtin: None,
            mapping: OnceLock::from(Some(mapping)),
        };
        match self.entries.iter_mut().find(|known| known.is(&name)) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
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
        self.entries
            .iter()
            .find(|entry| entry.is(source))?
            .mapping()
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
        // Who guesses a source waits for all of them: two threads read.
        thread::scope(|scope| {
            let (first, second) = self.entries.split_at(self.entries.len() / 2);
            scope.spawn(|| second.iter().all(|entry| entry.mapping().is_some()));
            first.iter().all(|entry| entry.mapping().is_some())
        });
        self.entries.iter().filter_map(Entry::mapping)
    }

    /// The source of some lines: the mapping that most of them fit, and among equals the one that
    /// asks most of a line. `None` when no line fits any.
    #[must_use]
    pub fn detect(&self, lines: &[&[u8]]) -> Option<Detected<'_>> {
        self.ranking(lines).into_iter().next()
    }

    /// What is wrong with a mapping that somebody named for these lines, when it fits none of them.
    #[must_use]
    pub fn misfit(&self, named: &Mapping, lines: &[&[u8]]) -> Option<Misfit> {
        let has_content = |line: &&[u8]| !line.trim_ascii().is_empty();
        if named.fits(lines) || !lines.iter().any(has_content) {
            return None;
        }
        let likely = self.detect(lines).map(|found| found.mapping.source());
        Some(Misfit {
            source_name: named.source().to_owned(),
            likely: likely.map(str::to_owned),
        })
    }

    /// All mappings that some of the lines fit, best first.
    #[must_use]
    pub fn ranking(&self, lines: &[&[u8]]) -> Vec<Detected<'_>> {
        let of = lines
            .iter()
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        let scored = self.iter().map(|mapping| {
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
