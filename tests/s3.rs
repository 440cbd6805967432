//! Stores and logs in an object store: a server for tests on loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use crate::architecture::root;
use crate::support::{Bench, Run, native_log, python};

/// A server with an empty bucket `logs`, which ends with its test.
struct Server {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<std::process::ChildStdout>,
    url: String,
}

impl Server {
    /// `None` where there is no Python with moto.
    fn start() -> Option<Self> {
        let python = python("moto.server, boto3")?;
        let mut child = Command::new(python)
            .arg(root().join("tests/peers/s3_server.py"))
            .arg("logs")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Self {
            commands: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
            url: String::new(),
        };
        server.url = server.answer();
        Some(server)
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn put(&mut self, key: &str, file: &Path) {
        writeln!(self.commands, "{key} {}", file.display()).unwrap();
        self.answer();
    }

    fn command(&self, bench: &Bench, arguments: &str) -> Command {
        let mut command = bench.command(arguments);
        command
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }

    fn run(&self, bench: &Bench, arguments: &str) -> Run {
        let output = self.command(bench, arguments).output().unwrap();
        Run::of(output, &bench.path("."))
    }

    #[track_caller]
    fn ask(&self, bench: &Bench, sql: &str) -> String {
        let mut command = self.command(bench, "query --store s3://logs/team/store --format csv");
        let run = Run::of(command.arg(sql).output().unwrap(), &bench.path("."));
        assert_eq!(run.code, Some(0), "{sql}: {}", run.stderr);
        run.stdout.lines().skip(1).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is of no use any more, and may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const INGEST: &str =
    "ingest --store s3://logs/team/store --pii-key key --commit-every 1 --now 2026-12-01";

/// A folder with a log of the simulator and a key.
fn bench(seed: u64, events: u64) -> Bench {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(seed, events));
    bench.file("key", "0f".repeat(32));
    bench
}

/// Every command gives the same answer wherever the store lies.
#[test]
fn a_store_in_s3_answers_like_one_in_a_folder() {
    let Some(server) = Server::start() else {
        return;
    };
    let bench = bench(41, 3_000);
    let run = server.run(&bench, "sli --store s3://logs/team/store");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stderr.contains("no store at s3://logs/team/store"),
        "{}",
        run.stderr
    );

    let here = INGEST.replace("s3://logs/team/store", "store");
    for ingest in [INGEST, &here] {
        for _ in 0..2 {
            let run = server.run(&bench, &format!("{ingest} log.ndjson"));
            assert_eq!(run.code, Some(0), "{}", run.whole());
        }
    }
    for command in [
        "sli --format csv",
        "posture --format csv",
        "detect --fail-on never --format csv",
        "sources coverage --format csv",
        "dashboard --once",
        "store info --format csv",
        "store check",
        "store optimize --format csv",
        "store retain --days 20 --format csv",
        "store vacuum --format csv",
        "store check",
        "sli --format csv",
    ] {
        let now = "--now 2026-12-01 --store";
        let there = server.run(&bench, &format!("{command} {now} s3://logs/team/store"));
        let here = server.run(&bench, &format!("{command} {now} store"));
        assert_eq!(there.code, here.code, "{command}: {}", there.whole());
        // Files are as large as they are written; nothing else may differ.
        if !command.starts_with("store ") {
            let there = there.whole().replace("s3://logs/team/store", "store");
            let cells = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(cells(&there), cells(&here.whole()), "{command}");
        }
    }
    let again = server.run(&bench, &format!("{INGEST} log.ndjson"));
    assert!(
        again.stderr.starts_with("0 events stored"),
        "{}",
        again.stderr
    );
    let sql = "SELECT count(*), count(DISTINCT event_id), sum(sign_count) FROM events";
    assert_eq!(server.ask(&bench, sql), bench.ask(sql));
}

#[test]
fn logs_in_s3_are_read_once_also_when_they_grow() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let bench = bench(42, 2_000);
    let log = std::fs::read_to_string(bench.path("log.ndjson")).unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(lines[..900].concat().as_bytes()).unwrap();
    let packed = bench.file("a.gz", packed.finish().unwrap());
    let plain = bench.file("b", lines[900..1_500].concat());
    server.put("logs/2026/a.ndjson.gz", &packed);
    server.put("logs/2026/b.ndjson", &plain);
    server.put("logs/.marker", &packed);
    server.put("logs-of-others/c.ndjson", &bench.path("log.ndjson"));
    let ingest = format!("{INGEST} s3://logs/logs/");
    let run = server.run(&bench, &ingest);
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let sql = "SELECT path, max(events) FROM inputs GROUP BY 1 ORDER BY 1";
    assert_eq!(
        server.ask(&bench, sql),
        "s3://logs/logs/2026/a.ndjson.gz,900\ns3://logs/logs/2026/b.ndjson,600"
    );
    let grown = bench.file("b", lines[900..].concat());
    server.put("logs/2026/b.ndjson", &grown);
    let run = server.run(&bench, &ingest);
    assert!(
        run.stderr.starts_with("500 events stored"),
        "{}",
        run.stderr
    );
    let sql = "SELECT count(*), count(DISTINCT event_id) FROM events";
    assert_eq!(server.ask(&bench, sql), "2000,2000");

