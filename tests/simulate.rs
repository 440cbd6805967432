//! Synthetic data, byte for byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use crate::support::{Bench, dataset, unpacked};

fn files(folder: &Path, below: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(folder, &path, found);
        } else {
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.insert(name, unpacked(&path));
        }
    }
}

#[test]
fn the_published_data_are_made_again_byte_for_byte() {
    let bench = Bench::new();
    let run = bench.run("simulate --seed 20261120 --out made");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let (mut made, mut published) = (BTreeMap::new(), BTreeMap::new());
    files(&bench.path("made"), &bench.path("made"), &mut made);
    files(&dataset(""), &dataset(""), &mut published);
    published.retain(|name, _| !name.starts_with("rules/"));
    assert_eq!(
        made.keys().collect::<Vec<_>>(),
        published.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &made {
        assert!(*bytes == published[name], "{name} differs");
    }
}

#[test]
fn a_log_of_any_size_streams_into_a_pipe() {
    let bench = Bench::new();
    let output = bench
        .command("simulate --seed 9 --events 3000 --out -")
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 3_000);
    bench.file("log.ndjson", &text);
    let run = bench.run("ingest --store store log.ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "3000");
    // A reader that goes away is no failure.
    let mut child = bench
        .command("simulate --events 1000000 --out -")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
