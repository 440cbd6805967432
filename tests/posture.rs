//! Practices around passkeys, over the bundled logs and over stores that cannot say.

use crate::support::{Bench, dataset};

/// A bench whose store holds the bundled logs, under the key that is published with them.
fn bundled() -> Bench {
    let bench = Bench::new();
    let manifest = std::fs::read_to_string(dataset("MANIFEST.yaml")).unwrap();
    let key = manifest
        .lines()
        .find_map(|line| line.strip_prefix("pii_key: "));
    bench.file("key", key.unwrap());
    let run = bench.run(&format!(
        "ingest --store store --pii-key key --now 2026-11-20T15:00:00Z {}",
        dataset("logs").display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    bench
}

const NOW: &str = "--now 2026-11-20T15:00:00Z --store store";

#[test]
fn the_bundled_logs_have_a_posture() {
    let bench = bundled();
    let run = bench.run(&format!("posture {NOW} --format table"));
    insta::assert_snapshot!("posture_table", run.whole());
    let run = bench.run(&format!("posture {NOW} --format markdown"));
    insta::assert_snapshot!("posture_markdown", run.whole());
    let run = bench.run(&format!("posture {NOW} --fail-on not-kept --format json"));
    assert_eq!(run.code, Some(1), "{}", run.whole());
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["schema"], "fidoscope.practices/1");
    let practices = report["practices"].as_array().unwrap();
    assert_eq!(practices.len(), 6);
    for practice in practices {
        let said = practice["computed_from"].as_str().unwrap();
        assert!(!said.is_empty(), "{practice}");
        assert_eq!(
            practice["seen"].is_null(),
            practice["state"] == "not-evaluated"
        );
    }
    let run = bench.run(&format!("posture {NOW}"));
    assert_eq!(run.stdout.lines().count(), 6, "{}", run.stdout);
    let run = bench.run(&format!("posture {NOW} --format csv"));
    assert!(
        run.stdout.starts_with("id,practice,state,seen,of,unit,"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_list_of_privileged_users_is_hashed_under_the_key_of_the_store() {
    let bench = Bench::new();
    let line = r#"{"ts":"2026-11-20T12:00:00Z","kind":"registration.completed","outcome":"success","credential_id":"AQ","user_id":"ada","flags":{"be":true,"bs":true}}"#;
    bench.file("log.ndjson", format!("{line}\n"));
    bench.file("root-users.txt", "# who may do everything\nada\n\nbob\n");
    let run = bench.run(&format!("ingest {NOW} log.ndjson"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let run = bench.run(&format!(
        "posture {NOW} --privileged root-users.txt --format csv"
    ));
    let expected =
        "privileged-keys,\"privileged users on attested, device-bound keys\",not-kept,1,1,users,";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("1 privileged user without a credential"),
        "{}",
        run.stdout
    );
    let run = bench.run(&format!("posture {NOW} --format csv"));
    assert!(
        run.stdout
            .contains("not evaluated: no event has a user_segment"),
        "{}",
        run.stdout
    );
    let run = bench.run(&format!("posture {NOW} --privileged nowhere.txt"));
    assert_eq!(run.code, Some(4), "{}", run.whole());
}

#[test]
fn a_store_that_cannot_say_is_indeterminate() {
    let bench = Bench::new();
    let line = r#"{"ts":"2026-11-20T12:00:00Z","kind":"prompt.shown","outcome":"unknown"}"#;
    bench.file("log.ndjson", format!("{line}\n"));
    bench.run(&format!("ingest {NOW} log.ndjson"));
    let run = bench.run(&format!("posture {NOW} --format csv"));
    assert_eq!(run.code, Some(3), "{}", run.whole());
    assert_eq!(
        run.stdout.matches("not-evaluated,,,").count(),
        6,
        "{}",
        run.stdout
    );
    let run = bench.run("posture --store nowhere");
    assert_eq!(run.code, Some(4), "{}", run.whole());
}
