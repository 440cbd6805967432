//! SQL of users: what is wrong with it is shown where it stands.

use crate::support::{Bench, Run, native_log};

fn bench() -> Bench {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(3, 50));
    assert_eq!(bench.run("ingest --store store log.ndjson").code, Some(0));
    bench
}

/// Exit 2, and a drawing that ends with these lines.
#[track_caller]
fn check(bench: &Bench, options: &str, sql: &str, drawn: &[&str]) {
    let mut command = bench.command(&format!("query --store store {options}"));
    let run = Run::of(command.arg(sql).output().unwrap(), &bench.path(""));
    assert_eq!(run.code, Some(2), "{}", run.whole());
    let mut rest = run.stderr.as_str();
    for line in drawn {
        let at = rest.find(line);
        let at = at.unwrap_or_else(|| panic!("{line:?} is missing in:\n{}", run.stderr));
        rest = &rest[at + line.len()..];
    }
    assert!(!run.stderr.contains("bug"), "{}", run.stderr);
}

#[test]
fn what_is_wrong_with_a_statement_is_pointed_at() {
    let bench = bench();
    check(
        &bench,
        "",
        "SELECT sign_cont FROM events",
        &[
            "error[FS-Q001]: there is no column `sign_cont`",
            "SQL:1:8",
            "SELECT sign_cont FROM events",
            "       ^^^^^^^^^",
            "help: did you mean `sign_count`?",
        ],
    );
    check(
        &bench,
        "",
        "SELECT kind\nFROM event",
        &[
            "there is no table `event`",
            "SQL:2:6",
            "FROM event",
            "     ^^^^^",
            "did you mean `events`?",
        ],
    );
    check(
        &bench,
        "",
        "SELECT count(* FROM events",
        &[
            "error[FS-Q001]: Expected: )",
            "SELECT count(* FROM events",
            "^",
        ],
    );
    check(
        &bench,
        "--explain",
        "SELECT sign_cont FROM events",
        &[
            "SQL:1:8",
            "SELECT sign_cont FROM events",
            "       ^^^^^^^^^",
        ],
    );
    check(
        &bench,
        "",
        "SELECT cuont(*) FROM events",
        &["Invalid function 'cuont'", "^^^^^", "did you mean"],
    );
}
