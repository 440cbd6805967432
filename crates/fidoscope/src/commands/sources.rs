//! `fidoscope sources`: what logs can be read, and what they can and cannot tell.

use std::path::Path;

use anyhow::Context as _;
use fidoscope_analytics::reach;
use fidoscope_detect::Rule;
use fidoscope_events::{KINDS, Mapping};
use fidoscope_report::{Basis, Candidate, Report, Source, Subject, Support, SupportState};

use super::Context;
use crate::cli::{Sources, SourcesCoverage, SourcesDetect, SourcesList, SourcesShow};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::{inputs, rules, store};

mod scaffold;
mod trial;

/// Bytes of the beginning that decide the source, as in an ingest.
const SAMPLE: usize = 64 << 10;

/// Bytes of blank lines that are passed over before the first that is not, as in an ingest.
const MOST_BLANK: usize = 16 << 20;

/// Mappings that do not fit and are shown for being near.
const NEAREST: usize = 3;

pub(crate) fn run(command: &Sources, context: Context<'_>) -> Outcome {
    match command {
        Sources::List(arguments) => list(arguments, context),
        Sources::Show(arguments) => show(arguments, context),
        Sources::Detect(arguments) => detect(arguments, context),
        Sources::Test(arguments) => trial::run(arguments, context),
        Sources::New(arguments) => scaffold::run(arguments, context),
        Sources::Coverage(arguments) => coverage(arguments, context),
    }
}

fn list(arguments: &SourcesList, context: Context<'_>) -> Outcome {
    let rules_of_user = context.global.rules.as_deref();
    let mappings = rules::mappings(rules_of_user)?;
    let detections = rules::detections(rules_of_user)?;
    let detections: Vec<&Rule> = detections.rules().filter(|rule| rule.is_active()).collect();
    let sources: Vec<Source> = mappings
        .iter()
        .map(|mapping| about(mapping, &reach(mapping, &detections)))
        .collect();
    context.show(&Report::of(&sources), arguments.format.format)?;
    Ok(Exit::Fine)
}

/// What there is to say of a mapping in one line.
fn about(mapping: &Mapping, support: &[Support]) -> Source {
    let supported = |subject: Subject| {
        let of_subject = support.iter().filter(move |one| one.subject == subject);
        let mut ids: Vec<&str> = Vec::new();
        for one in of_subject.clone() {
            if !ids.contains(&one.id.as_str()) {
                ids.push(&one.id);
            }
        }
        let all = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let is = |id: &&str| {
            let mut rows = of_subject.clone().filter(|one| one.id == *id);
            rows.any(|one| one.state == SupportState::Supported)
        };
        let ids = ids.into_iter().filter(is).map(str::to_owned);
        (ids.collect::<Vec<_>>(), all)
    };
    let (indicators, indicators_of) = supported(Subject::Indicator);
    let (detections, detections_of) = supported(Subject::Detection);
    Source {
        source: mapping.source().to_owned(),
        maturity: mapping.maturity().to_string(),
        description: mapping.description().to_owned(),
        version: mapping.version().to_owned(),
        formats: mapping.formats(),
        kinds: mapping.kinds().into_iter().map(str::to_owned).collect(),
        indicators,
        indicators_of,
        detections,
        detections_of,
    }
}

fn show(arguments: &SourcesShow, context: Context<'_>) -> Outcome {
    let rules_of_user = context.global.rules.as_deref();
    let mappings = rules::mappings(rules_of_user)?;
    let mapping = mappings.named(&arguments.name).map_err(Failure::usage)?;
    if arguments.yaml {
        context.output.result(mapping.yaml())?;
        return Ok(Exit::Fine);
    }
    let detections = rules::detections(rules_of_user)?;
    let detections: Vec<&Rule> = detections.rules().filter(|rule| rule.is_active()).collect();
    let support = reach(mapping, &detections);
    let about = about(mapping, &support);
    let sentences = sentences(mapping, &about, &support);
    let columns = mapping.statements();
    let report = Report::source(&about, &columns, &sentences);
    context.show(&report, arguments.format.format)?;
    Ok(Exit::Fine)
}

