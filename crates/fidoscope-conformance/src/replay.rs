//! Recordings against the reference relying party.

use chrono::{DateTime, Utc};
use fidoscope_metadata::Blob;
use fidoscope_report::{Expectation, FirstFailed, Replay, Status, Step, Verdict};
use fidoscope_verifier::{Context, Outcome, Profile, Trace, verify};
use fidoscope_webauthn::{ExpectedOutcome, ExpectedVerdict, Kind, Recording};

use crate::LoadedRecording;

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
    /// Profile that overrides the recordings' own; Level 3 when neither says.
    pub profile: Option<Profile>,
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
            profile: None,
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
    /// Another verdict or step than expected.
    pub mismatches: usize,
    /// Nothing was expected.
    pub without_expectation: usize,
    /// Could not be judged, and that was not expected.
    pub indeterminate: usize,
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
        profile,
    };
    let trace = verify(recording, &context);
    let expected = expectation(recording, profile);
    Replay {
        ceremony: recording.id.clone(),
        file: loaded.file.clone(),
        kind: recording.kind.as_str().to_owned(),
        profile: profile.as_str().to_owned(),
        verdict: verdict(trace.verdict),
        step: decided_by(&trace).map(str::to_owned),
        first_failed: FirstFailed {
            l2: trace.first_failed.l2.map(str::to_owned),
            l3: trace.first_failed.l3.map(str::to_owned),
        },
        ok: expected.as_ref().map(|expected| is_met(expected, &trace)),
        expected,
        test_root: trace.anchor.as_ref().is_some_and(|anchor| anchor.test),
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
    let mut summary = Summary {
        replays: replays.len(),
        ..Summary::default()
    };
    for replay in replays {
        match replay.ok {
            Some(true) => summary.as_expected += 1,
            Some(false) => summary.mismatches += 1,
            None => summary.without_expectation += 1,
        }
        if replay.verdict == Verdict::Indeterminate && replay.ok != Some(true) {
            summary.indeterminate += 1;
        }
    }
    summary
}

/// The step that decided a rejection or left the verdict open.
fn decided_by(trace: &Trace) -> Option<&'static str> {
    match trace.verdict {
        fidoscope_verifier::Verdict::Reject => trace.first_failed_of(trace.profile),
        fidoscope_verifier::Verdict::Indeterminate => trace.first_open(),
        fidoscope_verifier::Verdict::Accept => None,
    }
}

/// Verdict and step must both be right; an expectation without a step leaves the step free.
fn is_met(expected: &Expectation, trace: &Trace) -> bool {
    expected.verdict == verdict(trace.verdict)
        && expected
            .step
            .as_deref()
            .is_none_or(|step| decided_by(trace) == Some(step))
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

fn verdict(verdict: fidoscope_verifier::Verdict) -> Verdict {
    match verdict {
        fidoscope_verifier::Verdict::Accept => Verdict::Accept,
        fidoscope_verifier::Verdict::Reject => Verdict::Reject,
        fidoscope_verifier::Verdict::Indeterminate => Verdict::Indeterminate,
    }
}

fn step(outcome: &Outcome, profile: Profile, kind: Kind) -> Step {
    let here = outcome.status(profile);
    // What another profile wanted is no evidence of a step that holds in this one.
    let compared = outcome.expected().is_some();
    let silent = here == fidoscope_verifier::Status::Pass && compared;
    let shown = |text: Option<&str>| text.filter(|_| !silent).map(str::to_owned);
    Step {
        id: outcome.name().into_owned(),
        status: status(here),
        class: outcome.step.class.to_owned(),
        l2: outcome.step.l2.of(kind).map(str::to_owned),
        l3: outcome.step.l3.of(kind).map(str::to_owned),
        expected: shown(outcome.expected()),
        found: shown(outcome.found()),
        note: outcome.note().map(str::to_owned),
    }
}

fn status(status: fidoscope_verifier::Status) -> Status {
    match status {
        fidoscope_verifier::Status::Pass => Status::Pass,
        fidoscope_verifier::Status::Fail => Status::Fail,
        fidoscope_verifier::Status::Warn => Status::Warn,
        fidoscope_verifier::Status::NotApplicable => Status::NotApplicable,
        fidoscope_verifier::Status::NotEvaluated => Status::NotEvaluated,
        fidoscope_verifier::Status::Observation => Status::Observation,
    }
}
