//! What the README and the pages of the help say is what the program does.

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

/// Folder of the pages of the help.
const HELP: &str = "crates/fidoscope/help";

/// Pages whose commands are run one after the other in one clone, behind those of README: each finds
/// what the ones before it have written.
const WALK: [&str; 12] = [
    "logs",
    "indicators",
    "detections",
    "credentials",
    "registrations",
    "recordings",
    "bytes",
    "metadata",
    "tables",
    "receiver",
    "dashboards",
    "times",
];

/// Pages without a command to run.
const WITHOUT: [&str; 4] = ["building", "environment", "exit-codes", "native-format"];

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The file of a topic.
fn topic(name: &str) -> String {
    format!("{HELP}/{name}.md")
}

/// The pages that are walked, README first.
fn walk() -> Vec<String> {
    let topics = WALK.into_iter().map(topic);
    std::iter::once("README.md".to_owned())
        .chain(topics)
        .collect()
}

#[test]
fn every_topic_is_a_page_and_every_page_a_topic() {
    let bench = Bench::new();
    let listed = bench.run("help").stdout;
    let listed = listed.split("\nTopics:\n").nth(1).unwrap_or_default();
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let mut listed: Vec<String> = listed.lines().filter_map(first).collect();
    let readme = page("README.md");
    for name in &listed {
        let shown = bench.run(&format!("help {name}"));
        assert_eq!(shown.stdout, page(&topic(name)), "{}", shown.whole());
        assert!(
            readme.contains(&topic(name)),
            "README.md does not name {name}"
        );
    }
    let mut known: Vec<&str> = WALK.into_iter().chain(WITHOUT).collect();
    known.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, known);
    for name in WITHOUT {
        assert_eq!(page::steps(&page(&topic(name))), Vec::new(), "{name}");
    }
    assert_eq!(
        fs::read_dir(root().join(HELP)).unwrap().count(),
        known.len()
    );
}

#[test]
fn what_is_no_topic_and_no_command_is_told_with_the_nearest() {
    let bench = Bench::new();
    for (asked, nearest) in [
        ("indicator", "did you mean indicators?"),
        ("detct", "did you mean detect?"),
        ("mds verfy", "did you mean verify?"),
        ("weather", "`fidoscope help` lists both"),
    ] {
        let run = bench.run(&format!("help {asked}"));
        assert_eq!(run.code, Some(2), "{}", run.whole());
        assert!(run.stderr.contains(nearest), "{}", run.stderr);
    }
}

#[test]
fn the_tables_of_exit_codes_and_keys_are_the_programs_own() {
    let bench = Bench::new();
    for (table, name) in [("exit-codes", "exit-codes"), ("keys", "dashboards")] {
        let run = bench.run(&format!("reference {table}"));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert!(
            page(&topic(name)).contains(run.stdout.trim_end()),
            "{table} in {name}.md should be:\n{}",
            run.stdout
        );
    }
}

#[test]
fn every_command_runs_in_a_fresh_clone_in_order_and_prints_what_is_shown() {
    let mut clone = FreshClone::new();
    let mut faults = Vec::new();
    let mut left: Vec<_> = NOT_RUN.map(|(beginning, _)| beginning).into();
    let pages = walk();
    let steps = pages.iter().flat_map(|name| {
        let steps = page::steps(&page(name)).into_iter();
        steps.map(move |step| (name, step))
    });
    for (name, step) in steps {
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
            faults.push(format!("{name}:{line}: {command}\n{fault}"));
        }
    }
    faults.extend(
        left.iter()
            .map(|command| format!("NOT_RUN has {command}, no page has\n")),
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
    let others = WITHOUT.into_iter().map(topic);
    let pages = walk().into_iter().chain(others);
    for name in pages.chain(["rules/mappings/README.md".to_owned()]) {
        let page = page(&name);
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
