//! The parts of a compound statement (`WebAuthn L3 §8.9`): how many must hold is the relying
//! party's choice, for their statements as for their trust.

use fidoscope_recording::CompoundPolicy;

use super::part::Part;
use crate::verdict::judge::Judge;
use crate::verdict::registry::StepInfo;
use crate::verdict::trace::Status;
use fidoscope_recording::Profile;

/// All parts and how many of them must hold.
pub(crate) struct Tally {
    policy: CompoundPolicy,
    parts: Vec<(u8, Part)>,
}

impl Tally {
    pub(crate) fn new(policy: CompoundPolicy) -> Self {
        Self {
            policy,
            parts: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, index: u8, part: Part) {
        self.parts.push((index, part));
    }

    /// Whether single faults may be overlooked.
    pub(crate) fn tolerates_faults(&self) -> bool {
        self.policy != CompoundPolicy::All
    }

    /// Status of the rule that enough parts hold.
    pub(crate) fn enough(&self, profile: Profile) -> Status {
        let failed = |part: &&(u8, Part)| part.1.failure(profile).is_some();
        let sound = |part: &&(u8, Part)| !failed(part) && part.1.open.is_none();
        let failed = self.parts.iter().filter(failed).count();
        let sound = self.parts.iter().filter(sound).count();
        let needed = match self.policy {
            CompoundPolicy::All => self.parts.len(),
            CompoundPolicy::Any => 1,
            CompoundPolicy::AtLeast(count) => usize::from(count.get()),
        };
        if sound >= needed {
            Status::Pass
        } else if self.parts.len().saturating_sub(failed) >= needed {
            Status::NotEvaluated
        } else {
            Status::Fail
        }
    }

    /// Status of the rule that no part is at fault.
    fn each(&self, profile: Profile) -> Status {
        let mut parts = self.parts.iter();
        if parts.any(|(_, part)| part.failure(profile).is_some()) {
            if self.tolerates_faults() {
                Status::Warn
            } else {
                Status::Fail
            }
        } else if self.parts.iter().any(|(_, part)| part.open.is_some()) && !self.tolerates_faults()
        {
            Status::NotEvaluated
        } else {
            Status::Pass
        }
    }

    /// Says whether each part holds.
    pub(crate) fn judge_each(&self, judge: &mut Judge, step: &'static StepInfo) {
        match self.reason() {
            Some(reason) => judge.fail(step, "every part verified", reason),
            None => judge.pass_with(step, self.count()),
        }
        judge.differ(|profile| self.each(profile));
    }

    /// Says whether enough parts hold.
    pub(crate) fn judge_enough(&self, judge: &mut Judge, step: &'static StepInfo) {
        if Profile::ALL.map(|profile| self.enough(profile)) == [Status::Pass; 4] {
            judge.pass_with(step, self.count());
        } else {
            let found = match self.reason() {
                Some(reason) => format!("{}; {reason}", self.count()),
                None => self.count(),
            };
            judge.fail(step, self.wanted(), found);
        }
        judge.differ(|profile| self.enough(profile));
    }

    /// The policy in words.
    fn wanted(&self) -> String {
        match self.policy {
            CompoundPolicy::All => "all parts, by policy".to_owned(),
            CompoundPolicy::Any => "any part, by policy".to_owned(),
            CompoundPolicy::AtLeast(count) => format!("{count} parts, by policy"),
        }
    }

    /// How many hold, and the policy.
    fn count(&self) -> String {
        let sound = self.parts.iter().filter(|(_, part)| part.is_verified());
        let (sound, all) = (sound.count(), self.parts.len());
        format!("{sound} of {all} parts; policy: {}", self.policy)
    }

    /// The first part that is at fault or open, and why.
    pub(crate) fn reason(&self) -> Option<String> {
        let failed = self.parts.iter().find_map(|(index, part)| {
            let failed = part.failed.into_iter().flatten().next()?;
            Some(format!("sub[{index}]: {failed}"))
        });
        failed.or_else(|| {
            let open = |(index, part): &(u8, Part)| {
                let open = part.open?;
                Some(format!("sub[{index}]: {open} is open"))
            };
            self.parts.iter().find_map(open)
        })
    }
}
