//! What a judgement says.

use std::borrow::Cow;

use fidoscope_recording::Kind;
pub use fidoscope_report::{Status, Verdict};

use super::registry::{ATT_COMPOUND_SUB, REG_TRUST, StepInfo};
use fidoscope_recording::Profile;

/// What a status rests on. Most steps hold and have nothing to say, so a comparison is boxed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing to add.
    #[default]
    Nothing,
    /// What the ceremony carried.
    Found(Cow<'static, str>),
    /// Why it was not evaluated, or what was noticed.
    Note(Cow<'static, str>),
    /// What the rule wanted, beside what the ceremony carried.
    Compared(Box<Comparison>),
}

/// Two sides of a rule that is not satisfied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What the rule wanted.
    pub expected: Cow<'static, str>,
    /// What the ceremony carried.
    pub found: Cow<'static, str>,
}

/// Outcome of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The step.
    pub step: &'static StepInfo,
    /// Status in Level 2.
    pub l2: Status,
    /// Status in Level 3.
    pub l3: Status,
    /// Status in the profile `fido-server`.
    pub fido_server: Status,
    /// Status in the profile `strict`.
    pub strict: Status,
    /// What was seen.
    pub evidence: Evidence,
    /// True when "not evaluated" leaves the verdict open.
    pub decides: bool,
    /// The part of a compound statement that this is about, counted from 0. The steps of a part
    /// decide nothing by themselves: `att.compound.sub`, `att.compound.enough` and `reg.trust` do,
    /// by the policy.
    pub part: Option<u8>,
}

impl Outcome {
    /// The step's identifier, with the part that it is about: `att.compound.sub[1].att.packed.sig`.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        match self.part {
            None => self.step.id.into(),
            Some(part) => format!("{}[{part}].{}", ATT_COMPOUND_SUB.id, self.step.id).into(),
        }
    }

    /// What the rule wanted.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        match &self.evidence {
            Evidence::Compared(comparison) => Some(&comparison.expected),
            _ => None,
        }
    }

    /// What the ceremony carried.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        match &self.evidence {
            Evidence::Compared(comparison) => Some(&comparison.found),
            Evidence::Found(found) => Some(found),
            _ => None,
        }
    }

    /// Why it was not evaluated, or what was noticed.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        match &self.evidence {
            Evidence::Note(note) => Some(note),
            _ => None,
        }
    }

    /// Status under a profile.
    #[must_use]
    pub fn status(&self, profile: Profile) -> Status {
        match profile {
            Profile::WebauthnL3 => self.l3,
            Profile::WebauthnL2 => self.l2,
            Profile::FidoServer => self.fido_server,
            Profile::Strict => self.strict,
        }
    }

    pub(crate) fn status_mut(&mut self, profile: Profile) -> &mut Status {
        match profile {
            Profile::WebauthnL3 => &mut self.l3,
            Profile::WebauthnL2 => &mut self.l2,
            Profile::FidoServer => &mut self.fido_server,
            Profile::Strict => &mut self.strict,
        }
    }

    /// Where it stands in a trace: the steps of a part come together, part by part, right before
    /// the step that decides about them.
    pub(crate) fn position(&self, profile: Profile, kind: Kind) -> Position {
        let owner = match self.part {
            None => self.step,
            Some(_) if self.step.id.starts_with("chain.") => &REG_TRUST,
            Some(_) => &ATT_COMPOUND_SUB,
        };
        Position {
            owner: owner.rank(profile, kind),
            is_whole: self.part.is_none(),
            part: self.part,
            step: self.step.rank(profile, kind),
        }
    }
}

/// Place of an outcome in the order of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Rank of the step itself, or of the one that decides about its part.
    owner: u16,
    /// False comes first.
    is_whole: bool,
    part: Option<u8>,
    step: u16,
}

/// First failed step per profile, by the order of the profile's level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstFailed {
    /// Level 2.
    pub l2: Option<&'static str>,
    /// Level 3.
    pub l3: Option<&'static str>,
    /// Profile `fido-server`, in the order of Level 3.
    pub fido_server: Option<&'static str>,
    /// Profile `strict`, in the order of Level 3.
    pub strict: Option<&'static str>,
}

impl FirstFailed {
    /// The first failed step of a profile.
    #[must_use]
    pub fn of(&self, profile: Profile) -> Option<&'static str> {
        match profile {
            Profile::WebauthnL3 => self.l3,
            Profile::WebauthnL2 => self.l2,
            Profile::FidoServer => self.fido_server,
            Profile::Strict => self.strict,
        }
    }
}

/// The trust anchor that an attestation led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorUsed {
    /// Subject of the anchor.
    pub subject: String,
    /// True when the subject says that it was made for tests.
    pub test: bool,
}

/// Outcome of every step of a ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Which ceremony.
    pub kind: Kind,
    /// Profile of `verdict` and of the order of `steps`.
    pub profile: Profile,
    /// Verdict under the profile.
    pub verdict: Verdict,
    /// First failed step per profile.
    pub first_failed: FirstFailed,
    /// Every step, in the order of the profile's level.
    pub steps: Vec<Outcome>,
    /// The trust anchor that the attestation led to.
    pub anchor: Option<AnchorUsed>,
}

impl Trace {
    /// Verdict under any profile, from the same evaluation.
    #[must_use]
    pub fn verdict_of(&self, profile: Profile) -> Verdict {
        verdict(&self.steps, profile)
    }

    /// The step that decided a rejection under a profile.
    #[must_use]
    pub fn first_failed_of(&self, profile: Profile) -> Option<&'static str> {
        self.first_failed.of(profile)
    }

    /// The first step whose missing input leaves the verdict open.
    #[must_use]
    pub fn first_open(&self) -> Option<&'static str> {
        let open = |outcome: &&Outcome| {
            outcome.decides && outcome.status(self.profile) == Status::NotEvaluated
        };
        self.steps.iter().find(open).map(|outcome| outcome.step.id)
    }

    /// Outcome of a step, by its identifier or by the name that it has in a part.
    #[must_use]
    pub fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.steps.iter().find(|outcome| match outcome.part {
            None => outcome.step.id == name,
            Some(_) => outcome.name() == name,
        })
    }
}

pub(crate) fn verdict(steps: &[Outcome], profile: Profile) -> Verdict {
    let mut open = false;
    for outcome in steps {
        match outcome.status(profile) {
            Status::Fail => return Verdict::Reject,
            Status::NotEvaluated => open |= outcome.decides,
            _ => {}
        }
    }
    if open {
        Verdict::Indeterminate
    } else {
        Verdict::Accept
    }
}
