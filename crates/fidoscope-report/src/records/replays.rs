//! Replayed ceremonies and their steps.

use std::borrow::Cow;
use std::fmt::Write;

use crate::escape::escape;
use crate::{
    Cell, Expectation, Field, Link, Mismatch, Record, Replay, Shown, Status, Step, Tone, Verdict,
};

impl Record for Replay {
    const NAME: &'static str = "replays";
    const TITLE: &'static str = "fidoscope replay";
    const EMPTY: &'static str = "no ceremonies";
    const IS_TEST: bool = true;

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::key("ceremony", |one: &Self| Cell::from(&one.ceremony)),
            Field::key("file", |one: &Self| Cell::from(&one.file)).rank(4),
            Field::word("kind", |one: &Self| Cell::from(&*one.kind)).rank(2),
            Field::word("profile", |one: &Self| Cell::from(&*one.profile)),
            Field::word("verdict", |one: &Self| Cell::Word(one.verdict.word()))
                .toned(|one| verdict(one.verdict)),
            Field::key("step", |one: &Self| Cell::known(one.step.as_deref())),
            Field::key("first_failed_l2", |one: &Self| {
                Cell::known(one.first_failed.l2.as_deref())
            }),
            Field::key("first_failed_l3", |one: &Self| {
                Cell::known(one.first_failed.l3.as_deref())
            }),
            Field::word("expected_verdict", |one: &Self| {
                let expected = one.expected.as_ref();
                expected.map_or(Cell::Null, |e| Cell::Word(e.verdict.word()))
            }),
            Field::key("expected_step", |one: &Self| {
                let expected = one.expected.as_ref();
                Cell::known(expected.and_then(|e| e.step.as_deref()))
            }),
            Field::word("decision", |one: &Self| {
                let decision = one.decision.as_ref();
                decision.map_or(Cell::Null, |d| Cell::Word(d.verdict.word()))
            }),
            Field::text("decision_reason", |one: &Self| {
                let decision = one.decision.as_ref();
                Cell::known(decision.and_then(|d| d.reason.as_deref()))
            }),
            Field::text("mismatches", |one: &Self| {
                let words: Vec<&str> = one.mismatches.iter().map(|m| m.word()).collect();
                Cell::from(words.join(" "))
            }),
            Field::key("ok", |one: &Self| Cell::known(one.ok))
                .head("as expected")
                .said(|one| Shown::toned(answer(one), answered(one.ok))),
            Field::word("test_root", |one: &Self| Cell::Bool(one.test_root)),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["ceremony", "kind", "verdict", "step", "ok", "file"]
    }

    fn id(&self) -> Option<String> {
        Some(format!("{} {}", self.file, self.ceremony))
    }

    fn link(&self) -> Option<Link> {
        Some(Link::to_place(&self.file))
    }

    /// A verdict that holds for a test setting only, and one that was another when the ceremony took
    /// place.
    fn remarks(&self) -> Vec<String> {
        let sentence = || format!("{}: judged under a TEST ROOT", self.ceremony);
        let root = self.test_root.then(sentence);
        root.into_iter().chain(self.past()).collect()
    }

    fn detail(&self) -> Option<String> {
        Some(self.lines())
    }

    fn trace(&self) -> Option<&Replay> {
        Some(self)
    }
}

fn verdict(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Accept => Tone::Good,
        Verdict::Reject => Tone::Bad,
        Verdict::Indeterminate => Tone::Plain,
    }
}

fn answered(ok: Option<bool>) -> Tone {
    match ok {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Faint,
    }
}

impl Replay {
    /// The ceremony and every step as lines of text.
    fn lines(&self) -> String {
        let mut out = format!(
            "{} {} ({}) under {}: {}",
            escape(&self.kind),
            escape(&self.ceremony),
            escape(&self.file),
            escape(&self.profile),
            self.verdict.word()
        );
        if let Some(step) = &self.step {
            let _ = write!(out, " at {}", escape(step));
        }
        out.push_str(if self.test_root {
            "  TEST ROOT\n"
        } else {
            "\n"
        });
        let _ = writeln!(out, "  as expected: {}", answer(self));
        if let Some(past) = self.past() {
            let _ = writeln!(out, "  {}", escape(&past));
        }
        let width = self
            .steps
            .iter()
            .map(|step| step.id.chars().count())
            .max()
            .unwrap_or(0);
        for step in &self.steps {
            out.push_str(&step_lines(step, &self.profile, width));
        }
        out
    }
}

fn step_lines(step: &Step, profile: &str, width: usize) -> String {
    let place = step.place(profile).unwrap_or(Cow::Borrowed("-"));
    let mut out = format!(
        "  {:<14} {:<width$}  {:<14} {}\n",
        step.status.word(),
        escape(&step.id),
        escape(&place),
        escape(&step.class)
    );
    // What passed needs no evidence in a list for people; JSON has it.
    let evidence = [("expected", &step.expected), ("found", &step.found)]
        .into_iter()
        .filter(|_| step.status != Status::Pass)
        .chain([("note", &step.note)]);
    for (name, text) in evidence {
        if let Some(text) = text {
            let _ = writeln!(out, "                 {name}: {}", escape(text));
        }
    }
    out.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// Agreement with what was expected, in words.
fn answer(replay: &Replay) -> String {
    let Some(mismatch) = replay.mismatches.first() else {
        return match replay.ok {
            Some(_) => "yes".to_owned(),
            None => "not said".to_owned(),
        };
    };
    match (mismatch, &replay.expected) {
        (Mismatch::RpAccepted, _) => "NO, the RP accepted".to_owned(),
        (Mismatch::RpRejected, _) => "NO, the RP rejected".to_owned(),
        (
            _,
            Some(Expectation {
                verdict,
                step: Some(step),
            }),
        ) => {
            format!("NO, wanted {} at {}", verdict.word(), escape(step))
        }
        (
            _,
            Some(Expectation {
                verdict,
                step: None,
            }),
        ) => {
            format!("NO, wanted {}", verdict.word())
        }
        (_, None) => "NO".to_owned(),
    }
}
