//! `fidoscope sources`: what logs can be read, and what they can and cannot tell.

use crate::support::{Bench, dataset, native_log};

const NOW: &str = "--now 2026-11-20T15:00:00Z";

#[track_caller]
fn check(bench: &Bench, name: &str, arguments: &str) {
    insta::assert_snapshot!(name, bench.run(arguments).whole());
}

#[test]
fn all_sources_are_listed() {
    let bench = Bench::new();
    check(&bench, "sources_list", "sources list --format table");
    let run = bench.run("sources list");
    assert_eq!(run.stdout.lines().count(), 28, "{}", run.whole());
    for line in run.stdout.lines() {
        let source: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(source["indicators_of"], 10, "{line}");
        assert!(!source["formats"].as_array().unwrap().is_empty(), "{line}");
    }
}

#[test]
fn one_source_is_shown_with_its_columns() {
    let bench = Bench::new();
    check(&bench, "sources_show", "sources show okta --format table");
    let run = bench.run("sources show okta --yaml");
    let yaml = include_str!("../rules/mappings/okta.yaml");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), yaml));
    let run = bench.run("sources show okat");
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(
        run.stderr.contains("did you mean \"okta\"?"),
        "{}",
        run.stderr
    );
    let run = bench.run("sources show okta --format json");
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(shown["schema"], "fidoscope.columns/1");
    assert_eq!(shown["source"]["source"], "okta");
}

#[test]
fn a_mapping_of_the_user_takes_the_place_of_ours() {
    let bench = Bench::new();
    let mine = include_str!("../rules/mappings/okta.yaml");
    bench.file(
        "rules/mappings/mine.yaml",
        mine.replace("version: 1.1.0", "version: 9.0.0"),
    );
    let run = bench.run("sources list --rules rules --format csv");
    assert!(run.stdout.contains("okta,documented,"), "{}", run.stdout);
    assert!(run.stdout.contains(",9.0.0+"), "{}", run.stdout);
}

#[test]
fn a_file_is_recognised_and_the_tests_are_told() {
    let bench = Bench::new();
    let log = dataset("logs/okta.ndjson.gz");
    let detect = format!("sources detect {} --format table", log.display());
    check(&bench, "sources_detect", &detect);
    let native = dataset("logs/native.ndjson.zst");
    let run = bench.run(&format!("sources detect {}", native.display()));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let first: serde_json::Value =
        serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["source"], &first["chosen"]),
        (&"native".into(), &true.into())
    );
}

#[test]
fn a_file_of_nobody_is_told_what_it_lacks() {
    let bench = Bench::new();
    let lines = "{\"eventType\":\"user.session.start\",\"who\":\"ada\"}\n\nplain words\n";
    bench.file("log.ndjson", lines);
    check(
        &bench,
        "sources_detect_nobody",
        "sources detect log.ndjson --format table",
    );
    let run = bench.run("sources detect nowhere.ndjson");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    bench.file("empty.ndjson", "");
    assert_eq!(bench.run("sources detect empty.ndjson").code, Some(4));
}

