//! The mutation suite through the program.

use serde_json::Value;

use crate::support::{Bench, dataset};

#[test]
fn rows_are_run_and_named() {
    let bench = Bench::new();
    let run = bench.run("conformance mutate --id env-* --id as-0* --format json");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["schema"], "fidoscope.mutations/1");
    let mutations = document["mutations"].as_array().unwrap();
    assert!(
        mutations.iter().all(|one| one["ok"] == true),
        "{}",
        run.stdout
    );
    assert_eq!(mutations[0]["id"], "env-01");
    assert_eq!(mutations[0]["expected"]["step"], "env.id");
    assert_eq!(mutations[0]["found"]["step"], "env.id");
    assert!(run.stderr.contains("all as expected"), "{}", run.stderr);
    let none = bench.run("conformance mutate --id xx-*");
    assert_eq!(none.code, Some(2), "{}", none.whole());
}

/// What is exported is read again: as bases of one's own, and by `replay`.
#[test]
fn the_exported_suite_is_replayed_and_is_a_base() {
    let bench = Bench::new();
    let run = bench.run("conformance export --out suite");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let replayed = bench.run("replay suite --format ndjson");
    assert_eq!(replayed.code, Some(0), "{}", replayed.whole());
    assert!(replayed.stdout.lines().count() > 400, "{}", replayed.stderr);
    let published = dataset("conformance");
    let bundle = bench.run(&format!("replay {} --format ndjson", published.display()));
    assert_eq!(bundle.code, Some(0), "{}", bundle.whole());
    assert_eq!(
        bundle.stdout.lines().count(),
        replayed.stdout.lines().count()
    );
    let own = bench.run("conformance mutate --base suite/bases/A2.json --id as-* --format table");
    assert_eq!(own.code, Some(0), "{}", own.whole());
    assert!(
        own.stdout
            .contains("needs a credential key of algorithm -257"),
        "{}",
        own.stdout
    );
    let other = bench.run("conformance mutate --base suite/bases/A2.json --id env-01");
    assert_eq!(other.code, Some(3), "{}", other.whole());
}
