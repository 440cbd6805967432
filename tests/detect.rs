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

/// A store of native lines a second apart from noon; `%` is the number of the line.
fn store_of(lines: &[&str]) -> Bench {
    let bench = Bench::new();
    let mut log = String::new();
    for (second, line) in lines.iter().enumerate() {
        let line = line.replace('%', &second.to_string());
        log += &format!("{{\"ts\":\"2026-11-18T12:00:{second:02}Z\",{line}}}\n");
    }
    bench.file("log.ndjson", log);
    let run = bench.run("ingest --now 2026-11-20 --store store --source native log.ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    bench
}

/// Exit code and standard error of `detect`, which names every rule that could not judge all.
#[track_caller]
fn check_sight(bench: &Bench, rules: &str, code: i32, said: &[&str]) {
    let run = bench.run(&format!("detect --store store --format ndjson {rules}"));
    assert_eq!(run.code, Some(code), "{}", run.whole());
    let told: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(told[..told.len() - 1], *said, "{}", run.whole());
}

const SIGN_IN: &str = r#""kind":"authentication.completed","outcome":"success""#;

/// No finding of rules that see nothing is no good news.
#[test]
fn a_store_that_no_rule_can_judge_is_indeterminate() {
    // What Okta logs: sign-ins without identifiers, counters and challenges.
    let bench = Bench::new();
    let line = r#"{"uuid":"u%","published":"2026-11-18T12:00:0%.000Z","eventType":"user.authentication.auth_via_mfa","actor":{"id":"00u%","type":"User","alternateId":"mara@corp.example"},"outcome":{"result":"SUCCESS"},"debugContext":{"debugData":{"factor":"FIDO_WEBAUTHN"}}}"#;
    let log: String = (0..5)
        .map(|n| line.replace('%', &n.to_string()) + "\n")
        .collect();
    bench.file("okta.ndjson", log);
    let run = bench.run("ingest --store store --source okta okta.ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let blind = [
        "counter-did-not-increase is blind: no event has credential_id, sign_count",
        "challenge-accepted-twice is blind: no event has challenge_hash",
    ];
    check_sight(&bench, "", 3, &blind);
    let table = bench.run("detect --store store --format table");
    assert_eq!(
        table.stdout,
        "no findings, and no rule that could have made one\n"
    );
    // Asked to fail never, it still does not say that all is well.
    check_sight(&bench, "--fail-on never", 3, &blind);
    let page = bench.run("dashboard executive --store store --once --size 160x50 --now 2026-11-19");
    assert!(page.stdout.contains("blind"), "{}", page.stdout);

    // An event with all that the rules look for, and they see.
    let with = format!(r#"{SIGN_IN},"credential_id":"AQID","sign_count":1,"challenge":"AAAA""#);
    check_sight(
        &store_of(&[&with, &with.replace(":1", ":2").replace("AAAA", "BBBB")]),
        "",
        0,
        &[],
    );
    // No event of the kind that they are about.
    let absent = [
        "counter-did-not-increase is blind: there is no event of the kind \
         authentication.completed or authentication.failed",
        "challenge-accepted-twice is blind: there is no event of the kind authentication.completed",
    ];
    let line = r#""kind":"recovery.requested","outcome":"success","challenge":"AAAA""#;
    check_sight(&store_of(&[line]), "", 3, &absent);
    // What they need stands in events of another kind only.
    let elsewhere = r#""kind":"registration.completed","outcome":"success","credential_id":"AQID","sign_count":0,"challenge":"AAAA""#;
    check_sight(&store_of(&[elsewhere, SIGN_IN]), "", 3, &blind);
}

/// A rule of the user's own beside ours, which are blind here.
fn with_rule(bench: &Bench, detection: &str) {
    let rule = format!(
        "title: Mine\nid: 00000000-0000-4000-8000-000000000015\nname: mine\nlevel: low\n\
         logsource: {{product: webauthn, category: ceremony}}\ndetection:\n{detection}"
    );
    bench.file("rules/detections/mine.yml", rule);
}

/// `not` over what is unknown is unknown: it says so, and of how many events.
#[test]
fn a_rule_says_on_how_many_events_it_could_not_decide() {
    let known = format!(r#"{SIGN_IN},"asn":64501,"transports":["usb"]"#);
    let lines = [
        known.as_str(),
        SIGN_IN,
        SIGN_IN,
        &known,
        r#""kind":"recovery.requested","outcome":"success""#,
    ];
    let bench = store_of(&lines);
    let check = |detection: &str, code, unseen: &[&str]| {
        with_rule(&bench, detection);
        let run = bench.run("detect --store store --rules rules --format ndjson");
        assert_eq!(run.code, Some(code), "{}", run.whole());
        let told: Vec<&str> = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("mine"))
            .collect();
        assert_eq!(told, unseen, "{detection}: {}", run.whole());
    };
    check(
        "  sel: {kind: authentication.completed}\n  filter: {asn: 64500}\n  condition: sel and not filter\n",
        1,
        &["mine could not judge all: neither yes nor no on 2 of 5 events, which do not have asn"],
    );
    check(
        "  sel: {kind: authentication.completed}\n  filter: {transports: hybrid}\n  condition: sel and not filter\n",
        1,
        &[
            "mine could not judge all: neither yes nor no on 2 of 5 events, which do not have transports",
        ],
    );
    check(
        "  sel: {kind: authentication.completed}\n  filter: {user_agent|re: Headless}\n  condition: sel and not filter\n",
        3,
        &["mine is blind: no event has user_agent"],
    );
    check(
        "  sel: {kind: authentication.completed, uv: false}\n  condition: sel\n",
        3,
        &["mine is blind: no event has flags"],
    );
    // Who asks for the unknown gets a yes or a no.
    check(
        "  sel: {kind: authentication.completed}\n  filter: {asn: null}\n  condition: sel and not filter\n",
        1,
        &[],
    );
    // A keyword is in the event or not.
    check("  sel: [nowhere]\n  condition: sel\n", 0, &[]);
    check(
        "  sel:\n    '|all': [authentication, completed]\n  condition: sel\n",
        1,
        &[],
    );
}

/// Texts that differ in letter case alone are equal, whatever alphabet they are in.
#[test]
fn letter_case_is_folded() {
    let labels = [
        "ΟΔΟΣΑΒ",
        "ΟΔΟΣ",
        "οδος",
        "Straße",
        "STRAẞE",
        "STRASSE",
        "\u{212a}ey",
        "ſure",
    ];
    let lines: Vec<String> = (labels.iter())
        .map(|label| {
            format!(
                r#"{SIGN_IN},"event_id":"e%","credential_label":"{label}","transports":["{label}"]"#
            )
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let bench = store_of(&lines);
    let check = |field: &str, expected: &[usize]| {
        with_rule(&bench, &format!("  sel: {{{field}}}\n  condition: sel\n"));
        let (_, found) = findings(&bench, "--rules rules");
        let found: BTreeSet<String> = (found.iter())
            .map(|finding| {
                finding["witnesses"][0]["event_id"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let expected = expected.iter().map(|at| format!("e{at}")).collect();
        assert_eq!(found, expected, "{field}");
    };
    check("credential_label|startswith: ΟΔΟΣ", &[0, 1, 2]);
    check("credential_label|endswith: σ", &[1, 2]);
    check("credential_label: strasse", &[5]);
    check("credential_label: straße", &[3, 4]);
    check("credential_label: KEY", &[6]);
    check("credential_label|contains: SURE", &[7]);
    check("credential_label|re|i: '^straße$'", &[3, 4]);
    check("credential_label|cased: ΟΔΟΣ", &[1]);
    check("transports: οδοσ", &[1, 2]);
}

#[test]
fn memory_that_does_not_suffice_is_told_with_what_can_be_done() {
    let bench = Bench::new();
    let log = dataset("rules/counter-did-not-increase/fires.ndjson");
    let run = bench.run(&format!(
        "ingest --now 2027-01-01 --store store {}",
        log.display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let run = bench.run("detect --store store --memory 1MiB");
    assert_eq!(run.code, Some(70), "{}", run.whole());
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("does not suffice") && run.stderr.contains("--memory SIZE"),
        "{}",
        run.stderr
    );
    let enough = findings(&bench, "--memory 64MiB");
    assert_eq!(enough.0, Some(1));
    assert_eq!(enough, findings(&bench, ""));
}
