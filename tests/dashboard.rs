//! The dashboard over a real store.

use crate::support::{Bench, dataset};

fn store() -> Bench {
    let bench = Bench::new();
    let native = dataset("logs/native.ndjson.zst");
    let run = bench.run(&format!(
        "ingest --now 2026-11-20T15:00:00Z --store store {}",
        native.display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    bench
}

#[test]
fn pages_at_two_sizes() {
    let bench = store();
    for page in ["executive", "on-call"] {
        for size in ["80x24", "120x40"] {
            let run = bench.run(&format!(
                "dashboard {page} --store store --now 2026-11-20T15:00:00Z --once --size {size}"
            ));
            assert_eq!(run.code, Some(0), "{}", run.whole());
            insta::assert_snapshot!(format!("dashboard-{page}-{size}"), run.stdout);
        }
    }
}

#[test]
fn a_page_of_the_users_own_runs_its_query() {
    let bench = store();
    let page = "\
name: mine
title: Mine
window: 30d
refresh: 60s
panels:
  - title: Kinds
    query: SELECT kind, count(*) AS events FROM events GROUP BY kind ORDER BY events DESC
    view: table
    at: {column: 0, row: 0, width: 12, height: 12}
";
    bench.file("mine.yaml", page);
    let run = bench.run("dashboard mine.yaml --store store --now 2026-11-20T15:00:00Z --once");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stdout.contains("authentication.completed"),
        "{}",
        run.stdout
    );
    bench.file("wrong.yaml", page.replace("view:", "veiw:"));
    let run = bench.run("dashboard wrong.yaml --store store --once");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stderr.contains("wrong.yaml:8:") && run.stderr.contains("view"),
        "{}",
        run.stderr
    );
    let run = bench.run("dashboard nothing --store store --once");
    assert_eq!(run.code, Some(2), "{}", run.whole());
}

/// A page of one query over the events, as the dashboard draws it with these options.
fn queried(bench: &Bench, condition: &str, options: &str) -> String {
    let page = format!(
        "name: mine\ntitle: Mine\nwindow: 6h\npanels:\n  - title: Sources\n    query: \
         \"SELECT source, count(*) n, min(ts) first FROM events {condition} GROUP BY 1\"\n    \
         view: table\n    at: {{column: 0, row: 0, width: 12, height: 6}}\n"
    );
    bench.file("mine.yaml", page);
    let run = bench.run(&format!(
        "dashboard mine.yaml --store store --now 2026-11-20T15:00:00Z --once {options}"
    ));
    run.stdout + &run.stderr
}

#[test]
fn a_query_follows_the_window_or_says_that_it_does_not() {
    let bench = store();
    let check = |condition: &str, options: &str, expected: &[&str]| {
        let screen = queried(&bench, condition, options);
        for words in expected {
            assert!(screen.contains(words), "{words}: {screen}");
        }
        assert_eq!(
            expected.contains(&"ignores the window"),
            screen.contains("ignores the window"),
            "{screen}"
        );
    };
    let within = "WHERE ts >= $since AND ts < $until";
    check("", "", &["42 912", "ignores the window"]);
    check(
        within,
        "",
        &[
            "last 6 h to 2026-11-20 15:00 UTC",
            "683",
            "2026-11-20T09:00:59",
        ],
    );
    check(
        within,
        "--since 2026-11-17 --until 2026-11-18",
        &[
            "2026-11-17 00:00 to 2026-11-18 00:00 UTC",
            "1 580",
            "2026-11-17T00:08:22",
        ],
    );
    check(
        "WHERE ts >= $now - INTERVAL '1 hour'",
        "",
        &["2026-11-20T14:0"],
    );
    check(
        within,
        "--since 2012-01-01 --until 2012-02-01",
        &["no data from 2012-01-01 00:00 to 2012-02-01 00:00 UTC"],
    );
    check(
        "WHERE ts >= $sinze",
        "",
        &["error[FS-B013]", "mine.yaml:6:", "did you mean `$since`?"],
    );
}

#[test]
fn the_window_of_the_command_line_is_the_one_that_is_drawn() {
    let bench = store();
    let page = "\
name: mine
title: Mine
window: 6h
panels:
  - title: Events by source
    source: events_by_source
    view: bars
    at: {column: 0, row: 0, width: 12, height: 12}
";
    bench.file("mine.yaml", page);
    let draw = |options: &str| {
        bench.run(&format!(
            "dashboard mine.yaml --store store --now 2026-11-20T15:00:00Z --once {options}"
        ))
    };
    let check = |options: &str, title: &str, events: &str| {
        let run = draw(options);
        let first = run.stdout.lines().next().unwrap_or_default();
        assert!(first.ends_with(title), "{}", run.whole());
        assert!(run.stdout.contains(events), "{}", run.whole());
    };
    check("", "last 6 h to 2026-11-20 15:00 UTC", " 683│");
    check("--since 20m", "last 20 m to 2026-11-20 15:00 UTC", "native");
    check(
        "--until 2026-11-18T12:00",
        "last 6 h to 2026-11-18 12:00 UTC",
        "native",
    );
    check(
        "--since 2026-11-17 --until 2026-11-18",
        "2026-11-17 00:00 to 2026-11-18 00:00 UTC",
        " 1 580│",
    );
    // What would not be used is refused.
    let run = bench.run("dashboard mine.yaml --store store --size 120x40");
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("--once"), "{}", run.stderr);
    let run = draw("--since 2026-11-21");
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("the window is empty"), "{}", run.stderr);
}

#[test]
fn labels_that_terminals_measure_differently_do_not_move_the_frame() {
    let bench = Bench::new();
    let labels = ["⌚\u{fe0e} watch key", "🇸🇪🇩🇪 flags", "👍🏽 thumb", "plain"];
    let line = |(at, label): (usize, &&str)| {
        format!(
            "{{\"ts\":\"2026-11-20T14:5{at}:00Z\",\"event_id\":\"h{at}\",\"kind\":\"attestation.rejected\",\
             \"outcome\":\"failure\",\"failure_raw\":\"{label}\",\"user_id\":\"u\",\"rp_id\":\"shop.example\"}}\n"
        )
    };
    let log: String = labels.iter().enumerate().map(line).collect();
    bench.file("log.ndjson", log);
    let run = bench.run("ingest --store store --source native log.ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let run = bench
        .run("dashboard on-call --store store --now 2026-11-20T15:00:00Z --once --size 120x40");
    for label in ["⌚ watch key", "SEDE flags", "👍 thumb", "plain"] {
        assert!(run.stdout.contains(label), "{label}: {}", run.whole());
    }
    let uneven = |c: char| matches!(c, '\u{fe00}'..='\u{fe0f}' | '🇦'..='🇿' | '🏻'..='🏿');
    assert!(!run.stdout.contains(uneven), "{}", run.stdout);
}
