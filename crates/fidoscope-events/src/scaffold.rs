//! A first mapping made from sample lines, for a person to go on from.
//!
//! The values of the lines say what they may be: a time, an address, a UUID. What they are called
//! decides among several. Nothing is made up: what cannot be told stands in comments.

use crate::words::known;
use crate::{KINDS, Mapping};

mod guess;
mod kinds;
mod walk;
mod write;

#[cfg(test)]
mod tests;

/// A first mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// The file.
    pub yaml: String,
    /// Records that it was made from.
    pub records: usize,
    /// Lines that are not JSON and were left aside.
    pub unreadable: usize,
    /// What a person has to fill in before events come out right, each in one sentence.
    pub to_do: Vec<String>,
}

/// Why there is no first mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// No line holds a JSON object.
    #[error("no line holds a JSON object, and other logs need a mapping written by hand")]
    NoRecords,
    /// The name cannot be that of a source.
    #[error("the name of a source has lower-case letters, digits and `_` only")]
    BadName,
}

/// Makes a first mapping of a source from some of its lines.
///
/// # Errors
/// When there is no record, or the name is none.
pub fn scaffold(source: &str, lines: &[&[u8]]) -> Result<Scaffold, ScaffoldError> {
    let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if source.is_empty() || !source.bytes().all(named) {
        return Err(ScaffoldError::BadName);
    }
    let shape = walk::walk(lines);
    if shape.records.is_empty() {
        return Err(ScaffoldError::NoRecords);
    }
    let guesses = guess::guess(&shape);
    let told = kinds::told(&shape, &guesses);
    let (yaml, to_do) = write::write(source, &shape, &guesses, &told);
    debug_assert!(
        Mapping::parse(&yaml, source).is_ok(),
        "what we write is a mapping: {yaml}"
    );
    Ok(Scaffold {
        yaml,
        records: shape.records.len(),
        unreadable: shape.unreadable,
        to_do,
    })
}

/// A kind of the vocabulary, so that a misspelt one is found by a test.
fn kind(word: &str) -> &'static str {
    known(KINDS, word).unwrap_or("other")
}
