//! Licences and known advisories of everything that is built in, against deny.toml; no tool is
//! needed. Where cargo-deny is installed it says the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::architecture::{metadata, root};

/// What deny.toml says, as far as it is compared here.
struct Rules {
    allowed: BTreeSet<String>,
    /// Licences that single packages may have.
    exceptions: BTreeSet<(String, String)>,
    /// Advisories that are answered, with the answer.
    answered: BTreeMap<String, String>,
}

fn rules() -> Rules {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let list = |name: &str| {
        let (_, list) = text.split_once(&format!("\n{name} = [")).unwrap();
        // Every list ends at a bracket of its own.
        let mut depth = 1;
        let end = list.find(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            depth == 0
        });
        list[..end.unwrap()].to_owned()
    };
    let quoted = |text: &str| -> Vec<String> {
        let parts = text.split('"').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    let pairs = |name| {
        let all = quoted(&list(name));
        all.chunks(2)
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect::<Vec<_>>()
    };
    Rules {
        allowed: quoted(&list("allow")).into_iter().collect(),
        exceptions: pairs("exceptions").into_iter().collect(),
        answered: pairs("ignore").into_iter().collect(),
    }
}

/// Names, versions and licences of the packages that a build of this platform takes.
fn packages() -> Vec<(String, String, Option<String>)> {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let used: BTreeSet<_> = nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let packages = packages.filter(|package| used.contains(package["id"].as_str().unwrap()));
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    packages
        .map(|of| {
            let (name, version) = (text(&of["name"]), text(&of["version"]));
            (name.unwrap(), version.unwrap(), text(&of["license"]))
        })
        .collect()
}

/// Whether an SPDX expression can be kept with the licences that `may` allows.
fn holds(expression: &str, may: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let holds = either(&mut words, may);
    holds && words.is_empty()
}

fn either(words: &mut Vec<&str>, may: &dyn Fn(&str) -> bool) -> bool {
    let mut holds = all(words, may);
    while words.last() == Some(&"OR") {
        words.pop();
        holds |= all(words, may);
    }
    holds
}

fn all(words: &mut Vec<&str>, may: &dyn Fn(&str) -> bool) -> bool {
    let mut holds = one(words, may);
    while words.last() == Some(&"AND") {
        words.pop();
        holds &= one(words, may);
    }
    holds
}

fn one(words: &mut Vec<&str>, may: &dyn Fn(&str) -> bool) -> bool {
    let Some(word) = words.pop() else {
        return false;
    };
    if word == "(" {
        return either(words, may) && words.pop() == Some(")");
    }
    if words.last() == Some(&"WITH") {
        words.pop();
        let exception = words.pop().unwrap_or_default();
        return may(&format!("{word} WITH {exception}"));
    }
    may(word)
}

#[test]
fn expressions_are_read_as_spdx_says() {
    let may = |licence: &str| matches!(licence, "MIT" | "Apache-2.0 WITH LLVM-exception");
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("MIT/GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0 OR MIT AND MIT", true),
        ("(MIT OR GPL-3.0) AND ISC", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("MIT )", false),
        ("", false),
    ] {
        assert_eq!(holds(expression, &may), expected, "{expression}");
    }
}

#[test]
fn every_package_has_a_licence_that_is_allowed() {
    let rules = rules();
    assert!(rules.allowed.contains("MIT"));
    let packages = packages();
    assert!(packages.len() > 300, "{}", packages.len());
    let refused: Vec<_> = packages
        .iter()
        .filter(|(name, _, licence)| {
            let may = |word: &str| {
                let own = (word.to_owned(), name.clone());
                rules.allowed.contains(word) || rules.exceptions.contains(&own)
            };
            !licence
                .as_deref()
                .is_some_and(|licence| holds(licence, &may))
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    for (licence, name) in &rules.exceptions {
        let needed = packages.iter().any(|(package, _, of)| {
            package == name
                && of
                    .as_deref()
                    .is_some_and(|of| of.contains(licence.as_str()))
        });
        assert!(needed, "the exception for {name} is needed no more");
    }
}

/// Whether one of the ranges holds a version.
fn is_fixed(version: &str, ranges: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        let plain = text.split(['-', '+']).next().unwrap();
        plain.split('.').map(|part| part.parse().unwrap()).collect()
    };
    let found = numbers(version);
    ranges.split(", ").any(|range| {
        range.split(' ').all(|bound| {
            if let Some(least) = bound.strip_prefix(">=") {
                found >= numbers(least)
            } else {
                bound
                    .strip_prefix('<')
                    .is_some_and(|end| found < numbers(end))
            }
        })
    })
}

#[test]
fn every_known_advisory_about_a_package_is_answered() {
    assert!(is_fixed("0.9.5", ">=0.10.1, >=0.9.3 <0.10.0"));
    assert!(!is_fixed("0.10.0", ">=0.10.1, >=0.9.3 <0.10.0"));
    assert!(!is_fixed("1.0.0", "none"));
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let locked: Vec<(&str, &str)> = lock
        .split("[[package]]")
        .filter_map(|package| {
            let value = |key| package.split_once(key)?.1.split('"').next();
            Some((value("\nname = \"")?, value("\nversion = \"")?))
        })
        .collect();
    let mut answered = rules().answered;
    for line in include_str!("data/advisories.tsv").lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, package, fixed] = fields[..] else {
            panic!("{line}");
        };
        let affected = locked
            .iter()
            .find(|(name, version)| *name == package && !is_fixed(version, fixed));
        let answer = answered.remove(id);
        match (affected, answer) {
            (Some((name, version)), None) => {
                panic!("{name} {version}: {id} has no answer in deny.toml")
            }
            (None, Some(_)) => panic!("{id}: the answer in deny.toml is needed no more"),
            _ => {}
        }
    }
    assert!(
        answered.is_empty(),
        "not in tests/data/advisories.tsv: {answered:?}"
    );
}

#[test]
fn cargo_deny_agrees_where_it_is_installed() {
    let deny = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .arg("deny")
            .args(arguments)
            .current_dir(root())
            .output()
    };
    if !deny(&["--version"]).is_ok_and(|output| output.status.success()) {
        eprintln!(
            "skipped: cargo-deny is not installed; licences and known advisories were compared"
        );
        return;
    }
    let checked = deny(&["--offline", "check", "licenses", "bans", "sources"]).unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    // The list of advisories is not part of the project: it may be there from an earlier run.
    let checked = deny(&["check", "advisories"]).unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(
        checked.status.success() || said.contains("failed to fetch"),
        "{said}"
    );
}
