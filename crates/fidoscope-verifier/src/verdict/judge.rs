//! Collects outcomes and derives the verdict.

use std::borrow::Cow;

use fidoscope_recording::Kind;

use crate::verdict::part::Part;
use crate::verdict::registry::{self, Place, StepInfo};
use crate::verdict::trace::{
    AnchorUsed, Comparison, Evidence, FirstFailed, Outcome, Status, Trace, Verdict, verdict,
};
use fidoscope_recording::Profile;

type Text = Cow<'static, str>;

/// Which levels a rule's violation counts in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Levels {
    Both,
    OnlyL2,
    OnlyL3,
}

/// Outcomes so far.
pub(crate) struct Judge {
    kind: Kind,
    profile: Profile,
    steps: Vec<Outcome>,
    /// The part of a compound statement that is being judged.
    part: Option<u8>,
    pub(crate) anchor: Option<AnchorUsed>,
}

impl Judge {
    pub(crate) fn new(kind: Kind, profile: Profile) -> Self {
        // As many as usual ceremonies have, and some.
        let usual = match kind {
            Kind::Registration => 96,
            Kind::Authentication => 48,
        };
        Self {
            kind,
            profile,
            steps: Vec::with_capacity(usual),
            part: None,
            anchor: None,
        }
    }

    pub(crate) fn pass(&mut self, step: &'static StepInfo) {
        self.push(step, Status::Pass, Evidence::Nothing);
    }

    pub(crate) fn pass_with(&mut self, step: &'static StepInfo, found: impl Into<Text>) {
        self.push(step, Status::Pass, Evidence::Found(found.into()));
    }

    pub(crate) fn fail(
        &mut self,
        step: &'static StepInfo,
        expected: impl Into<Text>,
        found: impl Into<Text>,
    ) {
        self.push(step, Status::Fail, compared(expected.into(), found.into()));
    }

    /// A violation that counts in one level only; in the other the rule is satisfied.
    pub(crate) fn fail_in(
        &mut self,
        levels: Levels,
        step: &'static StepInfo,
        expected: impl Into<Text>,
        found: impl Into<Text>,
    ) {
        self.fail(step, expected, found);
        let Some(outcome) = self.steps.last_mut() else {
            return;
        };
        let satisfied: &[Profile] = match levels {
            Levels::Both => &[],
            // The other profiles follow Level 3.
            Levels::OnlyL2 => &[Profile::WebauthnL3, Profile::FidoServer, Profile::Strict],
            Levels::OnlyL3 => &[Profile::WebauthnL2],
        };
        for profile in satisfied {
            let status = outcome.status_mut(*profile);
            if *status == Status::Fail {
                *status = Status::Pass;
            }
        }
    }

    /// What was just said of a step is a failure in a stricter profile.
    pub(crate) fn fails_also_in(&mut self, profile: Profile) {
        if let Some(outcome) = self.steps.last_mut() {
            *outcome.status_mut(profile) = Status::Fail;
        }
    }

    pub(crate) fn warn(
        &mut self,
        step: &'static StepInfo,
        expected: impl Into<Text>,
        found: impl Into<Text>,
    ) {
        self.push(step, Status::Warn, compared(expected.into(), found.into()));
    }

    /// A rule beyond both levels is violated: worth knowing in them, a failure where it counts.
    /// The step's class says where: `F` in the profile `fido-server`, `S` in `strict`, and so does
    /// a strict lint on a step of another class.
    pub(crate) fn lint(
        &mut self,
        step: &'static StepInfo,
        expected: impl Into<Text>,
        found: impl Into<Text>,
    ) {
        let evidence = compared(expected.into(), found.into());
        self.push(step, Status::Observation, evidence);
        match step.class {
            "F" => self.fails_also_in(Profile::FidoServer),
            "F/S" => {
                self.fails_also_in(Profile::FidoServer);
                self.fails_also_in(Profile::Strict);
            }
            _ => self.fails_also_in(Profile::Strict),
        }
    }

    /// Another condition of a step that was judged already: where the step did not fail, this
    /// status takes the place of its own.
    pub(crate) fn overrule(
        &mut self,
        step: &'static StepInfo,
        status: Status,
        expected: impl Into<Text>,
        found: impl Into<Text>,
    ) {
        let said = self.steps.iter_mut();
        let Some(outcome) = said.rev().find(|outcome| std::ptr::eq(outcome.step, step)) else {
            return;
        };
        let holds = |status| !matches!(status, Status::Fail | Status::NotApplicable);
        if !Profile::ALL.iter().any(|p| holds(outcome.status(*p))) {
            return;
        }
        outcome.evidence = compared(expected.into(), found.into());
        for profile in Profile::ALL {
            if holds(outcome.status(profile)) {
                *outcome.status_mut(profile) = status;
            }
        }
    }

