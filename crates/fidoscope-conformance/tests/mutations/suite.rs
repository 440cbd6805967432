//! The whole catalogue, row by row. A row that is not there yet, or that comes out otherwise,
//! stands in `tests-data/mutations-pending.tsv` with its reason; one that stands there and comes
//! out right fails this test as well.

use std::collections::{BTreeMap, BTreeSet};

use fidoscope_conformance::{LoadedRecording, judge_blob, mutate};
use fidoscope_mutations::{ExportedFile, catalogue, mutants};
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

/// What was written is read from its files and replayed like anybody's recordings: every file that
/// the program would take out of a folder is one, or many.
#[track_caller]
fn check_files(files: &[ExportedFile], expected: usize) {
    let mut replayed = 0;
    for file in files {
        let ends = [".json", ".jsonl", ".ndjson", ".har"];
        if !ends.iter().any(|end| file.path.ends_with(end)) {
            continue;
        }
        let (recordings, problems) = fidoscope_conformance::load(&file.path, &file.bytes);
        assert_eq!(problems, [], "{}", file.path);
        for loaded in recordings {
            check_recording(&loaded, files);
            replayed += 1;
        }
    }
    assert_eq!(replayed, expected);
}

/// Comes out as it says; the BLOB that it may name lies among the files.
#[track_caller]
fn check_recording(loaded: &LoadedRecording, files: &[ExportedFile]) {
    let recording = &loaded.recording;
    let blob = recording.mds_blob.as_ref().map(|reference| {
        let folder = format!("mutants/M/{}", reference.path);
        let named = |file: &&ExportedFile| file.path == folder || file.path == reference.path;
        let beside = files.iter().find(named).unwrap();
        let opened = fidoscope_metadata::Blob::open(&beside.bytes);
        let now = recording.now.unwrap();
        let judged = judge_blob(opened.as_ref(), reference, recording, now).unwrap();
        (opened.ok(), judged)
    });
    let settings = fidoscope_conformance::Settings {
        metadata: blob.as_ref().and_then(|(blob, _)| blob.as_ref()),
        metadata_steps: blob.as_ref().map_or(&[], |(_, steps)| steps),
        ..fidoscope_conformance::Settings::at(chrono::DateTime::UNIX_EPOCH)
    };
    let replay = fidoscope_conformance::replay_one(loaded, &settings);
    assert_eq!(replay.ok, Some(true), "{}", loaded.file);
}

#[test]
fn the_exported_files_are_recordings_with_the_same_outcome() {
    let made = mutants(&|_| true).unwrap().mutants;
    let bases = fidoscope_mutations::bases().unwrap();
    let files = fidoscope_mutations::export(&bases, &made).unwrap();
    check_files(&files, bases.len() + made.len());
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths[..3], ["README.md", "index.tsv", "bases/V2.json"]);
    let bundle = fidoscope_mutations::bundle(&bases, &made).unwrap();
    check_files(&bundle, bases.len() + made.len());
    check_index(&files[1], "mutants/A/env-02.object.json");
    check_index(&bundle[1], "mutants.ndjson:3");
    assert!(paths.contains(&"mutants/A/env-02.number.json"));
}

/// A line of the index for every mutant, of as many cells as the head has.
#[track_caller]
fn check_index(index: &ExportedFile, third: &str) {
    let text = std::str::from_utf8(&index.bytes).unwrap();
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(lines.iter().all(|cells| cells.len() == 11), "{text}");
    assert_eq!(lines[0][6], "webauthn-l3");
    assert_eq!((lines[1][0], lines[1][6]), ("env-01", "reject env.id"));
    assert_eq!(lines[3][1], third);
}

/// The isolation rule: a fault of client data, authenticator data or key is named at its own step
/// in every attestation format too, signed again with the key in the recording.
#[test]
fn every_base_of_ours_serves_as_a_callers_base() {
    let mut ran = 0;
    for base in fidoscope_mutations::bases().unwrap() {
        let mutations = fidoscope_conformance::mutate_base(&base, &|_| true).unwrap();
        let wrong = mutations.iter().filter(|one| one.ok == Some(false));
        let wrong: Vec<String> = wrong.map(complaint).collect();
        assert!(wrong.is_empty(), "{}:\n{}", base.id, wrong.join("\n"));
        ran += mutations.iter().filter(|one| one.ok.is_some()).count();
    }
    assert!(ran > 4000, "{ran}");
}
