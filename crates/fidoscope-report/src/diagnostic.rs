//! A problem in something a person wrote or a record from the world, with its place.

use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input was understood; this is worth knowing.
    Note,
    /// The input was used, but something in it looks wrong.
    Warning,
    /// The input could not be used.
    Error,
}

/// Where a diagnostic points. Lines and columns count from 1, bytes from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file as the user named it; `-` is standard input.
    pub file: Option<String>,
    /// Line.
    pub line: Option<u64>,
    /// Column, in characters.
    pub column: Option<u64>,
    /// Byte range in the diagnostic's source text, `start..end`.
    pub span: Option<(usize, usize)>,
    /// Path of the field inside the record, e.g. `response.authenticatorData`.
    pub field: Option<String>,
}

/// One problem: what, where, and what to do about it.
///
/// Built only by the constructor functions in a crate's `problems` module, so that all messages of
/// a crate can be read in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, e.g. `FS-R012`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub message: String,
    /// Where it is.
    pub at: Location,
    /// What would make it right, e.g. a near miss (`did you mean ...`).
    pub help: Option<String>,
    /// The source text that `at.span` points into, for drawing a snippet: the file, or some lines.
    #[serde(skip)]
    pub source: Option<String>,
}
