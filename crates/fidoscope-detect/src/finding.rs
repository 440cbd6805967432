//! From matches to findings: one finding per rule and case.

use std::collections::BTreeMap;

use fidoscope_report::{Cell, Finding, Witness};

use crate::Rule;
use crate::summary::word;

#[cfg(test)]
mod tests;

/// Most witnesses that a finding carries; the oldest are kept and the summary says how many.
pub const MAX_WITNESSES: usize = 50;

/// An event that matched a rule, and the events that the rule wants to see beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The event; its facts hold [`Rule::fact_columns`].
    pub event: Witness,
    /// The events of [`Rule::related`].
    pub related: Vec<Witness>,
}

/// Makes one finding per case of the matches of a rule, in order of the case keys.
///
/// The same matches in any order make the same findings.
#[must_use]
pub fn findings(rule: &Rule, matches: impl IntoIterator<Item = Match>) -> Vec<Finding> {
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for found in matches {
        let case = cases.entry(case_key(rule, &found.event)).or_default();
        case.add(found.event, true);
        for event in found.related {
            case.add(event, false);
        }
    }
    cases
        .into_iter()
        .map(|(key, case)| case.finding(rule, key))
        .collect()
}

/// Witnesses of one case by time and identifier, and whether each matched itself.
#[derive(Default)]
struct Case(BTreeMap<(i64, String), (Witness, bool)>);

impl Case {
    /// An event may come both as a match and beside another one; it is shown once.
    fn add(&mut self, event: Witness, matched: bool) {
        let key = (event.ts.timestamp_micros(), event.event_id.clone());
        let entry = self
            .0
            .entry(key)
            .or_insert_with(|| (event.clone(), matched));
        if matched && !entry.1 {
            *entry = (event, true);
        }
    }

    fn finding(self, rule: &Rule, case_key: String) -> Finding {
        let total = self.0.len();
        let summary = self.summary(rule, total);
        let witnesses: Vec<Witness> = self
            .0
            .into_values()
            .map(|(event, _)| event)
            .take(MAX_WITNESSES)
            .collect();
        let first = witnesses
            .first()
            .map_or("", |event| event.event_id.as_str());
        Finding {
            id: identifier(&[&rule.id, &case_key, first]),
            rule_id: rule.id.clone(),
            title: rule.title.clone(),
            level: rule.level,
            case_key,
            summary,
            witnesses,
            tags: rule.tags.clone(),
            false_positives: rule.false_positives.clone(),
        }
    }

    /// Speaks of the oldest event that matched: what came after may be its consequence.
    fn summary(&self, rule: &Rule, total: usize) -> String {
        let mut matched = self
            .0
            .values()
            .filter(|(_, matched)| *matched)
            .map(|(event, _)| event);
        let told = matched.next().map(|event| {
            rule.summary
                .as_ref()
                .map_or_else(|| rule.title.clone(), |text| text.render(&event.facts))
        });
        let sentence = told.unwrap_or_else(|| rule.title.clone());
        let matched = 1 + matched.count();
        let some = if matched < total {
            format!(", {matched} of them match")
        } else {
            String::new()
        };
        let shown = if total > MAX_WITNESSES {
            format!(", the first {MAX_WITNESSES} are shown")
        } else {
            String::new()
        };
        match (total, matched) {
            (1, _) => format!("{sentence} (1 event)"),
            (_, 1) => format!("{sentence} ({total} events{shown})"),
            _ => format!("{sentence} ({total} events{some}{shown})"),
        }
    }
}

/// `column=value` for each case column; an event of which none is known is a case of its own.
fn case_key(rule: &Rule, event: &Witness) -> String {
    let known = |column: &&&str| {
        event
            .facts
            .get(**column)
            .is_some_and(|cell| *cell != Cell::Null)
    };
    if !rule.case_columns.iter().any(|column| known(&column)) {
        return format!("event_id={}", event.event_id);
    }
    let cells = rule.case_columns.iter().map(|column| {
        let value = event.facts.get(*column).map_or_else(String::new, word);
        format!("{column}={value}")
    });
    cells.collect::<Vec<_>>().join(",")
}

/// 128 bits of BLAKE3; each part is preceded by its length, so that parts cannot run together.
fn identifier(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hasher.update(&length.to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}
