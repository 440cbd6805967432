//! What an ingest did, in words.

use std::collections::BTreeMap;

use fidoscope_analytics::{IngestSummary, Oddities};
use fidoscope_events::meant;
use fidoscope_report::{Input, number};

/// The row of one input.
pub(crate) fn input(summary: &IngestSummary) -> Input {
    let reasons = summary.quarantined.iter();
    Input {
        path: summary.path.clone(),
        source: (!summary.source.is_empty()).then(|| summary.source.clone()),
        lines: summary.lines,
        events: summary.events,
        shadows: summary.shadows,
        other: summary.other + summary.prefiltered,
        quarantined: summary.quarantined_records(),
        kinds: summary.kinds.clone(),
        reasons: reasons
            .map(|(reason, of)| ((*reason).to_owned(), of.count))
            .collect(),
        note: note(summary),
    }
}

fn note(summary: &IngestSummary) -> Option<String> {
    let mut notes = Vec::new();
    if summary.skipped_lines > 0 {
        notes.push(format!(
            "{} lines already read",
            number::count(summary.skipped_lines)
        ));
    }
    if summary.unknown_keys > 0 {
        notes.push(format!(
            "{} unknown keys kept in attrs",
            number::count(summary.unknown_keys)
        ));
    }
    notes.extend(odd(&summary.oddities));
    notes.extend(summary.damage.clone());
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// What is stored, and will not be found by what looks for it.
fn odd(odd: &Oddities) -> Vec<String> {
    let counted = |count: u64, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{} {more}", number::count(count))),
    };
    let strays = odd.stray_words.iter().map(|((column, word), times)| {
        let times = if *times == 1 {
            String::new()
        } else {
            format!(" ({} times)", number::count(*times))
        };
        format!(
            "unknown {} {word:?}{times}, {}",
            column.name(),
            meant(*column, word)
        )
    });
    let counts = [
        counted(
            odd.unread_ids,
            "credential_id is no base64 and is kept as credential_ref",
            "credential_id are no base64 and are kept as credential_ref",
        ),
        counted(
            odd.hexadecimal_ids,
            "credential_id looks hexadecimal and was read as base64: write it in base64url",
            "credential_id look hexadecimal and were read as base64: write them in base64url",
        ),
        counted(
            odd.nameless_removals,
            "removal names no credential: which key is gone is not known",
            "removals name no credential: which keys are gone is not known",
        ),
    ];
    let more = counted(
        odd.more_stray_words,
        "other unknown word",
        "other unknown words",
    );
    counts
        .into_iter()
        .flatten()
        .chain(strays)
        .chain(more)
        .collect()
}

/// One line over all inputs: events by kind, shadows, others, quarantined by reason.
pub(crate) fn line(inputs: &[IngestSummary]) -> String {
    let sum = |of: fn(&IngestSummary) -> u64| inputs.iter().map(of).sum::<u64>();
    let kinds = merge(
        inputs
            .iter()
            .flat_map(|i| i.kinds.iter().map(|(k, n)| (k.as_str(), *n))),
    );
    let reasons = reasons(inputs);
    let mut line = format!("{} events stored", number::count(sum(|input| input.events)));
    if !kinds.is_empty() {
        line.push_str(&format!(" ({})", list(&kinds)));
    }
    line.push_str(&format!(
        ", {} shadows dropped, {} lines of other kinds, {} records quarantined",
        number::count(sum(|input| input.shadows)),
        number::count(sum(|input| input.other + input.prefiltered)),
        number::count(sum(IngestSummary::quarantined_records)),
    ));
    if !reasons.is_empty() {
        line.push_str(&format!(" ({})", list(&reasons)));
    }
    line
}

/// Quarantined records by reason, over all inputs.
pub(crate) fn reasons(inputs: &[IngestSummary]) -> BTreeMap<&str, u64> {
    merge(
        inputs
            .iter()
            .flat_map(|i| i.quarantined.iter().map(|(r, of)| (*r, of.count))),
    )
}

/// Share of the records that could not be read.
pub(crate) fn rejected_share(inputs: &[IngestSummary]) -> f64 {
    let rejected: u64 = inputs.iter().map(IngestSummary::quarantined_records).sum();
    let records: u64 = inputs.iter().map(|input| input.records).sum();
    number::share(rejected, records)
}

fn merge<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> BTreeMap<&'a str, u64> {
    let mut merged = BTreeMap::new();
    for (name, count) in counts {
        *merged.entry(name).or_default() += count;
    }
    merged
}

/// `12 a, 3 b`, largest first.
pub(crate) fn list(counts: &BTreeMap<&str, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
    let words = counts
        .iter()
        .map(|(name, count)| format!("{} {name}", number::count(**count)));
    words.collect::<Vec<_>>().join(", ")
}
