//! Upkeep of a store: what is in it, is it sound, and how it stays small.

use crate::support::{Bench, native_log};

/// A store of a log that came in four parts.
fn bench() -> Bench {
    let bench = Bench::new();
    let log = native_log(5, 2_000);
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    for upto in [500, 1_000, 1_500, 2_000] {
        bench.file("log.ndjson", lines[..upto].concat());
        let run = bench.run("ingest --store store log.ndjson");
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    bench
}

const EVENTS: &str = "SELECT count(*), count(DISTINCT event_id), sum(sign_count) FROM events";
const CREDENTIALS: &str = "SELECT count(*), sum(sign_ins) FROM credentials";

#[test]
fn upkeep_changes_no_answer_and_an_old_log_adds_nothing() {
    let bench = bench();
    let before = (bench.ask(EVENTS), bench.ask(CREDENTIALS));
    let small = "store info --store store --format csv";
    let info = bench.run(small);
    assert_eq!(info.code, Some(0), "{}", info.stderr);
    assert!(
        info.stdout.starts_with("table,version,rows,files,"),
        "{}",
        info.stdout
    );
    assert!(info.stdout.contains("\nevents,4,2000,"), "{}", info.stdout);
    assert!(info.stderr.contains("from 1 input"), "{}", info.stderr);

    let optimize = bench.run("store optimize --store store");
    assert_eq!(optimize.code, Some(0), "{}", optimize.stderr);
    assert!(
        optimize.stdout.contains(r#""table":"events","day":"2026-"#),
        "{}",
        optimize.stdout
    );
    let vacuum = bench.run("store vacuum --store store --now 2099-01-01");
    assert_eq!(vacuum.code, Some(0), "{}", vacuum.stderr);
    assert!(!vacuum.stderr.starts_with("0 files"), "{}", vacuum.stderr);

    let check = bench.run("store check --store store");
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert!(
        check
            .stderr
            .ends_with("the positions of 1 input checked: no damage\n"),
        "{}",
        check.stderr
    );
    let again = bench.run("ingest --store store log.ndjson");
    assert!(
        again.stderr.starts_with("0 events stored"),
        "{}",
        again.stderr
    );
    assert_eq!((bench.ask(EVENTS), bench.ask(CREDENTIALS)), before);
}

#[test]
fn damage_is_named_with_exit_1() {
    let bench = bench();
    let events = bench.path("store/events");
    let mut days: Vec<_> = std::fs::read_dir(&events)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("_delta_log"))
        .collect();
    days.sort();
    let file = std::fs::read_dir(&days[0])
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(&file, "cut off").unwrap();
    let check = bench.run("store check --store store");
    assert_eq!(check.code, Some(1), "{}", check.stderr);
    let name = file.strip_prefix(&events).unwrap().display().to_string();
    assert!(check.stdout.contains(&name), "{}", check.stdout);
    assert!(
        check.stdout.contains("has 7 bytes, the log says"),
        "{}",
        check.stdout
    );
    assert!(check.stderr.ends_with(": 1 problem\n"), "{}", check.stderr);
}

#[test]
fn retain_says_what_goes_and_what_stays() {
    let bench = bench();
    let days = "SELECT count(DISTINCT event_date), min(event_date) FROM events";
    let all = bench.ask(days);
    let last = bench.ask("SELECT max(event_date) FROM events");
    let credentials = bench.ask(CREDENTIALS);
    let dry = format!("store retain --store store --days 2 --now {last} --dry-run");
    let run = bench.run(&dry);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("would be dropped; credentials"),
        "{}",
        run.stderr
    );
    assert_eq!(bench.ask(days), all);
    let run = bench.run(&dry.replace(" --dry-run", ""));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(bench.ask(days).starts_with("3,"), "{}", bench.ask(days));
    assert_eq!(bench.ask(CREDENTIALS), credentials);
    assert_eq!(bench.run("store check --store store").code, Some(0));
    let before = bench.ask(EVENTS);
    bench.run("ingest --store store log.ndjson");
    assert_eq!(
        (bench.ask(EVENTS), bench.ask(CREDENTIALS)),
        (before, credentials)
    );
}

#[test]
fn a_query_is_explained_step_by_step() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(1, 200));
    let ingest = "ingest --store store --now 2030-01-01 --max-rejected 5 log.ndjson";
    assert_eq!(bench.run(ingest).code, Some(0));
    let mut explain = bench.command("query --store store --format csv --explain --memory 64");
    explain.arg("SELECT kind, count(*) FROM events GROUP BY kind");
    let plan = String::from_utf8(explain.output().unwrap().stdout).unwrap();
    let steps: Vec<&str> = plan.lines().collect();
    assert_eq!(steps[0], "step");
    assert!(steps.len() > 3, "{plan}");
    assert!(plan.contains("AggregateExec"), "{plan}");
    assert!(plan.contains("output_rows"), "{plan}");
}
