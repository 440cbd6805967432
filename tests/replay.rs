//! Recordings through the verifier.

use serde_json::Value;

use crate::support::{Bench, dataset};

#[test]
fn every_recording_of_the_datasets_comes_out_as_it_says() {
    let bench = Bench::new();
    let ceremonies = dataset("ceremonies");
    for profile in ["webauthn-l3", "webauthn-l2"] {
        let run = bench.run(&format!(
            "replay --profile {profile} --format json {}",
            ceremonies.display()
        ));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let replays = document["replays"].as_array().unwrap();
        assert_eq!(replays.len(), 30);
        assert!(
            replays.iter().all(|replay| replay["ok"] == true),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("TEST ROOT"), "{}", run.stderr);
    }
}

/// Rejected, but at another step than expected, is a mismatch.
#[test]
fn another_step_than_expected_fails() {
    let bench = Bench::new();
    let faulty = std::fs::read_to_string(dataset("ceremonies/faulty.jsonl")).unwrap();
    let line = faulty
        .lines()
        .find(|line| line.contains("\"reg.challenge\""))
        .unwrap();
    bench.file(
        "other-step.jsonl",
        line.replace("\"reg.challenge\"", "\"reg.origin\""),
    );
    let run = bench.run("replay --format table other-step.jsonl");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(run.stdout.contains("reg.challenge"), "{}", run.stdout);
    assert!(run.stdout.contains("reg.origin"), "{}", run.stdout);
}

#[test]
fn unknown_members_warn_and_in_a_policy_they_stop() {
    let bench = Bench::new();
    let file = dataset("ceremonies/registration-none.json");
    let mut recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    recording["colour"] = "green".into();
    bench.file("odd.json", recording.to_string());
    let run = bench.run("replay odd.json");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stderr.contains("warning") && run.stderr.contains("colour"),
        "{}",
        run.stderr
    );
    recording["policy"]["requireUvv"] = true.into();
    bench.file("wrong.json", recording.to_string());
    let run = bench.run("replay wrong.json");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stderr.contains("requireUvv"), "{}", run.stderr);
    let run = bench.run("replay --profile webauthn-l4 odd.json");
    assert_eq!(run.code, Some(2), "{}", run.whole());
}

#[test]
fn the_published_schemas_are_printed() {
    let bench = Bench::new();
    for (name, id) in [
        ("ceremony", "fidoscope.ceremony/1"),
        ("event", "fidoscope.event.v1"),
    ] {
        let run = bench.run(&format!("schema {name}"));
        assert_eq!(run.code, Some(0));
        assert!(run.stdout.contains(id), "{name}");
        serde_json::from_str::<Value>(&run.stdout).unwrap();
    }
}