    /// A strict lint on a step that was satisfied before.
    pub(crate) fn lint_passed(
        &mut self,
        step: &'static StepInfo,
        expected: impl Into<Text>,
        found: impl Into<Text>,
    ) {
        let passed = self
            .steps
            .iter_mut()
            .find(|outcome| std::ptr::eq(outcome.step, step) && outcome.strict == Status::Pass);
        if let Some(outcome) = passed {
            outcome.evidence = compared(expected.into(), found.into());
            outcome.strict = Status::Fail;
            for profile in [
                Profile::WebauthnL3,
                Profile::WebauthnL2,
                Profile::FidoServer,
            ] {
                let status = outcome.status_mut(profile);
                if *status == Status::Pass {
                    *status = Status::Observation;
                }
            }
        }
    }

    pub(crate) fn observe(&mut self, step: &'static StepInfo, note: impl Into<Text>) {
        self.push(step, Status::Observation, Evidence::Note(note.into()));
    }

    pub(crate) fn not_applicable(&mut self, step: &'static StepInfo, note: impl Into<Text>) {
        self.push(step, Status::NotApplicable, Evidence::Note(note.into()));
    }

    /// An input is missing, and the verdict stays open because of it.
    pub(crate) fn open(&mut self, step: &'static StepInfo, note: impl Into<Text>) {
        self.push(step, Status::NotEvaluated, Evidence::Note(note.into()));
        if let Some(outcome) = self.steps.last_mut() {
            outcome.decides = true;
        }
    }

    /// An input is missing, but the verdict can do without.
    pub(crate) fn skip(&mut self, step: &'static StepInfo, note: impl Into<Text>) {
        self.push(step, Status::NotEvaluated, Evidence::Note(note.into()));
    }

    /// How many outcomes there are, to ask later what happened since.
    pub(crate) fn mark(&self) -> usize {
        self.steps.len()
    }

