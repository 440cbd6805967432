//! Logs inside of what shippers, container runtimes and terminals put around them.

use crate::architecture::root;
use crate::support::Bench;

/// What an ingest without a named source makes of a file: each event with the line it is from.
#[track_caller]
fn check(file: &str, expected: &[&str]) {
    let bench = Bench::new();
    let path = root().join("tests/data/carriers").join(file);
    let log = path.display();
    let run = bench.run(&format!(
        "ingest --store store --now 2026-11-30T00:00:00Z --max-rejected 100 {log}"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let found = bench.ask(
        "SELECT concat_ws(' ', source, kind, outcome, 'line', raw_ref['line']) FROM events \
         ORDER BY raw_ref['line'], event_id",
    );
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found, expected, "{}", run.whole());
    // The same bytes again are the same input.
    let run = bench.run(&format!(
        "ingest --store store --now 2026-11-30T00:00:00Z --max-rejected 100 {log}"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let count = bench.ask("SELECT count(*) FROM events");
    assert_eq!(count, expected.len().to_string(), "{}", run.whole());
}

const LOGIN: &str = "keycloak authentication.completed success line";

#[test]
fn keycloak_in_each_carrier() {
    for (file, line) in [
        ("keycloak-syslog.log", 1),
        ("keycloak-rfc3164.log", 1),
        ("keycloak-journalctl.log", 2),
        ("keycloak-journald.json", 1),
        ("keycloak-journald-bytes.json", 1),
        ("keycloak-docker.json", 1),
        ("keycloak-compose.log", 1),
        ("keycloak-colours.log", 1),
        ("keycloak-kubectl.log", 1),
        ("keycloak-cri-parts.log", 3),
        ("keycloak-pretty.json", 2),
        ("keycloak-utf16.log", 1),
    ] {
        check(file, &[&format!("{LOGIN} {line}")]);
    }
    check(
        "keycloak-cri.log",
        &[1, 2, 3]
            .map(|line| format!("{LOGIN} {line}"))
            .each_ref()
            .map(String::as_str),
    );
}

#[test]
fn entra_id_in_each_form_of_a_document() {
    const SIGN_IN: &str = "entra_id authentication.completed success line";
    for (file, lines) in [
        ("entra-array-rows.json", [2, 3, 4]),
        ("entra-pretty.json", [1, 1, 1]),
        ("entra-utf16.json", [1, 1, 1]),
    ] {
        let expected = lines.map(|line| format!("{SIGN_IN} {line}"));
        check(file, &expected.each_ref().map(String::as_str));
    }
}
