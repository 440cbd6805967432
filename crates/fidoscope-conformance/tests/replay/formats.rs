//! The bundled recordings in every format, and what a reader of the format makes of them.

use std::path::Path;

use chrono::{DateTime, Utc};
use fidoscope_conformance::{LoadedRecording, Settings, describe, load, replay_one, summarize};
use fidoscope_recording::{Decision, DecisionVerdict};
use fidoscope_report::{Closing, Format, Options, Piece, Replay, Writer};

fn now() -> DateTime<Utc> {
    "2026-11-20T15:00:00Z".parse().unwrap()
}

/// The recordings of datasets/ceremonies, in the order of file names.
pub(crate) fn recordings() -> Vec<LoadedRecording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/ceremonies");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = format!(
            "datasets/ceremonies/{}",
            file.file_name().unwrap().display()
        );
        let (recordings, problems) = load(&name, &std::fs::read(&file).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        all.extend(recordings);
    }
    all
}

fn judged(recordings: &[LoadedRecording]) -> Vec<Replay> {
    let settings = Settings {
        now: None,
        otherwise_now: now(),
        anchors: &[],
        metadata: None,
        metadata_steps: &[],
        profile: None,
        past: None,
    };
    let judge = |loaded: &LoadedRecording| {
        let mut replay = replay_one(loaded, &settings);
        describe(loaded, &settings, &mut replay);
        replay
    };
    recordings.iter().map(judge).collect()
}

/// Every other ceremony was decided by a relying party that accepts everything.
fn credulous(recordings: &mut [LoadedRecording]) {
    for loaded in recordings.iter_mut().step_by(2) {
        loaded.recording.decision = Some(Decision {
            verdict: DecisionVerdict::Accept,
            reason: Some("HTTP 200".to_owned()),
        });
    }
}

fn written(replays: &[Replay], format: Format, steps: bool) -> String {
    let options = Options {
        width: Some(80),
        detail: steps,
        ..Options::default()
    };
    let mut writer = Writer::of::<Replay>(Vec::new(), format, options).unwrap();
    for replay in replays {
        let piece = Piece::new(std::slice::from_ref(replay), format, options);
        writer.push(piece).unwrap();
    }
    let bytes = writer
        .finish(Closing::said(summarize(replays).words()))
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Without explanations of what came out as expected.
fn terse(mut replays: Vec<Replay>) -> Vec<Replay> {
    for replay in &mut replays {
        if replay.mismatches.is_empty() {
            replay.explanation = None;
        }
    }
    replays
}

#[test]
fn the_bundled_recordings_in_formats_for_people() {
    let mut all = recordings();
    assert_eq!(all.len(), 30);
    credulous(&mut all);
    let replays = terse(judged(&all));
    for format in [Format::Table, Format::Markdown, Format::Tap] {
        insta::assert_snapshot!(format.name(), written(&replays, format, false));
    }
}

#[test]
fn a_few_recordings_in_formats_for_machines() {
    let mut all = recordings();
    credulous(&mut all);
    let replays = terse(judged(&all));
    let few = &replays[9..12];
    for format in [Format::Ndjson, Format::Csv, Format::Junit, Format::Sarif] {
        insta::assert_snapshot!(format.name(), written(few, format, false));
    }
}

#[test]
fn junit_is_read_back_with_the_same_counts() {
    let mut all = recordings();
    credulous(&mut all);
    let replays = judged(&all);
    let text = written(&replays, Format::Junit, true);
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!(report.test_suites.len(), replays.len());
    for (suite, replay) in report.test_suites.iter().zip(&replays) {
        assert_eq!(suite.test_cases.len(), replay.steps.len() + 1);
        assert_eq!(suite.tests, suite.test_cases.len());
        let non_success = |case: &&quick_junit::TestCase| {
            matches!(case.status, quick_junit::TestCaseStatus::NonSuccess { .. })
        };
        assert_eq!(
            suite.failures,
            suite.test_cases.iter().filter(non_success).count()
        );
        assert_eq!(
            suite.failures > 0,
            replay.ok == Some(false),
            "{}",
            replay.ceremony
        );
    }
    // Written by the crate and read again, it is still the same report.
    let again = quick_junit::Report::deserialize_from_str(&report.to_string().unwrap()).unwrap();
    assert_eq!(again.test_suites, report.test_suites);
}

#[test]
fn sarif_has_the_types_of_its_schema() {
    let mut all = recordings();
    credulous(&mut all);
    let replays = judged(&all);
    for steps in [false, true] {
        let text = written(&replays, Format::Sarif, steps);
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        let run = &log.runs[0];
        let results = run.results.as_ref().unwrap();
        let failing = results
            .iter()
            .filter(|r| serde_json::to_value(&r.kind).unwrap() == "fail");
        assert!(failing.count() >= replays.iter().filter(|r| r.ok == Some(false)).count());
        let rules = run.tool.driver.rules.as_ref().unwrap();
        for result in results {
            let id = result.rule_id.as_ref().unwrap();
            let rule = rules.iter().find(|rule| rule.id == *id);
            assert!(rule.is_some_and(|rule| rule.help_uri.is_some()), "{id}");
        }
        // Nothing that we wrote is unknown to the schema's types.
        let theirs = serde_json::to_value(&log).unwrap();
        let ours: serde_json::Value = serde_json::from_str(&text).unwrap();
        compare("", &ours, &theirs);
    }
}

/// Every member of `ours` is in `theirs` with the same value.
#[track_caller]
fn compare(path: &str, ours: &serde_json::Value, theirs: &serde_json::Value) {
    match (ours, theirs) {
        (serde_json::Value::Object(ours), serde_json::Value::Object(theirs)) => {
            for (name, value) in ours {
                let place = format!("{path}/{name}");
                let other = theirs
                    .get(name)
                    .unwrap_or_else(|| panic!("{place} got lost"));
                compare(&place, value, other);
            }
        }
        (serde_json::Value::Array(ours), serde_json::Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{path}/{at}"), ours, theirs);
            }
        }
        _ => assert_eq!(ours, theirs, "{path}"),
    }
}

/// Every faulty recording with the bytes around its fault, at 80 columns.
#[test]
fn every_fault_is_explained() {
    let all = recordings();
    let page: Vec<String> = judged(&all)
        .iter()
        .filter(|replay| replay.step.is_some())
        .map(|replay| {
            assert!(replay.explanation.is_some());
            replay.story(Some(80))
        })
        .collect();
    assert_eq!(page.len(), 20);
    let page = page.join("\n");
    let wide = page
        .lines()
        .find(|line| line.chars().count() > 80 && !line.contains("https://"));
    assert_eq!(wide, None);
    insta::assert_snapshot!("explained", page);
}
