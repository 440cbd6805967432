//! What the README says is what the program does.

mod clone;
mod page;
mod shown;

use std::fs;

use crate::architecture::root;
use crate::support::Bench;

use clone::FreshClone;
use page::Step;

/// Beginnings of commands that are not run, and why.
const NOT_RUN: [(&str, &str); 6] = [
    (
        "cargo run --profile quick -p fidoscope -- demo",
        "the program was built to run this; `demo` has a test of its own",
    ),
    ("cargo test --workspace", "runs this"),
    ("pip install duckdb", "needs a network"),
    (
        "fidoscope ingest s3://",
        "needs a server, which the tests of S3 have",
    ),
    ("fidoscope sli --store s3://", "the same"),
    (
        "kubectl logs -f deployment/idp |",
        "needs a cluster; the tests of `--follow` have a pipe",
    ),
];

/// Pages whose commands in running text are looked at.
const PAGES: [&str; 3] = [
    "README.md",
    "crates/fidoscope/assets/native-format.md",
    "rules/mappings/README.md",
];

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn the_tables_of_exit_codes_and_keys_are_the_programs_own() {
    let bench = Bench::new();
    let readme = page("README.md");
    for table in ["exit-codes", "keys"] {
        let run = bench.run(&format!("reference {table}"));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert!(
            readme.contains(run.stdout.trim_end()),
            "{table} in README.md should be:\n{}",
            run.stdout
        );
    }
}

#[test]
fn every_command_runs_in_a_fresh_clone_in_order_and_prints_what_is_shown() {
    let mut clone = FreshClone::new();
    let mut faults = Vec::new();
    let mut left: Vec<_> = NOT_RUN.map(|(beginning, _)| beginning).into();
    for step in page::steps(&page("README.md")) {
        let not_run = |(beginning, _): &(&str, _)| step.command.starts_with(beginning);
        let mut done = match NOT_RUN.iter().find(|pair| not_run(pair)) {
            Some((met, _)) => {
                left.retain(|beginning| beginning != met);
                Ok(())
            }
            None => clone.follow(&step),
        };
        if step.last {
            done = done.and(clone.stop());
        }
        if let Err(fault) = done {
            let Step { line, command, .. } = &step;
            faults.push(format!("README.md:{line}: {command}\n{fault}"));
        }
    }
    faults.extend(
        left.iter()
            .map(|command| format!("NOT_RUN has {command}, README.md has not\n")),
    );
    let litter = clone.litter();
    faults.extend(
        litter
            .iter()
            .map(|name| format!("{name} was left in the clone\n")),
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Commands in running text: each is one, and has the options that it is given.
#[test]
fn every_command_in_running_text_exists() {
    let bench = Bench::new();
    let mut faults = Vec::new();
    for name in PAGES {
        let page = page(name);
        let text: Vec<_> = page.split("```").step_by(2).collect();
        let text = text.join(" ");
        for span in text.split('`').skip(1).step_by(2) {
            let Some(words) = span.strip_prefix("fidoscope ") else {
                continue;
            };
            let mut words = words.split_whitespace().peekable();
            let mut command = String::new();
            let mut help = bench.run("--help").stdout;
            while let Some(word) = words.next_if(|word| help.contains(&format!("\n  {word} "))) {
                command.push_str(word);
                command.push(' ');
                help = bench.run(&format!("{command} --help")).stdout;
            }
            let has = |option: &str| help.split([' ', ',']).any(|word| word.trim_end() == option);
            let misnamed = help.contains("\nCommands:") && words.peek().is_some();
            if misnamed || !words.filter(|word| word.starts_with("--")).all(has) {
                faults.push(format!("{name}: `{span}`"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}