    let run = server.run(&bench, &format!("{INGEST} s3://logs/nothing"));
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stderr.contains("s3://logs/nothing cannot be read"),
        "{}",
        run.stderr
    );
}

/// Commits are conditional writes, so that one of two writers comes first.
#[test]
fn writers_at_the_same_time_store_every_event_once() {
    let Some(server) = Server::start() else {
        return;
    };
    let bench = bench(43, 8_000);
    bench.file("other.ndjson", native_log(44, 4_000));
    let run = server.run(&bench, &format!("{INGEST} /dev/null"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    thread::scope(|scope| {
        for log in ["log.ndjson", "log.ndjson", "other.ndjson"] {
            let (server, bench) = (&server, &bench);
            scope.spawn(move || {
                loop {
                    let run = server.run(bench, &format!("{INGEST} {log}"));
                    if run.code == Some(0) {
                        break;
                    }
                    let later = run.stderr.contains("run the same command again later");
                    assert!(later, "{}", run.whole());
                }
            });
        }
    });
    let sql = "SELECT count(*), count(DISTINCT event_id) FROM events";
    assert_eq!(server.ask(&bench, sql), "12000,12000");
    let check = server.run(&bench, "store check --store s3://logs/team/store");
    assert_eq!(check.code, Some(0), "{}", check.whole());
}

/// A store of old in S3, and keyed ones that are made of it there and in a folder.
#[test]
fn a_keyed_store_is_made_of_one_in_s3_and_in_s3() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let bench = bench(46, 1_000);
    let of_old = "{\"schema\":\"fidoscope.store/1\",\"columns\":3}\n";
    let marker = bench.file("marker", of_old);
    server.put("old/fidoscope.json", &marker);
    let old = "s3://logs/old";
    let ingest = |store: &str| {
        let run = server.run(
            &bench,
            &format!("{INGEST} log.ndjson").replace("s3://logs/team/store", store),
        );
        assert_eq!(run.code, Some(0), "{}", run.whole());
        run.stderr
    };
    let first = ingest(old);
    assert!(first.starts_with("1 000 events stored"), "{first}");
    let inside = server.run(
        &bench,
        &format!("store rekey {old}/new --store {old} --pii-key key"),
    );
    assert_eq!(inside.code, Some(2), "{}", inside.whole());
    assert!(
        inside.stderr.contains("lies in the store"),
        "{}",
        inside.stderr
    );
    for new in ["s3://logs/old2", "store"] {
        let run = server.run(
            &bench,
            &format!("store rekey {new} --store {old} --pii-key key"),
        );
        assert_eq!(run.code, Some(0), "{}", run.whole());
        let again = server.run(
            &bench,
            &format!("store rekey {new} --store {old} --pii-key key"),
        );
        assert_eq!(again.code, Some(2), "{}", again.whole());
        let check = server.run(&bench, &format!("store check --store {new}"));
        assert!(check.stderr.ends_with(": no damage\n"), "{}", check.whole());
        assert!(ingest(new).starts_with("0 events stored"));
    }
    let sql = "SELECT count(*), count(DISTINCT event_id), count(DISTINCT user_id) FROM events";
    let there = format!("query --store {old} --format csv");
    let mut command = server.command(&bench, &there);
    let run = Run::of(command.arg(sql).output().unwrap(), &bench.path("."));
    assert!(
        run.stdout.ends_with(&format!("\n{}\n", bench.ask(sql))),
        "{}",
        run.whole()
    );
}

/// What a folder has and an object store has not is asked for.
#[test]
fn what_cannot_lie_in_s3_is_asked_for() {
    let bench = bench(45, 10);
    #[track_caller]
    fn check(bench: &Bench, arguments: &str, code: i32, words: &[&str]) {
        let run = bench.run(arguments);
        assert_eq!(run.code, Some(code), "{}", run.whole());
        for words in words {
            assert!(run.stderr.contains(words), "{}", run.whole());
        }
    }
    let known = ["there are folders and s3://"];
    check(&bench, "sli --store gs://bucket/store", 2, &known);
    check(&bench, "ingest --store store gs://bucket/logs", 2, &known);
    check(&bench, "ingest --store s3:// log.ndjson", 2, &["s3://"]);
    let follow = "ingest --follow --store store s3://bucket/logs";
    check(&bench, follow, 2, &["cannot be followed"]);
    assert!(!bench.path("gs:").exists() && !bench.path("s3:").exists());
    let Some(server) = Server::start() else {
        return;
    };
    let ingest = "ingest --store s3://logs/team/store log.ndjson";
    let run = server.run(&bench, ingest);
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("--pii-key FILE"), "{}", run.stderr);
    let run = server.run(&bench, &format!("{ingest} --pii drop"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let run = server.run(
        &bench,
        "serve --store s3://logs/team/store --listen 127.0.0.1:0",
    );
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("--spool DIR"), "{}", run.stderr);
    let gone = server.url.clone();
    drop(server);
    let mut command = bench.command("sli --store s3://logs/team/store");
    command
        .env("AWS_ENDPOINT_URL", gone)
        .env("AWS_ALLOW_HTTP", "true");
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let run = Run::of(command.output().unwrap(), &bench.path("."));
    assert_eq!(run.code, Some(70), "{}", run.whole());
}
