//! A table as people see it: formatted cells, fitted to a width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::record::Cut;
use crate::{Align, Cell, Link, Shown, Table, Tone, escape, palette, steady};

/// Rows of cells in words, under headed columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The columns.
    pub columns: Vec<SheetColumn>,
    /// The rows; each has one cell per column.
    pub rows: Vec<Row>,
    /// Sentences that stand below the text form.
    pub(crate) below: Vec<String>,
}

/// A row, what tells it apart, and where one goes from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The cells.
    pub cells: Vec<Shown>,
    /// What tells the row apart from all others, also of a later table.
    pub id: Option<String>,
    /// Where one goes from it.
    pub link: Option<Link>,
}

impl From<Vec<Shown>> for Row {
    fn from(cells: Vec<Shown>) -> Self {
        Self {
            cells,
            ..Self::default()
        }
    }
}

/// Rank of a column that the text form replaces by sentences below the rows.
pub(crate) const BELOW: u8 = u8::MAX;

/// A column and what may be done to it when space is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetColumn {
    /// Name.
    pub name: String,
    /// Alignment.
    pub align: Align,
    /// 0 stays for ever; of the others the highest goes first.
    pub(crate) rank: u8,
    pub(crate) cut: Cut,
    /// Shown only where some cell of it is known.
    pub(crate) optional: bool,
}

impl Sheet {
    pub(crate) fn column(mut self, name: &str, rank: u8, align: Align, cut: Cut) -> Self {
        let name = steady(name).into_owned();
        self.columns.push(SheetColumn {
            name,
            align,
            rank,
            cut,
            optional: false,
        });
        self
    }

    /// The rows of a query; the last columns leave first when space is short.
    #[must_use]
    pub fn of_table(table: &Table) -> Self {
        let mut sheet = Self::of_columns(table);
        let rows = table.rows.iter();
        sheet.rows = rows
            .map(|row| row.iter().map(Shown::raw).collect::<Vec<_>>().into())
            .collect();
        sheet
    }

    /// The columns of a query without its rows.
    pub(crate) fn of_columns(table: &Table) -> Self {
        let mut sheet = Self::default();
        for column in &table.columns {
            let cut = match column.align {
                Align::Right => Cut::Never,
                Align::Left => Cut::End,
            };
            sheet = sheet.column(&column.name, 1, column.align, cut);
        }
        sheet
    }

    /// The same without the optional columns of which nothing is known.
    #[must_use]
    pub(crate) fn settled(self) -> Self {
        let known = |at: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.cells.get(at));
            cells.any(|shown| shown.cell != Cell::Null)
        };
        let columns = self.columns.iter().enumerate();
        let unknown: Vec<usize> = columns
            .filter(|(at, column)| column.optional && !known(*at))
            .map(|(at, _)| at)
            .collect();
        self.without(&unknown)
    }

    /// The same without some columns, by their index.
    pub(crate) fn without(mut self, left: &[usize]) -> Self {
        for at in left.iter().rev().copied() {
            if at < self.columns.len() {
                self.columns.remove(at);
            }
            for row in self.rows.iter_mut().filter(|row| at < row.cells.len()) {
                row.cells.remove(at);
            }
        }
        self
    }

    /// Aligned text; what did not fit is named in a last line.
    pub(crate) fn text(&self, width: Option<usize>, color: bool) -> String {
        let natural = self.natural_widths();
        let (shown, widths) = self.fit(&natural, width.unwrap_or(usize::MAX));
        let mut out = String::new();
        let heads: Vec<Shown> = self.columns.iter().map(|c| Shown::plain(&c.name)).collect();
        self.line(&mut out, &heads, &shown, &widths, color, true);
        for row in &self.rows {
            self.line(&mut out, &row.cells, &shown, &widths, color, false);
        }
        let hidden: Vec<&str> = (0..self.columns.len())
            .filter(|i| !shown.contains(i))
            .filter_map(|i| self.columns.get(i))
            .filter(|c| c.rank != BELOW)
            .map(|c| c.name.as_str())
            .collect();
        if !hidden.is_empty() {
            let note = format!("not shown at this width: {}", hidden.join(", "));
            out.push_str(&cut(&note, width.unwrap_or(usize::MAX), Cut::End));
            out.push('\n');
        }
        for sentence in &self.below {
            wrap(&mut out, &steady(sentence), width.unwrap_or(usize::MAX));
        }
        out
    }

    pub(crate) fn markdown(&self) -> String {
        let mut out = String::new();
        markdown_row(&mut out, self.columns.iter().map(|c| c.name.as_str()));
        let rules = self.columns.iter().map(|c| match c.align {
            Align::Left => "---",
            Align::Right => "---:",
        });
        out.push_str("| ");
        out.push_str(&rules.collect::<Vec<_>>().join(" | "));
        out.push_str(" |\n");
        for row in &self.rows {
            markdown_row(&mut out, row.cells.iter().map(|cell| cell.text.as_str()));
        }
        out
    }

    fn natural_widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|c| c.name.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = (*width).max(cell.text.width());
            }
        }
        widths
    }

    /// Which columns are drawn, and how wide: long texts are cut a little, then columns of low rank
    /// leave, then the rest is cut hard.
    fn fit(&self, natural: &[usize], available: usize) -> (Vec<usize>, Vec<usize>) {
        let rank = |i: &usize| self.columns.get(*i).map_or(0, |c| c.rank);
        let mut shown: Vec<usize> = (0..self.columns.len())
            .filter(|i| rank(i) != BELOW)
            .collect();
        loop {
            let hard = shown.iter().all(|i| rank(i) == 0);
            let widths = self.squeeze(&shown, natural, available, hard);
            let worst = shown.iter().copied().max_by_key(|i| (rank(i), *i));
            match worst {
                Some(worst) if total(&widths) > available && shown.len() > 1 => {
                    shown.retain(|i| *i != worst);
                }
                _ => return (shown, widths),
            }
        }
    }

    fn squeeze(
        &self,
        shown: &[usize],
        natural: &[usize],
        available: usize,
        hard: bool,
    ) -> Vec<usize> {
        let column = |at: usize| shown.get(at).and_then(|i| self.columns.get(*i));
        let mut widths: Vec<usize> = shown
            .iter()
            .map(|i| natural.get(*i).copied().unwrap_or(0))
            .collect();
        while total(&widths) > available {
            let widest = widths
                .iter()
                .enumerate()
                .filter(|(at, width)| column(*at).is_some_and(|c| **width > c.least(hard)))
                .max_by_key(|(at, width)| (**width, *at))
                .map(|(at, _)| at);
            match widest.and_then(|at| widths.get_mut(at)) {
                Some(width) => *width -= 1,
                None => break,
            }
        }
        widths
    }

    fn line(
        &self,
        out: &mut String,
        row: &[Shown],
        shown: &[usize],
        widths: &[usize],
        color: bool,
        head: bool,
    ) {
        let start = out.len();
        for (at, (i, width)) in shown.iter().zip(widths).enumerate() {
            let (Some(cell), Some(column)) = (row.get(*i), self.columns.get(*i)) else {
                continue;
            };
            if at > 0 {
                out.push_str("  ");
            }
            let text = cut(&cell.text, *width, column.cut);
            let pad = " ".repeat(width.saturating_sub(text.width()));
            let paint = paint(cell.tone, head).filter(|_| color);
            if column.align == Align::Right {
                out.push_str(&pad);
            }
            out.push_str(paint.as_deref().unwrap_or(""));
            out.push_str(&text);
            out.push_str(paint.as_ref().map_or("", |_| "\u{1b}[0m"));
            if column.align == Align::Left {
                out.push_str(&pad);
            }
        }
        let kept = out.get(start..).map_or(0, |line| line.trim_end().len());
        out.truncate(start + kept);
        out.push('\n');
    }
}

