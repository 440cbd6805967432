//! What became of a mutant.

use serde::Serialize;

use crate::Expectation;

/// A mutant, replayed under every profile that it states an outcome for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// Row of the catalogue, and the variant after a slash.
    pub id: String,
    /// Ceremony that was changed.
    pub base: String,
    /// What was changed.
    pub mutation: String,
    /// Profile that the row is about.
    pub profile: Option<String>,
    /// What must come out under that profile.
    pub expected: Option<Expectation>,
    /// What came out under that profile; absent when the base is not fit for the row.
    pub found: Option<Expectation>,
    /// Whether verdict and step are as expected under every profile; absent when nothing was run.
    pub ok: Option<bool>,
    /// Every profile that an outcome is stated for.
    pub profiles: Vec<MutationOutcome>,
    /// Why nothing was run.
    pub note: Option<String>,
}

/// Outcome of a mutant under one profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MutationOutcome {
    /// The profile.
    pub profile: String,
    /// What must come out.
    pub expected: Expectation,
    /// What came out.
    pub found: Expectation,
    /// Whether both are alike.
    pub ok: bool,
}
