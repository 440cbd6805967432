//! Aligned columns for a person, and the sections of a report around them.

use std::io::{self, Write};

use super::{Form, Options, Part, Render};
use crate::item::{Head, Item};
use crate::number::count;
use crate::section::{Closing, Section};
use crate::sheet::{Sheet, wrap};
use crate::{escape, steady};

pub(super) const FORM: Form = Form {
    name: "table",
    endings: &["txt"],
    of_tests: false,
    explains: false,
    keeps_rows: true,
    part,
    start: |head, options| {
        let text = Text {
            items: 0,
            is_streamed: false,
            late: String::new(),
            head,
            options,
        };
        Box::new(text)
    },
};

#[derive(Debug)]
struct Text {
    head: Head,
    options: Options,
    items: u64,
    /// True where items are told in full, each in its place.
    is_streamed: bool,
    /// What stands behind all rows.
    late: String,
}

fn part(item: &dyn Item, options: Options) -> Part {
    let told = item.trace().map(|replay| replay.told(options));
    let told = told.unwrap_or_default();
    match item.detail().filter(|_| options.detail) {
        Some(detail) => Part::Text(detail + &told),
        None => Part::Rows(item.rows(), item.remarks(), told),
    }
}

impl Render for Text {
    fn add(&mut self, part: Part, out: &mut dyn Write) -> io::Result<()> {
        self.items += 1;
        match part {
            Part::Text(text) => {
                self.is_streamed = true;
                let between = if self.items > 1 { "\n" } else { "" };
                out.write_all(between.as_bytes())?;
                out.write_all(text.as_bytes())
            }
            Part::Rows(rows, below, late) => {
                let room = self.head.shown.saturating_sub(self.head.sheet.rows.len());
                self.head.sheet.rows.extend(rows.into_iter().take(room));
                self.head.sheet.below.extend(below);
                self.late.push_str(&late);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, closing: Closing, out: &mut dyn Write) -> io::Result<()> {
        let Options { width, color, .. } = self.options;
        let sheet = std::mem::take(&mut self.head.sheet);
        let text = if !closing.sections.is_empty() {
            page(&closing, &sheet, self.options)
        } else if self.items == 0 {
            format!("{}\n", self.head.empty)
        } else if self.is_streamed {
            String::new()
        } else {
            let mut sheet = closing.sheet.unwrap_or_else(|| sheet.settled());
            sheet.below.extend(closing.below);
            sheet.text(width, color) + &self.late
        };
        out.write_all(text.as_bytes())
    }
}

fn page(closing: &Closing, items: &Sheet, options: Options) -> String {
    let Options { width, color, .. } = options;
    let mut out = format!("{}\n", escape(&closing.summary));
    for section in &closing.sections {
        let (title, sheet, more) = match section {
            Section::Table { title, sheet, more } => {
                (title, sheet.text(width, color), more.clone())
            }
            Section::Items { title, .. } => {
                let Some((sheet, more)) = listed(section, items) else {
                    continue;
                };
                (title, sheet.text(width, color), more)
            }
            Section::Text(sentences) => {
                out.push_str(if sentences.is_empty() { "" } else { "\n" });
                for sentence in sentences {
                    wrap(&mut out, &steady(sentence), width.unwrap_or(usize::MAX));
                }
                continue;
            }
        };
        out.push_str(&format!("\n{}\n{sheet}", escape(title)));
        if let Some(more) = more {
            out.push_str(&format!("{more}\n"));
        }
    }
    out
}

/// The items as a section, and what is said of those that are not shown.
pub(super) fn listed(section: &Section, items: &Sheet) -> Option<(Sheet, Option<String>)> {
    let Section::Items {
        total,
        more,
        without,
        ..
    } = section
    else {
        return None;
    };
    let columns = items.columns.iter().enumerate();
    let left: Vec<usize> = columns
        .filter(|(_, column)| without.contains(&column.name.as_str()))
        .map(|(at, _)| at)
        .collect();
    let shown = u64::try_from(items.rows.len()).unwrap_or(u64::MAX);
    let rest = total.saturating_sub(shown);
    let more = (rest > 0).then(|| format!("{} more: {more}", count(rest)));
    (shown > 0).then(|| (items.clone().without(&left), more))
}
