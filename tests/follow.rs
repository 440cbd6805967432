//! Logs that grow while they are read.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use crate::support::{Bench, Run, native_log};

/// The program, following, and what it says.
struct Following {
    child: Child,
    talk: BufReader<ChildStderr>,
    bench: Bench,
}

impl Following {
    fn start(bench: Bench, paths: &str) -> Self {
        let arguments =
            format!("ingest --store store --follow --follow-every 0.1 --verbose {paths}");
        let mut child = bench
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let talk = BufReader::new(child.stderr.take().unwrap());
        let mut following = Self { child, talk, bench };
        following.hear("following");
        following
    }

    /// Waits until the program says something that begins like this.
    #[track_caller]
    fn hear(&mut self, beginning: &str) {
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            let length = self.talk.read_line(&mut line).unwrap();
            assert_ne!(length, 0, "the program ended before it said {beginning}");
        }
    }

    /// Waits until the store holds so many events; a test that never sees them hangs and fails.
    #[track_caller]
    fn holds(&mut self, events: usize) {
        let sql = "SELECT count(*), count(DISTINCT event_id) FROM events";
        let expected = format!("{events},{events}");
        while self.bench.ask(sql) != expected {
            self.hear("events committed");
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args([name, &id])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Ends it as a user would; the exit code and the store.
    fn stop(mut self) -> (Option<i32>, Bench) {
        self.signal("-TERM");
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.talk, &mut rest).unwrap();
        (self.child.wait().unwrap().code(), self.bench)
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Parts of a log of 500 lines each.
fn parts(seed: u64, count: usize) -> Vec<String> {
    let log = native_log(seed, u64::try_from(count * 500).unwrap());
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    lines.chunks(500).map(<[&str]>::concat).collect()
}

#[test]
fn a_growing_file_is_visible_and_a_second_run_adds_nothing() {
    let bench = Bench::new();
    let parts = parts(21, 3);
    let log = bench.file("log.ndjson", &parts[0]);
    let mut following = Following::start(bench, "log.ndjson");
    following.holds(500);
    append(&log, &parts[1]);
    following.holds(1_000);
    // Half a line is left until it is whole.
    let (begin, end) = parts[2].split_at(parts[2].len() - 40);
    append(&log, begin);
    following.holds(1_499);
    append(&log, end);
    following.holds(1_500);
    let (code, bench) = following.stop();
    assert_eq!(code, Some(0));
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
    assert_eq!(
        bench.ask("SELECT sum(sign_ins) > 0 FROM credentials"),
        "true"
    );
    let again = bench.run("ingest --store store log.ndjson");
    assert!(
        again.stderr.starts_with("0 events stored"),
        "{}",
        again.stderr
    );
    assert_eq!(bench.run("store check --store store").code, Some(0));
}

#[test]
fn rotation_by_name_and_by_copy_loses_and_repeats_nothing() {
    let bench = Bench::new();
    let parts = parts(22, 5);
    let log = bench.file("logs/app.log", &parts[0]);
    let folder = log.parent().unwrap().to_owned();
    let mut following = Following::start(bench, "logs");
    following.holds(500);
    // By name: the writer goes on in the old file for a while.
    fs::rename(&log, folder.join("app.log.1")).unwrap();
    append(&folder.join("app.log.1"), &parts[1]);
    fs::write(&log, &parts[2]).unwrap();
    following.holds(1_500);
    // By copy: a copy beside it, then the file is emptied and written again.
    fs::copy(&log, folder.join("app.log.2")).unwrap();
    File::options()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(0)
        .unwrap();
    append(&log, &parts[3]);
    following.holds(2_000);
    // A file that appears later.
    fs::write(folder.join("other.log"), &parts[4]).unwrap();
    following.holds(2_500);
    let (code, bench) = following.stop();
    assert_eq!(code, Some(0));
    let again = bench.run("ingest --store store logs");
    assert!(
        again.stderr.starts_with("0 events stored"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_killed_follower_goes_on_where_it_was() {
    let bench = Bench::new();
    let parts = parts(23, 2);
    let log = bench.file("log.ndjson", &parts[0]);
    let mut following = Following::start(bench, "log.ndjson");
    following.hear("position announced");
    following.child.kill().unwrap();
    following.child.wait().unwrap();
    append(&log, &parts[1]);
    let mut following = Following::start(following.bench, "log.ndjson");
    following.holds(1_000);
    assert_eq!(following.stop().0, Some(0));
}

#[test]
fn a_stream_is_followed_to_its_end() {
    let parts = parts(24, 2);
    let mut following = Following::start(Bench::new(), "-");
    let mut stream = following.child.stdin.take().unwrap();
    stream.write_all(parts[0].as_bytes()).unwrap();
    following.holds(500);
    // The last line has no line break.
    stream.write_all(parts[1].trim_end().as_bytes()).unwrap();
    drop(stream);
    assert!(following.child.wait().unwrap().success());
    following.holds(1_000);
    // The same stream again.
    let bench = following.bench;
    let mut again = bench.command("ingest --store store --follow --follow-every 0.1 -");
    let mut child = again
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = child.stdin.take().unwrap();
    stream
        .write_all(parts.concat().trim_end().as_bytes())
        .unwrap();
    drop(stream);
    let run = Run::of(child.wait_with_output().unwrap(), &bench.path(""));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events"),
        "1000,1000"
    );
}

#[test]
fn small_files_are_put_together_meanwhile() {
    let bench = Bench::new();
    let log = native_log(25, 400);
    let file = bench.file("log.ndjson", "");
    let mut following = Following::start(bench, "log.ndjson");
    for line in log.split_inclusive('\n').take(72) {
        // The same day for all, so that there is something to put together.
        let (_, rest) = line.split_once('T').unwrap();
        append(&file, &format!(r#"{{"ts":"2026-11-01T{rest}"#));
        following.hear("events committed");
    }
    let (code, bench) = following.stop();
    assert_eq!(code, Some(0));
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "72");
    let info = bench.run("store info --store store --format csv");
    let files: u32 = info
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("events,"))
        .and_then(|line| line.split(',').nth(2))
        .unwrap()
        .parse()
        .unwrap();
    assert!(files < 20, "{}", info.stdout);
    assert_eq!(bench.run("store check --store store").code, Some(0));
}

#[test]
fn what_cannot_be_followed_is_said_once() {
    let bench = Bench::new();
    bench.file("logs/noise.log", "nobody knows these lines\nat all\n");
    let good = native_log(26, 50);
    let mut following = Following::start(bench, "logs /dev/null");
    following.hear("error: /dev/null is no file");
    following.hear("error: logs/noise.log: no mapping recognises");
    following.bench.file("logs/good.log", good);
    following.holds(50);
    following.signal("-TERM");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut following.talk, &mut rest).unwrap();
    assert!(!rest.contains("error:"), "{rest}");
    // As an ingest does: something could not be read.
    assert_eq!(following.child.wait().unwrap().code(), Some(4));
}

#[test]
fn a_path_that_is_not_there_is_waited_for() {
    let bench = Bench::new();
    let late = bench.path("late.ndjson");
    let mut following = Following::start(bench, "late.ndjson");
    following.hear("late.ndjson is not there yet; waiting for it");
    append(&late, &parts(24, 1)[0]);
    following.holds(500);
    assert_eq!(following.stop().0, Some(0));
}
