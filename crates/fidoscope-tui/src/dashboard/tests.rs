use fidoscope_report::Diagnostic;
use proptest::prelude::*;

use super::{Dashboard, Source, View};

const SOURCES: [&str; 3] = ["slis", "findings", "auth_success_by_day"];

const GOOD: &str = "\
name: mine
title: My page
window: 6h
panels:
  - title: Users a day
    query: SELECT event_date, count(*) AS n FROM events GROUP BY 1
    view: line
    y: [n]
    unit: count
    at: {column: 0, row: 0, width: 12, height: 4}
";

fn told(yaml: &str) -> String {
    let problems = Dashboard::parse(yaml, "mine.yaml", &SOURCES).unwrap_err();
    problems
        .iter()
        .map(|problem| line(problem, yaml))
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(problem: &Diagnostic, yaml: &str) -> String {
    let at = &problem.at;
    let marked = at
        .span
        .and_then(|(start, end)| yaml.get(start..end))
        .unwrap_or("?");
    let place = format!("{}:{}", at.line.unwrap_or(0), at.column.unwrap_or(0));
    let help = problem.help.as_deref().unwrap_or("-");
    format!(
        "{} {place} [{}] {} ({help})",
        problem.code,
        marked.trim_end(),
        problem.message
    )
}

#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from));
    assert_eq!(told(&GOOD.replacen(from, to, 1)), expected);
}

#[test]
fn a_dashboard_of_the_users_own() {
    let mine = Dashboard::parse(GOOD, "mine.yaml", &SOURCES).unwrap();
    assert_eq!(
        (mine.name.as_str(), mine.window.words().as_str()),
        ("mine", "6 h")
    );
    let panel = &mine.panels[0];
    assert_eq!(panel.view, View::Line);
    assert!(matches!(&panel.source, Source::Query(sql) if sql.starts_with("SELECT")));
}

#[test]
fn the_dashboards_that_come_along_are_right() {
    for (name, yaml) in Dashboard::BUILTIN {
        let dashboard = Dashboard::parse(yaml, name, &[]).unwrap();
        assert_eq!(name, format!("dashboards/{}.yaml", dashboard.name));
    }
}

#[test]
fn a_mistyped_key_is_shown_with_its_place_and_the_right_one() {
    check(
        "window: 6h",
        "windw: 6h",
        "FS-B002 3:1 [windw] unknown key `windw` (did you mean `window`?)",
    );
    check(
        "    view: line",
        "    viev: line",
        "FS-B002 7:5 [viev] unknown key `viev` (did you mean `view`?)",
    );
    check(
        "width: 12",
        "wdith: 12",
        "FS-B002 10:29 [wdith] unknown key `wdith` (did you mean `width`?)",
    );
}

#[test]
fn a_mistyped_word_is_shown_with_its_place_and_the_right_one() {
    check(
        "view: line",
        "view: lin",
        "FS-B003 7:11 [lin] `view` cannot be `lin` (did you mean `line`?)",
    );
    check(
        "query: SELECT event_date, count(*) AS n FROM events GROUP BY 1",
        "source: auth_sucess_by_day",
        "FS-B008 6:13 [auth_sucess_by_day] unknown source `auth_sucess_by_day` \
         (did you mean `auth_success_by_day`?)",
    );
}

#[test]
fn what_yaml_cannot_check_is_checked() {
    check(
        "window: 6h",
        "window: 6",
        "FS-B012 3:9 [6] `6` has no unit (write e.g. 30s, 20m, 6h, 7d, 2w or 1h 30m)",
    );
    check(
        "window: 6h",
        "refresh: 20 fortnights",
        "FS-B012 3:10 [20 fortnights] `fortnights` is no unit of time \
         (write e.g. 30s, 20m, 6h, 7d, 2w or 1h 30m)",
    );
    check(
        "name: mine",
        "name: My page",
        "FS-B006 1:7 [My page] `My page` is not a name of a dashboard (use lower-case letters, digits and `-`, e.g. `on-call`)",
    );
    let problems = told(&GOOD.replace("width: 12", "width: 13"));
    assert!(problems.starts_with("FS-B010 10:9"), "{problems}");
    let problems = told(&GOOD.replace("    view:", "    source: slis\n    view:"));
    assert!(
        problems.contains("either `source` or `query`, not both"),
        "{problems}"
    );
    let problems = told("name: a\ntitle: A\npanels: []\n");
    assert!(problems.starts_with("FS-B007 3:9"), "{problems}");
}

#[test]
fn a_mistyped_parameter_is_shown_with_the_right_one() {
    check(
        "GROUP BY 1",
        "WHERE ts >= $sinze GROUP BY 1",
        "FS-B013 6:12 [SELECT event_date, count(*) AS n FROM events WHERE ts >= $sinze GROUP BY 1] \
         a query has no parameter `$sinze` (did you mean `$since`?)",
    );
    let follows = |sql: &str| {
        let yaml = GOOD.replace("GROUP BY 1", sql);
        let mine = Dashboard::parse(&yaml, "mine.yaml", &SOURCES).unwrap();
        mine.panels[0].source.knows_its_window()
    };
    assert!(follows("WHERE ts >= $since AND ts < $until GROUP BY 1"));
    assert!(!follows("GROUP BY 1"));
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let panel = &GOOD[GOOD.find("  - title").unwrap()..];
    let problems = told(&format!(
        "{}{panel}",
        GOOD.replace("6h", "x").replace("mine", "MINE")
    ));
    let codes: Vec<&str> = problems.lines().map(|line| &line[..7]).collect();
    assert_eq!(codes, ["FS-B006", "FS-B012", "FS-B011"]);
}

#[test]
fn what_is_not_yaml_has_a_place_too() {
    let problems = told("name: [mine\ntitle: x\n");
    assert!(problems.starts_with("FS-B001 "), "{problems}");
    assert!(!problems.starts_with("FS-B001 0:0"), "{problems}");
}

proptest! {
    #[test]
    fn no_text_panics(yaml in "\\PC{0,200}", at in 0..GOOD.len(), c in any::<char>()) {
        drop(Dashboard::parse(&yaml, "x", &[]));
        let mut broken = GOOD.to_owned();
        broken.insert(at, c);
        drop(Dashboard::parse(&broken, "x", &SOURCES));
    }
}
