//! Upkeep of a store: what is in it, is it sound, and how it stays small.

use crate::support::{Bench, days_ago, native_log};

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
    assert!(
        info.stderr
            .contains("hashed user identifiers and addresses, under the key ")
            && info
                .stderr
                .contains("identifiers made of lines are keyed\n")
            && info
                .stderr
                .contains("lines that could not be read stay 30 days"),
        "{}",
        info.stderr
    );

    let optimize = bench.run("store optimize --store store");
    assert_eq!(optimize.code, Some(0), "{}", optimize.stderr);
    assert!(
        optimize.stdout.contains(r#""table":"events","day":"2026-"#),
        "{}",
        optimize.stdout
    );
    // Nothing is old by the clock of the machine, and no other is gone by.
    let early = bench.run("store vacuum --store store --now 2099-01-01");
    assert_eq!(early.code, Some(2), "{}", early.stderr);
    assert!(early.stderr.contains("not by --now"), "{}", early.stderr);
    let left = bench.file("store/events/part-left.zstd.parquet", "by a killed ingest");
    let young = bench.run("store vacuum --store store");
    assert!(young.stderr.starts_with("0 files"), "{}", young.stderr);
    let old = days_ago(8);
    std::fs::File::open(&left)
        .unwrap()
        .set_modified(old)
        .unwrap();
    let vacuum = bench.run("store vacuum --store store");
    assert_eq!(vacuum.code, Some(0), "{}", vacuum.stderr);
    assert!(vacuum.stderr.starts_with("1 files"), "{}", vacuum.stderr);
    assert!(!left.exists());

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

const LINE: &str = r#"{"ts":"2026-11-01T08:00:00Z","kind":"authentication.completed","outcome":"success","user_id":"mary@example.com","user_segment":"workforce"}"#;

/// A store with a sign-in, and its key.
fn keyed(options: &str) -> (Bench, String) {
    let bench = Bench::new();
    bench.file("log.ndjson", format!("{LINE}\n"));
    bench.file("given", "07".repeat(32));
    bench.file("users", "mary@example.com\n");
    let run = bench.run(&format!(
        "ingest --now 2026-11-22 --store store {options} log.ndjson"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let key = std::fs::read_to_string(bench.path("store/pseudonym.key"));
    (bench, key.unwrap_or_default())
}

/// Whatever needs the key is refused with this, and nothing of the store is changed.
#[track_caller]
fn refused(bench: &Bench, options: &str, expected: &str) {
    let people = "SELECT count(*), count(DISTINCT user_id) FROM events";
    let before = bench.ask(people);
    bench.file(
        "more.ndjson",
        format!("{}\n", LINE.replace("08:00", "09:00")),
    );
    let posture = "posture --store store --privileged users --now 2026-11-22";
    for command in [
        &format!("ingest --now 2026-11-22 --store store {options} more.ndjson"),
        &format!("{posture} {options}"),
        &format!("serve --store store --listen 127.0.0.1:0 {options}"),
    ] {
        let run = bench.run(command);
        assert!(
            matches!(run.code, Some(2 | 4)),
            "{command}: {}",
            run.whole()
        );
        assert!(run.stderr.contains(expected), "{command}: {}", run.whole());
    }
    assert_eq!(bench.ask(people), before);
}

#[test]
fn another_key_or_a_lost_one_is_refused() {
    let (bench, key) = keyed("");
    refused(
        &bench,
        "--pii-key given",
        "each would be taken for another one",
    );
    std::fs::remove_file(bench.path("store/pseudonym.key")).unwrap();
    refused(&bench, "", "key");
    let check = bench.run("store check --store store");
    assert_eq!(check.code, Some(1), "{}", check.whole());
    assert!(
        check.stdout.contains("the key of the pseudonyms is gone"),
        "{}",
        check.stdout
    );
    // Somebody who has it puts it back, or names it.
    bench.file("saved", &key);
    let run = bench.run("ingest --now 2026-11-22 --store store --pii-key saved more.ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let people = "SELECT count(*), count(DISTINCT user_id) FROM events";
    assert_eq!(bench.ask(people), "2,1");

    let (bench, _) = keyed("--pii-key given");
    assert!(!bench.path("store/pseudonym.key").exists());
    refused(&bench, "", "key");
    bench.file("other", "08".repeat(32));
    refused(
        &bench,
        "--pii-key other",
        "each would be taken for another one",
    );
    bench.file("torn", "07".repeat(20));
    refused(&bench, "--pii-key torn", "does not hold a key");
}

#[test]
fn the_demonstration_keeps_to_the_key_of_a_store() {
    let (bench, _) = keyed("");
    let datasets = crate::support::dataset("");
    let run = bench.run(&format!(
        "demo --store store --datasets {}",
        datasets.display()
    ));
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(
        run.stderr.contains("each would be taken for another one"),
        "{}",
        run.whole()
    );
}

#[test]
fn lines_that_cannot_be_read_are_kept_for_as_long_as_was_chosen() {
    let bench = Bench::new();
    bench.file("bad.ndjson", "{\"user\":\"mary@example.com\n");
    let ingest =
        "ingest --now 2026-11-22 --store store --source native --max-rejected 100 bad.ndjson";
    let run = bench.run(&format!("{ingest} --quarantine-days 7"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let info = bench.run("store info --store store --format json");
    let info: serde_json::Value = serde_json::from_str(&info.stdout).unwrap();
    assert_eq!(info["held"]["quarantine_days"], 7);
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "1");
    let run = bench.run(&format!("{ingest} --quarantine-days 0"));
    assert_eq!(run.code, Some(2), "{}", run.whole());
    // Old ones that were put together with others lie about until their term is over.
    let left = bench.file("store/quarantine/part-left.zstd.parquet", "raw lines");
    let old = days_ago(8);
    std::fs::File::open(&left)
        .unwrap()
        .set_modified(old)
        .unwrap();
    let run = bench.run(ingest);
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(!left.exists());
}

/// A store that an older version made goes on under plain identifiers and says so.
#[test]
fn an_older_store_says_that_its_identifiers_are_plain() {
    let (bench, _) = keyed("--pii keep");
    let info = bench.run("store info --store store");
    assert!(
        info.stderr
            .contains("identifiers made of lines are plain\n"),
        "{}",
        info.stderr
    );
    let (bench, _) = keyed("");
    bench.file(
        "store/fidoscope.json",
        "{\"schema\":\"fidoscope.store/1\",\"columns\":3}",
    );
    let info = bench.run("store info --store store");
    assert!(
        info.stderr.contains("plain: who has most of a line"),
        "{}",
        info.stderr
    );
}
