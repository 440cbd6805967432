//! A screen as a picture, for documents.
//!
//! Every word has its own place, so that the picture hardly depends on the width of the font.

use std::fmt::Write;

use fidoscope_report::palette;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Width and height of a cell, and the base line of its text.
const CELL: (u32, u32, u32) = (10, 20, 15);

/// Room around the screen.
const MARGIN: u32 = 10;

const INK: &str = "#d8dee9";
const PAPER: &str = "#1b1f27";

/// The buffer as SVG. Braille cells become circles, because few fonts have them; blocks and reversed
/// runs become rectangles, because between glyphs there would be gaps.
#[must_use]
pub fn buffer_to_svg(buffer: &Buffer) -> String {
    let (width, height, _) = CELL;
    let area = buffer.area;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" \
         viewBox=\"0 0 {w} {h}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" \
         font-size=\"16.6\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n",
        w = u32::from(area.width) * width + 2 * MARGIN,
        h = u32::from(area.height) * height + 2 * MARGIN,
    );
    for y in 0..area.height {
        let row: Vec<&Cell> = (0..area.width)
            .filter_map(|x| buffer.cell((area.x + x, area.y + y)))
            .collect();
        let top = MARGIN + u32::from(y) * height;
        backgrounds(&mut out, &row, top);
        texts(&mut out, &row, top);
    }
    out.push_str("</svg>\n");
    out
}

/// One rectangle for each run of reversed cells.
fn backgrounds(out: &mut String, row: &[&Cell], top: u32) {
    for (start, run) in runs(row, |cell| cell.modifier.contains(Modifier::REVERSED)) {
        if run
            .first()
            .is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED))
        {
            rectangle(
                out,
                (left(start), top),
                (columns(run.len()), CELL.1),
                INK,
                1.0,
            );
        }
    }
}

fn texts(out: &mut String, row: &[&Cell], top: u32) {
    let look = |cell: &Cell| (cell.fg, cell.modifier, shape(cell.symbol()));
    for (start, run) in runs(row, look) {
        let Some(first) = run.first() else { continue };
        let (ink, opacity) = ink(first);
        match shape(first.symbol()) {
            Shape::Braille => {
                for (x, cell) in (start..).zip(run) {
                    braille(out, cell.symbol(), (left(x), top), ink);
                }
            }
            Shape::Block => {
                for (x, cell) in (start..).zip(run) {
                    block(out, cell.symbol(), (left(x), top), ink);
                }
            }
            Shape::Rule => {
                for (x, cell) in (start..).zip(run) {
                    rule(out, cell.symbol(), (left(x), top), ink);
                }
            }
            Shape::Text => text(out, first, run, (left(start), top), (ink, opacity)),
        }
    }
}

fn text(out: &mut String, first: &Cell, run: &[&Cell], at: (u32, u32), look: (&str, f32)) {
    let weight = if first.modifier.contains(Modifier::BOLD) {
        " font-weight=\"bold\""
    } else {
        ""
    };
    for (column, word) in runs(run, |cell| cell.symbol() == " ") {
        let symbols: String = word.iter().map(|cell| cell.symbol()).collect();
        if symbols.trim().is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" fill=\"{}\" opacity=\"{}\"{weight} textLength=\"{}\">{}</text>",
            at.0 + columns(column),
            at.1 + CELL.2,
            look.0,
            look.1,
            columns(word.len()),
            entities(&symbols)
        );
    }
}

/// Lines of a border, from the middle of the cell to the sides that the character names.
fn rule(out: &mut String, symbol: &str, at: (u32, u32), ink: &str) {
    let (width, height, _) = CELL;
    let (x, y) = (at.0 + width / 2, at.1 + height / 2);
    let (left, right, up, down) = match symbol {
        "─" => (true, true, false, false),
        "│" => (false, false, true, true),
        "┌" => (false, true, false, true),
        "┐" => (true, false, false, true),
        "└" => (false, true, true, false),
        _ => (true, false, true, false),
    };
    if left || right {
        let start = if left { at.0 } else { x };
        let end = if right { at.0 + width } else { x + 1 };
        rectangle(out, (start, y), (end - start, 1), ink, 1.0);
    }
    if up || down {
        let start = if up { at.1 } else { y };
        let end = if down { at.1 + height } else { y + 1 };
        rectangle(out, (x, start), (1, end - start), ink, 1.0);
    }
}

