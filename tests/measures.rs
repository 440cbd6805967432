//! What tells events apart is defined once: SQL that tests kinds, outcomes, states or reasons takes
//! the condition from the registry of `fidoscope_slo::measure`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::architecture::root;

/// Columns whose meaning is the registry's.
const COLUMNS: [&str; 4] = ["kind", "outcome", "state", "failure_reason"];

/// The registry.
const REGISTRY: [&str; 2] = [
    "crates/fidoscope-slo/src/measure.rs",
    "crates/fidoscope-slo/src/measure/",
];

/// SQL that may test them all the same, by file and condition, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "crates/fidoscope/src/commands/audit/stored.rs",
    "kind IN ('registration.completed', 'credential.snapshot')",
    "which lines may hold an attestation object: it asks for bytes, and counts nothing",
)];

/// A condition on one of the columns, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    file: String,
    condition: String,
}

#[test]
fn kinds_and_outcomes_are_tested_in_the_registry_alone() {
    let found = conditions();
    let excepted = |found: &Found| {
        let matches = |(file, start, _): &(&str, &str, &str)| {
            found.file == *file && found.condition.starts_with(start)
        };
        EXCEPTIONS.iter().position(matches)
    };
    let elsewhere: Vec<&Found> = found.iter().filter(|of| excepted(of).is_none()).collect();
    assert!(
        elsewhere.is_empty(),
        "belongs in fidoscope_slo::measure: {elsewhere:#?}"
    );
    let used: BTreeSet<usize> = found.iter().filter_map(excepted).collect();
    let all: BTreeSet<usize> = (0..EXCEPTIONS.len()).collect();
    assert_eq!(used, all, "an exception is needed no more");
}

#[test]
fn a_condition_is_found_however_it_is_written() {
    let check = |text: &str, expected: &[&str]| {
        let found = tested(text);
        let starts = found.iter().zip(expected).all(|(a, b)| a.starts_with(b));
        assert!(starts && found.len() == expected.len(), "{text}: {found:?}");
    };
    check(
        "WHERE kind = 'a' AND e.\"outcome\"<>'b'",
        &["kind = 'a'", "outcome\"<>"],
    );
    check("CASE WHEN State not  in ('x') THEN", &["State not  in"]);
    check("failure_reason LIKE 'a%'", &["failure_reason LIKE"]);
    check(
        "failure_reason IS NOT NULL",
        &["failure_reason IS NOT NULL"],
    );
    check(
        "SELECT kind, outcome AS state, max(failure_reason) FROM t",
        &[],
    );
    check("credential_kind = 'u2f' AND the_state IN (1)", &[]);
    check("the kind is known in this case", &[]);
    let rust = "// kind = 'a'\nlet c = '\"'; f(\"kind = \\\"x\\\"\", r#\"outcome = 'y'\"#); /* kind = 1 */";
    assert_eq!(strings(rust), ["kind = \\\"x\\\"", "outcome = 'y'"]);
}

/// The conditions in all shipped SQL outside the registry.
fn conditions() -> Vec<Found> {
    let mut found = BTreeSet::new();
    let (mut rust, mut yaml) = (Vec::new(), Vec::new());
    files(&root().join("crates"), &["rs"], &mut rust);
    files(&root().join("rules"), &["yaml", "yml"], &mut yaml);
    files(&root().join("dashboards"), &["yaml", "yml"], &mut yaml);
    assert!(rust.len() > 100 && yaml.len() > 20, "nothing was read");
    for path in rust.iter().chain(&yaml) {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        if REGISTRY.iter().any(|start| file.starts_with(start)) || is_test(&file) {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let texts = if file.ends_with(".rs") {
            let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            strings(shipped)
        } else {
            vec![text]
        };
        for condition in texts.iter().flat_map(|text| tested(text)) {
            found.insert(Found {
                file: file.clone(),
                condition,
            });
        }
    }
    found.into_iter().collect()
}

fn is_test(file: &str) -> bool {
    ["/tests/", "/tests.rs", "/benches/", "/examples/"]
        .iter()
        .any(|part| file.contains(part))
}

fn files(folder: &Path, endings: &[&str], into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            files(&path, endings, into);
        } else if ending.is_some_and(|ending| endings.contains(&ending)) {
            into.push(path);
        }
    }
}

/// The texts of the string literals of a Rust source, as they are written.
fn strings(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let (literal, length) = if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if let Some((text, length)) = raw_string(rest) {
            (Some(text), length)
        } else if next == '"' {
            let end = closing(rest, '"');
            (rest.get(1..end), end + 1)
        } else if ["'\"'", "'\\\"'"]
            .iter()
            .any(|quote| rest.starts_with(quote))
        {
            (None, closing(rest, '\'') + 1)
        } else {
            (None, next.len_utf8())
        };
        found.extend(literal.map(str::to_owned));
        rest = rest.get(length..).unwrap_or_default();
    }
    found
}

/// A raw string at the start of a text, and how long it is.
fn raw_string(text: &str) -> Option<(&str, usize)> {
    let marks = text.strip_prefix('r')?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let inner = marks.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inner.find(&end)?;
    Some((inner.get(..length)?, hashes + 2 + length + end.len()))
}

/// Where the quote that a text starts with is closed.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let found = text.char_indices().skip(1).find(|(_, letter)| {
        let closes = *letter == quote && !escaped;
        escaped = *letter == '\\' && !escaped;
        closes
    });
    found.map_or(text.len(), |(place, _)| place)
}

/// The places of a text that test one of the columns, each with what follows.
fn tested(text: &str) -> Vec<String> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    for (place, _) in text.char_indices() {
        let (before, from) = text.split_at(place);
        let length = from.find(|letter| !is_word(letter)).unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        let is_column = COLUMNS.iter().any(|name| word.eq_ignore_ascii_case(name));
        if is_column && !before.ends_with(is_word) && is_tested(after) {
            found.push(from.chars().take(80).collect());
        }
    }
    found
}

/// Whether what follows a column tests it.
fn is_tested(after: &str) -> bool {
    let after = after.strip_prefix('"').unwrap_or(after).trim_start();
    if ["=", "<>", "!="].iter().any(|sign| after.starts_with(sign)) {
        return !after.starts_with("==");
    }
    let words: Vec<String> = (after.split_whitespace().take(4))
        .map(str::to_uppercase)
        .collect();
    let word = |place: usize| words.get(place).map_or("", String::as_str);
    let negated = |place: usize| place + usize::from(word(place) == "NOT");
    if word(0) == "IS" {
        let literal = word(negated(1)).trim_end_matches([')', ',', ';']);
        return ["NULL", "TRUE", "FALSE", "DISTINCT"].contains(&literal);
    }
    let verb = negated(0);
    ["IN", "LIKE", "ILIKE"].iter().any(|name| {
        let value = match word(verb).strip_prefix(name) {
            Some("") => word(verb + 1),
            Some(value) => value,
            None => "",
        };
        value.starts_with(['(', '\'', '{'])
    })
}
