//! Recordings against the reference relying party.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use fidoscope_metadata::Blob;
use fidoscope_recording::Profile;
use fidoscope_recording::{DecisionVerdict, ExpectedOutcome, ExpectedVerdict, Kind, Recording};
use fidoscope_report::{
    Decision, Expectation, FirstFailed, Mismatch, Replay, Status, Step, Verdict,
};
use fidoscope_verifier::{Assessor, Context, Outcome, Trace, verify};

use crate::LoadedRecording;

mod as_of;

/// What a replay brings besides the recordings.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// Instant that overrides the recordings' own.
    pub now: Option<DateTime<Utc>>,
    /// Instant for recordings without one.
    pub otherwise_now: DateTime<Utc>,
    /// Trust anchors in PEM, besides those of the recordings' policies.
    pub anchors: &'a [String],
    /// Metadata whose roots count for the models that it lists.
    pub metadata: Option<&'a Blob>,
    /// What was said of that metadata as a whole.
    pub metadata_steps: &'a [fidoscope_metadata::Step],
    /// Profile that overrides the recordings' own; Level 3 when neither says.
    pub profile: Option<Profile>,
    /// Knows the metadata of the past, by which registrations are to be judged as well.
    pub past: Option<&'a Assessor<'a>>,
}

impl Settings<'_> {
    /// What the recordings say themselves; `otherwise_now` is for recordings without an instant.
    #[must_use]
    pub fn at(otherwise_now: DateTime<Utc>) -> Self {
        Self {
            now: None,
            otherwise_now,
            anchors: &[],
            metadata: None,
            metadata_steps: &[],
            profile: None,
            past: None,
        }
    }
}

/// How many of which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All.
    pub replays: usize,
    /// As expected.
    pub as_expected: usize,
    /// Another verdict or step than expected, or another verdict than the relying party's.
    pub mismatches: usize,
    /// Those of them whose verdict is another than the relying party's.
    pub against_the_party: usize,
    /// There was nothing to compare with.
    pub without_expectation: usize,
    /// Those of them that were rejected.
    pub rejected_without_expectation: usize,
    /// Could not be judged, and that was not expected.
    pub indeterminate: usize,
    /// Whether an attestation was judged under an anchor made for tests.
    pub test_root: bool,
}

/// What a run of replays comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryOutcome {
    /// Nothing is wrong.
    Fine,
    /// A replay came out other than expected.
    Mismatch,
    /// Nothing could be judged.
    Indeterminate,
}

impl Summary {
    /// What the run comes to; an empty run could judge nothing.
    #[must_use]
    pub fn outcome(&self) -> SummaryOutcome {
        if self.mismatches > 0 {
            SummaryOutcome::Mismatch
        } else if self.indeterminate == self.replays {
            SummaryOutcome::Indeterminate
        } else {
            SummaryOutcome::Fine
        }
    }
}

/// Replays recordings in their order.
#[must_use]
pub fn replay(recordings: &[LoadedRecording], settings: &Settings<'_>) -> Vec<Replay> {
    recordings
        .iter()
        .map(|loaded| replay_one(loaded, settings))
        .collect()
}

/// Replays one recording.
#[must_use]
pub fn replay_one(loaded: &LoadedRecording, settings: &Settings<'_>) -> Replay {
    let recording = &loaded.recording;
    let own = recording
        .policy
        .profile
        .as_deref()
        .and_then(|name| name.parse().ok());
    let profile = settings.profile.or(own).unwrap_or_default();
    let context = Context {
        now: Some(
            settings
                .now
                .or(recording.now)
                .unwrap_or(settings.otherwise_now),
        ),
        anchors: settings.anchors,
        metadata: settings.metadata,
        metadata_steps: settings.metadata_steps,
        profile,
        ..Context::default()
    };
    let trace = verify(recording, &context);
    let as_of = |assessor| as_of::judge(recording, &context, &trace, assessor);
    let as_of = settings.past.and_then(as_of);
    let expected = expectation(recording, profile);
    let decision = recording.decision.as_ref().map(decision);
    let mismatches = mismatches(expected.as_ref(), decision.as_ref(), &trace);
    let judged = trace.verdict != Verdict::Indeterminate;
    let compared = expected.is_some() || (decision.is_some() && judged);
    Replay {
        ceremony: recording.id.clone(),
        file: loaded.file.clone(),
        kind: recording.kind.as_str().into(),
        profile: profile.as_str().into(),
        verdict: trace.verdict,
        step: decided_by(&trace).map(Cow::Borrowed),
        first_failed: FirstFailed {
            l2: trace.first_failed.l2.map(Cow::Borrowed),
            l3: trace.first_failed.l3.map(Cow::Borrowed),
        },
        ok: compared.then_some(mismatches.is_empty()),
        expected,
        decision,
        mismatches,
        test_root: trace.anchor.as_ref().is_some_and(|anchor| anchor.test),
        as_of,
        explanation: None,
        steps: trace
            .steps
            .iter()
            .map(|outcome| step(outcome, profile, recording.kind))
            .collect(),
    }
}

/// Counts replays.
#[must_use]
pub fn summarize(replays: &[Replay]) -> Summary {
    let mut summary = Summary::default();
    for replay in replays {
        summary.add(replay);
    }
    summary
}

