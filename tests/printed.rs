//! Whatever strangers wrote, nothing that is printed commands a terminal.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::architecture::root;
use crate::support::{Bench, dataset};

/// A window title, a cleared screen, a turned reading direction, a forged line.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{200b}y\nerror: z";

fn commands(text: &[u8]) -> Option<String> {
    let text = String::from_utf8(text.to_vec()).unwrap_or_else(|error| panic!("{error}"));
    let bad = |c: &char| {
        let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
        !matches!(c, '\n' | '\t') && (c.is_control() || turns)
    };
    text.chars().any(|c| bad(&c)).then_some(text)
}

/// Runs the program; what it prints is harmless, and it is no forged line.
#[track_caller]
fn check<A: AsRef<OsStr>>(bench: &Bench, arguments: &[A]) {
    let output = bench.command("").args(arguments).output().unwrap();
    let words: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        assert_eq!(commands(stream), None, "{name} of {words:?}");
    }
    assert!(output.status.code().is_some(), "{words:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        !stderr.lines().any(|line| line.starts_with("error: z")),
        "{words:?}: {stderr}"
    );
}

#[test]
fn a_recording_in_every_format_on_standard_output_and_in_a_file() {
    let bench = Bench::new();
    let ceremony = root().join("tests/data/hostile-ceremony.json");
    let ceremony = ceremony.to_str().unwrap();
    for format in [
        "table", "json", "ndjson", "csv", "markdown", "junit", "sarif", "tap",
    ] {
        let replay = ["replay", ceremony, "--explain", "--format", format];
        check(&bench, &replay);
        check(
            &bench,
            &[&replay[..], &["--steps", "--color", "never"]].concat(),
        );
        check(&bench, &[&replay[..], &["--out", "report"]].concat());
        assert_eq!(
            commands(&std::fs::read(bench.path("report")).unwrap()),
            None
        );
    }
    for format in ["text", "json"] {
        check(&bench, &["inspect", ceremony, "--format", format]);
    }
}

#[test]
fn names_of_files_that_are_not_there() {
    let bench = Bench::new();
    let mut names = vec![OsString::from(HOSTILE)];
    names.push(OsStr::from_bytes(b"x\x9b2J\xff\x1b[2J").to_owned());
    let blob = dataset("metadata/test-blob.jwt");
    let ceremony = dataset("ceremonies/registration-packed.json");
    for name in &names {
        let name = name.as_os_str();
        let os = OsStr::new;
        for arguments in [
            &[os("ingest"), name][..],
            &[os("sli"), os("--store"), name],
            &[os("query"), name],
            &[os("replay"), name],
            &[os("replay"), ceremony.as_os_str(), os("--anchor"), name],
            &[os("replay"), ceremony.as_os_str(), os("--policy"), name],
            &[os("replay"), ceremony.as_os_str(), os("--profile"), name],
            &[os("import"), name],
            &[
                os("audit"),
                os("--blob"),
                blob.as_os_str(),
                os("--input"),
                name,
            ],
            &[os("mds"), os("lint"), name],
            &[os("mds"), os("show"), name, os("--blob"), blob.as_os_str()],
            &[os("sources"), os("detect"), name],
            &[os("sources"), os("show"), name],
            &[os("dashboard"), name],
            &[os("detect"), os("--rules"), name],
            &[os("demo"), os("--datasets"), name],
            &[os("inspect"), name],
        ] {
            check(&bench, arguments);
        }
    }
}

#[test]
fn names_of_files_that_are_there() {
    let bench = Bench::new();
    let folder = Path::new("logs").join(HOSTILE.replace('/', "_"));
    let name = |end: &str| bench.file(folder.join(end).to_str().unwrap(), "{\"hello\":1}\n");
    let log = name("a\u{1b}[2J.ndjson");
    name("b\u{9b}2J\u{202e}.json");
    check(&bench, &["ingest", "logs"]);
    check(&bench, &["replay", "logs"]);
    check(&bench, &["sources", "detect", log.to_str().unwrap()]);
    check(&bench, &["import", log.to_str().unwrap()]);
    check(
        &bench,
        &["conformance", "mutate", "--base", log.to_str().unwrap()],
    );
}

#[test]
fn what_people_and_strangers_wrote_into_files() {
    let bench = Bench::new();
    let rule = include_str!("../rules/detections/counter-did-not-increase.yml");
    let broken = rule.replace("level:", "l\u{9b}evle\u{202e}:");
    bench.file("broken/detections/mine.yml", broken);
    check(&bench, &["detect", "--rules", "broken"]);

    let mapping = include_str!("../rules/mappings/native.yaml");
    let renamed = mapping.replace("source: native", "source: mine");
    let commented = format!("# \u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\n{renamed}");
    bench.file("rules/mappings/mine.yaml", commented);
    check(
        &bench,
        &["sources", "show", "mine", "--yaml", "--rules", "rules"],
    );

    let origin = "https://shop.example/\u{9b}2J\u{202e}";
    let ceremony = std::fs::read_to_string(dataset("ceremonies/registration-packed.json")).unwrap();
    let mut recording: serde_json::Value = serde_json::from_str(&ceremony).unwrap();
    let pair = serde_json::json!({
        "options": recording["options"].take(),
        "response": recording["response"].take(),
    });
    bench.file("pair.json", pair.to_string());
    check(&bench, &["import", "pair.json", "--origin", origin]);
    let printed = bench
        .command("import pair.json --origin")
        .arg(origin)
        .output();
    let recording: serde_json::Value = serde_json::from_slice(&printed.unwrap().stdout).unwrap();
    assert_eq!(
        recording["rp"]["origins"][0], origin,
        "the value stays what it is"
    );
}

#[test]
fn words_of_the_command_line() {
    let bench = Bench::new();
    for arguments in [
        &[HOSTILE][..],
        &["sli", "--by", HOSTILE],
        &["sli", HOSTILE],
        &["sli", "--since", HOSTILE],
        &["mds", HOSTILE],
        &["query", "--format", HOSTILE, "SELECT 1"],
        &["dashboard", "--size", HOSTILE],
    ] {
        let output = bench.command("").args(arguments).output().unwrap();
        assert!(matches!(output.status.code(), Some(2 | 4)), "{arguments:?}");
        assert_eq!(commands(&output.stderr), None, "{arguments:?}");
    }
}

#[test]
fn only_the_door_opens_standard_output_and_standard_error() {
    let mut open = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let others = ["/tests", "/benches", "/examples"];
            if path.is_dir() && !others.iter().any(|other| name.ends_with(other)) {
                folders.push(path);
            } else if name.contains("/src/") && name.ends_with(".rs") && !name.ends_with("tests.rs")
            {
                let text = std::fs::read_to_string(path).unwrap();
                let program = text.split("#[cfg(test)]").next().unwrap();
                let doors = ["io::stdout", "io::stderr", "print!(", "println!(", "dbg!("];
                if doors.iter().any(|door| program.contains(door)) {
                    open.push(name);
                }
            }
        }
    }
    assert_eq!(open, ["crates/fidoscope/src/door.rs"]);
}
