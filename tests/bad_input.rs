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
        let told = format!("{name}: no mapping recognises these lines{carrier}\n");
        check(&run, 4, &[&told, "help: name the source with --source"]);
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

#[test]
fn the_sources_there_are_are_named_once() {
    let bench = Bench::new();
    for name in ["a", "b", "c"] {
        bench.file(&format!("logs/{name}.ndjson"), "{\"hello\":\"world\"}\n");
    }
    let run = bench.run("ingest --store store logs");
    check(
        &run,
        4,
        &["logs/a.ndjson: no mapping", "logs/b.ndjson: no mapping"],
    );
    assert_eq!(run.stderr.matches("keycloak,").count(), 1, "{}", run.stderr);
    assert_eq!(run.stderr.matches("--source").count(), 1, "{}", run.stderr);
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named_before_the_work() {
    let bench = Bench::new();
    bench.file("out/there.txt", "");
    bench.file("file", "");
    bench.file("log.ndjson", native_log(12, 5));
    let blob = crate::support::dataset("metadata/test-blob.jwt");
    let ceremonies = crate::support::dataset("ceremonies");
    let (blob, ceremonies) = (blob.display(), ceremonies.display());
    check(
        &bench.run("simulate --events 5 --out out"),
        2,
        &[
            "--events writes one log",
            "out is a folder",
            "leave --events out",
        ],
    );
    for arguments in [
        format!("replay {ceremonies} --out out"),
        format!("audit --input log.ndjson --blob {blob} --out out"),
        "import log.ndjson --out out".to_owned(),
        "mds fetch --url http://127.0.0.1:1/ --out out".to_owned(),
    ] {
        check(
            &bench.run(&arguments),
            2,
            &["--out wants a file", "out is a folder"],
        );
    }
    for arguments in [
        "simulate --out file",
        "conformance export --out file",
        "man --out file",
    ] {
        check(
            &bench.run(arguments),
            2,
            &["wants a folder", "file is a file"],
        );
    }
    assert_eq!(std::fs::read_dir(bench.path("out")).unwrap().count(), 1);
}

#[test]
fn old_names_of_options_and_numbers_without_a_unit_still_do() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(13, 5));
    let blob = crate::support::dataset("metadata/test-blob.jwt");
    let root = crate::support::dataset("metadata/test-root.pem");
    let ceremonies = crate::support::dataset("ceremonies");
    let (blob, root, ceremonies) = (blob.display(), root.display(), ceremonies.display());
    let now = "--now 2026-11-20";
    for (new, old) in [
        (
            format!("replay {ceremonies} --threads 1"),
            format!("replay {ceremonies} --jobs 1"),
        ),
        (
            format!("mds verify {blob} --blob-anchor {root} {now}"),
            format!("mds verify {blob} --anchor {root} {now}"),
        ),
        (
            format!("mds search --blob {blob} --blob-anchor {root} {now}"),
            format!("mds search --blob {blob} --anchor {root} {now}"),
        ),
    ] {
        let (new, old) = (bench.run(&new), bench.run(&old));
        assert_eq!(new.code, Some(0), "{}", new.whole());
        assert_eq!(new.whole(), old.whole());
    }
    for size in ["64MiB", "64", "1.5 GB"] {
        let mut command = bench.command("ingest --store store log.ndjson --commit-every");
        assert!(
            command.arg(size).output().unwrap().status.success(),
            "{size}"
        );
    }
    let run = bench.run("ingest --store store log.ndjson --commit-every 64apples");
    check(&run, 2, &["`64apples` is no size", "64MiB"]);
    for command in ["replay", "audit", "mds verify", "mds fetch"] {
        let help = bench.run(&format!("{command} --help")).stdout;
        for old in ["--jobs", "--max-mib"] {
            assert!(!help.contains(old), "{command}: {old}");
        }
    }
}

#[test]
fn each_stream_decides_on_colour_for_itself() {
    let bench = Bench::new();
    let ceremonies = crate::support::dataset("ceremonies/faulty.jsonl");
    bench.file("rules/detections/mine.yml", "title: [\n");
    let program = env!("CARGO_BIN_EXE_fidoscope");
    let replay = format!("{program} replay {} --format table", ceremonies.display());
    let detect = format!("{program} detect --rules rules");
    for (command, on_terminal, in_file) in [
        (format!("{replay} 2>file"), true, false),
        (format!("{replay} >file"), false, false),
        (format!("{detect} >file"), true, false),
        (format!("{detect} 2>file"), false, false),
    ] {
        // `script` of util-linux runs a command on a terminal of its own.
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env_clear();
        script
            .env("TERM", "xterm")
            .env("PATH", std::env::var_os("PATH").unwrap());
        script.current_dir(bench.path("")).stdin(Stdio::null());
        let Ok(output) = script.output() else {
            eprintln!("skipped: there is no `script` to make a terminal with");
            return;
        };
        let is_colored = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("\u{1b}[");
        let file = std::fs::read(bench.path("file")).unwrap();
        assert_eq!(
            is_colored(&output.stdout),
            on_terminal,
            "terminal of {command}"
        );
        assert_eq!(is_colored(&file), in_file, "file of {command}");
    }
}
