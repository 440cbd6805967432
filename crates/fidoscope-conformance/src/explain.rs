//! Why a ceremony came out as it did: the step in words, the bytes that it looked at, the likely
//! cause and what to do.

mod hexdump;
mod parts;
mod text;

use fidoscope_report::{Explanation, Replay};

use crate::advice::{advise, cause};
use crate::{LoadedRecording, Settings, words};

/// Adds what a person needs to understand a replay: the titles of its steps and, where a step
/// decided, the explanation with the bytes around the fault. The settings are those of the replay:
/// advice is tried out under them.
pub fn describe(loaded: &LoadedRecording, settings: &Settings<'_>, replay: &mut Replay) {
    for step in &mut replay.steps {
        step.title = words::of(&step.id).title.into();
    }
    replay.explanation = explanation(loaded, settings, replay);
}

/// The story of a replay for a terminal of 80 columns.
#[must_use]
pub fn explain(replay: &Replay) -> String {
    replay.story(None)
}

fn explanation(
    loaded: &LoadedRecording,
    settings: &Settings<'_>,
    replay: &Replay,
) -> Option<Explanation> {
    let step = replay.deciding()?;
    let words = words::of(&step.id);
    let told = cause(&loaded.recording, step);
    let usual = told.as_ref().and_then(|cause| cause.usual);
    let advice = advise(loaded, settings, replay);
    Some(Explanation {
        step: step.id.clone(),
        title: words.title.into(),
        clause: step.clause(&replay.profile),
        link: step.link(&replay.profile),
        remedy: advice.sentence(usual.unwrap_or(words.remedy)).into(),
        cause: told.map_or(words.cause.into(), |cause| cause.why),
        advice,
        excerpt: parts::excerpt(&loaded.recording, &step.id),
    })
}

#[cfg(test)]
mod tests;
