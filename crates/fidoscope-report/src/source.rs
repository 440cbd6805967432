//! Sources of logs: what a mapping says, why lines are recognised, what a store can support.

use serde::Serialize;

use crate::Basis;

/// A source that can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Name, e.g. `okta`.
    pub source: String,
    /// `verified` or `documented`.
    pub maturity: String,
    /// What it reads.
    pub description: String,
    /// Version and hash of the mapping file.
    pub version: String,
    /// Forms in which a line may hold records.
    pub formats: Vec<String>,
    /// Kinds of event that it can yield.
    pub kinds: Vec<String>,
    /// Indicators that it can support at most.
    pub indicators: Vec<String>,
    /// Of how many.
    pub indicators_of: u64,
    /// Detections that it can support at most.
    pub detections: Vec<String>,
    /// Of how many.
    pub detections_of: u64,
}

/// What a mapping says of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// A field fills it.
    Yes,
    /// It comes about later, e.g. a time between two events.
    Derived,
    /// The source never has it.
    Never,
    /// No field fills it, and nothing is said of it.
    NotMapped,
}

/// What a mapping says of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnStatement {
    /// The column.
    pub column: String,
    /// What is said.
    pub statement: Statement,
    /// The remark beside it.
    pub remark: Option<String>,
    /// Where the value is read from.
    pub from: Option<String>,
}

/// A mapping beside some lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Name of the source.
    pub source: String,
    /// `verified` or `documented`.
    pub maturity: String,
    /// Whether it is the one that is chosen.
    pub chosen: bool,
    /// Lines that fit.
    pub lines: u64,
    /// Lines that are not blank.
    pub of: u64,
    /// Tests that one line passed at most.
    pub tests: u64,
    /// Numbers of the first lines that fit.
    pub fits: Vec<u64>,
    /// Every test that was made.
    pub evidence: Vec<Evidence>,
}

/// One test of a mapping, over some lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The test in words.
    pub test: String,
    /// Lines that passed it.
    pub passed: u64,
    /// Lines that did not.
    pub failed: u64,
    /// The first line that passed, and what stood there.
    pub example: Option<LineValue>,
    /// The first line that did not.
    pub against: Option<LineValue>,
}

/// What stood on a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineValue {
    /// Number of the line, from 1.
    pub line: u64,
    /// The value.
    pub value: String,
}

/// What is asked of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A service level indicator.
    Indicator,
    /// A detection.
    Detection,
}

/// Whether a source supports an indicator or a detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportState {
    /// It does.
    Supported,
    /// It does on the other basis of the denominator, which is the better one.
    OtherBasis,
    /// It could, and what it takes was not seen.
    NotSeen,
    /// It cannot.
    Unsupported,
}

/// Whether one source supports one indicator or detection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Support {
    /// What is asked of the data.
    pub subject: Subject,
    /// `M1` to `M10`, or the short name of a detection.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The basis of the denominator, where there are two.
    pub basis: Option<Basis>,
    /// The source.
    pub source: String,
    /// Whether it does.
    pub state: SupportState,
    /// What is missing; of a detection that is supported, what would let it see more.
    pub missing: Vec<Lack>,
}

/// What is missing: one of some kinds of event or columns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lack {
    /// The kinds or columns, of which one would do.
    pub any_of: Vec<String>,
    /// Why it is missing, e.g. `okta never has it`.
    pub because: String,
}

impl SupportState {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::OtherBasis => "other-basis",
            Self::NotSeen => "not-seen",
            Self::Unsupported => "unsupported",
        }
    }
}

impl Statement {
    /// The word, as in a mapping file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Derived => "derived",
            Self::Never => "never",
            Self::NotMapped => "not-mapped",
        }
    }
}
