use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::DateTime;
use fidoscope_report::{Cell, Witness};

use super::*;
use crate::{BytesForm, ColumnType, Match, Related, Row as _, Value, column, enrich, findings};

fn builtin() -> Catalogue {
    Catalogue::builtin()
}

fn root(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// A native line as a row of the event table. Bytes stay the text that they are written in: the
/// rules under test compare none.
fn row(line: &str) -> BTreeMap<String, Value> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
    let mut row = BTreeMap::from([("source".to_owned(), Value::Text("native".to_owned()))]);
    for (key, value) in object {
        let value = match value {
            serde_json::Value::String(text) if key == "ts" || key.ends_with("_ts") => {
                let time = DateTime::parse_from_rfc3339(&text).unwrap();
                Value::Integer(time.timestamp_micros())
            }
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Bool(truth) => Value::Bool(truth),
            serde_json::Value::Number(number) => Value::Integer(number.as_i64().unwrap()),
            serde_json::Value::Object(_) => continue,
            other => panic!("{key} is {other}"),
        };
        row.insert(key, value);
    }
    row
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Bool(truth) => Cell::Bool(truth),
        Value::Integer(number) => Cell::Integer(number),
        Value::Number(number) => Cell::Number(number),
        Value::Text(text) => Cell::Text(text),
        Value::Null | Value::Bytes(_) | Value::List(_) => Cell::Null,
    }
}

fn witness(rule: &Rule, row: &BTreeMap<String, Value>) -> Witness {
    let text = |column| {
        if let Value::Text(text) = row.value(column) {
            text
        } else {
            String::new()
        }
    };
    let Value::Integer(micros) = row.value("ts") else {
        panic!("no ts")
    };
    let facts = rule.fact_columns().into_iter();
    Witness {
        event_id: text("event_id"),
        ts: DateTime::from_timestamp_micros(micros).unwrap(),
        source: text("source"),
        kind: text("kind"),
        raw: None,
        facts: facts
            .map(|column| (column.to_owned(), cell(row.value(column))))
            .collect(),
    }
}

fn related(rule: &Rule, rows: &[BTreeMap<String, Value>], at: usize) -> Vec<Witness> {
    let event = &rows[at];
    let same =
        |column: &str, other: &BTreeMap<String, Value>| other.value(column) == event.value(column);
    let mut found = Vec::new();
    for related in rule.related() {
        match related {
            Related::Previous => found.extend(
                rows[..at]
                    .iter()
                    .rev()
                    .find(|row| same("credential_id", row) && row.contains_key("counter_relation"))
                    .map(|row| witness(rule, row)),
            ),
            Related::Same(column) => found.extend(
                rows.iter()
                    .filter(|row| same(column, row))
                    .map(|row| witness(rule, row)),
            ),
        }
    }
    found
}

/// `case key | summary` of each finding, one a line.
fn run(rule: &Rule, file: &str) -> String {
    let name = rule.name().unwrap();
    let path = root("datasets/rules").join(name).join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let rows = enrich(text.lines().map(row).collect(), &[]);
    let matches = (0..rows.len())
        .filter(|&at| rule.condition().matches(&rows[at]) == Some(true))
        .map(|at| Match {
            event: witness(rule, &rows[at]),
            related: related(rule, &rows, at),
        });
    findings(rule, matches)
        .iter()
        .map(|finding| format!("{}\n", finding.summary))
        .collect()
}

#[track_caller]
fn check_fires(name: &str, expected: &str) {
    let catalogue = builtin();
    let rule = catalogue.get(name).unwrap();
    assert_eq!(run(rule, "fires.ndjson"), expected);
}

