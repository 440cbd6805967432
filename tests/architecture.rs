//! The house as drawn in ARCHITECTURE.md: who may know whom, and what lies on the top level.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Crate, and the crates of ours that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("webauthn", &[]),
    ("report", &[]),
    ("definitions", &["report"]),
    ("metadata", &["webauthn", "report"]),
    ("recording", &["webauthn", "metadata", "report"]),
    ("verifier", &["webauthn", "recording", "metadata", "report"]),
    ("authenticator", &["webauthn", "recording", "metadata"]),
    ("inspect", &["webauthn", "recording", "metadata", "report"]),
    (
        "mutations",
        &["webauthn", "authenticator", "recording", "metadata"],
    ),
    ("simulator", &["authenticator", "mutations"]),
    (
        "conformance",
        &[
            "verifier",
            "mutations",
            "inspect",
            "recording",
            "webauthn",
            "metadata",
            "report",
        ],
    ),
    ("events", &["webauthn", "report"]),
    ("slo", &["report"]),
    ("detect", &["definitions", "events", "report"]),
    (
        "analytics",
        &["events", "slo", "detect", "verifier", "report"],
    ),
    ("tui", &["definitions", "report"]),
];

/// Packages that make a build heavy; only the engine and the program may reach them.
const HEAVY: &[&str] = &[
    "datafusion",
    "deltalake",
    "polars",
    "arrow",
    "arrow-array",
    "parquet",
];

/// What may lie beside the crates.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".git",
    ".gitattributes",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "crates",
    "dashboards",
    "datasets",
    "deny.toml",
    "fidoscope-store", // the default place of a store; not part of the project
    "rules",
    "rustfmt.toml",
    "target",
    "tests",
    "try", // what the examples of the README write; not part of the project
];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

pub(crate) fn metadata() -> Value {
    let platform = format!("--filter-platform={}", host());
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", &platform])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The platform whose dependencies have been downloaded for this build.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(output.stdout).unwrap();
    about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap()
        .to_owned()
}

/// Names of the normal (not dev, not build) dependencies of each package id.
fn normal_edges(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| {
            let used = node["deps"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| {
                    let kinds = dependency["dep_kinds"].as_array().unwrap();
                    kinds.iter().any(|kind| kind["kind"].is_null())
                });
            let used = used.map(|dependency| dependency["pkg"].as_str().unwrap().to_owned());
            (node["id"].as_str().unwrap().to_owned(), used.collect())
        })
        .collect()
}

fn names(metadata: &Value) -> BTreeMap<String, String> {
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            (
                package["id"].as_str().unwrap().to_owned(),
                package["name"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

/// Crates of ours, each with those of ours that it uses.
fn used_arrows(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let (names, edges) = (names(metadata), normal_edges(metadata));
    let ours = |id: &String| match names[id].as_str() {
        "fidoscope" => Some("the program".to_owned()),
        name => name.strip_prefix("fidoscope-").map(str::to_owned),
    };
    edges
        .iter()
        .filter(|(id, _)| names[*id] != "fidoscope")
        .filter_map(|(id, used)| Some((ours(id)?, used.iter().filter_map(ours).collect())))
        .collect()
}

/// Arrows that are used and not drawn, and those that are drawn and not used.
fn deviations(
    drawn: &[(&str, &[&str])],
    used: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let arrow = |user: &str, used: &str| format!("{user} -> {used}");
    let drawn_arrows: BTreeSet<String> = drawn
        .iter()
        .flat_map(|(user, may)| may.iter().map(move |used| arrow(user, used)))
        .chain(drawn.iter().map(|(user, _)| (*user).to_owned()))
        .collect();
    let used_arrows: BTreeSet<String> = used
        .iter()
        .flat_map(|(user, used)| used.iter().map(move |used| arrow(user, used)))
        .chain(used.keys().cloned())
        .collect();
    let forbidden = used_arrows.difference(&drawn_arrows);
    let idle = drawn_arrows.difference(&used_arrows);
    let forbidden = forbidden.map(|arrow| format!("{arrow}: not drawn"));
    forbidden
        .chain(idle.map(|arrow| format!("{arrow}: nobody uses it")))
        .collect()
}

#[test]
fn crates_use_those_that_are_drawn_and_no_others() {
    let deviations = deviations(ARROWS, &used_arrows(&metadata()));
    assert_eq!(deviations, BTreeSet::new(), "ARROWS and Cargo.toml differ");
}

#[test]
fn an_arrow_too_many_and_an_idle_one_are_named() {
    let check = |drawn: &[(&str, &[&str])], expected: &[&str]| {
        let used = BTreeMap::from([
            ("bytes".to_owned(), BTreeSet::new()),
            ("steps".to_owned(), BTreeSet::from(["bytes".to_owned()])),
        ]);
        let expected = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(deviations(drawn, &used), expected);
    };
    check(&[("bytes", &[]), ("steps", &["bytes"])], &[]);
    check(
        &[("bytes", &[]), ("steps", &[])],
        &["steps -> bytes: not drawn"],
    );
    check(
        &[("bytes", &["steps"]), ("steps", &["bytes"])],
        &["bytes -> steps: nobody uses it"],
    );
    check(
        &[("steps", &["bytes"]), ("words", &[])],
        &["bytes: not drawn", "words: nobody uses it"],
    );
}

#[test]
fn only_the_engine_and_the_program_are_heavy() {
    let metadata = metadata();
    let (names, edges) = (names(&metadata), normal_edges(&metadata));
    let mut heavy = BTreeSet::new();
    for (id, name) in &names {
        if !name.starts_with("fidoscope") {
            continue;
        }
        let (mut seen, mut open) = (BTreeSet::new(), vec![id.clone()]);
        while let Some(id) = open.pop() {
            if HEAVY.contains(&names[&id].as_str()) {
                heavy.insert(name.clone());
            }
            if seen.insert(id.clone()) {
                open.extend(edges.get(&id).into_iter().flatten().cloned());
            }
        }
    }
    let expected = BTreeSet::from(["fidoscope".to_owned(), "fidoscope-analytics".to_owned()]);
    assert_eq!(heavy, expected);
}

#[test]
fn the_top_level_holds_what_is_drawn_and_nothing_else() {
    let found = std::fs::read_dir(root()).unwrap();
    let found = found.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strangers: Vec<_> = found
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert_eq!(strangers, Vec::<String>::new());
}