/// The eight dots of a Braille cell; bit n of its code point is dot n + 1.
fn braille(out: &mut String, symbol: &str, at: (u32, u32), ink: &str) {
    const DOTS: [(u32, u32); 8] = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (0, 3),
        (1, 3),
    ];
    let Some(c) = symbol.chars().next() else {
        return;
    };
    let pattern = u32::from(c).saturating_sub(0x2800);
    for (bit, (x, y)) in DOTS.iter().enumerate() {
        if pattern >> bit & 1 == 1 {
            let (x, y) = (at.0 * 10 + 25 + x * 50, at.1 * 10 + 25 + y * 50);
            let _ = writeln!(
                out,
                "<circle cx=\"{}.{}\" cy=\"{}.{}\" r=\"1.7\" fill=\"{ink}\"/>",
                x / 10,
                x % 10,
                y / 10,
                y % 10
            );
        }
    }
}

fn block(out: &mut String, symbol: &str, at: (u32, u32), ink: &str) {
    let (width, height, _) = CELL;
    let Some(c) = symbol.chars().next() else {
        return;
    };
    match c {
        '░' => rectangle(out, at, (width, height), ink, 0.25),
        '▀' => rectangle(out, at, (width, height / 2), ink, 1.0),
        // U+2581 to U+2588 fill one to eight eighths from below.
        _ => {
            let eighths = u32::from(c).saturating_sub(0x2580).min(8);
            let size = (height * eighths).div_ceil(8);
            rectangle(out, (at.0, at.1 + height - size), (width, size), ink, 1.0);
        }
    }
}

fn rectangle(out: &mut String, at: (u32, u32), size: (u32, u32), fill: &str, opacity: f32) {
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\" opacity=\"{opacity}\"/>",
        at.0, at.1, size.0, size.1
    );
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Braille,
    Block,
    Rule,
}

fn shape(symbol: &str) -> Shape {
    match symbol.chars().next() {
        Some('\u{2800}'..='\u{28ff}') => Shape::Braille,
        Some('\u{2580}'..='\u{2588}' | '░') => Shape::Block,
        Some('─' | '│' | '┌' | '┐' | '└' | '┘') => Shape::Rule,
        _ => Shape::Text,
    }
}

/// Runs of neighbours that look alike, with the index of their first cell.
fn runs<'a, 'c, K: PartialEq>(
    row: &'a [&'c Cell],
    key: impl Fn(&Cell) -> K,
) -> Vec<(usize, &'a [&'c Cell])> {
    let mut start = 0;
    row.chunk_by(|a, b| key(a) == key(b))
        .map(|run| {
            let at = start;
            start += run.len();
            (at, run)
        })
        .collect()
}

fn ink(cell: &Cell) -> (&'static str, f32) {
    let opacity = if cell.modifier.contains(Modifier::DIM) {
        0.6
    } else {
        1.0
    };
    // The paper is known here, so that the colours can be lighter than on a terminal.
    let ink = match cell.fg {
        Color::Indexed(palette::BAD) => "#e06c75",
        Color::Indexed(palette::GOOD) => "#98c379",
        Color::Indexed(palette::WARNING) => "#e5c07b",
        Color::Indexed(palette::ACCENT) => "#56b6c2",
        Color::Indexed(palette::FAINT) => "#8b93a1",
        _ => INK,
    };
    (
        if cell.modifier.contains(Modifier::REVERSED) {
            PAPER
        } else {
            ink
        },
        opacity,
    )
}

fn left(column: usize) -> u32 {
    MARGIN + columns(column)
}

fn columns(count: usize) -> u32 {
    u32::try_from(count)
        .unwrap_or(u32::MAX / CELL.0)
        .saturating_mul(CELL.0)
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
