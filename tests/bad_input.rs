//! What is wrong is said, nothing is lost, nothing is left half-written.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Bench, Run, native_log};

#[track_caller]
fn check(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, Some(code), "{}", run.whole());
    for word in words {
        assert!(
            run.stderr.contains(word),
            "{word:?} is missing in:\n{}",
            run.whole()
        );
    }
}

#[test]
fn a_truncated_gzip_keeps_what_could_be_read_and_the_repaired_file_adds_the_rest() {
    let bench = Bench::new();
    let log = native_log(5, 3_000);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(log.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    bench.file("log.ndjson.gz", &packed[..packed.len() / 2]);
    let run = bench.run("ingest --store store log.ndjson.gz");
    check(&run, 4, &["log.ndjson.gz", "what came before it is stored"]);
    let before: u64 = bench.ask("SELECT count(*) FROM events").parse().unwrap();
    assert!(before > 500, "{before}");
    bench.file("log.ndjson.gz", &packed);
    assert_eq!(
        bench.run("ingest --store store log.ndjson.gz").code,
        Some(0)
    );
    assert_eq!(
        bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events"),
        "3000,3000"
    );
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
}

#[test]
fn one_unreadable_file_does_not_stop_the_others() {
    let bench = Bench::new();
    bench.file("logs/a.ndjson", native_log(6, 50));
    bench.file("logs/c.ndjson", native_log(7, 50));
    // A link to nowhere cannot be read by anybody, not even by root.
    std::os::unix::fs::symlink("nowhere", bench.path("logs/b.ndjson")).unwrap();
    check(
        &bench.run("ingest --store store logs"),
        4,
        &["logs/b.ndjson"],
    );
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "100");
}

#[test]
fn invalid_utf_8_goes_to_quarantine_with_its_bytes() {
    let bench = Bench::new();
    let mut log = native_log(8, 200).into_bytes();
    log.extend(b"{\"ts\":\"2026-11-01T08:00:00Z\",\"kind\":\"\xff\xfe\"}\n");
    bench.file("log.ndjson", &log);
    assert_eq!(bench.run("ingest --store store log.ndjson").code, Some(0));
    assert_eq!(
        bench.ask("SELECT line, length, message <> '' FROM quarantine"),
        "201,41,true"
    );
    assert!(bench.ask("SELECT raw FROM quarantine").contains('\u{fffd}'));
}

#[test]
fn a_line_of_200_mb_is_kept_by_reference_and_memory_stays_bounded() {
    let bench = Bench::new();
    let mut child = bench
        .command("ingest --store store --source native -")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(native_log(9, 500).as_bytes()).unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        pipe.write_all(&block).unwrap();
    }
    pipe.write_all(b"\n").unwrap();
    pipe.write_all(native_log(10, 500).as_bytes()).unwrap();
    let resident = peak_resident(child.id());
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "1000");
    let row = bench.ask("SELECT line, length, raw IS NULL FROM quarantine");
    assert_eq!(row, "501,209715200,true");
    assert_eq!(bench.ask("SELECT raw_sha256 FROM quarantine").len(), 64);
    assert!(resident < 600 << 10, "{resident} KiB resident");
}

/// Peak resident memory of a process, in KiB.
fn peak_resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn what_was_taken_off_unknown_records_is_named() {
    for (name, text, carrier) in [
        (
            "array.json",
            "[\n  {\"ts\": \"2026-11-01T08:00:00Z\"},\n  {}\n]\n",
            " (taken out of a JSON document over many lines)",
        ),
        (
            "pod.log",
            "[pod/web-0/nginx] 203.0.113.9 GET /\n",
            " (taken out of kubectl logs --prefix)",
        ),
        ("bracket.log", "[2026-11-01 08:00:00] started\n", ""),
        ("one-line.json", "[{\"a\":1}]\n", ""),
    ] {
        let bench = Bench::new();
        bench.file(name, text);
        let run = bench.run(&format!("ingest --store store {name}"));
        let told = format!("{name}: no mapping recognises these lines{carrier}; name one");
        check(&run, 4, &[&told]);
    }
}

