//! Indicators from a store.

use serde_json::Value;

use crate::support::{Bench, dataset};

fn slis(bench: &Bench, arguments: &str) -> Vec<Value> {
    let run = bench.run(&format!("sli --store store --format json {arguments}"));
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.whole()));
    assert_eq!(document["schema"], "fidoscope.slis/1");
    document["slis"].as_array().unwrap().clone()
}

fn of<'a>(slis: &'a [Value], id: &str) -> Vec<&'a Value> {
    slis.iter().filter(|sli| sli["id"] == id).collect()
}

/// The native log carries counters, starts and server times; Okta's and Keycloak's do not.
#[test]
fn an_indicator_that_a_source_cannot_support_says_so() {
    let bench = Bench::new();
    let keycloak = dataset("logs/keycloak.ndjson.gz");
    assert_eq!(
        bench
            .run(&format!("ingest --store store {}", keycloak.display()))
            .code,
        Some(0)
    );
    let alone = slis(&bench, "--now 2026-11-20T15:00:00Z");
    for sli in of(&alone, "M7") {
        assert_eq!(sli["status"], "no-data", "{sli}");
        assert_eq!(sli["value"], Value::Null);
        assert!(
            sli["note"]
                .as_str()
                .unwrap()
                .contains("keycloak does not log"),
            "{sli}"
        );
    }
    let native = dataset("logs/native.ndjson.zst");
    assert_eq!(
        bench
            .run(&format!("ingest --store store {}", native.display()))
            .code,
        Some(0)
    );
    let both = slis(&bench, "--now 2026-11-20T15:00:00Z");
    let verify = of(&both, "M7");
    assert_eq!(
        verify[0]["sources"],
        serde_json::json!(["native"]),
        "{}",
        verify[0]
    );
    assert!(verify[0]["value"].as_f64().unwrap() > 0.0);
    assert_eq!(
        of(&both, "M2")
            .iter()
            .filter(|sli| sli["basis"] == "started")
            .count(),
        1
    );
    assert_eq!(
        of(&both, "M2")
            .iter()
            .filter(|sli| sli["basis"] == "submitted")
            .count(),
        1
    );
}

#[test]
fn a_split_by_model_shows_whose_attestation_is_refused() {
    let bench = Bench::new();
    let native = dataset("logs/native.ndjson.zst");
    assert_eq!(
        bench
            .run(&format!("ingest --store store {}", native.display()))
            .code,
        Some(0)
    );
    let slis = slis(
        &bench,
        "--now 2026-11-20T15:00:00Z --since 2026-11-17T09:00:00Z --by aaguid",
    );
    let refused = of(&slis, "M4");
    let known = refused.iter().filter(|sli| sli["value"].as_f64().is_some());
    let worst = known.max_by(|a, b| {
        a["value"]
            .as_f64()
            .partial_cmp(&b["value"].as_f64())
            .unwrap()
    });
    assert_eq!(
        worst.unwrap()["group"],
        "f1d05c0b-514d-4f00-a000-000000000001",
        "{refused:?}"
    );
}

#[test]
fn an_empty_window_is_indeterminate_and_tells_where_the_data_are() {
    let bench = Bench::new();
    let keycloak = dataset("logs/keycloak.ndjson.gz");
    assert_eq!(
        bench
            .run(&format!("ingest --store store {}", keycloak.display()))
            .code,
        Some(0)
    );
    let run = bench.run("sli --store store --now 2025-01-01");
    assert_eq!(run.code, Some(3), "{}", run.whole());
    assert!(
        run.stderr.contains("the store's events run from 2026-10-"),
        "{}",
        run.stderr
    );
    let run = bench.run("sli --store store --by authenticator_modle");
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(
        run.stderr.contains("did you mean authenticator_model?"),
        "{}",
        run.stderr
    );
    let run = bench.run("sli --store store --now 2026-11-20T15:00:00Z --fail-on breach");
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.whole());
}

