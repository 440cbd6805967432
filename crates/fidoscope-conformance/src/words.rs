//! What each step asks for, why it usually fails and what to do, in words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The words of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What it asks for.
    pub title: &'static str,
    /// Why it usually fails.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

static TABLE: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| {
    let lines = include_str!("../data/steps.tsv").lines();
    lines.filter_map(line).flatten().collect()
});

/// The words of a step; empty for one that the table does not have. A step of a part of a compound
/// statement (`att.compound.sub[1].att.packed.sig`) has the words of the step itself.
#[must_use]
pub fn of(id: &str) -> Words {
    let id = id.rsplit_once("].").map_or(id, |(_, step)| step);
    TABLE.get(id).copied().unwrap_or_default()
}

/// A line of the table, under each identifier that it stands for.
fn line(line: &'static str) -> Option<Vec<(String, Words)>> {
    let mut columns = line.split('\t');
    let (id, title) = (columns.next()?, columns.next()?);
    let (cause, remedy) = (columns.next()?, columns.next()?);
    let words = Words {
        title,
        cause,
        remedy,
    };
    let ids = match id.strip_prefix("*.") {
        _ if id.starts_with('#') => return None,
        Some(rest) => vec![format!("reg.{rest}"), format!("auth.{rest}")],
        None => vec![id.to_owned()],
    };
    Some(ids.into_iter().map(|id| (id, words)).collect())
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
    fn every_line_of_the_table_belongs_to_a_step() {
        let foreign: Vec<&String> = TABLE
            .keys()
            .filter(|id| fidoscope_verifier::step(id).is_none())
            .collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    }

    #[test]
    fn every_text_is_a_sentence_without_a_full_stop() {
        for (id, words) in TABLE.iter() {
            for text in [words.title, words.cause, words.remedy] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{id}: {text}");
            }
        }
    }
}
