//! Findings and their witnesses.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::escape::escape;
use crate::sheet::{Row, Sheet};
use crate::{Cell, Field, Finding, Level, Link, Record, Report, RuleSight, Shown, Tone, Witness};

impl Record for Finding {
    const NAME: &'static str = "findings";
    const EMPTY: &'static str = "no findings";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("id", |one: &Self| Cell::from(&one.id)),
            Field::word("level", |one: &Self| Cell::Word(one.level.word()))
                .toned(|one| tone(one.level)),
            Field::key("rule_id", |one: &Self| Cell::from(&one.rule_id))
                .head("rule")
                .rank(4),
            Field::text("title", |one: &Self| Cell::from(&one.title)).head("what"),
            Field::key("case_key", |one: &Self| Cell::from(&one.case_key))
                .head("case")
                .rank(1),
            Field::text("summary", |one: &Self| Cell::from(&one.summary)),
            Field::word("first", |one: &Self| Cell::known(one.times().min())),
            Field::word("last", |one: &Self| Cell::known(one.times().max()))
                .head("last seen")
                .rank(2),
            Field::number("witnesses", |one: &Self| Cell::from(one.witnesses.len()))
                .head("events")
                .rank(3),
            Field::text("tags", |one: &Self| Cell::from(one.tags.join(" "))),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["level", "last", "title", "case_key", "witnesses", "rule_id"]
    }

    fn panel() -> &'static [&'static str] {
        &["level", "last", "title", "case_key"]
    }

    fn id(&self) -> Option<String> {
        Some(self.id.clone())
    }

    fn link(&self) -> Option<Link> {
        Some(Link::Case(self.case_key.clone()))
    }

    fn detail(&self) -> Option<String> {
        Some(self.lines())
    }
}

impl<'a> Report<'a> {
    /// What detections found; the detailed form shows the witnesses and where their raw lines are.
    /// JSON has beside it what each rule could see, and no findings are told apart from no sight.
    #[must_use]
    pub fn findings(findings: &'a [Finding], sights: &[RuleSight]) -> Self {
        let blind = sights.iter().all(|sight| sight.blind);
        let empty = if blind {
            "no findings, and no rule that could have made one"
        } else if sights.iter().all(RuleSight::is_whole) {
            Finding::EMPTY
        } else {
            "no findings in what the rules could see"
        };
        Self::of(findings).when_empty(empty).with("rules", &sights)
    }
}

impl Sheet {
    /// Findings as a panel has them, and behind them the rules that could not judge every event: what
    /// a rule could not see is no finding, and not nothing either.
    #[must_use]
    pub fn findings(findings: &[Finding], unseen: &[RuleSight]) -> Self {
        let mut sheet = Self::panel(findings);
        sheet.rows.extend(unseen.iter().map(unjudged));
        sheet
    }
}

fn unjudged(sight: &RuleSight) -> Row {
    let words = [sight.state(), "-", &sight.rule, &sight.reason()];
    Row {
        cells: words.map(|text| Shown::toned(text, Tone::Faint)).into(),
        id: Some(sight.rule_id.clone()),
        link: None,
    }
}

fn tone(level: Level) -> Tone {
    match level {
        Level::Critical | Level::High => Tone::Bad,
        Level::Medium => Tone::Warning,
        Level::Low | Level::Informational => Tone::Plain,
    }
}

impl Finding {
    fn times(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.witnesses.iter().map(|witness| witness.ts)
    }

    /// Everything about the finding.
    fn lines(&self) -> String {
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
            cell.plain()
        };
        let _ = writeln!(out, "           {} = {}", escape(name), escape(&value));
    }
    out
}

fn time(ts: DateTime<Utc>) -> String {
    ts.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
