//! The whole catalogue, row by row. A row that is not there yet, or that comes out otherwise,
//! stands in `tests-data/mutations-pending.tsv` with its reason; one that stands there and comes
//! out right fails this test as well.

use std::collections::{BTreeMap, BTreeSet};

use fidoscope_authenticator::{catalogue, mutants};
use fidoscope_conformance::{judge_blob, mutate};
use fidoscope_report::{Expectation, Mutation};

fn pending() -> BTreeMap<&'static str, &'static str> {
    let file = include_str!("../../tests-data/mutations-pending.tsv");
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split_once('\t').expect("id and reason"))
        .collect()
}

fn words(outcome: &Expectation) -> String {
    let step = outcome.step.as_deref().unwrap_or_default();
    format!("{:?} {step}", outcome.verdict)
}

fn complaint(mutation: &Mutation) -> String {
    let mut text = format!("{} ({})", mutation.id, mutation.mutation);
    if let Some(note) = &mutation.note {
        text.push_str(&format!(": {note}"));
    }
    for outcome in mutation.profiles.iter().filter(|outcome| !outcome.ok) {
        let (expected, found) = (words(&outcome.expected), words(&outcome.found));
        text.push_str(&format!(
            "\n    {}: wanted {expected}, found {found}",
            outcome.profile
        ));
    }
    text
}

#[test]
fn every_row_comes_out_at_its_step() {
    let mutations = mutate(&mutants(&|_| true).unwrap());
    let pending = pending();
    let mut wrong = Vec::new();
    let mut there = BTreeSet::new();
    for mutation in &mutations {
        let row = mutation.id.split('/').next().unwrap();
        there.insert(row);
        let is_pending = pending.contains_key(row) || pending.contains_key(mutation.id.as_str());
        if !is_pending && mutation.ok != Some(true) {
            wrong.push(complaint(mutation));
        }
    }
    for id in pending.keys() {
        let of_row = |m: &&Mutation| m.id == *id || m.id.split('/').next() == Some(id);
        let mut of_row = mutations.iter().filter(of_row).peekable();
        if of_row.peek().is_some() && of_row.all(|mutation| mutation.ok == Some(true)) {
            wrong.push(format!("{id}: pending no longer"));
        }
    }
    for row in catalogue() {
        if !there.contains(row.id.as_str()) && !pending.contains_key(row.id.as_str()) {
            wrong.push(format!("{} ({}): not there", row.id, row.mutation));
        }
    }
    eprintln!(
        "mutations: {} mutants of {} rows, {} pending",
        mutations.len(),
        there.len(),
        pending.len()
    );
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What was exported is read from its files and replayed like anybody's recordings.
#[test]
fn the_exported_files_are_recordings_with_the_same_outcome() {
    let wanted = |id: &str| {
        ["env-", "or-", "md-"]
            .iter()
            .any(|group| id.starts_with(group))
    };
    let made = mutants(&wanted).unwrap();
    let bases = fidoscope_authenticator::bases().unwrap();
    let files = fidoscope_conformance::export(&bases, &made).unwrap();
    let settings = fidoscope_conformance::Settings::at(chrono::DateTime::UNIX_EPOCH);
    let mut replayed = 0;
    let exported = files.iter().filter(|file| file.path.contains('/'));
    for file in exported.filter(|file| file.path.ends_with(".json")) {
        let (recordings, problems) = fidoscope_conformance::load(&file.path, &file.bytes);
        assert_eq!(problems, [], "{}", file.path);
        let recording = &recordings[0].recording;
        let blob = recording.mds_blob.as_ref().map(|reference| {
            let path = format!("mutants/M/{}", reference.path);
            let beside = files.iter().find(|file| file.path == path).unwrap();
            let opened = fidoscope_metadata::Blob::open(&beside.bytes);
            let now = recording.now.unwrap();
            let judged = judge_blob(opened.as_ref(), reference, recording, now).unwrap();
            (opened.ok(), judged)
        });
        let settings = fidoscope_conformance::Settings {
            metadata: blob.as_ref().and_then(|(blob, _)| blob.as_ref()),
            metadata_steps: blob.as_ref().map_or(&[], |(_, steps)| steps),
            ..settings
        };
        let replay = fidoscope_conformance::replay_one(&recordings[0], &settings);
        assert_eq!(replay.ok, Some(true), "{}", file.path);
        replayed += 1;
    }
    assert_eq!(replayed, bases.len() + made.mutants.len());
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths[..3], ["README.md", "index.json", "bases/V2.json"]);
    assert!(paths.contains(&"mutants/A/env-02.number.json"));
    let index: serde_json::Value = serde_json::from_slice(&files[1].bytes).unwrap();
    assert_eq!(
        index["mutants"][0]["expect"]["webauthn-l3"]["step"],
        "env.id"
    );
}

/// The isolation rule: a fault of client data, authenticator data or key is named at its own step
/// in every attestation format too, signed again with the key in the recording.
#[test]
fn every_base_of_ours_serves_as_a_callers_base() {
    let mut ran = 0;
    for base in fidoscope_authenticator::bases().unwrap() {
        let mutations = fidoscope_conformance::mutate_base(&base, &|_| true).unwrap();
        let wrong = mutations.iter().filter(|one| one.ok == Some(false));
        let wrong: Vec<String> = wrong.map(complaint).collect();
        assert!(wrong.is_empty(), "{}:\n{}", base.id, wrong.join("\n"));
        ran += mutations.iter().filter(|one| one.ok.is_some()).count();
    }
    assert!(ran > 4000, "{ran}");
}
