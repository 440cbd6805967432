//! Every step that can fail has a ceremony that satisfies it and one that violates it. Which steps
//! do is not kept by hand: the other tests of this binary run once more and write down what each
//! of their ceremonies said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use fidoscope_recording::Profile;
use fidoscope_verifier::{STEPS, Status, Trace};

const FILE: &str = "FIDOSCOPE_STEP_LEDGER";

/// Classes whose steps cannot fail a ceremony.
const CANNOT_FAIL: [&str; 5] = ["LINT", "INFO", "SETUP", "STATE", "MAY"];

/// The id's length is told where it is read; `reg.cred-id-len` is the step that fails.
const ONLY_TOLD: &str = "ad.acd.id-len";

/// Writes down what a ceremony said, when somebody collects.
pub(crate) fn note(trace: &Trace) {
    let mut said = String::new();
    for outcome in &trace.steps {
        for status in [Status::Pass, Status::Fail] {
            if Profile::ALL.iter().any(|p| outcome.status(*p) == status) {
                said.push_str(&format!("{}\t{status:?}\n", outcome.step.id));
            }
        }
    }
    write(&said);
}

/// Writes down what was said of one step where there is no ceremony.
pub(crate) fn note_words(step: &str, status: &str) {
    write(&format!("{step}\t{status}\n"));
}

fn write(said: &str) {
    static LEDGER: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let open = || {
        let path = std::env::var_os(FILE)?;
        let file = File::options().append(true).open(path).unwrap();
        Some(Mutex::new(file))
    };
    if let Some(ledger) = LEDGER.get_or_init(open) {
        ledger.lock().unwrap().write_all(said.as_bytes()).unwrap();
    }
}

/// Steps by what some ceremony made of them: `Pass`, `Fail`.
fn collected() -> BTreeMap<String, BTreeSet<String>> {
    let path = std::env::temp_dir().join(format!("fidoscope-steps-{}.tsv", std::process::id()));
    File::create(&path).unwrap();
    let run = Command::new(std::env::current_exe().unwrap())
        // Those about noise and about slow algorithms have nothing to add.
        .args(["ledger::", "panics::", "algorithms::"].map(|module| format!("--skip={module}")))
        .env(FILE, &path)
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(run.status.success(), "the other tests fail");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines() {
        let (step, status) = line.split_once('\t').unwrap();
        found
            .entry(step.to_owned())
            .or_default()
            .insert(status.to_owned());
    }
    found
}

#[test]
fn every_step_that_can_fail_is_satisfied_and_violated_somewhere() {
    let found = collected();
    let pending: BTreeMap<(&str, &str), &str> = include_str!("../steps-without-fixture.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            ((columns[0], columns[1]), columns[2])
        })
        .collect();
    let mut wrong = Vec::new();
    let mut known = BTreeSet::new();
    for step in STEPS {
        if CANNOT_FAIL.contains(&step.class) || step.id == ONLY_TOLD {
            continue;
        }
        for status in ["Pass", "Fail"] {
            known.insert((step.id, status));
            let there = found.get(step.id).is_some_and(|said| said.contains(status));
            let line = format!("{}\t{status}", step.id);
            match (there, pending.contains_key(&(step.id, status))) {
                (false, false) => wrong.push(format!("{line}\tno ceremony")),
                (true, true) => wrong.push(format!("{line}\tpending no longer")),
                (false, true) | (true, false) => {}
            }
        }
    }
    for (line, reason) in &pending {
        if !known.contains(line) || reason.is_empty() {
            wrong.push(format!("{line:?}: no such line is needed"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
