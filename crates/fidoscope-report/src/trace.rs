//! The ordered verdict of every step of a replayed ceremony.

use serde::Serialize;

/// Status of one step (`reference vocabulary: six statuses`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Satisfied.
    Pass,
    /// Violated.
    Fail,
    /// Violated, but only a recommendation or a signal.
    Warn,
    /// Not part of this level, or its option is off.
    NotApplicable,
    /// An input is missing: state, trust anchors, revocation lists, clock.
    NotEvaluated,
    /// Nothing is violated; worth knowing.
    Observation,
}

/// Verdict of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every step that decides passed.
    Accept,
    /// A step that decides failed.
    Reject,
    /// A step that decides could not be evaluated.
    Indeterminate,
}

/// One step of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Level-neutral identifier, e.g. `reg.origin`.
    pub id: String,
    /// Status.
    pub status: Status,
    /// Class of the rule, e.g. `MUST(L3)`.
    pub class: String,
    /// Position in Level 2, e.g. `7.1 step 9`.
    pub l2: Option<String>,
    /// Position in Level 3.
    pub l3: Option<String>,
    /// What the rule wanted.
    pub expected: Option<String>,
    /// What the ceremony carried.
    pub found: Option<String>,
    /// Why it was not evaluated, or what was noticed.
    pub note: Option<String>,
}

/// First failed step per level, by that level's own order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FirstFailed {
    /// Level 2.
    #[serde(rename = "webauthn-l2")]
    pub l2: Option<String>,
    /// Level 3.
    #[serde(rename = "webauthn-l3")]
    pub l3: Option<String>,
}

/// What a recording says should come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// Expected verdict.
    pub verdict: Verdict,
    /// Expected first failing step.
    pub step: Option<String>,
}

/// One replayed ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Identifier of the recording.
    pub ceremony: String,
    /// File (and line, for `.jsonl`) that it came from.
    pub file: String,
    /// `registration` or `authentication`.
    pub kind: String,
    /// Profile that decided, e.g. `webauthn-l3`.
    pub profile: String,
    /// Verdict under that profile.
    pub verdict: Verdict,
    /// Step that decided a rejection under that profile, or left the verdict open.
    pub step: Option<String>,
    /// First failed step per level.
    pub first_failed: FirstFailed,
    /// What the recording expected of this profile, if it says.
    pub expected: Option<Expectation>,
    /// Whether verdict and step are as expected; absent when nothing was expected.
    pub ok: Option<bool>,
    /// True when the attestation was judged under an anchor made for tests.
    pub test_root: bool,
    /// Every step, in the order of the profile's level.
    pub steps: Vec<Step>,
}
