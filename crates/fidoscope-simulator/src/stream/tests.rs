use std::collections::HashSet;

use serde_json::Value;

use super::write_native_stream;
use crate::published_now;

fn stream(seed: u64, events: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_native_stream(seed, published_now(), events, &mut bytes).unwrap();
    bytes
}

#[test]
fn the_seed_decides_and_nothing_else() {
    assert_eq!(stream(7, 300), stream(7, 300));
    assert_ne!(stream(7, 300), stream(8, 300));
}

#[test]
fn it_has_as_many_lines_as_asked_for() {
    for events in [0, 1, 2, 999] {
        let lines = stream(1, events)
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        assert_eq!(u64::try_from(lines).unwrap(), events);
    }
}

#[test]
fn every_line_can_be_read_and_comes_in_order() {
    let bytes = stream(3, 4_000);
    let text = std::str::from_utf8(&bytes).unwrap();
    let mut ids = HashSet::new();
    let mut before = String::new();
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(
            ids.insert(event["event_id"].as_str().unwrap().to_owned()),
            "{line}"
        );
        let at = event["ts"].as_str().unwrap().to_owned();
        assert!(before <= at, "{before} before {at}");
        before = at;
    }
    assert!(before.as_str() < "2026-11-20T15:00:00.000Z");
}

#[test]
fn lines_are_as_long_as_those_of_the_benchmarks() {
    let bytes = stream(3, 4_000);
    let average = bytes.len() / 4_000;
    assert!((560..=610).contains(&average), "{average} bytes");
}
