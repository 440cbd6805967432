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
