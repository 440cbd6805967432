//! Detections from a store.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::architecture::root;
use crate::support::{Bench, dataset};

fn findings(bench: &Bench, arguments: &str) -> (Option<i32>, Vec<Value>) {
    let run = bench.run(&format!("detect --store store --format json {arguments}"));
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.whole()));
    (run.code, document["findings"].as_array().unwrap().clone())
}

/// Every rule of the program fires on its own data and is quiet on the data that only looks alike,
/// through the whole engine.
#[test]
fn every_rule_fires_and_stays_quiet_where_it_should() {
    let rules = std::fs::read_dir(root().join("rules/detections")).unwrap();
    for rule in rules {
        let rule = rule.unwrap().path();
        let name = rule.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&rule).unwrap();
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("id: "))
            .unwrap();
        for (data, fires) in [("fires", true), ("quiet", false)] {
            let bench = Bench::new();
            let log = dataset(&format!("rules/{name}/{data}.ndjson"));
            let run = bench.run(&format!(
                "ingest --now 2027-01-01 --store store {}",
                log.display()
            ));
            assert_eq!(run.code, Some(0), "{name}: {}", run.whole());
            let (_, found) = findings(&bench, "");
            let fired = found.iter().any(|finding| finding["rule_id"] == id);
            assert_eq!(fired, fires, "{name} on {data}: {found:#?}");
        }
    }
}

/// What the labels call harmful is found, and nothing that they call harmless.
#[test]
fn the_labelled_incidents_are_found() {
    let bench = Bench::new();
    let native = dataset("logs/native.ndjson.zst");
    assert_eq!(
        bench
            .run(&format!("ingest --store store {}", native.display()))
            .code,
        Some(0)
    );
    let (code, found) = findings(&bench, "");
    assert_eq!(code, Some(1));
    let labels = std::fs::read_to_string(dataset("labels.json")).unwrap();
    let labels: Value = serde_json::from_str(&labels).unwrap();
    let witnesses: BTreeSet<&str> = found
        .iter()
        .flat_map(|finding| finding["witnesses"].as_array().unwrap())
        .map(|witness| witness["event_id"].as_str().unwrap())
        .collect();
    for incident in labels["incidents"].as_array().unwrap() {
        // What burns the budget is the indicators' business.
        if incident["kind"] == "attestation_regression" {
            continue;
        }
        let events = incident["events"].as_array().unwrap();
        let seen = events
            .iter()
            .filter(|event| witnesses.contains(event.as_str().unwrap()))
            .count();
        let harmful = incident["harmful"].as_bool().unwrap();
        assert_eq!(
            seen > 0,
            harmful,
            "{}: {seen} of its events are witnesses",
            incident["summary"]
        );
    }
    for finding in &found {
        let raw = &finding["witnesses"][0]["raw"];
        assert!(
            raw["path"].as_str().unwrap().ends_with("native.ndjson.zst"),
            "{raw}"
        );
        assert!(raw["line"].as_u64().unwrap() > 0);
    }
}

/// The rule files are the logic: an edited copy under the same identifier sees other findings.
#[test]
fn an_edited_rule_sees_other_findings() {
    let bench = Bench::new();
    let log = dataset("rules/counter-did-not-increase/fires.ndjson");
    let run = bench.run(&format!(
        "ingest --now 2027-01-01 --store store {}",
        log.display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let (code, ours) = findings(&bench, "");
    assert_eq!(code, Some(1));
    let rule = include_str!("../rules/detections/counter-did-not-increase.yml");
    bench.file(
        "rules/detections/mine.yml",
        rule.replace("counter_relation:", "failure_reason:"),
    );
    let (code, edited) = findings(&bench, "--rules rules");
    assert_eq!(code, Some(0), "{edited:#?}");
    assert!(edited.len() < ours.len());
}

#[test]
fn the_level_that_fails_is_the_users_choice() {
    let bench = Bench::new();
    let log = dataset("rules/challenge-accepted-twice/fires.ndjson");
    let run = bench.run(&format!(
        "ingest --now 2027-01-01 --store store {}",
        log.display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert_eq!(findings(&bench, "--fail-on critical").0, Some(1));
    assert_eq!(findings(&bench, "--fail-on never").0, Some(0));
}
