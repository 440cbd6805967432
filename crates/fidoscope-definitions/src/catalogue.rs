//! What is known by name: the definitions of the program, and those of a user over them.

use std::sync::OnceLock;

use fidoscope_report::Diagnostic;

use crate::{File, Kind};

/// Thing that people define in YAML files.
pub trait Definition: Clone + Sized + 'static {
    /// Words of its kind in messages.
    const KIND: Kind;

    /// Whether a file of the program has the identifier of what it defines for a name, so that it need not
    /// be read to be found.
    const NAMED_BY_FILE: bool = false;

    /// Identifier; of two with the same one, the user's takes the place of the program's.
    fn id(&self) -> &str;

    /// Reads a file; most hold one definition.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn read(yaml: &str, file: &str) -> Result<Vec<Self>, Vec<Diagnostic>>;

    /// Reads a file of the program, whose soundness a test holds.
    fn builtin(yaml: &str, file: &str) -> Vec<Self> {
        Self::read(yaml, file).unwrap_or_default()
    }
}

/// Definitions of one kind by identifier, in the order of the program's files and then of the user's. Those of
/// the program are read when they are asked for.
#[derive(Clone, Debug)]
pub struct Catalogue<D> {
    entries: Vec<Entry<D>>,
}

/// A file of the program, or a definition of the user.
#[derive(Clone, Debug)]
enum Entry<D> {
    File {
        file: (&'static str, &'static str),
        read: OnceLock<Vec<D>>,
    },
    User(D),
}

impl<D: Definition> Entry<D> {
    fn definitions(&self) -> &[D] {
        match self {
            Self::File { file, read } => {
                let (name, text) = *file;
                read.get_or_init(|| D::builtin(text, name))
            }
            Self::User(definition) => std::slice::from_ref(definition),
        }
    }

    fn get(&self, id: &str) -> Option<&D> {
        match self {
            Self::File { file, .. } if D::NAMED_BY_FILE && stem(file.0) != id => None,
            _ => self.definitions().iter().find(|known| known.id() == id),
        }
    }
}

/// Name of a file without its folder and ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

impl<D: Definition> Catalogue<D> {
    /// The definitions of the program, given as names and texts of its files.
    #[must_use]
    pub fn of(files: &'static [(&'static str, &'static str)]) -> Self {
        let entries = files.iter().map(|file| Entry::File {
            file: *file,
            read: OnceLock::new(),
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// Adds the definitions of a user's files, given as name and text, and returns all that is wrong with any of
    /// the files. A file with problems is left out, and hides no other. Where two files have one identifier,
    /// the first of them counts and both are named.
    pub fn overlay<'f>(
        &mut self,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Vec<Diagnostic> {
        self.overlay_with(files, D::read)
    }

    /// [`Self::overlay`] with a reader that knows more than the file says.
    pub fn overlay_with<'f>(
        &mut self,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
        reader: impl Fn(&str, &str) -> Result<Vec<D>, Vec<Diagnostic>>,
    ) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let mut added: Vec<(String, &str)> = Vec::new();
        for (name, text) in files {
            let read = reader(text, name).unwrap_or_else(|found| {
                problems.extend(found);
                Vec::new()
            });
            for definition in read {
                let id = definition.id().to_owned();
                if let Some((_, other)) = added.iter().find(|(known, _)| *known == id) {
                    let kind = &D::KIND;
                    problems.push(File { kind, name, text }.twice(&id, other));
                    continue;
                }
                added.push((id, name));
                self.add(definition);
            }
        }
        problems
    }

    /// Adds a definition, in the place of one with the same identifier.
    pub fn add(&mut self, definition: D) {
        let id = definition.id();
        match self
            .entries
            .iter()
            .position(|entry| entry.get(id).is_some())
        {
            None => self.entries.push(Entry::User(definition)),
            Some(at) => self.replace(at, definition),
        }
    }

    /// A file of the program with several definitions gives way to them one by one.
    fn replace(&mut self, at: usize, definition: D) {
        let Some(entry) = self.entries.get(at) else {
            return;
        };
        let kept = entry.definitions().iter().map(|known| {
            let is_it = known.id() == definition.id();
            Entry::User(if is_it {
                definition.clone()
            } else {
                known.clone()
            })
        });
        let kept: Vec<Entry<D>> = kept.collect();
        self.entries.splice(at..=at, kept);
    }

    /// The definition of an identifier.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&D> {
        self.entries.iter().find_map(|entry| entry.get(id))
    }

    /// All definitions.
    pub fn iter(&self) -> impl Iterator<Item = &D> {
        self.entries.iter().flat_map(Entry::definitions)
    }
}

impl<D: Definition + Send + Sync> Catalogue<D> {
    /// Reads what is not read yet, in two threads, for who waits for all of them.
    pub fn read_all(&self) {
        let _definitions = std::thread::scope(|scope| {
            let (first, second) = self.entries.split_at(self.entries.len() / 2);
            scope.spawn(|| {
                second
                    .iter()
                    .map(|entry| entry.definitions().len())
                    .sum::<usize>()
            });
            first
                .iter()
                .map(|entry| entry.definitions().len())
                .sum::<usize>()
        });
    }
}

#[cfg(test)]
mod tests;
