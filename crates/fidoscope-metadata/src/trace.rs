//! What a judgement says, step by step.

use crate::rules::Rule;
pub use fidoscope_report::Status as Outcome;

/// How much counts as a violation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strictness {
    /// What the specification asks of everybody.
    #[default]
    Standard,
    /// That and what FIDO demands of a server.
    FidoServer,
    /// What the specification asks of everybody, and every strict lint of ours.
    Strict,
}

/// One rule and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Identifier, e.g. `mds.jws.chain`.
    pub id: &'static str,
    /// Section of the Metadata Service's specification; empty for our own.
    pub reference: &'static str,
    /// Class of the rule.
    pub class: &'static str,
    /// What became of it, by the standard.
    pub outcome: Outcome,
    /// Where it fails all the same.
    pub fails_in: Option<Strictness>,
    /// What the rule wanted.
    pub expected: Option<String>,
    /// What there is.
    pub found: Option<String>,
    /// Why it was not evaluated, or what was noticed.
    pub note: Option<String>,
}

impl Step {
    /// What became of it, by a stricter measure perhaps.
    #[must_use]
    pub fn outcome_in(&self, strictness: Strictness) -> Outcome {
        if self.fails_in == Some(strictness) {
            Outcome::Fail
        } else {
            self.outcome
        }
    }

    pub(crate) fn new(rule: &'static Rule) -> Self {
        Self {
            id: rule.id,
            reference: rule.reference,
            class: rule.class,
            outcome: Outcome::Pass,
            fails_in: None,
            expected: None,
            found: None,
            note: None,
        }
    }

    pub(crate) fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    pub(crate) fn pass_if(self, satisfied: bool) -> Self {
        self.outcome(if satisfied {
            Outcome::Pass
        } else {
            Outcome::Fail
        })
    }

    /// Violated, and a reason to reject only by this measure.
    pub(crate) fn fails_in(mut self, strictness: Strictness) -> Self {
        self.fails_in = Some(strictness);
        self.outcome(Outcome::Warn)
    }

    pub(crate) fn not_evaluated(self, note: impl Into<String>) -> Self {
        self.outcome(Outcome::NotEvaluated).note(note)
    }

    pub(crate) fn not_applicable(self, note: impl Into<String>) -> Self {
        self.outcome(Outcome::NotApplicable).note(note)
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(crate::members::shortened(&found.into()));
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}
