use serde::Deserialize;

use super::*;
use crate::{Codes, Pairs, Written};

const KIND: Kind = Kind {
    name: "fleet",
    id: "name",
    codes: Codes {
        not_yaml: "X-1",
        unknown_key: "X-2",
        unknown_word: "X-3",
        missing_key: "X-4",
        wrong_shape: "X-5",
        twice_a_key: "X-6",
        twice: "X-7",
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Rule {
    Exact,
    SubDomains,
}

/// A type that JSON has as well.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Policy {
    require: Option<bool>,
    rule: Option<Rule>,
    #[serde(default)]
    names: Vec<String>,
    inner: Option<Inner>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    size: u8,
}

const KEYS: &[&str] = &[
    "name", "size", "ready", "share", "tags", "mood", "pairs", "policy",
];

fn fleet(reader: &mut Reader<'_>, root: &Node) -> Option<String> {
    let map = reader.map(root, "a fleet", KEYS)?;
    let name: Option<Written> = reader.required(&map, "name");
    let size: Option<u16> = reader.optional(&map, "size");
    let ready: Option<bool> = reader.optional(&map, "ready");
    let share: Option<f64> = reader.optional(&map, "share");
    let tags: Vec<String> = reader.texts(&map, "tags");
    let mood = reader.word(&map, "mood", &[("calm", 1), ("busy", 2)]);
    let pairs: Option<Pairs<Vec<String>>> = reader.optional(&map, "pairs");
    let policy = map
        .get("policy")
        .and_then(|node| reader.decode::<Policy>(node));
    let pairs = pairs
        .unwrap_or_default()
        .0
        .into_iter()
        .map(|(name, texts)| (name.value, texts));
    let pairs: Vec<_> = pairs.collect();
    let name = name?.value;
    Some(format!(
        "{name} {size:?} {ready:?} {share:?} {tags:?} {mood:?} {pairs:?} {policy:?}"
    ))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let told = match Reader::read(&KIND, text, "mine.yaml", fleet) {
        Ok(read) => read,
        Err(problems) => {
            let lines = problems.iter().map(|problem| {
                let (line, column) = (problem.at.line.unwrap_or(0), problem.at.column.unwrap_or(0));
                let help = problem
                    .help
                    .as_ref()
                    .map_or_else(String::new, |help| format!(" ({help})"));
                format!("{line}:{column} {} {}{help}", problem.code, problem.message)
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    assert_eq!(told, expected, "{text}");
}

#[test]
fn nodes_are_read_as_what_is_wanted() {
    check(
        "name: 1.10\nsize: 3\nready: yes\nshare: 2\ntags: one\nmood: busy\npairs: {a: [x, 5], b: []}",
        r#"1.10 Some(3) Some(true) Some(2.0) ["one"] Some(2) [("a", ["x", "5"]), ("b", [])] None"#,
    );
    check(
        "name: x\ntags: [a, b]",
        r#"x None None None ["a", "b"] None [] None"#,
    );
}

#[test]
fn every_problem_of_a_file_is_told() {
    check(
        "size: 70000\nready: perhaps\nshare: much\ntags: [a, {b: c}]\nmood: bussy\npairs: {a: x}\nsiez: 1\nzebra: 2",
        "1:1 X-4 `name` is missing\n\
         1:7 X-5 `size` has to be between 0 and 65535, not a number\n\
         2:8 X-5 `ready` has to be true or false, not text\n\
         3:8 X-5 `share` has to be a number, not text\n\
         4:11 X-5 `tags` has to be a list of texts, not a map\n\
         5:7 X-3 `mood` cannot be `bussy` (did you mean `busy`?)\n\
         6:12 X-5 `a` has to be a list, not text\n\
         7:1 X-2 unknown key `siez` (did you mean `size`?)\n\
         8:1 X-2 unknown key `zebra` (known here: name, size, ready, share, tags, mood, pairs, policy)",
    );
    check("[]", "1:1 X-5 a fleet has to be a map, not a list");
    check("", "1:1 X-5 a fleet has to be a map, not nothing");
    check(
        "name: x\n---\nname: y",
        "3:1 X-1 a file holds one fleet, and here another document begins",
    );
}

#[test]
fn a_type_that_json_has_as_well_is_read_with_places() {
    check(
        "name: x\npolicy: {require: on, rule: subDomains, names: [5.70, a], inner: {size: 3}}",
        r#"x None None None [] None [] Some(Policy { require: Some(true), rule: Some(SubDomains), names: ["5.70", "a"], inner: Some(Inner { size: 3 }) })"#,
    );
    check(
        "name: x\npolicy:\n  requir: true\n  rule: exactly\n  names: no\n  inner: {size: 300, sizes: 1}",
        "3:3 X-2 unknown key `requir` (did you mean `require`?)\n\
         4:9 X-3 `rule` cannot be `exactly` (did you mean `exact`?)\n\
         5:10 X-5 `names`: invalid type: string \"no\", expected a sequence\n\
         6:17 X-5 `size`: invalid value: integer `300`, expected u8",
    );
    check("name: x\npolicy: {inner: {}}", "2:17 X-4 `size` is missing");
    check(
        "name: x\npolicy: 5",
        "2:9 X-5 this has to be a map, not a number",
    );
}

#[test]
fn a_file_without_a_meaning_is_told_even_by_a_reader_that_says_nothing() {
    let read = Reader::read(&KIND, "\n- name: x", "file.yaml", |_, _| None::<()>);
    let said = read.unwrap_err();
    let said: Vec<_> = said
        .iter()
        .map(|problem| (problem.at.line, problem.message.as_str()))
        .collect();
    assert_eq!(
        said,
        [(Some(2), "this fleet has to be of another form, not a list")]
    );
}
