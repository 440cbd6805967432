//! Markdown: a table; of tests the summary of a CI job, a sentence, a table, and what is wrong, folded
//! away; of a report with sections a page.

use std::io::{self, Write};

use super::{Form, Options, Part, Render, table};
use crate::item::{Head, Item};
use crate::section::{Closing, Section};
use crate::sheet::{Sheet, markdown_row, markdown_text};
use crate::{Replay, Verdict};

pub(super) const FORM: Form = Form {
    name: "markdown",
    endings: &["md"],
    of_tests: false,
    explains: true,
    keeps_rows: true,
    part,
    start: |head, _| {
        let page = Page {
            head,
            checked: String::new(),
            stories: String::new(),
        };
        Box::new(page)
    },
};

#[derive(Debug)]
struct Page {
    head: Head,
    /// Rows of tests.
    checked: String,
    /// What stands behind all rows.
    stories: String,
}

fn part(item: &dyn Item, _options: Options) -> Part {
    match item.trace() {
        None => Part::Rows(item.rows(), Vec::new(), String::new()),
        Some(replay) => Part::Checked(checked(replay, item.rows()), story(replay)),
    }
}

impl Render for Page {
    fn add(&mut self, part: Part, _out: &mut dyn Write) -> io::Result<()> {
        match part {
            Part::Rows(rows, ..) => {
                let room = self.head.shown.saturating_sub(self.head.sheet.rows.len());
                self.head.sheet.rows.extend(rows.into_iter().take(room));
            }
            Part::Checked(row, story) => {
                self.checked.push_str(&row);
                self.stories.push_str(&story);
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, closing: Closing, out: &mut dyn Write) -> io::Result<()> {
        let sheet = std::mem::take(&mut self.head.sheet);
        let title = self.head.title;
        let text = if self.head.is_test {
            self.tests(&closing.summary, &sheet)
        } else if !closing.sections.is_empty() {
            page(title, &closing, &sheet)
        } else {
            closing.sheet.unwrap_or_else(|| sheet.settled()).markdown()
        };
        out.write_all(text.as_bytes())
    }
}

impl Page {
    /// The summary of a job.
    fn tests(&self, summary: &str, sheet: &Sheet) -> String {
        let mut out = format!("## {}\n\n{}\n", self.head.title, markdown_text(summary));
        if !self.checked.is_empty() {
            out.push_str("\n|  ");
            markdown_row(
                &mut out,
                sheet.columns.iter().map(|column| column.name.as_str()),
            );
            out.push_str(&format!("|{}\n", "---|".repeat(sheet.columns.len() + 1)));
            out.push_str(&self.checked);
        }
        out.push_str(&self.stories);
        out
    }
}

/// A report with sections.
fn page(title: &str, closing: &Closing, items: &Sheet) -> String {
    let mut out = format!("## {title}\n\n{}\n", markdown_text(&closing.summary));
    for section in &closing.sections {
        let (title, sheet, more) = match section {
            Section::Table { title, sheet, more } => (title, sheet.markdown(), more.clone()),
            Section::Items { title, .. } => {
                let Some((sheet, more)) = table::listed(section, items) else {
                    continue;
                };
                (title, sheet.markdown(), more)
            }
            Section::Text(sentences) => {
                for sentence in sentences {
                    out.push_str(&format!("\n- {}", markdown_text(sentence)));
                }
                continue;
            }
        };
        out.push_str(&format!("\n### {}\n\n{sheet}", markdown_text(title)));
        if let Some(more) = more {
            out.push_str(&format!("\n{more}\n"));
        }
    }
    out.push('\n');
    out
}

/// The rows of a test, behind a mark.
fn checked(replay: &Replay, rows: Vec<crate::Row>) -> String {
    let mark = match replay.ok {
        Some(true) => "ok",
        Some(false) => "**FAILED**",
        None if replay.verdict == Verdict::Indeterminate => "open",
        None => "-",
    };
    let mut out = String::new();
    for row in rows {
        out.push_str(&format!("| {mark} "));
        markdown_row(&mut out, row.cells.iter().map(crate::Shown::text));
    }
    out
}

/// What there is to say about a replay that differs, or that was explained.
fn story(replay: &Replay) -> String {
    if replay.mismatches.is_empty() && replay.explanation.is_none() {
        return String::new();
    }
    let title = match replay.complaints() {
        none if none.is_empty() => replay.outcome(),
        all => all.join("; "),
    };
    let head = markdown_text(&format!("{}: {title}", replay.ceremony));
    let text = replay.story(Some(100));
    // A fence must be longer than any run of backticks in what it holds.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let link = replay.deciding().map_or_else(String::new, |step| {
        let clause = step.clause(&replay.profile);
        let clause = clause.unwrap_or_else(|| step.id.to_string());
        format!(
            "[{}]({})\n\n",
            markdown_text(&clause),
            step.link(&replay.profile)
        )
    });
    format!(
        "\n<details><summary>{head}</summary>\n\n{link}{fence}text\n{text}{fence}\n\n</details>\n"
    )
}
