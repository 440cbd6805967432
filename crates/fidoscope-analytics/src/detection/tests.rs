use std::collections::BTreeMap;

use deltalake::datafusion::prelude::ident;
use fidoscope_detect::{Beside, Catalogue, Enrichment, Fields, Rule, Value, enrich};
use fidoscope_report::Cell;

use crate::query::table;
use crate::tests::{add, days, noon, store_of};
use crate::{CredentialOptions, Credentials, Limits, Store};

const SIGN: &str =
    r#""kind":"authentication.completed","outcome":"success","credential_id":"AQID""#;

fn signed(count: u32, challenge: &str) -> String {
    format!(r#"{SIGN},"sign_count":{count},"challenge":"{challenge}""#)
}

fn rules() -> Catalogue {
    Catalogue::builtin()
}

#[test]
fn a_counter_that_falls_is_found_with_its_witnesses() {
    let lines = [
        (0, signed(5, "AAAA")),
        (1, signed(9, "AAAB")),
        (2, signed(6, "AAAC")),
    ];
    let lines: Vec<(u32, &str)> = lines
        .iter()
        .map(|(at, line)| (*at, line.as_str()))
        .collect();
    let (_folder, store) = store_of(&lines);
    let catalogue = rules();
    let rules: Vec<&Rule> = catalogue.rules().collect();
    let found = store.detect(&rules, None).unwrap().findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let finding = &found[0];
    assert_eq!(finding.case_key, "credential_id=AQID");
    assert!(
        finding.summary.contains("from 9 to 6"),
        "{}",
        finding.summary
    );
    let places: Vec<u64> = finding
        .witnesses
        .iter()
        .map(|event| event.raw.as_ref().unwrap().line)
        .collect();
    assert_eq!(places, [2, 3]);
    assert_eq!(
        finding.witnesses[0].raw.as_ref().unwrap().path,
        "native.ndjson"
    );
    // The events of a span are judged by what came before it.
    assert_eq!(
        store.detect(&rules, Some(days(1, 2))).unwrap().findings,
        found
    );
    assert_eq!(store.detect(&rules, Some(days(2, 3))).unwrap().findings, []);
}

#[test]
fn a_challenge_that_is_accepted_twice_is_found() {
    let lines = [
        (0, signed(5, "AAAA")),
        (1, signed(6, "AAAA")),
        (2, signed(7, "AAAB")),
    ];
    let lines: Vec<(u32, &str)> = lines
        .iter()
        .map(|(at, line)| (*at, line.as_str()))
        .collect();
    let (_folder, store) = store_of(&lines);
    let catalogue = rules();
    let rules: Vec<&Rule> = catalogue.rules().collect();
    let found = store.detect(&rules, None).unwrap().findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].witnesses.len(), 2);
}

#[test]
fn a_rule_knows_when_it_sees_nothing() {
    let catalogue = rules();
    let rules: Vec<&Rule> = catalogue.rules().collect();
    let sight = |line: &str| {
        let (_folder, store) = store_of(&[(0, line)]);
        store.detect(&rules, None).unwrap().sights
    };
    assert!(
        sight(&signed(5, "AAAA"))
            .iter()
            .all(|rule| !rule.blind && rule.events == 1)
    );
    let bare = r#""kind":"authentication.completed","outcome":"success""#;
    for rule in sight(bare) {
        assert!(rule.blind, "{rule:?}");
    }
}

/// The rows of a query, each with what is known.
fn read(store: &Store, sql: &str) -> Vec<Fields> {
    let table = store.query(sql, &Limits::default()).unwrap();
    let names: Vec<String> = table
        .columns
        .into_iter()
        .map(|column| column.name)
        .collect();
    let row = |row: Vec<Cell>| {
        let values = row.into_iter().map(|cell| match cell {
            Cell::Null => Value::Null,
            Cell::Bool(value) => Value::Bool(value),
            Cell::Integer(value) => Value::Integer(value),
            Cell::Number(value) => Value::Number(value),
            known => Value::Text(known.plain()),
        });
        let named = names.iter().cloned().zip(values);
        named.filter(|(_, value)| *value != Value::Null).collect()
    };
    table.rows.into_iter().map(row).collect()
}

