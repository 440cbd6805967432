//! Reading of one file, which goes on after a problem so that a person sees them all.

use fidoscope_report::{Diagnostic, near_miss};
use serde::de::DeserializeOwned;

use crate::decode;
use crate::{File, Key, Kind, Mark, Node, Tree, Value, node};

/// One file while it is read, and the problems found so far.
#[derive(Debug)]
pub struct Reader<'a> {
    file: File<'a>,
    problems: Vec<Diagnostic>,
    /// Keys that others were probably meant for, with the places of their maps.
    mistyped: Vec<(Mark, String)>,
}

/// A map that is being read.
#[derive(Clone, Copy, Debug)]
pub struct Map<'n> {
    /// Keys and values in the order of the file.
    pub entries: &'n [(Key, Node)],
    /// Place of the map.
    pub mark: Mark,
}

impl<'n> Map<'n> {
    /// Value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        let found = self.entries.iter().find(|(name, _)| name.text == key);
        found.map(|(_, node)| node)
    }

    /// Place of a key's value, else of the map.
    #[must_use]
    pub fn mark_of(&self, key: &str) -> Mark {
        self.get(key).map_or(self.mark, |node| node.mark)
    }
}

impl<'a> Reader<'a> {
    /// Reads the text of a file: `meaning` makes of its root what it defines, and reports problems on the way.
    ///
    /// # Errors
    /// The problems, in the order of the file; at least one, so that no file is passed over in silence.
    pub fn read<T>(
        kind: &'static Kind,
        text: &'a str,
        name: &'a str,
        meaning: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Result<T, Vec<Diagnostic>> {
        let file = File { kind, name, text };
        let root = node::parse(text).map_err(|error| vec![file.not_yaml(&error)])?;
        let mut reader = Self {
            file,
            problems: Vec::new(),
            mistyped: Vec::new(),
        };
        let read = meaning(&mut reader, &root);
        if read.is_none() && reader.problems.is_empty() {
            let what = format!("this {}", kind.name);
            let _: Option<()> = reader.wrong_shape(&root, &what, "of another form");
        }
        let mut problems = reader.problems;
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => {
                problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
                problems.dedup();
                Err(problems)
            }
        }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> File<'a> {
        self.file
    }

    /// Whether something is wrong so far.
    #[must_use]
    pub fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Notes a problem.
    pub fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Notes a problem that leaves nothing to read.
    pub fn problem<T>(&mut self, problem: Diagnostic) -> Option<T> {
        self.report(problem);
        None
    }

    /// Notes that a node is of another sort than belongs there.
    pub fn wrong_shape<T>(&mut self, node: &Node, what: &str, wanted: &str) -> Option<T> {
        self.problem(self.file.wrong_shape(node, what, wanted))
    }

    /// A map with no keys but the known ones.
    pub fn map<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Map<'n>> {
        let map = self.open_map(node, what)?;
        for (key, _) in map.entries {
            if !known.contains(&key.text.as_str()) {
                let meant = near_miss(&key.text, known.iter().copied());
                self.mistyped
                    .extend(meant.map(|meant| (map.mark, meant.to_owned())));
                self.report(self.file.unknown_key(key, known));
            }
        }
        Some(map)
    }

    /// A map with any keys.
    pub fn open_map<'n>(&mut self, node: &'n Node, what: &str) -> Option<Map<'n>> {
        match &node.tree {
            Tree::Map(entries) => Some(Map {
                entries,
                mark: node.mark,
            }),
            _ => self.wrong_shape(node, what, "a map"),
        }
    }

    /// Notes that a key has to be there, unless that was said of another that was meant for it.
    pub fn missing<T>(&mut self, map: &Map<'_>, key: &str, help: Option<&str>) -> Option<T> {
        let is_it = |(mark, meant): &(Mark, String)| *mark == map.mark && meant == key;
        if !self.mistyped.iter().any(is_it) {
            self.report(self.file.missing_key(map.mark, key, help));
        }
        None
    }

    /// Value of a key that may be missing.
    pub fn optional<T: Value>(&mut self, map: &Map<'_>, key: &str) -> Option<T> {
        T::read(self, &format!("`{key}`"), map.get(key)?)
    }

    /// Value of a key that has to be there.
    pub fn required<T: Value>(&mut self, map: &Map<'_>, key: &str) -> Option<T> {
        self.required_with(map, key, None)
    }

    /// The same, with a word of help where it is missing.
    pub fn required_with<T: Value>(
        &mut self,
        map: &Map<'_>,
        key: &str,
        help: Option<&str>,
    ) -> Option<T> {
        match map.get(key) {
            Some(node) => T::read(self, &format!("`{key}`"), node),
            None => self.missing(map, key, help),
        }
    }

    /// A list of texts, or one text in its place; those that cannot be read are left out.
    pub fn texts(&mut self, map: &Map<'_>, key: &str) -> Vec<String> {
        let source = self.file.text;
        let mut texts = Vec::new();
        for item in map.get(key).map_or(&[][..], Node::items) {
            match item.written(source) {
                Some(text) => texts.push(text.to_owned()),
                None => self.report(self.file.wrong_shape(
                    item,
                    &format!("`{key}`"),
                    "a list of texts",
                )),
            }
        }
        texts
    }

    /// One of a few words.
    pub fn word<T: Copy>(
        &mut self,
        map: &Map<'_>,
        key: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let found: String = self.optional(map, key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let mark = map.mark_of(key);
        self.problem(self.file.unknown_word(mark, key, &found, &known))
    }

    /// One of a few words that has to be there.
    pub fn required_word<T: Copy>(
        &mut self,
        map: &Map<'_>,
        key: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        if map.get(key).is_none() {
            return self.missing(map, key, None);
        }
        self.word(map, key, words)
    }

    /// A type that has another form besides YAML and says through serde what it is made of. Where `node` is
    /// a map, each of its members is tried alone first, so that every wrong one is told: members of such a type
    /// may all be missing.
    pub fn decode<T: DeserializeOwned>(&mut self, node: &Node) -> Option<T> {
        let before = self.problems.len();
        if let Tree::Map(entries) = &node.tree {
            for entry in entries {
                let alone =
                    decode::decode::<T>(self.file.text, std::slice::from_ref(entry), node.mark);
                self.problems
                    .extend(alone.err().map(|fault| fault.told(self.file)));
            }
            if self.problems.len() > before {
                return None;
            }
            let whole = decode::decode(self.file.text, entries, node.mark);
            return whole
                .map_err(|fault| self.report(fault.told(self.file)))
                .ok();
        }
        self.wrong_shape(node, "this", "a map")
    }
}

#[cfg(test)]
mod tests;
