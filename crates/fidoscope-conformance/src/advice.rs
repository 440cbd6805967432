//! What to do about a ceremony that was not accepted, proved before it is said: each change is made
//! to the recording, and the ceremony is judged again.
//!
//! A text per step would promise what it cannot know, because one step fails for many causes.
//! `changes` says which changes may help at a step; only one with which the step passes becomes
//! advice, and the step that fails then is named. What no change helps is told apart by where the
//! fault lies: in signed bytes, where no setting can mend it, or in what carried them.

mod apply;
mod causes;
mod changes;
mod facts;
mod forms;
mod refusals;

use std::borrow::Cow;

use fidoscope_report::{Advice, Change, Replay, Status, Verdict};

use crate::{LoadedRecording, Settings, replay_one};

pub use apply::{ChangeError, apply};
pub(crate) use causes::cause;

/// How many changes may build on each other.
const ROUNDS: usize = 4;

/// The advice for a replay that a step decided.
pub(crate) fn advise(loaded: &LoadedRecording, settings: &Settings<'_>, replay: &Replay) -> Advice {
    let mut made: Vec<Change> = Vec::new();
    let mut last: Option<Replay> = None;
    for _ in 0..ROUNDS {
        let current = last.as_ref().unwrap_or(replay);
        let Some((more, next)) = helpful(loaded, settings, &made, current) else {
            break;
        };
        made.extend(more);
        let accepted = next.verdict == Verdict::Accept;
        last = Some(next);
        if accepted {
            break;
        }
    }
    match last {
        Some(replay) => Advice::Change {
            changes: made,
            then: replay.step,
        },
        None if replay.verdict == Verdict::Reject && is_signed(replay) => Advice::NothingAccepts,
        None => Advice::Mend,
    }
}

/// The first changes with which the ceremony is accepted, or else the first with which another step
/// decides.
fn helpful(
    loaded: &LoadedRecording,
    settings: &Settings<'_>,
    made: &[Change],
    current: &Replay,
) -> Option<(Vec<Change>, Replay)> {
    let mut recording = loaded.recording.clone();
    apply(made, &mut recording).ok()?;
    let mut further = None;
    for candidate in changes::candidates(&recording, current) {
        let all: Vec<Change> = made.iter().chain(&candidate).cloned().collect();
        let Some(next) = judge_with(loaded, settings, &all) else {
            continue;
        };
        if next.verdict == Verdict::Accept {
            return Some((candidate, next));
        }
        // Another profile is worth a change only when it accepts.
        let is_profile = matches!(candidate.as_slice(), [Change::JudgeUnder { .. }]);
        if further.is_none() && !is_profile && passes(&next, current) {
            further = Some((candidate, next));
        }
    }
    further
}

/// Judges a recording with changes made to it.
fn judge_with(
    loaded: &LoadedRecording,
    settings: &Settings<'_>,
    changes: &[Change],
) -> Option<Replay> {
    let mut changed = loaded.clone();
    apply(changes, &mut changed.recording).ok()?;
    let timed = changes.iter().any(|c| matches!(c, Change::JudgeAt { .. }));
    let of_profile = |c: &Change| matches!(c, Change::JudgeUnder { .. });
    let settings = Settings {
        now: settings.now.filter(|_| !timed),
        profile: settings.profile.filter(|_| !changes.iter().any(of_profile)),
        past: None,
        ..*settings
    };
    Some(replay_one(&changed, &settings))
}

/// Another step decides, and the one that decided no longer fails.
fn passes(next: &Replay, current: &Replay) -> bool {
    let Some(step) = current.step.as_deref() else {
        return false;
    };
    let still = next.steps.iter().find(|outcome| outcome.id == step);
    let fails = |status| matches!(status, Status::Fail | Status::NotEvaluated);
    next.step.as_deref() != Some(step) && !still.is_some_and(|outcome| fails(outcome.status))
}

/// The step without the part of a compound statement that it was judged for.
fn bare(id: &str) -> &str {
    id.rsplit_once("].").map_or(id, |(_, step)| step)
}

/// What the client or the authenticator signed, or what a certificate's issuer did. Where bytes end
/// early they may have been cut on the way, and members of the attestation statement besides its
/// certificates are covered by no signature.
fn is_signed(replay: &Replay) -> bool {
    let id: Cow<'_, str> = replay.step.as_deref().map(bare).unwrap_or_default().into();
    let carried = [
        "ad.len",
        "ad.acd.truncated",
        "ad.ext.missing",
        "ad.trailing",
        "cbor.wellformed",
        "att.none.empty",
        "att.members",
        "att.u2f.x5c-one",
        "att.safetynet.source",
    ];
    let statement = id.starts_with("att.") && !id.ends_with(".syntax");
    let signed = id.starts_with("ad.") || id.starts_with("cose.") || id.starts_with("cbor.");
    let ceremony = matches!(
        id.split_once('.'),
        Some(("reg" | "auth", "type" | "up" | "be-bs"))
    );
    let compound = id.starts_with("att.compound.");
    (statement || signed || ceremony) && !compound && !carried.contains(&&*id)
}
