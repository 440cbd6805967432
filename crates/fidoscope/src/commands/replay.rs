//! `fidoscope replay`: recordings through the reference verifier.

mod blobs;
mod judge;
pub(crate) mod sources;

use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use fidoscope_conformance::{
    LoadedRecording, PolicyFile, Settings, Summary, SummaryOutcome, in_order,
};
use fidoscope_report::{Closing, Diagnostic, Format, Options, Severity, Writer};
use fidoscope_verifier::{Assessor, Past, Trust};

use super::Context;
use crate::cli::Replay;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::Inputs;
use crate::metadata;
use crate::out::Out;
use crate::output::Output;
use blobs::Blobs;
use judge::{Bench, Judged};

/// Messages about recordings that are drawn; the others are counted.
const DRAWN: usize = 50;
/// Identifiers that are remembered to tell of duplicates, so that memory stays bounded.
const REMEMBERED: usize = 1_000_000;

pub(crate) fn run(arguments: &Replay, context: Context<'_>) -> Outcome {
    let format = format(arguments, context.output);
    let to_terminal = arguments.out.is_none();
    let anchors = metadata::pem(&arguments.anchor)?;
    let blob = arguments.blob.as_deref().map(metadata::blob).transpose()?;
    let history = metadata::history(&arguments.blob_history)?;
    let past = Trust {
        newest: blob.as_ref(),
        past: Past::History(&history),
        ..Trust::at(context.now())
    };
    let past = (!history.is_empty()).then(|| Assessor::new(past));
    let policy = arguments.policy.as_deref().map(policy).transpose()?;
    if let Some(policy) = &policy {
        context.output.diagnostics(&policy.lints);
    }
    let drawing = if to_terminal {
        context.output.options()
    } else {
        context.output.file_options()
    };
    let bench = Bench {
        settings: Settings {
            now: context.global.now,
            otherwise_now: context.now(),
            anchors: &anchors,
            metadata: blob.as_ref(),
            metadata_steps: &[],
            profile: arguments.profile,
            past: past.as_ref(),
        },
        policy,
        crls: crls(&arguments.crl)?,
        format,
        options: Options {
            detail: arguments.steps,
            ..drawing
        },
        explain: arguments.explain,
        blobs: Blobs::default(),
    };
    let (files, unlisted) = sources::find(&arguments.paths);
    if files.is_empty() && unlisted.is_empty() {
        context
            .output
            .say("no recordings: none of the folders holds .json, .jsonl, .ndjson or .har");
    }
    let mut run = Run::new(context.output, unlisted);
    let out = Out::open(arguments.out.as_deref(), drawing.color)?;
    let writer = Writer::of::<fidoscope_report::Replay>(out, format, bench.options);
    let mut writer = writer.map_err(Failure::machine)?;
    let jobs = arguments.threads.unwrap_or_else(cores);
    let work = sources::work(sources::items(files), arguments.origin.clone());
    let written = in_order(
        jobs,
        work,
        |work| bench.work(work),
        |judged| run.take(judged, &mut writer),
    );
    run.finish(written, writer)
}

/// What is known about the run so far.
struct Run<'a> {
    output: &'a Output,
    summary: Summary,
    invalid: bool,
    drawn: usize,
    undrawn: usize,
    /// Where an identifier was seen first, by file.
    seen: HashMap<(String, String), String>,
}

impl<'a> Run<'a> {
    fn new(output: &'a Output, unlisted: Vec<String>) -> Self {
        for problem in &unlisted {
            output.problem(problem);
        }
        Self {
            output,
            summary: Summary::default(),
            invalid: !unlisted.is_empty(),
            drawn: 0,
            undrawn: 0,
            seen: HashMap::new(),
        }
    }

    fn take(&mut self, judged: Judged, writer: &mut Writer<Out>) -> io::Result<()> {
        self.invalid |= !judged.problems.is_empty();
        for problem in &judged.problems {
            self.output.problem(problem);
        }
        self.draw(&judged.diagnostics);
        if let Some(words) = &judged.imported {
            self.output.say(words);
        }
        for (id, place) in judged.names {
            self.name(id, place);
        }
        self.summary.merge(&judged.summary);
        writer.push(judged.piece)
    }