#[test]
fn a_store_says_what_it_can_support() {
    let bench = Bench::new();
    bench.file("native.ndjson", native_log(4, 3_000));
    let (okta, keycloak) = (
        dataset("logs/okta.ndjson.gz"),
        dataset("logs/keycloak.ndjson.gz"),
    );
    let (okta, keycloak) = (okta.display(), keycloak.display());
    let run = bench.run(&format!(
        "ingest --store store {NOW} native.ndjson {okta} {keycloak}"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    check(
        &bench,
        "sources_coverage",
        "sources coverage --store store --format table",
    );
    check(
        &bench,
        "sources_coverage_markdown",
        "sources coverage --store store --format markdown",
    );
    // What is called supported has a value, and nothing else has.
    let window = "--since 2020-01-01 --until 2030-01-01";
    let slis = bench.run(&format!("sli --store store {window} --format ndjson"));
    let slis: Vec<serde_json::Value> = parsed(&slis.stdout);
    let coverage = bench.run("sources coverage --store store");
    for row in parsed(&coverage.stdout) {
        if row["subject"] != "indicator" || row["state"] != "supported" {
            continue;
        }
        let has_value = slis.iter().any(|sli| {
            sli["id"] == row["id"]
                && (row["basis"].is_null() || sli["basis"] == row["basis"])
                && sli["sources"].as_array().unwrap().contains(&row["source"])
        });
        assert!(has_value, "{row}");
    }
    assert_eq!(bench.run("sources coverage --store nowhere").code, Some(4));
}

#[test]
fn a_store_without_events_supports_nothing() {
    let bench = Bench::new();
    let line = r#"{"ts":"2026-11-20T12:00:00Z","kind":"prompt.shown","outcome":"unknown"}"#;
    bench.file("log.ndjson", line);
    bench.run(&format!("ingest --store store {NOW} log.ndjson"));
    let run = bench.run("sources coverage --store store --format csv");
    assert_eq!(run.code, Some(3), "{}", run.whole());
    assert!(run.stdout.contains(",native,not-seen,"), "{}", run.stdout);
}

fn parsed(lines: &str) -> Vec<serde_json::Value> {
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A log of nobody's: a team's own JSON.
const OWN: &str = r#"{"at":"2026-11-01T08:00:00Z","event":"passkey_login","result":"success","user":{"id":"u-1"},"ip":"198.51.100.7"}
{"at":"2026-11-01T08:01:00Z","event":"passkey_login","result":"denied","reason":"bad signature","user":{"id":"u-2"},"ip":"198.51.100.8"}
{"at":"2026-11-01T08:02:00Z","event":"passkey_register","result":"success","aaguid":"ee882879-721c-4913-9775-3dfcce97072a","user":{"id":"u-2"},"ip":"198.51.100.8"}
{"at":"2026-11-01T08:03:00Z","event":"page_view","result":"success","user":{"id":"u-2"},"ip":"198.51.100.8"}
"#;

#[test]
fn a_mapping_is_made_tried_kept_and_used() {
    let bench = Bench::new();
    bench.file("rules/mappings/shop.ndjson", OWN);
    let made = bench.run("sources new shop rules/mappings/shop.ndjson");
    insta::assert_snapshot!("sources_new", made.whole());
    bench.file("rules/mappings/shop.yaml", &made.stdout);
    let test = format!("sources test {NOW} rules/mappings/shop.yaml");
    check(&bench, "sources_test", &format!("{test} --format table"));
    // What it makes of the lines is kept, and a change of the mapping shows.
    let golden = bench.run(&format!("{test} --format ndjson"));
    bench.file("rules/mappings/shop.expected.ndjson", &golden.stdout);
    assert_eq!(bench.run(&test).code, Some(0));
    let changed = made
        .stdout
        .replace("kind: registration.completed", "kind: other");
    bench.file("rules/mappings/shop.yaml", changed);
    let run = bench.run(&format!("{test} --format csv"));
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(
        run.stderr.contains("line 3 became another"),
        "{}",
        run.stderr
    );
    // The file is a mapping like any other.
    let run = bench.run("sources detect --rules rules rules/mappings/shop.ndjson --format csv");
    assert!(
        run.stdout.contains("shop,documented,true,4,4,3,"),
        "{}",
        run.stdout
    );
    let run = bench.run(&format!(
        "ingest {NOW} --rules rules --store store rules/mappings/shop.ndjson"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert_eq!(
        bench.ask("SELECT count(*) FROM events WHERE source = 'shop'"),
        "3"
    );
}

#[test]
fn a_mapping_with_mistakes_is_drawn_and_rejected_lines_count() {
    let bench = Bench::new();
    let yaml = "apiVersion: fidoscope/mapping/v1\nsource: shop\nversion: 0.1.0\nmaturity: documented\n\
                detect: {at: {exists: true}}\nfields:\n  ts: {paht: at}\nevents: []\n";
    bench.file("shop.yaml", yaml);
    let run = bench.run("sources test shop.yaml shop.ndjson");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    for word in ["shop.yaml:7:8", "paht", "did you mean \"path\"?"] {
        assert!(
            run.stderr.contains(word),
            "{word} is missing in {}",
            run.stderr
        );
    }
    bench.file("shop.yaml", yaml.replace("paht", "path"));
    bench.file("shop.ndjson", "{\"at\":1}\nplain words\n{\"other\":1}\n");
    let run = bench.run("sources test shop.yaml --format table");
    insta::assert_snapshot!("sources_test_rejected", run.whole());
    assert_eq!(
        bench.run("sources test shop.yaml --max-rejected 70").code,
        Some(0)
    );
    let run = bench.run("sources test okta shop.ndjson --max-rejected 100 --format json");
    let tried: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(tried["summary"]["rejected"], 1, "{}", run.whole());
    assert!(
        run.stderr
            .contains("none of its first lines is one of okta"),
        "{}",
        run.whole()
    );
    assert_eq!(bench.run("sources test okta").code, Some(2));
    assert_eq!(bench.run("sources test nobody shop.ndjson").code, Some(2));
    bench.file("text.log", "plain words\n");
    assert_eq!(bench.run("sources new shop text.log").code, Some(4));
    assert_eq!(bench.run("sources new 'Shop' shop.ndjson").code, Some(2));
}

/// A source that was named for lines of another one reads nothing of them, and says so.
#[test]
fn a_named_source_that_fits_no_line_is_told() {
    let bench = Bench::new();
    let okta = dataset("logs/okta.ndjson.gz");
    let okta = okta.display();
    let told = "none of its first lines is one of zitadel; they look like okta";
    let run = bench.run(&format!(
        "ingest --store store {NOW} --source zitadel {okta}"
    ));
    assert!(run.stderr.contains(told), "{}", run.whole());
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let run = bench.run(&format!("sources test zitadel {okta} --format csv"));
    assert!(run.stderr.contains(told), "{}", run.whole());
    // It does fit, and has nothing about passkeys.
    let line = r#"{"event_type":"user.human.profile.changed","aggregateID":"u","created_at":"2026-11-20T12:00:00Z"}"#;
    bench.file("zitadel.ndjson", line);
    for (name, source) in [("zitadel.ndjson", "zitadel"), ("empty.ndjson", "okta")] {
        if source == "okta" {
            bench.file(name, "\n\n");
        }
        let run = bench.run(&format!(
            "ingest --store other {NOW} --source {source} {name}"
        ));
        assert!(!run.stderr.contains("first lines"), "{}", run.whole());
    }
}
