//! Regular expressions that are compiled when they are first used.
//!
//! The mappings that come with the program have far more patterns than the lines of one source ever
//! need, and compiling all of them would be most of a short command's time.

use std::sync::OnceLock;

use regex::{Captures, Regex, RegexBuilder, bytes};

/// A regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    fold_case: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern that is known to be one.
    pub(crate) const fn new(text: String, fold_case: bool) -> Self {
        Self {
            text,
            fold_case,
            compiled: OnceLock::new(),
        }
    }

    /// Compiles it now, to see whether it is one.
    pub(crate) fn check(&self) -> Result<(), regex::Error> {
        let compiled = self.compile()?;
        self.compiled.get_or_init(|| Some(compiled));
        Ok(())
    }

    /// The expression, as the file has it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether letter case is no matter, beside what the expression says itself.
    pub(crate) const fn folds_case(&self) -> bool {
        self.fold_case
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.text)
            .case_insensitive(self.fold_case)
            .build()
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|pattern| pattern.is_match(text))
    }

    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex()?.captures(text)
    }
}

/// Words of which JSON is read only when it may have one.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    words: Vec<String>,
    any: OnceLock<Option<bytes::Regex>>,
}

impl Words {
    /// `None` when there are none.
    pub(crate) fn new(words: &[String]) -> Option<Self> {
        (!words.is_empty()).then(|| Self {
            words: words.to_vec(),
            any: OnceLock::new(),
        })
    }

    pub(crate) fn list(&self) -> &[String] {
        &self.words
    }

    /// Whether one of them may be in the line: an escape may stand for any letter of them.
    pub(crate) fn may_be_in(&self, line: &[u8]) -> bool {
        let any = self.any.get_or_init(|| {
            let words = self.words.iter().map(|word| regex::escape(word));
            let words: Vec<String> = words.chain([r"\\u".to_owned()]).collect();
            bytes::Regex::new(&words.join("|")).ok()
        });
        // Words that cannot be looked for keep no line back.
        any.as_ref().is_none_or(|any| any.is_match(line))
    }
}
