//! What each step asks for, why it usually fails and what to do, in words.

use fidoscope_verifier::{Words, step};

/// The words of a step; empty for one that the table does not have. A step of a part of a compound
/// statement (`att.compound.sub[1].att.packed.sig`) has the words of the step itself.
#[must_use]
pub fn of(id: &str) -> Words {
    let id = id.rsplit_once("].").map_or(id, |(_, step)| step);
    step(id).map_or_else(Words::default, |step| step.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_words() {
        let silent = fidoscope_verifier::STEPS
            .iter()
            .filter(|step| of(step.id).title.is_empty());
        let silent: Vec<&str> = silent.map(|step| step.id).collect();
        assert_eq!(silent, [""; 0]);
    }

    #[test]
    fn every_text_is_a_sentence_without_a_full_stop() {
        for step in fidoscope_verifier::STEPS {
            let (id, words) = (step.id, step.words);
            for text in [words.title, words.cause, words.remedy] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{id}: {text}");
            }
        }
    }
}
