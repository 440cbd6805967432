//! The test instrument and the verifier must agree about every ceremony the instrument makes.

use chrono::{DateTime, Utc};
use fidoscope_conformance::{
    LoadedRecording, Settings, SummaryOutcome, explain, replay, summarize,
};
use fidoscope_verifier::Profile;

fn now() -> DateTime<Utc> {
    "2026-10-01T12:00:00Z".parse().unwrap()
}

#[track_caller]
fn check(profile: Profile) {
    let recordings: Vec<LoadedRecording> =
        fidoscope_authenticator::ceremonies(7, "example.org", now())
            .unwrap()
            .into_iter()
            .map(|recording| LoadedRecording {
                file: recording.id.clone(),
                recording,
            })
            .collect();
    let settings = Settings {
        now: None,
        otherwise_now: now(),
        anchors: &[],
        metadata: None,
        profile: Some(profile),
    };
    let replays = replay(&recordings, &settings);
    let wrong: Vec<String> = replays
        .iter()
        .filter(|replay| replay.ok != Some(true))
        .map(explain)
        .collect();
    assert_eq!(wrong.join("\n"), "");
    assert_eq!(summarize(&replays).outcome(), SummaryOutcome::Fine);
}

#[test]
fn every_ceremony_comes_out_as_expected_in_level_3() {
    check(Profile::WebauthnL3);
}

#[test]
fn every_ceremony_comes_out_as_expected_in_level_2() {
    check(Profile::WebauthnL2);
}