#[test]
fn an_event_of_the_future_goes_to_quarantine() {
    let bench = Bench::new();
    let line = |ts| {
        format!(
            "{{\"ts\":\"{ts}\",\"kind\":\"authentication.completed\",\"outcome\":\"success\"}}\n"
        )
    };
    bench.file(
        "log.ndjson",
        line("2026-11-01T08:00:00Z") + &line("2031-01-01T00:00:00Z"),
    );
    let run = bench.run("ingest --now 2026-11-02 --store store log.ndjson");
    check(&run, 4, &["rejected"]);
    assert_eq!(bench.ask("SELECT line, field FROM quarantine"), "2,ts");
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "1");
}

#[test]
fn an_unknown_source_is_answered_with_the_known_ones() {
    let bench = Bench::new();
    bench.file("log.ndjson", "{\"hello\":\"world\"}\n");
    let run = bench.run("ingest --store store log.ndjson");
    check(&run, 4, &["no mapping recognises", "keycloak"]);
    let run = bench.run("ingest --source okat --store store log.ndjson");
    check(&run, 2, &["okat", "okta"]);
}

#[test]
fn a_store_of_another_version_and_a_folder_that_is_no_store_are_left_alone() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(11, 10));
    bench.file("newer/fidoscope.json", "{\"schema\":\"fidoscope.store/7\"}");
    let run = bench.run("ingest --store newer log.ndjson");
    check(&run, 4, &["fidoscope.store/7", "fidoscope.store/1"]);
    bench.file("other/notes.txt", "not a store");
    check(
        &bench.run("ingest --store other log.ndjson"),
        4,
        &["not a fidoscope store"],
    );
    assert_eq!(std::fs::read_dir(bench.path("other")).unwrap().count(), 1);
    check(
        &bench.run("sli --store nowhere"),
        4,
        &["there is no store", "fidoscope ingest"],
    );
}

#[test]
fn a_typo_in_a_rule_is_shown_with_its_place_and_a_suggestion() {
    let bench = Bench::new();
    let rule = include_str!("../rules/detections/counter-did-not-increase.yml");
    bench.file(
        "rules/detections/mine.yml",
        rule.replace("level:", "levle:"),
    );
    let run = bench.run("detect --store nowhere --rules rules");
    check(
        &run,
        4,
        &["rules/detections/mine.yml:", "levle", "level", "^"],
    );
    check(
        &bench.run("detect --store nowhere --rules nowhere"),
        2,
        &["there is no such folder"],
    );
}

#[test]
fn what_a_rule_may_not_use_yet_is_refused_by_name() {
    let bench = Bench::new();
    let rule = include_str!("../rules/detections/challenge-accepted-twice.yml");
    bench.file(
        "rules/detections/mine.yml",
        rule.replace("challenge_use_count|gte", "client_ip|cidr"),
    );
    check(
        &bench.run("detect --store nowhere --rules rules"),
        4,
        &["cidr", "not supported"],
    );
}

#[test]
fn a_query_only_reads() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(12, 10));
    assert_eq!(bench.run("ingest --store store log.ndjson").code, Some(0));
    for sql in [
        "DROP TABLE events",
        "DELETE FROM events",
        "COPY events TO 'x.csv'",
    ] {
        let run = Run::of(
            bench
                .command("query --store store")
                .arg(sql)
                .output()
                .unwrap(),
            &bench.path(""),
        );
        check(&run, 2, &["refused"]);
    }
    let wrong = bench
        .command("query --store store")
        .arg("SELECT sgn_count FROM events")
        .output();
    check(&Run::of(wrong.unwrap(), &bench.path("")), 2, &["sgn_count"]);
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "10");
}
