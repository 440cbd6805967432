//! Logs into the store while somebody pulls the plug, again and again.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{Bench, native_log};

/// Plugs pulled in every run of the tests; `FIDOSCOPE_CRASH_POINTS=200` pulls more.
const POINTS: usize = 20;

const INGEST: &str = "ingest --store store --commit-every 1 --max-rejected 5 --verbose \
     --now 2030-01-01 log.ndjson";

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

/// Ingests until so many stages were told and a little further, and kills the program there. Says
/// whether it was still at work.
fn killed(bench: &Bench, stages: usize, further: usize) -> bool {
    let mut child = bench
        .command(INGEST)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
    // Stages are told one a line; after the last comes the summary.
    let told = talk.by_ref().take(stages).count();
    // Asking takes a moment, so the files that follow a stage are cut at different places.
    let at_work = told == stages && (0..further).all(|_| child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    let ended = child.wait().unwrap();
    at_work && !ended.success()
}

#[test]
fn whenever_the_plug_is_pulled_nothing_is_lost_or_repeated() {
    let points = std::env::var_os("FIDOSCOPE_CRASH_POINTS")
        .map_or(POINTS, |points| points.to_str().unwrap().parse().unwrap());
    let (mut seed, mut pulled) = (1, 0);
    while pulled < points {
        let expected = undisturbed(seed);
        let bench = house(seed);
        // A run gets a stage further than the one before, so the last ones get to the end.
        for stages in 1.. {
            let further = (stages * 7919 + pulled * 104_729) % 2_000;
            if !killed(&bench, stages, further) {
                break;
            }
            pulled += 1;
            let counts = bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events");
            let (rows, events) = counts.split_once(',').unwrap();
            assert_eq!(rows, events, "after {stages} stages and {further} more");
        }
        let run = bench.run(INGEST);
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert_eq!(counted(&bench), expected, "seed {seed}");
        seed += 1;
    }
    eprintln!("pulled the plug {pulled} times");
}
