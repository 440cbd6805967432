//! The first thing that a newcomer sees.

use crate::architecture::root;
use crate::support::Bench;

#[test]
fn the_demonstration_tells_the_whole_job_and_leaves_nothing_behind() {
    let bench = Bench::new();
    let datasets = root().join("datasets");
    let run = bench.run(&format!("demo --datasets {}", datasets.display()));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    for word in [
        "keycloak",
        "native",
        "okta",
        "quarantine",
        "M1",
        "M10",
        "30 as expected",
        "TEST ROOT",
        "Halden Key 5 NFC",
        "findings",
        "native.ndjson.zst line",
    ] {
        assert!(
            run.stdout.contains(word),
            "{word} is missing in:\n{}",
            run.stdout
        );
    }
    assert_eq!(std::fs::read_dir(bench.path("")).unwrap().count(), 0);
    let told = run.stdout.replace(&*root().to_string_lossy(), "[root]");
    insta::assert_snapshot!("demo", told);
}

#[test]
fn without_data_it_says_where_to_get_them() {
    let bench = Bench::new();
    let run = bench.run("demo");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stderr.contains("--datasets DIR"), "{}", run.stderr);
}
