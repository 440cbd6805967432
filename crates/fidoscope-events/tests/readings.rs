//! Lines as vendors write them today, each beside its right reading.
//!
//! A reading is a name and, behind a tab, what the line is: `none`, `shadow`, `rejected CODE`, or the
//! kind and outcome of its event with the columns that matter (`role=second_factor`; `role=` for a
//! column that must stay unknown). Several events of one line stand between ` + `.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it could not do by failing"
)]

use std::sync::LazyLock;

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{Catalogue, Context, Line, Pseudonyms, Scratch, write_columns};
use serde_json::{Map, Value};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

type Columns = Map<String, Value>;

/// What a line became, and the columns of its events.
fn read(source: &str, line: &str) -> (Line, Vec<Columns>) {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 11, 30, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let mapping = CATALOGUE.get(source).unwrap();
    let mut events = Vec::new();
    let found = mapping.decode(
        line.as_bytes(),
        &context,
        &mut Scratch::new(),
        &mut |event| {
            let mut written = String::new();
            write_columns(event, &mut written);
            events.push(serde_json::from_str(&written).unwrap());
        },
    );
    (found, events)
}

fn text(columns: &Columns, column: &str) -> String {
    match columns.get(column) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The reading of an event in the words of the expected one, so that a difference can be read.
fn told(columns: &Columns, expected: &str) -> String {
    let mut words = vec![text(columns, "kind"), text(columns, "outcome")];
    for word in expected.split(' ').skip(2) {
        let (column, _) = word.split_once('=').unwrap();
        words.push(format!(
            "{column}={}",
            text(columns, column).replace(' ', "_")
        ));
    }
    words.join(" ")
}

fn reading(source: &str, line: &str, expected: &str) -> String {
    let (found, events) = read(source, line);
    match found {
        Line::Mapped(_) => {
            let mut parts = expected.split(" + ");
            let parts = events
                .iter()
                .map(|event| told(event, parts.next().unwrap_or_default()));
            parts.collect::<Vec<_>>().join(" + ")
        }
        Line::Shadow => "shadow".to_owned(),
        Line::Other | Line::Prefiltered => "none".to_owned(),
        Line::Blank => "blank".to_owned(),
        Line::Rejected(rejections) => {
            let codes: Vec<&str> = rejections.iter().map(|why| why.code).collect();
            format!("rejected {}", codes.join(" + "))
        }
    }
}

#[track_caller]
fn check(source: &str, lines: &str, readings: &str) {
    let lines: Vec<&str> = lines.lines().collect();
    let readings: Vec<(&str, &str)> = readings
        .lines()
        .map(|row| row.split_once('\t').unwrap())
        .collect();
    assert_eq!(
        lines.len(),
        readings.len(),
        "{source}: a reading for each line"
    );
    let wrong: Vec<String> = lines
        .iter()
        .zip(&readings)
        .filter_map(|(line, (name, expected))| {
            let found = reading(source, line, expected);
            (found != *expected).then(|| format!("{name}: {found}, right is {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{source}\n{}", wrong.join("\n"));
}

/// One test a source, over the two files of its name.
macro_rules! readings {
    ($($source:ident)*) => {
        $(#[test]
        fn $source() {
            check(
                stringify!($source),
                include_str!(concat!("../tests-data/readings/", stringify!($source), ".log")),
                include_str!(concat!("../tests-data/readings/", stringify!($source), ".tsv")),
            );
        })*
    };
}

readings! { hanko zitadel teleport auth0 entra_id ocsf pingfederate duo aws_cloudtrail okta keycloak
google_workspace github ory_kratos caep office365 }