/// What has been counted is stored by minutes; a log that comes late changes some of them.
#[test]
fn minutes_are_restated_by_what_comes_late() {
    let bench = Bench::new();
    let line = |at: &str, kind: &str, outcome: &str, more: &str| {
        format!(
            r#"{{"ts":"2026-11-20T{at}Z","kind":"authentication.{kind}","outcome":"{outcome}","ceremony_id":"a"{more}}}"#
        )
    };
    let start = line("09:00:10", "started", "challenge", "");
    let other = r#"{"ts":"2026-11-20T12:00:00Z","kind":"sync.error","outcome":"failure"}"#;
    bench.file("early.ndjson", format!("{start}\n{other}\n"));
    let end = line("09:00:12", "completed", "success", r#","server_ms":40"#);
    bench.file("late.ndjson", format!("{end}\n"));
    let now = "--now 2026-11-20T15:00:00Z";
    let measure = || bench.run(&format!("sli --store store --format json {now}"));
    bench.run(&format!("ingest --store store {now} early.ndjson"));
    assert!(measure().stderr.is_empty(), "{}", measure().stderr);
    bench.run(&format!("ingest --store store {now} late.ndjson"));
    let run = measure();
    assert!(
        run.stderr
            .contains("latencies ± 1 %; 2 minutes were restated for events that came late"),
        "{}",
        run.stderr
    );
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["restated_minutes"], 2);
    assert_eq!(document["quantile_error"], 0.01);
    let rows = "SELECT date_part('minute', ts), authentication_completed, authentication_abandoned, \
                restated FROM minutes WHERE dimension IS NULL AND restated > 0 ORDER BY ts";
    assert_eq!(bench.ask(rows), "0,1,0,1\n5,0,0,1");
}

/// A store with one sign-in.
fn small() -> Bench {
    let bench = Bench::new();
    bench.file(
        "log.ndjson",
        r#"{"ts":"2026-11-20T14:50:00Z","event_id":"a","kind":"authentication.completed","outcome":"success"}"#,
    );
    let run = bench.run("ingest --store store --source native log.ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    bench
}

#[test]
fn times_may_be_counted_from_now() {
    let bench = small();
    let window = |arguments: &[&str]| {
        let mut command = bench.command("sli --store store --format json --now");
        let output = command
            .arg("2026-11-20 15:00")
            .args(arguments)
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        [document["since"].clone(), document["until"].clone()]
    };
    let check = |arguments: &[&str], since: &str, until: &str| {
        assert_eq!(window(arguments), [since, until], "{arguments:?}");
    };
    let now = "2026-11-20T15:00:00Z";
    check(&["--since", "20m"], "2026-11-20T14:40:00Z", now);
    check(&["--since", "yesterday"], "2026-11-19T00:00:00Z", now);
    check(
        &["--since", "2026-11-17 10:00"],
        "2026-11-17T10:00:00Z",
        now,
    );
    check(
        &["--since", "now-2h", "--until", "now-1h"],
        "2026-11-20T13:00:00Z",
        "2026-11-20T14:00:00Z",
    );
    check(
        &["--until", "today 12:00"],
        "2026-10-21T12:00:00Z",
        "2026-11-20T12:00:00Z",
    );
}

#[test]
fn the_wrong_part_of_a_time_is_named() {
    let bench = small();
    let check = |command: &str, option: &str, time: &str, expected: &str| {
        let output = bench
            .command(command)
            .args([option, time])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("write "), "{said}");
    };
    check("sli --store store", "--since", "20", "`20` has no unit");
    check(
        "posture --store store",
        "--until",
        "2026-11-31",
        "`31` is no day of 2026-11",
    );
    check(
        "dashboard --once --store store",
        "--since",
        "yestrday",
        "did you mean `yesterday`?",
    );
    check(
        "mds status x.jwt",
        "--now",
        "2026-13-01",
        "`13` is no month",
    );
    check(
        "ingest --follow x",
        "--follow-every",
        "5 fortnights",
        "`fortnights` is no unit",
    );
}

/// A log of five lines, each with its own number in the place of `%`.
fn five(line: &str) -> String {
    (0..5)
        .map(|n| line.replace('%', &n.to_string()) + "\n")
        .collect()
}