/// The view says of every event what the reference says of it.
#[test]
fn the_view_agrees_with_the_reference() {
    let counts = [0, 0, 3, 4, 4, 4, 2, 0, 7, 7, 0, 0];
    let mut lines = Vec::new();
    for (index, count) in counts.iter().enumerate() {
        let at = u32::try_from(index).unwrap();
        let challenge = ["AAAA", "AAAB", "AAAB", "AAAC"][index % 4];
        lines.push((at, signed(*count, challenge)));
        let failed = r#""kind":"authentication.failed","outcome":"failure","credential_id":"AQID""#;
        let verified = index % 3 == 0;
        lines.push((
            at,
            format!(r#"{failed},"sign_count":{index},"signature_verified":{verified}"#),
        ));
        lines.push((
            at,
            format!(r#"{SIGN},"sign_count":{count},"credential_id":"BBBB""#).replacen(
                r#","credential_id":"AQID""#,
                "",
                1,
            ),
        ));
    }
    let lines: Vec<(u32, &str)> = lines
        .iter()
        .map(|(at, line)| (*at, line.as_str()))
        .collect();
    let (_folder, store) = store_of(&lines);
    add(&store, "again.ndjson", &lines[3..5]);
    let columns = "CAST(ts AS BIGINT) AS ts, event_id, source, kind, outcome, \
                   text_of('credential_id', credential_id) AS credential_id, \
                   text_of('challenge_hash', challenge_hash) AS challenge_hash, sign_count, \
                   signature_verified";
    let added = "counter_relation, counter_previous, previous_event_id, challenge_use_count";
    let read = |sql: &str| read(&store, sql);
    let key = |row: &BTreeMap<String, Value>| format!("{:?}{:?}", row["ts"], row["event_id"]);
    let mut expected = enrich(read(&format!("SELECT {columns} FROM events")), &[]);
    for row in &mut expected {
        row.retain(|_, value| *value != Value::Null);
    }
    expected.sort_by_key(key);
    let mut found = read(&format!("SELECT {columns}, {added} FROM events_enriched"));
    found.sort_by_key(key);
    assert_eq!(found, expected);
}

/// Lines about credentials that are known by identifier, by reference, by both and not at all.
fn lines_of_credentials() -> Vec<String> {
    let registered = r#""kind":"registration.completed","outcome":"success""#;
    let model = r#""aaguid":"f1d05c0b-514d-4f00-a000-000000000001","authenticator_model":"Acme""#;
    let attested =
        r#""attestation_fmt":"packed","attestation_type":"basic","attestation_trust":"trusted""#;
    let sign = r#""kind":"authentication.completed","outcome":"success""#;
    let flags = r#""flags":{"up":true,"uv":false,"be":true}"#;
    let lines = [
        format!(r#"{registered},"credential_id":"AQID",{model},{attested},{flags}"#),
        format!(r#"{registered},"credential_ref":"AQID",{model}"#),
        format!(r#"{registered},"credential_id":"BBBB","credential_kind":"security_key""#),
        format!(r#"{sign},"credential_id":"AQID","sign_count":4,"challenge":"AAAA",{flags}"#),
        format!(r#"{sign},"credential_id":"AQID","sign_count":3,"authenticator_model":"Other""#),
        format!(r#"{sign},"credential_id":"AQID","credential_ref":"x","attestation_fmt":"none""#),
        format!(r#"{sign},"credential_ref":"AQID","challenge":"AAAA","sign_count":9"#),
        format!(
            r#"{sign},"credential_id":"BBBB","credential_kind":"platform","flags":{{"bs":true}}"#
        ),
        format!(r#"{sign},"credential_id":"CCCC","flags":1,"challenge":"AAAB""#),
        r#""kind":"prompt.shown","outcome":"unknown""#.to_owned(),
    ];
    lines.into()
}

/// The view says of every event what each enrichment says of it, by the same events and credentials.
#[test]
fn every_enrichment_agrees_with_its_reference() {
    let lines = lines_of_credentials();
    let lines: Vec<(u32, &str)> = (0..).zip(lines.iter().map(String::as_str)).collect();
    let (_folder, store) = store_of(&lines);
    let options = CredentialOptions::new(noon(22), 2);
    Credentials::of(&store).update(&options).unwrap();
    let names = |wanted: &dyn Fn(&Enrichment) -> bool| {
        let all = Enrichment::ALL.iter().filter(|one| wanted(one));
        let names: Vec<&str> = all.map(|one| one.name()).collect();
        names.join(", ")
    };
    let own = "CAST(ts AS BIGINT) AS ts, event_id, source, kind, outcome, credential_id, \
               credential_ref, challenge_hash, sign_count, signature_verified, flags, flags_known";
    let filled = names(&|one| !one.is_added());
    let of_row = names(&|one| one.beside() == Beside::Credential);
    let events = read(&store, &format!("SELECT {own}, {filled} FROM events_once"));
    let sql = format!("SELECT source, credential_id, credential_ref, {of_row} FROM credentials");
    let credentials = read(&store, &sql);
    let all = names(&|_| true);
    let mut found = read(&store, &format!("SELECT {own}, {all} FROM events_enriched"));
    let key = |row: &Fields| format!("{:?}{:?}", row["ts"], row["event_id"]);
    found.sort_by_key(key);
    let mut expected = enrich(events, &credentials);
    expected.sort_by_key(key);
    assert_eq!(found, expected);
    // What is compared is there.
    for name in [
        "registered_at",
        "aaguid",
        "bs",
        "previous_event_id",
        "challenge_use_count",
    ] {
        assert!(found.iter().any(|row| row.contains_key(name)), "{name}");
    }
}

/// A rule that looks at labels and transports.
fn rule(selection: &str) -> Rule {
    let yaml = format!(
        "title: Test\nid: 00000000-0000-4000-8000-000000000001\nlevel: low\n\
         logsource: {{product: webauthn, category: ceremony}}\n\
         detection:\n  sel:\n{selection}  condition: sel\n"
    );
    Rule::parse(&yaml, "rule.yml").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The plan selects what the reference selects, in every alphabet.
#[test]
fn the_plan_agrees_with_the_reference() {
    let labels = [
        Some("ΟΔΟΣΑΒ"),
        Some("ΟΔΟΣ"),
        Some("οδος"),
        Some("Straße"),
        Some("STRASSE"),
        Some("STRAẞE"),
        Some("İstanbul"),
        Some("istanbul"),
        Some("\u{212a}ey ſure"),
        Some("100%_a*b"),
        Some(""),
        None,
    ];
    let lines: Vec<(u32, String)> = (0_u32..)
        .zip(labels)
        .map(|(at, label)| {
            let held = label.map_or_else(String::new, |label| {
                format!(r#","credential_label":"{label}","transports":["usb","{label}"]"#)
            });
            (at, format!(r#"{SIGN},"event_id":"{at}"{held}"#))
        })
        .collect();
    let lines: Vec<(u32, &str)> = lines
        .iter()
        .map(|(at, line)| (*at, line.as_str()))
        .collect();
    let (_folder, store) = store_of(&lines);
    let engine = store.engine().unwrap();
    let row = |label: Option<&str>| -> BTreeMap<String, Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut row = BTreeMap::from([("kind".to_owned(), text("authentication.completed"))]);
        if let Some(label) = label {
            row.insert("credential_label".to_owned(), text(label));
            let list = Value::List(vec!["usb".to_owned(), label.to_owned()]);
            row.insert("transports".to_owned(), list);
        }
        row
    };
    let check = |selection: &str| {
        let rule = rule(selection);
        let condition = super::lower::condition(&rule).unwrap();
        let matched = engine.of_view(store.runtime(), "events_counted", |frame| {
            let rows = frame.filter(condition.clone())?;
            Ok(rows.select(vec![ident("event_id")])?)
        });
        let (schema, batches) = matched.unwrap();
        let mut found: Vec<Cell> = table(&schema, &batches).unwrap().rows.concat();
        let mut expected: Vec<Cell> = (labels.iter().enumerate())
            .filter(|(_, label)| rule.condition().matches(&row(**label)) == Some(true))
            .map(|(at, _)| Cell::Text(at.to_string()))
            .collect();
        let text = |cell: &Cell| format!("{cell:?}");
        found.sort_by_key(text);
        expected.sort_by_key(text);
        assert_eq!(found, expected, "{selection}");
    };
    for wanted in labels
        .into_iter()
        .flatten()
        .filter(|label| !label.is_empty())
    {
        for modifier in ["", "|contains", "|startswith", "|endswith", "|cased"] {
            check(&format!("    credential_label{modifier}: '{wanted}'\n"));
        }
        check(&format!(
            "    transports: '{}'\n",
            wanted.replace('*', "\\*")
        ));
        check(&format!("    - '{wanted}'\n"));
        check(&format!("    credential_label|neq: '{wanted}'\n"));
        check(&format!("    '|all': ['{wanted}', completed]\n"));
    }
    check("    credential_label|endswith: '?σ'\n");
    check("    credential_label|re|i: '^straße$'\n");
}
