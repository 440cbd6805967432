//! The tables of a store, read by another engine.

use std::path::PathBuf;
use std::process::Command;

use crate::architecture::root;
use crate::support::{Bench, native_log, python};

/// What both engines are asked: counts, sums, extremes, the partition column, bytes, nested fields.
const QUESTIONS: [&str; 7] = [
    "SELECT count(*), count(DISTINCT event_id), sum(sign_count), count(user_id) FROM events",
    "SELECT kind, outcome, count(*), count(credential_id), count(aaguid) FROM events GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT CAST(event_date AS VARCHAR), count(*), sum(raw_ref['offset']), max(raw_ref['line']) FROM events GROUP BY 1 ORDER BY 1",
    "SELECT CAST(floor(extract(epoch FROM min(ts))) AS BIGINT), CAST(floor(extract(epoch FROM max(ts))) AS BIGINT) FROM events",
    "SELECT count(*), sum(sign_ins), count(DISTINCT credential_id), min(source) FROM credentials",
    "SELECT count(*), sum(line), min(field), max(length), count(raw) FROM quarantine",
    "SELECT count(*), max(\"offset\"), max(events), min(path) FROM inputs",
];

/// What DuckDB answers.
#[track_caller]
fn peer(python: &PathBuf, bench: &Bench, sql: &str) -> String {
    let script = root().join("tests/peers/read_store.py");
    let output = Command::new(python)
        .arg(script)
        .arg(bench.path("store"))
        .arg(sql)
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {problem}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

#[track_caller]
fn check(python: &PathBuf, bench: &Bench) {
    for sql in QUESTIONS {
        let ours = bench.ask(sql);
        assert!(!ours.is_empty(), "{sql}");
        assert_eq!(peer(python, bench, sql), ours, "{sql}");
    }
}

/// Files as they come from an ingest, then files that were put together behind a checkpoint.
#[test]
fn duckdb_reads_what_is_in_the_tables() {
    let Some(python) = python("duckdb") else {
        return;
    };
    let bench = Bench::new();
    let log = native_log(21, 2_000);
    let cannot_be_read =
        "{\"ts\":\"2031-01-01T00:00:00Z\",\"kind\":\"authentication.completed\"}\n";
    let (first, second) = log.split_at(log.len() / 2);
    for text in [first, second, cannot_be_read] {
        let grown = std::fs::read_to_string(bench.path("log.ndjson")).unwrap_or_default() + text;
        bench.file("log.ndjson", grown);
        let ingest = "ingest --store store --max-rejected 100 --now 2026-12-01 log.ndjson";
        let run = bench.run(ingest);
        assert_eq!(run.code, Some(0), "{}", run.whole());
    }
    check(&python, &bench);
    for upkeep in ["optimize", "vacuum"] {
        let run = bench.run(&format!("store {upkeep} --store store"));
        assert_eq!(run.code, Some(0), "{}", run.whole());
    }
    check(&python, &bench);
}