/// What `sli` and `sources coverage` say of a log: indicators without data, with the reason, and those
/// that have some, with their value.
#[track_caller]
fn check_reach(source: &str, log: &str, silent: &[(&str, &str)], told: &[(&str, f64)]) {
    let bench = Bench::new();
    bench.file("log.ndjson", log);
    let run = bench.run(&format!(
        "ingest --store store --source {source} log.ndjson"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let found = slis(&bench, "--now 2026-10-06T00:00:00Z");
    let coverage = bench.run("sources coverage --store store --format ndjson");
    let supported = |id: &str| {
        let mut rows = coverage
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.any(|row| row["id"] == id && row["state"] == "supported")
    };
    for (id, reason) in silent {
        for sli in of(&found, id) {
            assert_eq!(sli["status"], "no-data", "{sli}");
            assert!(sli["note"].as_str().unwrap().contains(reason), "{sli}");
        }
        assert!(!supported(id), "{id}: {}", coverage.stdout);
    }
    for (id, value) in told {
        assert_eq!(of(&found, id)[0]["value"], *value, "{id}");
        assert!(supported(id), "{id}: {}", coverage.stdout);
    }
}

/// Whoever logs only what went well has no share of what went well.
#[test]
fn a_rate_whose_bad_outcome_the_source_cannot_say_has_no_value() {
    let unfailing = |source: &str| format!("{source} does not log registration.failed");
    let registered = |source: &str, line: &str, more: &[(&str, f64)]| {
        let reason = unfailing(source);
        let silent = [("M1", reason.as_str()), ("M4", &reason)];
        check_reach(source, &five(line), &silent, more);
    };
    registered(
        "github",
        r#"{"@timestamp":179119081%120,"action":"passkey.register","actor":"mara","actor_id":7,"user":"mara","actor_ip":"203.0.113.90","_document_id":"d%","org":"acme"}"#,
        &[("M8", 0.0)],
    );
    registered(
        "teleport",
        r#"{"cluster_name":"root","code":"T1006I","ei":0,"event":"mfa.add","time":"2026-10-05T09:0%:00Z","uid":"u%","user":"mara","mfa_device_name":"yubi","mfa_device_uuid":"dev%","mfa_device_type":"WebAuthn"}"#,
        &[("M8", 0.0)],
    );
    registered(
        "zitadel",
        r#"{"event_type":"user.human.passwordless.token.verified","aggregateID":"u%","created_at":"2026-10-05T09:0%:00Z","resourceOwner":"o","sequence":%,"event_payload":{"webAuthNTokenId":"t%"}}"#,
        &[("M8", 0.0)],
    );
    registered(
        "google_workspace",
        r#"{"id":{"time":"2026-10-05T09:0%:00.000Z","uniqueQualifier":"%","applicationName":"user_accounts","customerId":"C"},"actor":{"email":"mara@acme.example","profileId":"1"},"ipAddress":"203.0.113.7","events":[{"type":"passkey_change","name":"passkey_enrolled"}]}"#,
        &[("M8", 0.0)],
    );
}

/// Refusals without reasons: no share of them is about signatures or attestation.
#[test]
fn a_share_of_reasons_needs_a_source_that_gives_some() {
    check_reach(
        "zitadel",
        &five(
            r#"{"event_type":"user.human.passwordless.token.check.succeeded","aggregateID":"u%","created_at":"2026-10-05T09:0%:00Z","resourceOwner":"o","sequence":%,"event_payload":{}}"#,
        ),
        &[
            ("M9", "zitadel does not log failure_reason"),
            ("M4", "zitadel does not log registration.failed"),
            ("M10", "zitadel does not log sync.error"),
        ],
        &[("M2", 1.0)],
    );
}

/// What the mapping has and the store merely holds none of.
#[test]
fn what_was_not_seen_is_not_said_to_be_unloggable() {
    let none = "okta: no registration.completed or registration.failed seen";
    check_reach(
        "okta",
        &five(
            r#"{"uuid":"u%","published":"2026-10-05T09:0%:00.000Z","eventType":"user.authentication.auth_via_mfa","actor":{"id":"00u%","type":"User","alternateId":"mara@corp.example"},"outcome":{"result":"SUCCESS"},"debugContext":{"debugData":{"factor":"FIDO_WEBAUTHN"}}}"#,
        ),
        &[("M1", none), ("M4", none)],
        &[("M2", 1.0), ("M8", 0.0)],
    );
}
