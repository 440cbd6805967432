//! Recordings from the bytes of a file.

use super::members::{ForeignMember, Misshapen, Walked};
use super::{Recording, SCHEMA};

/// How recordings lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One JSON document (`.json`).
    One,
    /// One JSON document a line (`.jsonl`).
    Lines,
}

/// One document of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Line of the document, from 1.
    pub line: usize,
    /// Byte offset of the document in the file.
    pub offset: usize,
    /// The recording, or why there is none.
    pub recording: Result<Recording, LoadError>,
    /// Members that no recording has.
    pub foreign: Vec<ForeignMember>,
}

/// Why a document is no recording. Lines and columns count from 1 inside the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not UTF-8.
    #[error("not UTF-8 from byte {offset}")]
    Encoding {
        /// First byte that is not UTF-8, counted in the document.
        offset: usize,
    },
    /// The text is no JSON, or a member has another type than a recording's.
    #[error("{message}")]
    Content {
        /// What is wrong.
        message: String,
        /// Line.
        line: usize,
        /// Column in bytes.
        column: usize,
        /// Path of the member.
        path: String,
    },
    /// Another kind of document.
    #[error("`schema` is `{found}`, not `{SCHEMA}`")]
    Schema {
        /// The value of `schema`.
        found: String,
    },
}

/// Reads every document of a file; one that cannot be read does not stop the others.
#[must_use]
pub fn load(bytes: &[u8], layout: Layout) -> Vec<Loaded> {
    match layout {
        Layout::One => vec![document(1, 0, bytes)],
        Layout::Lines => {
            let mut offset = 0;
            let mut documents = Vec::new();
            for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
                if !line.trim_ascii().is_empty() {
                    documents.push(document(at + 1, offset, line));
                }
                offset += line.len() + 1;
            }
            documents
        }
    }
}

impl Recording {
    /// Reads one document.
    ///
    /// # Errors
    /// When the bytes are no recording.
    pub fn from_json(bytes: &[u8]) -> Result<Self, LoadError> {
        // Checking the encoding once for all is faster than text by text.
        match str::from_utf8(bytes) {
            Ok(text) => parse(text, Walked::through(text).misshapen),
            Err(error) => Err(encoding(&error)),
        }
    }
}

fn document(line: usize, offset: usize, bytes: &[u8]) -> Loaded {
    // RFC 8259 §8.1: a reader may pass over a byte order mark.
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let (offset, bytes) = match bytes.strip_prefix(MARK) {
        Some(rest) => (offset + MARK.len(), rest),
        None => (offset, bytes),
    };
    match str::from_utf8(bytes) {
        Ok(text) => {
            let walked = Walked::through(text);
            Loaded {
                line,
                offset,
                recording: parse(text, walked.misshapen),
                foreign: walked.foreign,
            }
        }
        Err(error) => Loaded {
            line,
            offset,
            recording: Err(encoding(&error)),
            foreign: Vec::new(),
        },
    }
}

fn encoding(error: &std::str::Utf8Error) -> LoadError {
    LoadError::Encoding {
        offset: error.valid_up_to(),
    }
}

fn parse(text: &str, misshapen: Option<Misshapen>) -> Result<Recording, LoadError> {
    if let Some(Misshapen { error, path }) = misshapen {
        return Err(content(&error, path));
    }
    // The path of a member costs time on every member, so it is asked for only on failure.
    let recording: Recording = serde_json::from_str(text).map_err(|error| explain(text, &error))?;
    if recording.schema == SCHEMA {
        Ok(recording)
    } else {
        Err(LoadError::Schema {
            found: recording.schema,
        })
    }
}

fn explain(text: &str, error: &serde_json::Error) -> LoadError {
    let mut source = serde_json::Deserializer::from_str(text);
    let path = serde_path_to_error::deserialize::<_, Recording>(&mut source)
        .err()
        .map(|error| error.path().to_string())
        .filter(|path| path != ".")
        .unwrap_or_default();
    content(error, path)
}

fn content(error: &serde_json::Error, path: String) -> LoadError {
    let whole = error.to_string();
    let message = whole
        .rsplit_once(" at line ")
        .map_or(whole.as_str(), |(head, _)| head);
    LoadError::Content {
        message: message.to_owned(),
        line: error.line(),
        column: error.column(),
        path,
    }
}
