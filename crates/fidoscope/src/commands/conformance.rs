//! `fidoscope conformance`: the mutation suite, run or written as files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use fidoscope_conformance::{mutate, mutate_base};
use fidoscope_mutations::{bases, catalogue, export, mutants};
use fidoscope_report::{Mutation, Report};

use super::Context;
use crate::cli::{Conformance, ConformanceExport, ConformanceMutate};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::metadata;
use crate::out::{is_no_file, make_folder_of};

pub(crate) fn run(command: &Conformance, context: Context<'_>) -> Outcome {
    match command {
        Conformance::Mutate(arguments) => run_suite(arguments, context),
        Conformance::Export(arguments) => write_suite(arguments, context),
    }
}

fn run_suite(arguments: &ConformanceMutate, context: Context<'_>) -> Outcome {
    let wanted = |id: &str| {
        let patterns = &arguments.id;
        patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, id))
    };
    if !catalogue().iter().any(|row| wanted(&row.id)) {
        let error = anyhow!("no row of the catalogue is called so");
        return Err(
            Failure::usage(error).help("rows are called env-01, cd-01 ...; `cd-*` takes a group")
        );
    }
    let mutations = match &arguments.base {
        None => mutate(&mutants(&wanted).map_err(Failure::machine)?),
        Some(file) => of_base(file, &wanted, context)?,
    };
    let report = Report::of(&mutations);
    context.show(&report, arguments.format.format)?;
    context.output.say(&words(&mutations));
    Ok(exit(&mutations))
}

/// The mutants of every recording of a file.
fn of_base(
    file: &Path,
    wanted: &dyn Fn(&str) -> bool,
    context: Context<'_>,
) -> Result<Vec<Mutation>, Failure> {
    let name = file.display().to_string();
    let (recordings, diagnostics) = fidoscope_conformance::load(&name, &metadata::read(file)?);
    context.output.diagnostics(&diagnostics);
    if recordings.is_empty() {
        return Err(Failure::invalid(anyhow!("{name} holds no recording")));
    }
    let mut all = Vec::new();
    for loaded in recordings {
        let mutations = mutate_base(&loaded.recording, wanted);
        let mutations = mutations.with_context(|| format!("{} cannot be a base", loaded.file));
        all.extend(mutations.map_err(Failure::invalid)?);
    }
    Ok(all)
}

fn write_suite(arguments: &ConformanceExport, context: Context<'_>) -> Outcome {
    is_no_file(&arguments.out, "--out")?;
    let made = mutants(&|_| true).map_err(Failure::machine)?;
    let files = bases()
        .map_err(anyhow::Error::from)
        .and_then(|bases| Ok(export(&bases, &made.mutants)?))
        .map_err(Failure::machine)?;
    for file in &files {
        let path = arguments.out.join(&file.path);
        let written = make_folder_of(&path).and_then(|_| fs::write(&path, &file.bytes));
        written
            .with_context(|| format!("cannot write {}", path.display()))
            .map_err(Failure::machine)?;
    }
    let said = format!(
        "{} mutants of {} rows in {} files; README.md says what they are",
        made.mutants.len(),
        rows(made.mutants.iter().map(|mutant| mutant.id.as_str())),
        files.len()
    );
    context.output.say(&said);
    Ok(Exit::Fine)
}

fn words(mutations: &[Mutation]) -> String {
    let ran: Vec<&Mutation> = mutations.iter().filter(|one| one.ok.is_some()).collect();
    let wrong = ran.iter().filter(|one| one.ok == Some(false)).count();
    if ran.is_empty() {
        return "nothing was run: every row needs another base".to_owned();
    }
    let counted = format!(
        "{} mutants of {} rows",
        ran.len(),
        rows(ran.iter().map(|one| one.id.as_str()))
    );
    let mut said = match wrong {
        0 => format!("{counted}: all as expected"),
        _ => format!("{counted}: {wrong} not as expected"),
    };
    let other = mutations.len() - ran.len();
    if other > 0 {
        said.push_str(&format!("; {other} need another base"));
    }
    said
}

/// How many rows some mutants belong to; those of a row follow each other.
fn rows<'m>(ids: impl Iterator<Item = &'m str>) -> usize {
    let mut rows: Vec<&str> = ids.filter_map(|id| id.split('/').next()).collect();
    rows.dedup();
    rows.len()
}

fn exit(mutations: &[Mutation]) -> Exit {
    if mutations.iter().any(|one| one.ok == Some(false)) {
        Exit::Found
    } else if mutations.iter().all(|one| one.ok.is_none()) {
        Exit::Indeterminate
    } else {
        Exit::Fine
    }
}

/// Whether a pattern with any number of `*` covers the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| matches(rest, tail.get(at..).unwrap_or_default()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[track_caller]
    fn check(pattern: &str, covered: &[&str], others: &[&str]) {
        assert!(covered.iter().all(|id| matches(pattern, id)), "{pattern}");
        assert!(!others.iter().any(|id| matches(pattern, id)), "{pattern}");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        check("cd-11", &["cd-11"], &["cd-1", "cd-110"]);
        check("cd-*", &["cd-11", "cd-"], &["acd-1", "env-01"]);
        check("*-0*", &["cd-01", "env-09"], &["cd-11"]);
        check("*", &["", "cd-01"], &[]);
    }
}
