//! Which steps the 30 ceremonies of the standard leave unevaluated, and the input that each lacks.
//! The list, `tests-data/not-evaluated.tsv`, was read by a person; this test fails when it drifts.

use std::collections::BTreeMap;

use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, STEPS, Status, verify};

use crate::corpus::{convert, lines};

/// How a step came out over all ceremonies: `never named`, or how often it stayed unevaluated.
fn counted() -> Option<BTreeMap<&'static str, String>> {
    let recordings: Vec<Recording> = lines("w3c-webauthn")?
        .iter()
        .map(|line| serde_json::from_value(convert(line)).unwrap())
        .collect();
    assert_eq!(recordings.len(), 30);
    let mut named: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for recording in &recordings {
        for outcome in &verify(recording, &Context::default()).steps {
            let (all, open) = named.entry(outcome.step.id).or_default();
            *all += 1;
            *open += usize::from(outcome.l3 == Status::NotEvaluated);
        }
    }
    let word = |id: &'static str| match named.get(id) {
        None => Some((id, "never named".to_owned())),
        Some((_, 0)) => None,
        Some((all, open)) => Some((id, format!("{open} of {all}"))),
    };
    Some(STEPS.iter().filter_map(|step| word(step.id)).collect())
}

#[test]
fn what_the_standards_ceremonies_leave_open_is_known() {
    let Some(found) = counted() else {
        eprintln!("SKIPPED: FIDOSCOPE_CORPUS names no folder");
        return;
    };
    let list = include_str!("../../tests-data/not-evaluated.tsv");
    let rows = list.lines().filter(|line| !line.starts_with('#'));
    let listed: BTreeMap<&str, (&str, &str)> = rows
        .map(|row| {
            let columns: Vec<&str> = row.split('\t').collect();
            (columns[0], (columns[1], columns[2]))
        })
        .collect();
    let mut drift = Vec::new();
    for (id, word) in &found {
        match listed.get(id) {
            Some((known, reason)) if known == word && !reason.is_empty() => {}
            Some((known, _)) => drift.push(format!("{id}: {word}, listed as {known}")),
            None => drift.push(format!("{id}\t{word}\t")),
        }
    }
    for id in listed.keys().filter(|id| !found.contains_key(*id)) {
        drift.push(format!("{id}: evaluated everywhere"));
    }
    assert!(drift.is_empty(), "\n{}", drift.join("\n"));
}
