//! Sources of logs: what a mapping says, why lines are recognised, what a store can support.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::Basis;

/// A source that can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LineValue {
    /// Number of the line, from 1.
    pub line: u64,
    /// The value.
    pub value: String,
}

/// What is asked of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A service level indicator.
    Indicator,
    /// A detection.
    Detection,
}

/// Whether a source supports an indicator or a detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
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

/// What a line became under a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    /// One event or more.
    Mapped,
    /// A repetition of an event under another type.
    Shadow,
    /// Nothing about passkeys.
    Other,
    /// It has none of the words of interest and was not read.
    Prefiltered,
    /// White space.
    Blank,
    /// It cannot be read.
    Rejected,
}

/// A line that a mapping was tried on.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Tried {
    /// Number of the line, from 1.
    pub line: u64,
    /// What it became.
    pub became: Became,
    /// The events in it.
    pub events: Vec<EventColumns>,
    /// Why it was rejected, as a word.
    pub code: Option<String>,
    /// The same as a sentence.
    pub why: Option<String>,
    /// The field at fault.
    pub field: Option<String>,
    /// Byte of the line at which the trouble starts, from 0.
    pub offset: Option<u64>,
    /// Records of the line that were rejected, of a line that holds several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RejectedRecord>,
}

/// A record that was rejected while the others of its line were read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RejectedRecord {
    /// Its path in the line, e.g. `records[2]`.
    pub record: String,
    /// Why it was rejected, as a word.
    pub code: String,
    /// The same as a sentence.
    pub why: String,
    /// The field at fault.
    pub field: Option<String>,
    /// Byte of the line at which the trouble starts, from 0.
    pub offset: Option<u64>,
}

/// The columns of an event that are known, in the order of the event table.
#[derive(Clone, Debug, PartialEq)]
pub struct EventColumns(pub Vec<(String, serde_json::Value)>);

/// What became of all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TrialSummary {
    /// Lines that were tried.
    pub lines: u64,
    /// Lines that became events.
    pub mapped: u64,
    /// Events in them.
    pub events: u64,
    /// Lines that repeat an event.
    pub shadows: u64,
    /// Lines that are not about passkeys.
    pub other: u64,
    /// Lines that were not read for want of a word.
    pub prefiltered: u64,
    /// Empty lines.
    pub blank: u64,
    /// Records that cannot be read.
    pub rejected: u64,
    /// Records in the lines: a line with content holds at least one.
    pub records: u64,
    /// Events by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Columns that the mapping fills and none of the lines did.
    pub unfilled: Vec<String>,
}

impl Became {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Shadow => "shadow",
            Self::Other => "other",
            Self::Prefiltered => "prefiltered",
            Self::Blank => "blank",
            Self::Rejected => "rejected",
        }
    }
}

impl Serialize for EventColumns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
