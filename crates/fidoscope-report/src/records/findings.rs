//! Findings and their witnesses.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Document, plain, whole};
use crate::escape::escape;
use crate::sheet::{Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Finding, Level, RuleSight, Table, Witness, number};

impl Document {
    /// What detections found; the detailed form shows the witnesses and where their raw lines are.
    /// JSON has beside it what each rule could see, and no findings are told apart from no sight.
    #[must_use]
    pub fn findings(findings: &[Finding], sights: &[RuleSight]) -> Self {
        let blind = sights.iter().all(|sight| sight.blind);
        let empty = if blind {
            "no findings, and no rule that could have made one"
        } else if sights.iter().all(RuleSight::is_whole) {
            "no findings"
        } else {
            "no findings in what the rules could see"
        };
        let mut document = Self::new(
            "findings",
            findings,
            table(findings),
            sheet(findings),
            empty,
        );
        let detail = findings.iter().map(Finding::detail);
        document.detail = Some(detail.collect::<Vec<_>>().join("\n"));
        document.with("rules", &sights)
    }
}

impl Finding {
    /// Everything about the finding as lines of text.
    #[must_use]
    pub fn detail(&self) -> String {
        let mut out = format!("{}: {}\n", self.level.word(), escape(&self.title));
        let mut line = |name: &str, text: &str| {
            if !text.is_empty() {
                // Writing to a string cannot fail.
                let _ = writeln!(out, "  {name:<8} {}", escape(text));
            }
        };
        line("finding", &self.id);
        line("rule", &self.rule_id);
        line("case", &self.case_key);
        line("what", &self.summary);
        line("tags", &self.tags.join(" "));
        for cause in &self.false_positives {
            line("harmless", cause);
        }
        for witness in &self.witnesses {
            out.push_str(&witness_lines(witness));
        }
        out
    }
}

fn witness_lines(witness: &Witness) -> String {
    let mut out = format!(
        "  witness  {}  {}  {}",
        time(witness.ts),
        escape(&witness.kind),
        escape(&witness.source)
    );
    if let Some(raw) = &witness.raw {
        let _ = write!(
            out,
            "  {}:{} (byte {})",
            escape(&raw.path),
            raw.line,
            raw.offset
        );
    }
    out.push('\n');
    for (name, cell) in &witness.facts {
        let value = if *cell == Cell::Null {
            "unknown".to_owned()
        } else {
            plain(cell)
        };
        let _ = writeln!(out, "           {} = {}", escape(name), escape(&value));
    }
    out
}

fn table(findings: &[Finding]) -> Table {
    let columns = [
        "id",
        "level",
        "rule_id",
        "title",
        "case_key",
        "summary",
        "first",
        "last",
        "witnesses",
        "tags",
    ];
    let mut table = Table::with_columns(&columns);
    for finding in findings {
        let (first, last) = extent(finding);
        table.rows.push(vec![
            Cell::Text(finding.id.clone()),
            Cell::Text(finding.level.word().to_owned()),
            Cell::Text(finding.rule_id.clone()),
            Cell::Text(finding.title.clone()),
            Cell::Text(finding.case_key.clone()),
            Cell::Text(finding.summary.clone()),
            first.map_or(Cell::Null, |ts| Cell::Text(time(ts))),
            last.map_or(Cell::Null, |ts| Cell::Text(time(ts))),
            whole(u64::try_from(finding.witnesses.len()).unwrap_or(u64::MAX)),
            Cell::Text(finding.tags.join(" ")),
        ]);
    }
    table
}

fn sheet(findings: &[Finding]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("level", 0, Align::Left, Cut::Never)
        .column("last seen", 2, Align::Left, Cut::Never)
        .column("what", 0, Align::Left, Cut::End)
        .column("case", 1, Align::Left, Cut::Middle)
        .column("events", 3, Align::Right, Cut::Never)
        .column("rule", 4, Align::Left, Cut::Middle);
    sheet.rows = findings.iter().map(row).collect();
    sheet
}

fn row(finding: &Finding) -> Vec<Shown> {
    let (_, last) = extent(finding);
    let tone = if finding.level >= Level::High {
        Tone::Bad
    } else {
        Tone::Plain
    };
    let events = u64::try_from(finding.witnesses.len()).unwrap_or(u64::MAX);
    vec![
        Shown::toned(finding.level.word(), tone),
        last.map_or_else(Shown::unknown, |ts| Shown::plain(seconds(ts))),
        Shown::plain(&finding.title),
        Shown::plain(&finding.case_key),
        Shown::plain(number::count(events)),
        Shown::plain(&finding.rule_id),
    ]
}

fn extent(finding: &Finding) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let times = || finding.witnesses.iter().map(|witness| witness.ts);
    (times().min(), times().max())
}

fn time(ts: DateTime<Utc>) -> String {
    ts.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// To the second: what tells two rows apart for a person.
fn seconds(ts: DateTime<Utc>) -> String {
    ts.to_rfc3339_opts(SecondsFormat::Secs, true)
}
