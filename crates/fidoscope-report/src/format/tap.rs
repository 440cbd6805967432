//! Test Anything Protocol, version 14: a test point a ceremony, its steps as a subtest when asked
//! for. Values in the YAML blocks are JSON strings, which YAML reads as they are.

use std::fmt::Write;
use std::io;

use super::junit::evidence;
use super::{Form, Options, Part, Render};
use crate::escape::escape;
use crate::item::Item;
use crate::section::Closing;
use crate::{Replay, Status, Verdict};

pub(super) const FORM: Form = Form {
    name: "tap",
    endings: &["tap"],
    of_tests: true,
    explains: true,
    keeps_rows: false,
    part,
    start: |_, _| Box::new(Points { count: 0 }),
};

/// Test points so far.
#[derive(Debug)]
struct Points {
    count: u64,
}

fn part(item: &dyn Item, options: Options) -> Part {
    let point = |replay| Part::Point(point(replay, options.detail));
    item.trace().map_or(Part::None, point)
}

impl Render for Points {
    fn begin(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(b"TAP version 14\n")
    }

    fn add(&mut self, part: Part, out: &mut dyn io::Write) -> io::Result<()> {
        let Part::Point(point) = part else {
            return Ok(());
        };
        self.count += 1;
        out.write_all(point.numbered(self.count).as_bytes())
    }

    fn end(&mut self, closing: Closing, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(tail(self.count, &closing.summary).as_bytes())
    }
}

/// A test point that waits for its number.
#[derive(Debug)]
pub(crate) struct Point {
    ok: bool,
    /// The subtest before it.
    before: String,
    /// Description, directive and YAML block.
    text: String,
}

impl Point {
    fn numbered(&self, number: u64) -> String {
        let word = if self.ok { "ok" } else { "not ok" };
        format!("{}{word} {number} - {}", self.before, self.text)
    }
}

fn tail(count: u64, summary: &str) -> String {
    if count == 0 {
        return "1..0 # SKIP no ceremonies\n".to_owned();
    }
    format!("1..{count}\n# {}\n", description(summary))
}

fn point(replay: &Replay, steps: bool) -> Point {
    let mut text = description(&replay.ceremony);
    let _ = write!(text, ": {}", description(&replay.outcome()));
    let open = replay.ok.is_none() && replay.verdict == Verdict::Indeterminate;
    if open {
        text.push_str(" # SKIP an input is missing");
    }
    text.push('\n');
    if open || !replay.mismatches.is_empty() {
        text.push_str(&block(replay));
    }
    Point {
        ok: replay.mismatches.is_empty(),
        before: if steps {
            subtest(replay)
        } else {
            String::new()
        },
        text,
    }
}

fn block(replay: &Replay) -> String {
    let step = replay.deciding();
    let value = |text: Option<&str>| text.map(str::to_owned);
    let explained = replay.explanation.as_ref();
    let members = [
        ("message", Some(replay.complaints().join("; "))),
        ("ceremony", value(Some(&replay.ceremony))),
        ("file", value(Some(&replay.file))),
        ("profile", value(Some(&replay.profile))),
        ("verdict", value(Some(replay.verdict.word()))),
        ("step", value(replay.step.as_deref())),
        ("l2", value(step.and_then(|step| step.l2.as_deref()))),
        ("l3", value(step.and_then(|step| step.l3.as_deref()))),
        ("link", step.map(|step| step.link(&replay.profile))),
        ("expected", value(step.and_then(|s| s.expected.as_deref()))),
        ("found", value(step.and_then(|step| step.found.as_deref()))),
        ("note", value(step.and_then(|step| step.note.as_deref()))),
        ("cause", explained.map(|e| e.cause.to_string())),
        ("remedy", explained.map(|e| e.remedy.to_string())),
    ];
    let mut out = "  ---\n".to_owned();
    for (name, text) in members {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let _ = writeln!(out, "  {name}: {}", quoted(&text));
        }
    }
    out.push_str("  ...\n");
    out
}

fn subtest(replay: &Replay) -> String {
    let mut out = format!("# Subtest: {}\n", description(&replay.ceremony));
    for (number, step) in (1_u64..).zip(&replay.steps) {
        let failed = step.status == Status::Fail;
        // A failing step of a ceremony that comes out as it should is no failing test.
        let ok = !failed || replay.mismatches.is_empty();
        let word = if ok { "ok" } else { "not ok" };
        let _ = write!(out, "    {word} {number} - {}", description(&step.id));
        match step.status {
            Status::NotApplicable | Status::NotEvaluated => {
                let why = description(&evidence(step));
                let _ = write!(out, " # SKIP {}: {why}", step.status.word());
            }
            Status::Pass => {}
            status => {
                let _ = write!(out, ": {}: {}", status.word(), description(&evidence(step)));
            }
        }
        out.push('\n');
    }
    let _ = writeln!(out, "    1..{}", replay.steps.len());
    out
}

/// Text on the line of a test point, where `#` would start a directive.
fn description(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape(text).chars() {
        if matches!(c, '#' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn quoted(text: &str) -> String {
    crate::escape::escape_json(crate::item::json(&text))
}
