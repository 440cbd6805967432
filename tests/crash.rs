//! Logs into the store while somebody pulls the plug, again and again.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use crate::support::{Bench, native_log};

/// Plugs pulled in every run of the tests; `FIDOSCOPE_CRASH_POINTS=200` pulls more.
const POINTS: u64 = 20;

const INGEST: &str = "ingest --store store --commit-every 1 --max-rejected 5 --verbose \
     --now 2030-01-01 log.ndjson";

const SLI: &str = "sli --store store --now 2030-01-01 --format csv";

/// What a store holds: every row and every thing once.
fn counted(bench: &Bench) -> [String; 4] {
    [
        "SELECT count(*), count(DISTINCT event_id) FROM events",
        "SELECT count(*), count(DISTINCT line) FROM quarantine",
        "SELECT count(*), sum(sign_ins) FROM credentials",
        "SELECT count(*), sum(events), sum(closed), sum(authentication_completed) FROM minutes",
    ]
    .map(|sql| bench.ask(sql))
}

/// A folder with a log of about 3 MB; every hundredth line cannot be read.
fn house(seed: u64) -> Bench {
    let bench = Bench::new();
    let mut log = String::new();
    for (at, line) in native_log(seed, 5_000).lines().enumerate() {
        log.push_str(if at % 100 == 99 { "{\"ts\":" } else { line });
        log.push('\n');
    }
    bench.file("log.ndjson", &log);
    bench
}

/// What a store holds to which nothing happened.
fn undisturbed(seed: u64) -> [String; 4] {
    let bench = house(seed);
    let run = bench.run(INGEST);
    assert_eq!(run.code, Some(0), "{}", run.whole());
    counted(&bench)
}

/// Plugs to pull, and how many of each kind at least.
fn points() -> (u64, u64) {
    let points = std::env::var_os("FIDOSCOPE_CRASH_POINTS")
        .map_or(POINTS, |points| points.to_str().unwrap().parse().unwrap());
    (points, points / 10)
}

/// Where an ingest was killed.
#[derive(Clone, Copy)]
enum At {
    /// Lines are decoded and files written.
    Files,
    /// Files are there, and their commit is under way.
    Commit,
    /// All events are committed.
    After,
}

impl At {
    fn of(told: Option<&str>) -> Self {
        match told {
            None | Some("events committed") => Self::Files,
            Some("credentials updated") => Self::After,
            Some(_) => Self::Commit,
        }
    }
}

/// Ingests until so many stages were told and a little further, and kills the program there. Says
/// where, if it was still at work.
fn killed(bench: &Bench, stages: usize, further: u64) -> Option<At> {
    let mut child = bench
        .command(INGEST)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
    // Stages are told one a line; after the last comes the summary.
    let told: Vec<String> = talk.by_ref().take(stages).map(Result::unwrap).collect();
    // Asking takes a moment, so the files that follow a stage are cut at different places.
    let at_work = told.len() == stages && (0..further).all(|_| child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    let ended = child.wait().unwrap();
    let at = At::of(told.last().map(String::as_str));
    (at_work && !ended.success()).then_some(at)
}

#[test]
fn whenever_the_plug_is_pulled_nothing_is_lost_or_repeated() {
    let (points, least) = points();
    let (mut seed, mut pulled) = (1, 0);
    let (mut files, mut commit, mut after) = (0, 0, 0);
    while pulled < points || files.min(commit) < least {
        let expected = undisturbed(seed);
        let bench = house(seed);
        // A run gets a stage further than the one before, so the last ones get to the end.
        for stages in usize::from(seed % 2 == 0).. {
            let further = (pulled * 7919 + seed * 104_729) % 2_000;
            let Some(at) = killed(&bench, stages, further) else {
                break;
            };
            pulled += 1;
            *match at {
                At::Files => &mut files,
                At::Commit => &mut commit,
                At::After => &mut after,
            } += 1;
            if !bench.path("store/fidoscope.json").exists() {
                continue;
            }
            let counts = bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events");
            let (rows, events) = counts.split_once(',').unwrap();
            assert_eq!(rows, events, "after {stages} stages and {further} more");
        }
        let run = bench.run(INGEST);
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert_eq!(counted(&bench), expected, "seed {seed}");
        seed += 1;
    }
    eprintln!(
        "pulled the plug {files} times in files, {commit} before a commit, {after} after all"
    );
}

/// When something below a folder was last written.
fn last_written(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?;
    let times = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        if path.is_dir() {
            return last_written(&path);
        }
        // A file that is gone again was a temporary one.
        path.metadata().ok()?.modified().ok()
    });
    times.max()
}

fn commits(bench: &Bench) -> usize {
    let log = bench.path("store/minutes/_delta_log");
    let is_commit = |name: &Path| name.extension().is_some_and(|kind| kind == "json");
    let files = std::fs::read_dir(log).unwrap();
    files
        .filter(|file| is_commit(&file.as_ref().unwrap().path()))
        .count()
}

/// Has minutes counted until the first file of them is written and a little further, and kills the
/// program there. Says whether that was before the commit.
fn cut_short(bench: &Bench, further: u64) -> bool {
    let (minutes, before) = (bench.path("store/minutes"), commits(bench));
    let written = last_written(&minutes);
    let mut child = bench.command(SLI).stdout(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() && last_written(&minutes) == written {}
    let at_work = (0..further).all(|_| child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    at_work && commits(bench) == before
}

#[test]
fn a_count_of_minutes_that_is_cut_short_is_made_again() {
    let (_, points) = points();
    let (mut seed, mut pulled) = (101_u64, 0_u64);
    while pulled < points {
        let expected = undisturbed(seed);
        let bench = house(seed);
        let run = bench.run(INGEST);
        assert_eq!(run.code, Some(0), "{}", run.whole());
        while pulled < points && cut_short(&bench, (pulled * 7919 + seed * 104_729) % 5_000) {
            pulled += 1;
        }
        assert_eq!(counted(&bench), expected, "seed {seed}");
        seed += 1;
    }
    eprintln!("cut {pulled} counts of minutes short");
}
