//! JUnit XML: a suite a ceremony, a case a step, and one case more for the verdict.
//!
//! What makes a case fail is what makes the program exit with 1: a difference from what was
//! expected, or from what the relying party decided. A step that fails as it should is a success.

use std::fmt::Write;
use std::io;

use super::{Form, Part, Render};
use crate::escape::escape;
use crate::section::Closing;
use crate::trace::LEVEL_2;
use crate::{Replay, Status, Step, Verdict};

pub(super) const FORM: Form = Form {
    name: "junit",
    endings: &["xml"],
    of_tests: true,
    explains: true,
    keeps_rows: false,
    part: |item, _| (item.trace()).map_or(Part::None, |replay| Part::Text(suite(replay))),
    start: |head, _| Box::new(Suites { title: head.title }),
};

#[derive(Debug)]
struct Suites {
    title: &'static str,
}

impl Render for Suites {
    fn begin(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let title = xml(self.title);
        writeln!(out, "{declaration}\n<testsuites name=\"{title}\">")
    }

    fn add(&mut self, part: Part, out: &mut dyn io::Write) -> io::Result<()> {
        match part {
            Part::Text(text) => out.write_all(text.as_bytes()),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _closing: Closing, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(b"</testsuites>\n")
    }
}

/// What a case came to.
enum Case {
    Success(Option<String>),
    Skipped(String),
    /// Kind, message and everything else there is to say.
    Failure(String, String, String),
}

fn suite(replay: &Replay) -> String {
    let mut cases = vec![(verdict_line(replay), verdict(replay))];
    for step in &replay.steps {
        cases.push((step_line(replay, step), case(replay, step)));
    }
    let count = |wanted: fn(&Case) -> bool| cases.iter().filter(|(_, case)| wanted(case)).count();
    let mut out = String::with_capacity(256 * cases.len());
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        xml(&format!("{} ({})", replay.ceremony, replay.file)),
        cases.len(),
        count(|case| matches!(case, Case::Failure(..))),
        count(|case| matches!(case, Case::Skipped(_))),
    );
    out.push_str(&properties(replay));
    for (line, case) in &cases {
        write_case(&mut out, line, case);
    }
    out.push_str("  </testsuite>\n");
    out
}

fn properties(replay: &Replay) -> String {
    let mut out = "    <properties>\n".to_owned();
    let all = [
        ("ceremony", Some(replay.ceremony.as_str())),
        ("file", Some(replay.file.as_str())),
        ("kind", Some(&replay.kind)),
        ("profile", Some(&replay.profile)),
        ("verdict", Some(replay.verdict.word())),
        ("first-failed-l2", replay.first_failed.l2.as_deref()),
        ("first-failed-l3", replay.first_failed.l3.as_deref()),
        (
            "decision",
            replay.decision.as_ref().map(|d| d.verdict.word()),
        ),
        ("test-root", replay.test_root.then_some("true")),
    ];
    for (name, value) in all {
        if let Some(value) = value {
            let _ = writeln!(out, "      {}", property(name, value));
        }
    }
    out.push_str("    </properties>\n");
    out
}

fn property(name: &str, value: &str) -> String {
    format!("<property name=\"{name}\" value=\"{}\"/>", xml(value))
}

/// Attributes of a case, and its properties.
struct Line {
    name: String,
    class: String,
    properties: Vec<String>,
}

fn verdict_line(replay: &Replay) -> Line {
    Line {
        name: "verdict".to_owned(),
        class: format!("{}.{}", replay.profile, replay.kind),
        properties: Vec::new(),
    }
}

fn step_line(replay: &Replay, step: &Step) -> Line {
    let place = match &*replay.profile {
        LEVEL_2 => &step.l2,
        _ => &step.l3,
    };
    let section = place
        .as_deref()
        .and_then(|place| place.split(' ').next())
        .unwrap_or("none");
    let places = [("l2", &step.l2), ("l3", &step.l3)];
    let places = places
        .into_iter()
        .filter_map(|(name, place)| Some(property(name, place.as_deref()?)));
    Line {
        name: step.id.to_string(),
        class: format!("{}.{section}", replay.profile),
        properties: places
            .chain([
                property("class", &step.class),
                property("link", &step.link(&replay.profile)),
            ])
            .collect(),
    }
}

fn verdict(replay: &Replay) -> Case {
    match (replay.mismatches.first(), replay.ok) {
        (Some(mismatch), _) => {
            let failed = replay
                .deciding()
                .is_some_and(|step| step.status == Status::Fail);
            // The story belongs to the step that failed, if one did.
            let told = if failed {
                String::new()
            } else {
                replay.story(Some(100))
            };
            Case::Failure(
                mismatch.word().to_owned(),
                replay.complaints().join("; "),
                told,
            )
        }
        (None, None) if replay.verdict == Verdict::Indeterminate => {
            Case::Skipped(format!("{}: an input is missing", replay.outcome()))
        }
        (None, Some(true)) => Case::Success(Some(format!("{}, as expected", replay.outcome()))),
        (None, _) => Case::Success(Some(format!("{}, nothing expected", replay.outcome()))),
    }
}

fn case(replay: &Replay, step: &Step) -> Case {
    let evidence = evidence(step);
    match step.status {
        Status::Pass => Case::Success(None),
        Status::Observation | Status::Warn => {
            Case::Success(Some(format!("{}: {evidence}", step.status.word())))
        }
        Status::NotApplicable | Status::NotEvaluated => {
            Case::Skipped(format!("{}: {evidence}", step.status.word()))
        }
        Status::Fail if replay.mismatches.is_empty() => {
            Case::Success(Some(format!("fails, which is no surprise: {evidence}")))
        }
        Status::Fail => {
            let deciding = replay.step.as_ref() == Some(&step.id);
            let told = if deciding {
                replay.story(Some(100))
            } else {
                String::new()
            };
            Case::Failure(step.id.to_string(), evidence, told)
        }
    }
}

/// Expected and found, or the note.
pub(super) fn evidence(step: &Step) -> String {
    let parts = [
        ("expected ", &step.expected),
        ("found ", &step.found),
        ("", &step.note),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(word, text)| Some(format!("{word}{}", text.as_deref()?)));
    parts.collect::<Vec<_>>().join(", ")
}

fn write_case(out: &mut String, line: &Line, case: &Case) {
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\"",
        xml(&line.name),
        xml(&line.class)
    );
    if line.properties.is_empty() && matches!(case, Case::Success(None)) {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    if !line.properties.is_empty() {
        out.push_str("      <properties>\n");
        for property in &line.properties {
            let _ = writeln!(out, "        {property}");
        }
        out.push_str("      </properties>\n");
    }
    match case {
        Case::Success(None) => {}
        Case::Success(Some(text)) => {
            let _ = writeln!(out, "      <system-out>{}</system-out>", xml(text));
        }
        Case::Skipped(why) => {
            let _ = writeln!(out, "      <skipped message=\"{}\"/>", xml(why));
        }
        Case::Failure(kind, message, told) => {
            let _ = writeln!(
                out,
                "      <failure type=\"{}\" message=\"{}\">{}</failure>",
                xml(kind),
                xml(message),
                lines(told)
            );
        }
    }
    out.push_str("    </testcase>\n");
}

/// Text for an attribute or a line: what XML forbids is spelled out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The same for text of several lines.
fn lines(text: &str) -> String {
    text.lines().map(|line| xml(line) + "\n").collect()
}
