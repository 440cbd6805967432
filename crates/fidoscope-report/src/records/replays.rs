//! Replayed ceremonies and their steps.

use std::borrow::Cow;
use std::fmt::Write;

use super::{Document, optional};
use crate::escape::escape;
use crate::sheet::{BELOW, Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Expectation, Mismatch, Replay, Status, Step, Table, Verdict};

impl Document {
    /// One line per ceremony; the detailed form shows every step.
    #[must_use]
    pub fn replays(replays: &[Replay]) -> Self {
        let mut document = Self::new(
            "replays",
            replays,
            table(replays),
            sheet(replays),
            "no ceremonies",
        );
        document.detail = Some(
            replays
                .iter()
                .map(Replay::detail)
                .collect::<Vec<_>>()
                .join("\n"),
        );
        document
    }
}

impl Replay {
    /// The ceremony and every step as lines of text.
    #[must_use]
    pub fn detail(&self) -> String {
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

const COLUMNS: [&str; 15] = [
    "ceremony",
    "file",
    "kind",
    "profile",
    "verdict",
    "step",
    "first_failed_l2",
    "first_failed_l3",
    "expected_verdict",
    "expected_step",
    "decision",
    "decision_reason",
    "mismatches",
    "ok",
    "test_root",
];

fn table(replays: &[Replay]) -> Table {
    let mut table = Table::with_columns(&COLUMNS);
    table.rows = replays.iter().map(cells).collect();
    table
}

fn cells(replay: &Replay) -> Vec<Cell> {
    let expected = replay.expected.as_ref();
    let decision = replay.decision.as_ref();
    let mismatches: Vec<&str> = replay.mismatches.iter().map(|m| m.word()).collect();
    vec![
        Cell::Text(replay.ceremony.clone()),
        Cell::Text(replay.file.clone()),
        Cell::Text(replay.kind.to_string()),
        Cell::Text(replay.profile.to_string()),
        Cell::Text(replay.verdict.word().to_owned()),
        optional(replay.step.as_deref()),
        optional(replay.first_failed.l2.as_deref()),
        optional(replay.first_failed.l3.as_deref()),
        optional(expected.map(|e| e.verdict.word())),
        optional(expected.and_then(|e| e.step.as_deref())),
        optional(decision.map(|d| d.verdict.word())),
        optional(decision.and_then(|d| d.reason.as_deref())),
        Cell::Text(mismatches.join(" ")),
        replay.ok.map_or(Cell::Null, Cell::Bool),
        Cell::Bool(replay.test_root),
    ]
}

/// The head of the CSV form.
pub(crate) fn csv_head() -> String {
    super::csv(&Table::with_columns(&COLUMNS), false)
}

/// The line of a replay in the CSV form.
pub(crate) fn csv_row(replay: &Replay, safe: bool) -> String {
    super::csv_lines(std::iter::once(cells(replay)), safe)
}

/// The columns of the table for people.
pub(crate) fn head() -> Sheet {
    Sheet::default()
        .column("ceremony", 0, Align::Left, Cut::Middle)
        .column("kind", 2, Align::Left, Cut::Never)
        .column("verdict", 0, Align::Left, Cut::Never)
        .column("step", 0, Align::Left, Cut::Middle)
        .column("as expected", 0, Align::Left, Cut::Middle)
        .column("file", 4, Align::Left, Cut::Middle)
        .column("root", BELOW, Align::Left, Cut::Never)
}

/// What stands below the rows at any width: a verdict that holds for a test setting only, and one
/// that was another when the ceremony took place.
pub(crate) fn below(replay: &Replay) -> Vec<String> {
    let sentence = || format!("{}: judged under a TEST ROOT", replay.ceremony);
    let root = replay.test_root.then(sentence);
    root.into_iter().chain(replay.past()).collect()
}

fn sheet(replays: &[Replay]) -> Sheet {
    let mut sheet = head();
    sheet.below = replays.iter().flat_map(below).collect();
    sheet.rows = replays.iter().map(row).collect();
    sheet
}

/// A row of that table.
pub(crate) fn row(replay: &Replay) -> Vec<Shown> {
    let verdict = match replay.verdict {
        Verdict::Accept => Tone::Good,
        Verdict::Reject => Tone::Bad,
        Verdict::Indeterminate => Tone::Plain,
    };
    let answered = match replay.ok {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Faint,
    };
    vec![
        Shown::plain(&replay.ceremony),
        Shown::plain(&replay.kind),
        Shown::toned(replay.verdict.word(), verdict),
        replay
            .step
            .as_ref()
            .map_or_else(Shown::unknown, Shown::plain),
        Shown::toned(answer(replay), answered),
        Shown::plain(&replay.file),
        if replay.test_root {
            Shown::plain("TEST ROOT")
        } else {
            Shown::unknown()
        },
    ]
}

/// Whether the replay is as expected, in words.
pub(crate) fn answer(replay: &Replay) -> String {
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