impl SheetColumn {
    /// The narrowest that still says something.
    fn least(&self, hard: bool) -> usize {
        let least = match (self.cut, hard, self.rank) {
            (Cut::Never, false, _) => return usize::MAX,
            (Cut::Never, true, _) => return usize::MAX,
            (Cut::Middle | Cut::End, true, _) => return 6,
            (Cut::Middle, false, 0) => 20,
            (Cut::Middle, false, _) => 13,
            (Cut::End, false, 0) => 32,
            (Cut::End, false, _) => 16,
        };
        self.name.width().max(least)
    }
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

/// The command of the terminal that turns a colour on; bold needs none.
fn paint(tone: Tone, head: bool) -> Option<String> {
    let color = |number: u8| Some(format!("\u{1b}[38;5;{number}m"));
    match tone {
        _ if head => Some("\u{1b}[1m".to_owned()),
        Tone::Plain => None,
        Tone::Good => color(palette::GOOD),
        Tone::Warning => color(palette::WARNING),
        Tone::Bad => color(palette::BAD),
        Tone::Faint => color(palette::FAINT),
    }
}

/// The text in at most `width` columns.
pub(crate) fn cut(text: &str, width: usize, how: Cut) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let tail_room = if how == Cut::Middle { room / 3 } else { 0 };
    let head = prefix(text.chars(), room - tail_room);
    let tail: String = prefix(text.chars().rev(), tail_room)
        .chars()
        .rev()
        .collect();
    if width == 0 {
        String::new()
    } else {
        format!("{head}…{tail}")
    }
}

fn prefix(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

/// Adds the sentence in lines of at most `width` columns, the later ones indented.
pub(crate) fn wrap(out: &mut String, sentence: &str, width: usize) {
    let mut used = 0;
    for word in sentence.split(' ') {
        let word = cut(word, width.saturating_sub(2), Cut::Middle);
        if used > 0 && used + 1 + word.width() > width {
            out.push_str("\n  ");
            used = 2;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(&word);
        used += word.width();
    }
    out.push('\n');
}

pub(crate) fn markdown_row<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    out.push('|');
    for cell in cells {
        out.push(' ');
        out.push_str(&markdown_text(cell));
        out.push_str(" |");
    }
    out.push('\n');
}

/// Text in which nothing is a mark of Markdown, a tag of HTML or a command of a terminal.
pub(crate) fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in escape(text).chars() {
        match c {
            '|' | '\\' | '`' | '*' | '[' | ']' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
