//! What the demonstration found, as text.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_analytics::{Detected, IngestSummary, Limits, Span, Store};
use fidoscope_conformance::{Settings, replay, summarize};
use fidoscope_detect::{Catalogue, Rule};
use fidoscope_events::Catalogue as Mappings;
use fidoscope_metadata::{Blob, Options};
use fidoscope_report::{Cell, Format, Report, RuleSight, Verdict, escape, number};
use fidoscope_webauthn::Aaguid;

use super::super::{Context, replay as replaying};
use super::datasets::Datasets;
use crate::failure::Failure;
use crate::progress::Phases;
use crate::{metadata, store, summary};

/// What the demonstration judges by.
pub(super) struct Rules<'r> {
    pub(super) detections: &'r Catalogue,
    pub(super) mappings: &'r Mappings,
}

/// Says all that the demonstration has to say, each part as soon as it is known.
pub(super) fn tell(
    store: &Store,
    datasets: &Datasets,
    inputs: &[IngestSummary],
    rules: &Rules<'_>,
    now: DateTime<Utc>,
    context: Context<'_>,
    phases: &Phases,
) -> Result<(), Failure> {
    let say = |part: &str| phases.aside(|| context.output.result(part));
    say(&format!(
        "demo      data of seed {}, judged as of {}\n",
        datasets.seed,
        now.format("%Y-%m-%d %H:%M UTC")
    ))?;
    say(&ingested(inputs))?;
    phases.next("measuring the indicators");
    say(&indicators(store, rules.mappings, now, context)?)?;
    phases.next("replaying ceremonies");
    say(&replayed(datasets)?)?;
    phases.next("looking up models");
    say(&models(store, datasets, now)?)?;
    phases.next("running the rules");
    say(&findings(store, rules.detections)?)
}

fn ingested(inputs: &[IngestSummary]) -> String {
    let lines: u64 = inputs
        .iter()
        .map(|input| input.lines + input.skipped_lines)
        .sum();
    let events = |input: &IngestSummary| input.events + input.skipped_events;
    let total: u64 = inputs.iter().map(events).sum();
    let sources = inputs
        .iter()
        .map(|input| format!("{} {}", input.source, number::count(events(input))));
    let shadows: u64 = inputs.iter().map(|input| input.shadows).sum();
    let other: u64 = inputs
        .iter()
        .map(|input| input.other + input.prefiltered)
        .sum();
    let reasons = summary::reasons(inputs);
    let quarantined: u64 = reasons.values().sum();
    format!(
        "ingest    {} lines, {} events ({}), {} shadows dropped, {} lines of other kinds\n\
         apart     {} records in quarantine ({})\n",
        number::count(lines),
        number::count(total),
        sources.collect::<Vec<_>>().join(", "),
        number::count(shadows),
        number::count(other),
        number::count(quarantined),
        summary::list(&reasons),
    )
}

fn indicators(
    store: &Store,
    mappings: &Mappings,
    now: DateTime<Utc>,
    context: Context<'_>,
) -> Result<String, Failure> {
    let span = Span {
        since: now - TimeDelta::days(30),
        until: now,
    };
    let slis = store.slis(span, None, mappings).map_err(store::failure)?;
    let table = Report::of(&slis).render(Format::Table, context.output.options());
    Ok(format!(
        "SLIs      over the 30 days before\n{}",
        indent(&table)
    ))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn replayed(datasets: &Datasets) -> Result<String, Failure> {
    let recordings = replaying::load(&[datasets.ceremonies()])?;
    let settings = Settings::at(datasets.now);
    let replays = replay(&recordings, &settings);
    let verdicts = |verdict| {
        replays
            .iter()
            .filter(|replay| replay.verdict == verdict)
            .count()
    };
    let words = summarize(&replays).words();
    let (accepted, rejected) = (verdicts(Verdict::Accept), verdicts(Verdict::Reject));
    Ok(format!(
        "replay    {words} ({accepted} accepted, {rejected} rejected), by WebAuthn Level 3\n"
    ))
}

fn models(store: &Store, datasets: &Datasets, now: DateTime<Utc>) -> Result<String, Failure> {
    let blob = metadata::blob(&datasets.blob())?;
    let anchors = metadata::anchors(&[datasets.root()])?;
    let verdict = blob.verify(&anchors, now, &Options::default());
    let state = match verdict.first_failed() {
        None if verdict.test_root => "verified under a TEST ROOT".to_owned(),
        None => "verified".to_owned(),
        Some(step) => format!("REJECTED at {}", step.id),
    };
    let counted = store
        .query(
            "SELECT aaguid, count(*) FROM events_once WHERE aaguid IS NOT NULL \
             GROUP BY aaguid ORDER BY 2 DESC, 1",
            &Limits::default(),
        )
        .map_err(store::failure)?;
    let (mut known, mut unknown) = (Vec::new(), 0_usize);
    for row in &counted.rows {
        match named(&blob, row) {
            Some(name) => known.push(name),
            None => unknown += 1,
        }
    }
    let mut text = format!(
        "models    {} recognised from BLOB no {}",
        known.len(),
        blob.no().unwrap_or(0)
    );
    // Writing to a string cannot fail.
    let _ = write!(text, ", {state}: {}", known.join(", "));
    if unknown > 0 {
        let _ = write!(text, "; {unknown} not in the BLOB");
    }
    text.push('\n');
    Ok(text)
}

fn named(blob: &Blob, row: &[Cell]) -> Option<String> {
    let (Some(Cell::Text(aaguid)), Some(Cell::Integer(events))) = (row.first(), row.get(1)) else {
        return None;
    };
    let model = blob.model(&aaguid.parse::<Aaguid>().ok()?)?;
    let events = number::count(u64::try_from(*events).unwrap_or(0));
    Some(format!("{} ({events} events)", escape(model.description())))
}

fn findings(store: &Store, rules: &Catalogue) -> Result<String, Failure> {
    let active: Vec<&Rule> = rules.rules().filter(|rule| rule.is_active()).collect();
    let Detected { findings, sights } = store.detect(&active, None).map_err(store::failure)?;
    let mut text = format!("findings  {} from {} rules\n", findings.len(), active.len());
    for unseen in sights.iter().filter_map(RuleSight::words) {
        let _ = writeln!(text, "  {}", escape(&unseen));
    }
    for finding in &findings {
        let summary = escape(&finding.summary);
        let _ = writeln!(
            text,
            "  {} {}: {summary}",
            finding.level.word(),
            finding.title
        );
        for witness in finding.witnesses.iter().take(2) {
            if let Some(raw) = &witness.raw {
                let _ = writeln!(
                    text,
                    "    {}  {} line {}",
                    witness.ts,
                    escape(&raw.path),
                    raw.line
                );
            }
        }
    }
    Ok(text)
}