    fn draw(&mut self, diagnostics: &[Diagnostic]) {
        let errors = diagnostics.iter().any(|d| d.severity == Severity::Error);
        self.invalid |= errors;
        let room = DRAWN.saturating_sub(self.drawn).min(diagnostics.len());
        let (shown, rest) = diagnostics.split_at(room);
        self.output.diagnostics(shown);
        self.drawn += shown.len();
        self.undrawn += rest.len();
    }

    /// Two recordings of one file with one name cannot be told apart in a report.
    fn name(&mut self, id: String, place: String) {
        let file = place
            .rsplit_once(':')
            .filter(|(_, line)| line.parse::<u64>().is_ok());
        let file = file.map_or(place.as_str(), |(file, _)| file).to_owned();
        if let Some(first) = self.seen.get(&(file.clone(), id.clone())) {
            if self.drawn >= DRAWN {
                self.undrawn += 1;
                return;
            }
            self.drawn += 1;
            self.output.say(&format!(
                "warning: {place}: the id `{id}` is also that of {first}"
            ));
        } else if self.seen.len() < REMEMBERED {
            self.seen.insert((file, id), place);
        }
    }

    fn finish(self, written: io::Result<()>, writer: Writer<Out>) -> Outcome {
        let words = self.summary.words();
        let closing = Closing::said(words.clone());
        let finished = written
            .and_then(|()| writer.finish(closing))
            .and_then(Out::keep);
        match finished {
            // A reader that went away (`| head`) is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            other => other.map_err(Failure::machine)?,
        }
        if self.undrawn > 0 {
            self.output
                .say(&format!("{} more messages about recordings", self.undrawn));
        }
        self.output.say(&words);
        if self.summary.test_root {
            self.output
                .say("TEST ROOT: some attestations lead to an anchor made for tests");
        }
        Ok(match self.summary.outcome() {
            _ if self.invalid => Exit::Invalid,
            SummaryOutcome::Fine => Exit::Fine,
            SummaryOutcome::Mismatch => Exit::Found,
            SummaryOutcome::Indeterminate => Exit::Indeterminate,
        })
    }
}

/// The format that was asked for, else the one that the name of the output stands for, else a table
/// for a person and NDJSON for a program.
fn format(arguments: &Replay, output: &Output) -> Format {
    let by_name = || {
        let end = arguments.out.as_deref()?.extension()?.to_str()?;
        Format::of_ending(end)
    };
    let usual = || match arguments.out.is_none() && output.is_terminal() {
        true => Format::Table,
        false => Format::Ndjson,
    };
    arguments.format.or_else(by_name).unwrap_or_else(usual)
}

/// A policy file, or one of ours by its name.
fn policy(file: &Path) -> Result<PolicyFile, Failure> {
    if file.is_file() {
        let name = file.display().to_string();
        let text = String::from_utf8(metadata::read(file)?)
            .with_context(|| format!("{name} is not UTF-8"))
            .map_err(Failure::invalid)?;
        return PolicyFile::parse(&text, &name).map_err(Failure::definitions);
    }
    let ours = PolicyFile::builtin().map_err(Failure::definitions)?;
    let names: Vec<String> = ours.iter().map(|policy| policy.name.clone()).collect();
    let found = ours
        .into_iter()
        .find(|policy| Path::new(&policy.name) == file);
    found.ok_or_else(|| {
        let known = names.join(", ");
        Failure::usage(anyhow!(
            "there is no policy file {}; ours are {known}",
            file.display()
        ))
    })
}

/// The revocation lists of files and folders.
fn crls(paths: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let inputs = Inputs::find(paths);
    if let Some((folder, error)) = inputs.unreadable.into_iter().next() {
        return Err(Failure::invalid(anyhow!(
            "{} cannot be listed: {error}",
            folder.display()
        )));
    }
    metadata::texts(&inputs.files)
}

pub(crate) fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Every recording of the files, for those who need them all at once.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Vec<LoadedRecording>, Failure> {
    let (files, unlisted) = sources::find(paths);
    if let Some(problem) = unlisted.into_iter().next() {
        return Err(Failure::invalid(anyhow!(problem)));
    }
    let mut recordings = Vec::new();
    for item in sources::items(files) {
        let batch = item.map_err(|problem| Failure::invalid(anyhow!(problem)))?;
        recordings.extend(fidoscope_conformance::load_batch(&batch).0);
    }
    Ok(recordings)
}