impl Summary {
    /// Counts one more replay.
    pub fn add(&mut self, replay: &Replay) {
        self.replays += 1;
        match replay.ok {
            Some(true) => self.as_expected += 1,
            Some(false) => self.mismatches += 1,
            None => self.without_expectation += 1,
        }
        let of_the_party = |m: &Mismatch| matches!(m, Mismatch::RpAccepted | Mismatch::RpRejected);
        if replay.mismatches.iter().any(of_the_party) {
            self.against_the_party += 1;
        }
        if replay.verdict == Verdict::Indeterminate && replay.ok != Some(true) {
            self.indeterminate += 1;
        }
        if replay.ok.is_none() && replay.verdict == Verdict::Reject {
            self.rejected_without_expectation += 1;
        }
        self.test_root |= replay.test_root;
    }

    /// Counts what another part of the run has counted.
    pub fn merge(&mut self, other: &Self) {
        self.replays += other.replays;
        self.as_expected += other.as_expected;
        self.mismatches += other.mismatches;
        self.against_the_party += other.against_the_party;
        self.without_expectation += other.without_expectation;
        self.rejected_without_expectation += other.rejected_without_expectation;
        self.indeterminate += other.indeterminate;
        self.test_root |= other.test_root;
    }

    /// `30 replayed: 28 as expected, 1 not as expected, 1 without expectation`.
    #[must_use]
    pub fn words(&self) -> String {
        let rejected = match self.rejected_without_expectation {
            0 => String::new(),
            count => format!(" ({count} rejected)"),
        };
        if self.replays == 0 {
            return "nothing replayed".to_owned();
        }
        let mut parts = vec![format!("{} as expected", self.as_expected)];
        for (count, what) in [
            (self.mismatches, "not as expected".to_owned()),
            (
                self.against_the_party,
                "of them decided otherwise by the relying party".to_owned(),
            ),
            (
                self.without_expectation,
                format!("without expectation{rejected}"),
            ),
            (self.indeterminate, "indeterminate".to_owned()),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        format!("{} replayed: {}", self.replays, parts.join(", "))
    }
}

/// The step that decided a rejection or left the verdict open.
fn decided_by(trace: &Trace) -> Option<&'static str> {
    match trace.verdict {
        Verdict::Reject => trace.first_failed_of(trace.profile),
        Verdict::Indeterminate => trace.first_open(),
        Verdict::Accept => None,
    }
}

/// What differs from the expectation, and from what the relying party decided. Verdict and step
/// must both be right; an expectation without a step leaves the step free. A verdict that is open
/// contradicts nobody's decision.
fn mismatches(
    expected: Option<&Expectation>,
    decision: Option<&Decision>,
    trace: &Trace,
) -> Vec<Mismatch> {
    let found = trace.verdict;
    let mut mismatches = Vec::new();
    if let Some(expected) = expected {
        let step = expected.step.as_deref();
        if expected.verdict != found {
            mismatches.push(Mismatch::Verdict);
        } else if step.is_some_and(|step| decided_by(trace) != Some(step)) {
            mismatches.push(Mismatch::Step);
        }
    }
    match (decision.map(|decision| decision.verdict), found) {
        (Some(Verdict::Accept), Verdict::Reject) => mismatches.push(Mismatch::RpAccepted),
        (Some(Verdict::Reject), Verdict::Accept) => mismatches.push(Mismatch::RpRejected),
        _ => {}
    }
    mismatches
}

fn decision(decision: &fidoscope_recording::Decision) -> Decision {
    Decision {
        verdict: match decision.verdict {
            DecisionVerdict::Accept => Verdict::Accept,
            DecisionVerdict::Reject => Verdict::Reject,
        },
        reason: decision.reason.clone(),
    }
}

fn expectation(recording: &Recording, profile: Profile) -> Option<Expectation> {
    let expect = recording.expect.as_ref()?;
    let ExpectedOutcome { verdict, step } = match profile {
        Profile::WebauthnL3 => expect.l3.clone(),
        Profile::WebauthnL2 => expect.l2.clone(),
        Profile::FidoServer => expect.fido_server.clone(),
        Profile::Strict => expect.strict.clone(),
    }?;
    let verdict = match verdict {
        ExpectedVerdict::Accept => Verdict::Accept,
        ExpectedVerdict::Reject => Verdict::Reject,
        ExpectedVerdict::Indeterminate => Verdict::Indeterminate,
    };
    Some(Expectation { verdict, step })
}

fn step(outcome: &Outcome, profile: Profile, kind: Kind) -> Step {
    let here = outcome.status(profile);
    // What another profile wanted is no evidence of a step that holds in this one.
    let compared = outcome.expected().is_some();
    let silent = here == Status::Pass && compared;
    let shown = |text: Option<&str>| text.filter(|_| !silent).map(str::to_owned);
    Step {
        id: outcome.name(),
        title: Cow::Borrowed(""),
        status: here,
        class: outcome.step.class.into(),
        l2: outcome.step.l2.of(kind).map(Cow::Borrowed),
        l3: outcome.step.l3.of(kind).map(Cow::Borrowed),
        anchor: outcome.step.anchor_under(profile).into(),
        expected: shown(outcome.expected()),
        found: shown(outcome.found()),
        note: outcome.note().map(str::to_owned),
    }
}
