mod conditions;
mod problems;
mod values;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::REFUSED_KEYS;
use crate::{Catalogue, Rule, Value};

/// A rule with this detection.
fn rule(detection: &str) -> String {
    let indented: String = detection
        .trim()
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    format!(
        "title: Test\nid: 00000000-0000-4000-8000-000000000001\nlevel: low\n\
         logsource: {{product: webauthn, category: ceremony}}\ndetection:\n{indented}"
    )
}

fn row(cells: &[(&str, Value)]) -> BTreeMap<String, Value> {
    cells
        .iter()
        .map(|(column, value)| ((*column).to_owned(), value.clone()))
        .collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Whether a row matches the only selection, `sel`.
#[track_caller]
fn check(selection: &str, cells: &[(&str, Value)], expected: Option<bool>) {
    let yaml = rule(&format!("{selection}\ncondition: sel"));
    let rule = Rule::parse(&yaml, "rule.yml").unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(
        rule.condition().matches(&row(cells)),
        expected,
        "{selection} on {cells:?}"
    );
}

const WORDS: &[&str] = &[
    "a", "b_1", "b_2", "of", "1", "all", "any", "them", "b_*", "not", "and", "or", "(", ")", "|",
    "near", "é", "\t",
];

const FIELDS: &[&str] = &[
    "kind",
    "sign_count",
    "server_ms",
    "be",
    "aaguid",
    "credential_id",
    "client_ip",
    "transports",
    "nope",
];

const MODIFIERS: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "all",
    "cased",
    "re",
    "i",
    "m",
    "s",
    "exists",
    "lt",
    "gte",
    "neq",
    "cidr",
    "nope",
];

const VALUES: &[&str] = &[
    "1",
    "'a*'",
    "true",
    "null",
    "[1, x]",
    "[]",
    "{}",
    "'('",
    "1.5",
    "00000000-0000-0000-0000-000000000000",
    "192.0.2.1",
];

proptest! {
    #[test]
    fn any_text_is_read_without_panic(yaml in r"\PC{0,200}") {
        let _ = Rule::parse(&yaml, "rule.yml");
    }

    #[test]
    fn any_condition_is_read_without_panic(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..12),
    ) {
        let detection = format!(
            "a: {{up: true}}\nb_1: {{uv: true}}\nb_2: {{be: true}}\ncondition: '{}'",
            words.join(" ")
        );
        match Rule::parse(&rule(&detection), "rule.yml") {
            Ok(read) => { let _ = read.condition().matches(&row(&[])); }
            Err(problems) => {
                prop_assert!(problems.iter().all(|problem| problem.at.line.is_some()));
            }
        }
    }

    #[test]
    fn any_field_is_read_without_panic(
        column in prop::sample::select(FIELDS),
        modifiers in prop::collection::vec(prop::sample::select(MODIFIERS), 0..4),
        value in prop::sample::select(VALUES),
    ) {
        let key = std::iter::once(column).chain(modifiers).collect::<Vec<_>>().join("|");
        let detection = format!("sel: {{'{key}': {value}}}\ncondition: sel");
        let _ = Rule::parse(&rule(&detection), "rule.yml");
    }

    #[test]
    fn a_damaged_rule_is_read_without_panic(at in 0_usize..2000, with in r"[ -~\n]{0,3}") {
        let good = include_str!("../../../../rules/detections/counter-did-not-increase.yml");
        let at = at.min(good.len());
        if let (Some(before), Some(after)) = (good.get(..at), good.get(at + 1..)) {
            let _ = Rule::parse(&format!("{before}{with}{after}"), "rule.yml");
        }
    }
}

#[test]
fn a_rule_says_everything_that_its_file_says() {
    let catalogue = Catalogue::builtin();
    let rule = catalogue
        .get("6F0A3C5E-2B1D-4C8A-9E47-51D0C8A7B301")
        .unwrap();
    assert_eq!(rule.name(), Some("counter-did-not-increase"));
    assert_eq!(rule.status(), Some(crate::Status::Test));
    assert_eq!(rule.level(), fidoscope_report::Level::High);
    assert_eq!(rule.case_columns(), ["credential_id"]);
    assert_eq!(rule.related(), [crate::Related::Previous]);
}