    /// The first failure in any level since a mark.
    pub(crate) fn failed_since(&self, mark: usize) -> Option<&'static str> {
        let since = self.steps.get(mark..).unwrap_or_default();
        let failed = since
            .iter()
            .find(|o| o.part.is_none() && (o.l2 == Status::Fail || o.l3 == Status::Fail));
        failed.map(|outcome| outcome.step.id)
    }

    /// What decides under Level 3 so far: the first failure, else the first thing that is open.
    pub(crate) fn deciding(&self) -> Option<&Outcome> {
        let mut whole = self.steps.iter().filter(|outcome| outcome.part.is_none());
        let failed = whole.clone().find(|outcome| outcome.l3 == Status::Fail);
        failed.or_else(|| whole.find(|o| o.decides && o.l3 == Status::NotEvaluated))
    }

    /// True when a sub-step since a mark leaves the verdict open.
    pub(crate) fn open_since(&self, mark: usize) -> bool {
        self.steps
            .get(mark..)
            .unwrap_or_default()
            .iter()
            .any(|outcome| outcome.decides)
    }

    /// False for a step of which something lacked an input.
    pub(crate) fn is_evaluated(&self, step: &'static StepInfo) -> bool {
        let said = self.steps.iter().rev();
        let mut said = said.filter(|outcome| std::ptr::eq(outcome.step, step));
        said.next()
            .is_none_or(|outcome| outcome.l3 != Status::NotEvaluated)
    }

    /// Turns failures since a mark into warnings, where the policy tolerates them.
    pub(crate) fn soften(&mut self, mark: usize) {
        for outcome in self.steps.iter_mut().skip(mark) {
            for profile in Profile::ALL {
                let status = outcome.status_mut(profile);
                if *status == Status::Fail {
                    *status = Status::Warn;
                }
            }
        }
    }

    /// What is said until [`Self::leave_part`] is about one part of a compound statement.
    pub(crate) fn enter_part(&mut self, part: u8) {
        self.part = Some(part);
    }

    /// What is said from now on is about the whole again.
    pub(crate) fn leave_part(&mut self) {
        self.part = None;
    }

    /// What a part came to since a mark.
    pub(crate) fn part_since(&self, mark: usize) -> Part {
        let since = self.steps.get(mark..).unwrap_or_default();
        let failed = |profile| since.iter().find(|o| o.status(profile) == Status::Fail);
        let open = since.iter().find(|outcome| outcome.decides);
        Part {
            failed: Profile::ALL.map(|profile| failed(profile).map(|outcome| outcome.step.id)),
            open: open.map(|outcome| outcome.step.id),
        }
    }

    /// Leaves the decision about what was judged since a mark to the steps that own it; failures are
    /// warnings where the policy tolerates them.
    pub(crate) fn settle(&mut self, mark: usize, are_tolerated: bool) {
        for outcome in self.steps.iter_mut().skip(mark) {
            outcome.decides = false;
        }
        if are_tolerated {
            self.soften(mark);
        }
    }

    /// Says of the last step what holds in each profile that has it.
    pub(crate) fn differ(&mut self, status: impl Fn(Profile) -> Status) {
        if let Some(outcome) = self.steps.last_mut() {
            for profile in Profile::ALL {
                let old = outcome.status_mut(profile);
                if *old != Status::NotApplicable {
                    *old = status(profile);
                }
            }
            outcome.decides = Profile::ALL
                .into_iter()
                .any(|profile| outcome.status(profile) == Status::NotEvaluated);
        }
    }

    /// Status of a step that owns the sub-steps since a mark, in each level.
    pub(crate) fn sum_up(&mut self, step: &'static StepInfo, mark: usize) {
        let since = self.steps.get(mark..).unwrap_or_default();
        let failed = Profile::ALL.map(|profile| {
            let failed = since
                .iter()
                .find(|o| o.part.is_none() && o.status(profile) == Status::Fail);
            failed.map(|outcome| outcome.step.id)
        });
        let open = self.open_since(mark);
        let Some(child) = failed.into_iter().flatten().next() else {
            if open {
                self.skip(step, "a sub-step was not evaluated");
            } else {
                self.pass(step);
            }
            return;
        };
        self.fail(step, "every sub-step holds", format!("{child} does not"));
        if let Some(outcome) = self.steps.last_mut() {
            for (profile, failed) in Profile::ALL.into_iter().zip(failed) {
                let status = outcome.status_mut(profile);
                if failed.is_none() && *status == Status::Fail {
                    *status = if open {
                        Status::NotEvaluated
                    } else {
                        Status::Pass
                    };
                }
            }
        }
    }

    /// Records, store and continue: done when nothing failed before in that profile.
    pub(crate) fn conclude(&mut self, steps: [&'static StepInfo; 2]) {
        let reached = Profile::ALL.map(|profile| match verdict(&self.steps, profile) {
            Verdict::Accept => Status::Pass,
            _ => Status::NotEvaluated,
        });
        for step in steps {
            self.pass(step);
            if let Some(outcome) = self.steps.last_mut() {
                for (profile, status) in Profile::ALL.into_iter().zip(reached) {
                    *outcome.status_mut(profile) = status;
                }
                if reached.contains(&Status::NotEvaluated) {
                    outcome.evidence =
                        Evidence::Note("only a ceremony that is accepted gets here".into());
                }
            }
        }
    }

    /// Closes the case: steps that nothing could be said about are added, levels derived.
    pub(crate) fn into_trace(mut self) -> Trace {
        self.fill();
        let (kind, profile) = (self.kind, self.profile);
        let first_failed = FirstFailed {
            l2: self.first_failed(Profile::WebauthnL2),
            l3: self.first_failed(Profile::WebauthnL3),
            fido_server: self.first_failed(Profile::FidoServer),
            strict: self.first_failed(Profile::Strict),
        };
        // The sort is stable: what is said twice of a step stays in the order in which it was said.
        self.steps
            .sort_by_key(|outcome| outcome.position(profile, kind));
        Trace {
            kind,
            profile,
            verdict: verdict(&self.steps, profile),
            first_failed,
            steps: self.steps,
            anchor: self.anchor,
        }
    }

    fn first_failed(&self, profile: Profile) -> Option<&'static str> {
        let failed = self
            .steps
            .iter()
            .filter(|o| o.part.is_none() && o.status(profile) == Status::Fail);
        failed
            .min_by_key(|o| o.position(profile, self.kind))
            .map(|o| o.step.id)
    }

    fn fill(&mut self) {
        let cause = self.failed_since(0);
        for step in registry::numbered(self.kind) {
            let mut said = self.steps.iter();
            if said.any(|outcome| std::ptr::eq(outcome.step, step)) {
                continue;
            }
            match cause {
                Some(cause) => self.skip(step, format!("not reached: {cause} failed")),
                None => self.open(step, "an earlier step was not evaluated"),
            }
        }
    }

    fn push(&mut self, step: &'static StepInfo, status: Status, evidence: Evidence) {
        let here = |place: &Place| match place.rank(self.kind) {
            0 => Status::NotApplicable,
            _ => status,
        };
        // Level 2 has no compound statements, so it has no parts.
        let l2 = match self.part {
            None => here(&step.l2),
            Some(_) => Status::NotApplicable,
        };
        let l3 = here(&step.l3);
        let outcome = Outcome {
            step,
            l2,
            l3,
            fido_server: l3,
            strict: l3,
            evidence,
            decides: false,
            part: self.part,
        };
        self.steps.push(outcome);
    }
}

fn compared(expected: Text, found: Text) -> Evidence {
    Evidence::Compared(Box::new(Comparison { expected, found }))
}
