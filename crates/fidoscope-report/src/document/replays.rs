//! Replayed ceremonies and their steps.

use std::fmt::Write;

use super::{Document, optional};
use crate::escape::escape;
use crate::sheet::{BELOW, Cut, Sheet, Shown, Tone};
use crate::{Align, Cell, Expectation, Replay, Status, Step, Table, Verdict};

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
        let width = self
            .steps
            .iter()
            .map(|step| step.id.chars().count())
            .max()
            .unwrap_or(0);
        for step in &self.steps {
            out.push_str(&step_lines(step, width));
        }
        out
    }
}

fn step_lines(step: &Step, width: usize) -> String {
    let place = step.l3.as_deref().or(step.l2.as_deref()).unwrap_or("-");
    let mut out = format!(
        "  {:<14} {:<width$}  {:<14} {}\n",
        step.status.word(),
        escape(&step.id),
        escape(place),
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

fn table(replays: &[Replay]) -> Table {
    let columns = [
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
        "ok",
        "test_root",
    ];
    let mut table = Table::with_columns(&columns);
    for replay in replays {
        let expected = replay.expected.as_ref();
        table.rows.push(vec![
            Cell::Text(replay.ceremony.clone()),
            Cell::Text(replay.file.clone()),
            Cell::Text(replay.kind.clone()),
            Cell::Text(replay.profile.clone()),
            Cell::Text(replay.verdict.word().to_owned()),
            optional(replay.step.as_deref()),
            optional(replay.first_failed.l2.as_deref()),
            optional(replay.first_failed.l3.as_deref()),
            optional(expected.map(|e| e.verdict.word())),
            optional(expected.and_then(|e| e.step.as_deref())),
            replay.ok.map_or(Cell::Null, Cell::Bool),
            Cell::Bool(replay.test_root),
        ]);
    }
    table
}

fn sheet(replays: &[Replay]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("ceremony", 0, Align::Left, Cut::Middle)
        .column("kind", 2, Align::Left, Cut::Never)
        .column("verdict", 0, Align::Left, Cut::Never)
        .column("step", 0, Align::Left, Cut::Middle)
        .column("as expected", 0, Align::Left, Cut::Middle)
        .column("file", 4, Align::Left, Cut::Middle);
    // Not hidden at any width: such a verdict holds for a test setting only.
    let tested = replays.iter().filter(|replay| replay.test_root);
    let sentence = |replay: &Replay| format!("{}: judged under a TEST ROOT", replay.ceremony);
    sheet.below = tested.map(sentence).collect();
    sheet = sheet.column("root", BELOW, Align::Left, Cut::Never);
    sheet.rows = replays.iter().map(row).collect();
    sheet
}

fn row(replay: &Replay) -> Vec<Shown> {
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

fn answer(replay: &Replay) -> String {
    match (replay.ok, &replay.expected) {
        (Some(true), _) => "yes".to_owned(),
        (
            Some(false),
            Some(Expectation {
                verdict,
                step: Some(step),
            }),
        ) => {
            format!("NO, wanted {} at {}", verdict.word(), escape(step))
        }
        (
            Some(false),
            Some(Expectation {
                verdict,
                step: None,
            }),
        ) => {
            format!("NO, wanted {}", verdict.word())
        }
        (Some(false), None) => "NO".to_owned(),
        (None, _) => "not said".to_owned(),
    }
}