#[test]
fn every_rule_file_is_built_in() {
    let files: BTreeSet<String> = std::fs::read_dir(root("rules/detections"))
        .unwrap()
        .map(|entry| {
            format!(
                "rules/detections/{}",
                entry.unwrap().file_name().to_string_lossy()
            )
        })
        .collect();
    let known: BTreeSet<String> = BUILTIN.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, known);
    for (name, text) in BUILTIN {
        let rule = Rule::parse(text, name).unwrap();
        assert_eq!(
            *name,
            format!("rules/detections/{}.yml", rule.name().unwrap())
        );
    }
}

#[test]
fn every_rule_has_data_on_which_it_fires_and_data_on_which_it_is_quiet() {
    for rule in builtin().rules() {
        assert_ne!(run(rule, "fires.ndjson"), "", "{}", rule.title());
        assert_eq!(run(rule, "quiet.ndjson"), "", "{}", rule.title());
    }
}

#[test]
fn every_rule_tells_its_reader_what_to_think() {
    for rule in builtin().rules() {
        assert!(
            rule.is_active() && rule.description().is_some(),
            "{}",
            rule.title()
        );
        assert!(
            !rule.false_positives().is_empty() && !rule.tags().is_empty(),
            "{}",
            rule.title()
        );
        assert!(
            rule.references()
                .iter()
                .all(|url| url.starts_with("https://"))
        );
    }
}

#[test]
fn a_counter_that_did_not_increase_is_found_per_credential() {
    check_fires(
        "counter-did-not-increase",
        "counter of credential -vLp…C-8I went from 41 to 12 (2 events)\n\
         counter of credential 0f6l…V_tw went from 9 to 9 (2 events)\n\
         counter of credential HUQ6…S7uM went from 5 to 5 (2 events)\n\
         counter of credential hiDR…KLTM went from 100 to 88 (2 events)\n\
         counter of credential lieo…0kOQ went from 7 to 0 (2 events)\n",
    );
}

#[test]
fn a_challenge_accepted_twice_is_found_per_challenge() {
    check_fires(
        "challenge-accepted-twice",
        "challenge pNJo…70IQ was accepted 2 times (2 events)\n\
         challenge tzeB…H3sQ was accepted 2 times (2 events)\n",
    );
}

#[test]
fn the_columns_of_the_case_and_of_the_summary_are_facts() {
    let catalogue = builtin();
    let rule = catalogue.get("counter-did-not-increase").unwrap();
    assert_eq!(
        rule.fact_columns().join(" "),
        "aaguid asn counter_previous counter_relation credential_id kind os outcome sign_count \
         signature_verified stored_sign_count"
    );
}

#[test]
fn a_rule_of_the_user_replaces_the_one_with_its_identifier() {
    let (name, text) = BUILTIN[0];
    let changed = text.replace("gte: 2", "gte: 3");
    let id = builtin()
        .get("challenge-accepted-twice")
        .unwrap()
        .id()
        .to_owned();
    let mut catalogue = builtin();
    assert_eq!(catalogue.overlay([("mine.yml", changed.as_str())]), []);
    assert_eq!(catalogue.rules().count(), BUILTIN.len());
    assert_eq!(run(catalogue.get(&id).unwrap(), "fires.ndjson"), "");

    let added = text.replace("b41c7e92", "b41c7e93");
    let mut more = builtin();
    assert_eq!(more.overlay([("mine.yml", added.as_str())]), []);
    assert_eq!(more.rules().count(), BUILTIN.len() + 1);

    let problems = builtin().overlay([(name, text), ("copy.yml", text)]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, "FS-R017");
    assert_eq!(
        (problems[0].at.line, problems[0].at.column),
        (Some(2), Some(5))
    );
    assert!(
        problems[0]
            .message
            .ends_with("is also in rules/detections/challenge-accepted-twice.yml")
    );
}

#[test]
fn columns_have_one_name_each() {
    let names: BTreeSet<&str> = crate::columns().iter().map(|column| column.name).collect();
    assert_eq!(names.len(), crate::columns().len());
    let aaguid = column("aaguid").unwrap();
    assert_eq!(aaguid.column_type, ColumnType::Bytes(BytesForm::Uuid));
}
