//! What the README says is what the program does.

use crate::architecture::root;
use crate::support::Bench;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn the_tables_of_exit_codes_and_keys_are_the_programs_own() {
    let bench = Bench::new();
    let readme = readme();
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
fn every_command_of_the_readme_exists() {
    let bench = Bench::new();
    let help = bench.run("--help").stdout;
    for line in readme().lines() {
        let Some(command) = line.strip_prefix("fidoscope ") else {
            continue;
        };
        let name = command.split(' ').next().unwrap();
        assert!(help.contains(&format!("  {name}")), "{line}");
    }
}
