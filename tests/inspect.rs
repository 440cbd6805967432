//! Bytes, drawn.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Bench, Run, dataset};

const DATA: &str = "v6vDdEKVjQYzYNOtZGHJxHNa5_jt1GWSpeDwFFKy5LUFAAAAAQ";

#[test]
fn files_and_standard_input_are_drawn_alike() {
    let bench = Bench::new();
    let file = dataset("ceremonies/registration-packed.json");
    let blob = dataset("metadata/test-blob.jwt");
    let from_file = bench.run(&format!(
        "inspect {} --blob {}",
        file.display(),
        blob.display()
    ));
    assert_eq!(from_file.code, Some(0), "{}", from_file.whole());
    assert!(
        from_file.stdout.contains("(Juniper Key 2)"),
        "{}",
        from_file.stdout
    );

    let mut command = bench.command(&format!("inspect --blob {}", blob.display()));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = std::fs::read(&file).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let from_stdin = Run::of(child.wait_with_output().unwrap(), &bench.path(""));
    assert_eq!(from_stdin.stdout, from_file.stdout);
}

#[test]
fn json_is_for_scripts() {
    let run = Bench::new().run(&format!("inspect --format json {DATA}"));
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["schema"], "fidoscope.inspect/1");
    assert_eq!(document["artifact"], "authenticator-data");
    assert_eq!(document["parts"][0]["parts"][1]["offset"], 32);
}

#[test]
fn what_is_broken_and_what_is_nothing_exits_with_4() {
    let bench = Bench::new();
    let run = bench.run("inspect a5010203262001215820");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stdout.contains("(EC2)"), "{}", run.stdout);
    assert!(
        run.stdout.contains("broken   COSE key at offset"),
        "{}",
        run.stdout
    );

    let run = bench.run("inspect no-such-file.bin");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stderr.contains("no file has this name"),
        "{}",
        run.stderr
    );
    let run = bench.run("inspect --as key 00");
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("cose-key"), "{}", run.stderr);
}
