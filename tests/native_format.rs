//! The page about the native format: its lines, in a store, give every indicator.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Bench;

#[test]
fn the_lines_of_the_page_give_every_indicator() {
    let page = include_str!("../crates/fidoscope/help/native-format.md");
    let blocks = page.split("```json\n").skip(1);
    let lines: String = blocks
        .map(|block| block.split("```").next().unwrap())
        .collect();
    let bench = Bench::new();
    bench.file("log.ndjson", lines);
    let now = "--now 2026-11-20T12:00:00Z --store store";
    let run = bench.run(&format!("ingest {now} --source native log.ndjson"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
    let run = bench.run(&format!("sli {now} --format ndjson"));
    let mut values = BTreeMap::new();
    for line in run.stdout.lines() {
        let sli: Value = serde_json::from_str(line).unwrap();
        let value = sli["value"].as_f64();
        let best: &mut Option<f64> = values
            .entry(sli["id"].as_str().unwrap().to_owned())
            .or_default();
        *best = best.or(value);
    }
    assert_eq!(values.len(), 10, "{}", run.whole());
    assert!(values.values().all(Option::is_some), "{}", run.whole());
}
