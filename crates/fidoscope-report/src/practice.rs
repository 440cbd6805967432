//! A practice of a posture report: what is done, what that was computed from, what was not seen.

use serde::Serialize;

/// Whether a practice is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PracticeState {
    /// Nothing was seen that speaks against it.
    Kept,
    /// Something was.
    NotKept,
    /// A number without a judgement.
    Shown,
    /// The data cannot say.
    NotEvaluated,
}

/// One line of a posture report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Practice {
    /// Identifier, e.g. `single-authenticator`.
    pub id: String,
    /// What is looked at, in words.
    pub practice: String,
    /// Whether it is kept.
    pub state: PracticeState,
    /// How many were seen; absent where that is unknown, which is not zero.
    pub seen: Option<u64>,
    /// Of how many.
    pub of: Option<u64>,
    /// What is counted, e.g. `users`.
    pub unit: String,
    /// What was computed, and from what.
    pub computed_from: String,
    /// What could not be seen, and what would be needed for it.
    pub not_seen: Vec<String>,
    /// Pseudonyms of the first users that are concerned.
    pub users: Vec<String>,
}
