//! Why a ceremony came out as it did: the step in words, the bytes that it looked at, the likely
//! cause and what to do.

mod fields;
mod hexdump;
mod parts;
mod text;

use fidoscope_report::{Explanation, Replay};
use fidoscope_webauthn::Recording;

use crate::words;

/// Adds what a person needs to understand a replay: the titles of its steps and, where a step
/// decided, the explanation with the bytes around the fault.
pub fn describe(recording: &Recording, replay: &mut Replay) {
    for step in &mut replay.steps {
        step.title = words::of(&step.id).title.into();
    }
    replay.explanation = explanation(recording, replay);
}

/// The story of a replay for a terminal of 80 columns.
#[must_use]
pub fn explain(replay: &Replay) -> String {
    replay.story(None)
}

fn explanation(recording: &Recording, replay: &Replay) -> Option<Explanation> {
    let step = replay.deciding()?;
    let words = words::of(&step.id);
    Some(Explanation {
        step: step.id.clone(),
        title: words.title.into(),
        clause: step.clause(&replay.profile),
        link: step.link(&replay.profile),
        cause: words.cause.into(),
        remedy: words.remedy.into(),
        excerpt: parts::excerpt(recording, &step.id),
    })
}

#[cfg(test)]
mod tests;