/// What stands below the columns of a mapping.
fn sentences(mapping: &Mapping, about: &Source, support: &[Support]) -> Vec<String> {
    let mut said = vec![format!(
        "{} {}, {}: {}.",
        about.source, about.version, about.maturity, about.description
    )];
    let remarks = mapping.remarks();
    if !remarks.is_empty() {
        said.push(remarks);
    }
    said.push(format!("Forms: {}.", about.formats.join("; ")));
    if mapping.is_open() {
        said.push("Kinds: any, the record names its own.".to_owned());
    } else {
        said.push(format!("Kinds: {}.", about.kinds.join(", ")));
        let others = KINDS.iter().filter(|kind| **kind != "other");
        let others = others.filter(|kind| !about.kinds.iter().any(|known| known == *kind));
        let others: Vec<&str> = others.copied().collect();
        if !others.is_empty() {
            said.push(format!("Does not log: {}.", others.join(", ")));
        }
    }
    let prefilter = mapping.prefilter();
    if !prefilter.is_empty() {
        said.push(format!(
            "Lines without any of these words are passed over unread: {}.",
            prefilter.join(", ")
        ));
    }
    if let Some(member) = mapping.discriminator() {
        said.push(format!(
            "Lines that name {member} once, beside a text of which no event is made, or only with a word that they lack, are counted and read no further."
        ));
    }
    let word = |have: &[String]| match have {
        [] => "none".to_owned(),
        have => have.join(", "),
    };
    said.push(format!(
        "Supports at most the indicators {} and the detections {}.",
        word(&about.indicators),
        word(&about.detections)
    ));
    said.extend(support.iter().filter_map(unsupported));
    said
}

fn unsupported(one: &Support) -> Option<String> {
    let lacks = matches!(one.state, SupportState::Unsupported | SupportState::NotSeen);
    let basis = one.basis.map(Basis::word);
    let basis = basis.map_or_else(String::new, |basis| format!(" ({basis})"));
    let missing = one.missing.iter();
    let missing: Vec<String> = missing
        .map(|lack| format!("{} ({})", lack.any_of.join(" or "), lack.because))
        .collect();
    lacks.then(|| format!("Not {}{basis}, for want of {}.", one.id, missing.join(", ")))
}

fn detect(arguments: &SourcesDetect, context: Context<'_>) -> Outcome {
    let mappings = rules::mappings(context.global.rules.as_deref())?;
    let lines = beginning(&arguments.file, SAMPLE)?;
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let mut candidates = mappings.recognise(&lines);
    let fitting = candidates.iter().filter(|one| one.lines > 0).count();
    let near = |one: &Candidate| one.tests > 0;
    let nearest = candidates
        .iter()
        .skip(fitting)
        .filter(|one| near(one))
        .count();
    candidates.truncate(fitting + nearest.min(NEAREST));
    context.show(&Report::candidates(&candidates), arguments.format.format)?;
    if fitting > 0 {
        return Ok(Exit::Fine);
    }
    let error = anyhow::anyhow!(
        "no mapping recognises {} ({} lines with content were looked at)",
        arguments.file.display(),
        lines
            .iter()
            .filter(|line| !line.trim_ascii().is_empty())
            .count()
    );
    let help = "`fidoscope sources list` names all sources";
    Err(Failure::invalid(error).help(help))
}

/// The lines in the first `room` bytes of a file behind its first blank lines: one of them at least, however
/// long.
fn beginning(file: &Path, room: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let failed = || format!("cannot read {}", file.display());
    let found = inputs::lines(file)
        .with_context(failed)
        .map_err(Failure::invalid)?;
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let (mut size, mut blank) = (0, 0);
    for line in found {
        let line = line.with_context(failed).map_err(Failure::invalid)?;
        // Blank lines say nothing, before the others least of all.
        match line.trim_ascii().is_empty() && size == 0 {
            true => blank += line.len() + 1,
            false => size += line.len() + 1,
        }
        if blank > MOST_BLANK || (size > room && size > line.len() + 1) {
            break;
        }
        lines.push(line);
    }
    Ok(lines)
}

fn coverage(arguments: &SourcesCoverage, context: Context<'_>) -> Outcome {
    let rules_of_user = context.global.rules.as_deref();
    let mappings = rules::mappings(rules_of_user)?;
    let detections = rules::detections(rules_of_user)?;
    let detections: Vec<&Rule> = detections.rules().filter(|rule| rule.is_active()).collect();
    let store = store::open_to_read(&arguments.store.store, context.output)?;
    let support = store
        .coverage(&detections, &mappings)
        .map_err(store::failure)?;
    context.show(&Report::support(&support), arguments.format.format)?;
    let any = support
        .iter()
        .any(|one| one.state == SupportState::Supported);
    Ok(if any { Exit::Fine } else { Exit::Indeterminate })
}
