//! The drawing for a terminal: offsets and lengths in columns, then the tree.

use std::fmt::Write as _;

use fidoscope_report::escape;
use unicode_width::UnicodeWidthChar as _;

use super::Inspection;
use super::tree::{Fault, Part, PartValue, Place};

/// More bytes than this are shown by their first [`ELIDED`] only; JSON has them all.
const MAX_BYTES: usize = 72;
const ELIDED: usize = 32;
/// Texts beyond this are cut.
const MAX_TEXT: usize = 400;
/// Columns of offset and length.
const MARGIN: usize = 15;
/// A space at which no line ends.
const UNBROKEN: &str = "\u{a0}";
const MAX_UNBROKEN: usize = 44;
/// However deep the tree is, so many columns stay for the words.
const LEAST: usize = 24;

/// How text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether to use colour.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
        }
    }
}

#[derive(Clone, Copy)]
enum Tone {
    Faint,
    Note,
    Fault,
}

pub(super) fn render(inspection: &Inspection, style: Style) -> String {
    let mut page = Page {
        out: String::new(),
        style: Style {
            width: style.width.clamp(40, 100),
            ..style
        },
    };
    page.heading(inspection);
    page.out.push_str("\noffset length\n");
    page.part(&inspection.root, "", "");
    for fault in &inspection.faults {
        page.fault(fault);
    }
    page.out
}

struct Page {
    out: String,
    style: Style,
}

impl Page {
    fn heading(&mut self, inspection: &Inspection) {
        let what = inspection.artifact.as_str().replace('-', " ");
        // Writing to a String cannot fail.
        let _ = writeln!(
            self.out,
            "{what}, {} bytes from {}",
            inspection.length,
            inspection.encoding.as_str()
        );
        self.aside("because", &inspection.reason);
        for other in &inspection.alternatives {
            let text = format!(
                "{} from {}: {}",
                other.artifact,
                other.encoding.as_str(),
                other.reason
            );
            self.aside("or", &text);
        }
        if inspection.root.parts.iter().any(restarts) {
            self.aside(
                "offsets",
                "start again at 0 inside every part that is base64url",
            );
        }
    }

    fn aside(&mut self, word: &str, text: &str) {
        let lines = wrapped(&escape(text), self.style.width - 11, self.style.width - 11);
        for (at, line) in lines.iter().enumerate() {
            let word = if at == 0 { word } else { "" };
            let _ = writeln!(self.out, "  {word:<8} {line}");
        }
    }

    /// A part and everything in it. `branch` stands before its own line, `trunk` before all others.
    fn part(&mut self, part: &Part, branch: &str, trunk: &str) {
        let open = !part.parts.is_empty() || part.omitted > 0;
        let under = format!("{trunk}{}", if open { "│ " } else { "  " });
        let room = self.room(branch);
        let lines = wrapped(&words(part), room, self.room(&under));
        for (at, line) in lines.iter().enumerate() {
            let (place, before) = match at {
                0 => (part.place, branch),
                _ => (None, under.as_str()),
            };
            self.line(place, before, line, None);
        }
        for note in &part.notes {
            self.note(note, &under);
        }
        for (at, child) in part.parts.iter().enumerate() {
            let last = at + 1 == part.parts.len() && part.omitted == 0;
            let (branch, under) = if last {
                ("└ ", "  ")
            } else {
                ("├ ", "│ ")
            };
            self.part(
                child,
                &format!("{trunk}{branch}"),
                &format!("{trunk}{under}"),
            );
        }
        if part.omitted > 0 {
            let text = format!("… {} more", part.omitted);
            self.line(None, &format!("{trunk}└ "), &text, None);
        }
    }

    fn note(&mut self, note: &str, before: &str) {
        let room = self.room(before).saturating_sub(2);
        for (at, line) in wrapped(&escape(note), room, room).iter().enumerate() {
            let sign = if at == 0 { "! " } else { "  " };
            self.line(None, before, &format!("{sign}{line}"), Some(Tone::Note));
        }
    }

    fn line(&mut self, place: Option<Place>, before: &str, text: &str, tone: Option<Tone>) {
        let columns = match place {
            Some(place) => format!("{:>6} {:>6}  ", place.offset, place.length),
            None => " ".repeat(MARGIN),
        };
        let columns = self.toned(&format!("{columns}{before}"), Some(Tone::Faint));
        let text = self.toned(text, tone);
        let line = format!("{columns}{text}");
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn fault(&mut self, fault: &Fault) {
        let head = format!(
            "broken   {} at offset {}: {}",
            escape(&fault.inside),
            fault.offset,
            escape(&fault.message)
        );
        self.out.push('\n');
        for (at, line) in wrapped(&head, self.style.width, self.style.width - 9)
            .iter()
            .enumerate()
        {
            let indent = if at == 0 { "" } else { "         " };
            let line = self.toned(line, Some(Tone::Fault));
            let _ = writeln!(self.out, "{indent}{line}");
        }
        for (row, bytes) in fault.around.chunks(16).enumerate() {
            self.dump(fault, fault.around_offset + row * 16, bytes);
        }
        if fault.offset >= fault.around_offset + fault.around.len() {
            let _ = writeln!(self.out, "{:>8}  the bytes end here", fault.offset);
        }
    }

    /// One line of a dump, and a mark under the byte at fault.
    fn dump(&mut self, fault: &Fault, offset: usize, bytes: &[u8]) {
        let mut hex = String::new();
        let mut text = String::new();
        for (at, byte) in bytes.iter().enumerate() {
            if at == 8 {
                hex.push(' ');
            }
            let _ = write!(hex, "{byte:02x} ");
            let shown = byte.is_ascii_graphic() || *byte == b' ';
            text.push(if shown { char::from(*byte) } else { '.' });
        }
        let _ = writeln!(self.out, "{offset:>8}  {hex:<49} {text}");
        if (offset..offset + bytes.len()).contains(&fault.offset) {
            let column = fault.offset - offset;
            let space = 10 + column * 3 + usize::from(column >= 8);
            let mark = self.toned("^^", Some(Tone::Fault));
            let _ = writeln!(self.out, "{}{mark}", " ".repeat(space));
        }
    }

    fn room(&self, before: &str) -> usize {
        let used = MARGIN + before.chars().count();
        self.style.width.saturating_sub(used).max(LEAST)
    }

    fn toned(&self, text: &str, tone: Option<Tone>) -> String {
        let code = match tone {
            Some(Tone::Faint) => "2",
            Some(Tone::Note) => "33",
            Some(Tone::Fault) => "31",
            None => return text.to_owned(),
        };
        if self.style.color && !text.trim().is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn restarts(part: &Part) -> bool {
    (part.decoded && !part.parts.is_empty()) || part.parts.iter().any(restarts)
}

/// `name: value (meaning)`.
fn words(part: &Part) -> String {
    let value = match &part.value {
        PartValue::None => String::new(),
        PartValue::Text(text) => shortened(text),
        PartValue::Bytes(bytes) => match bytes.get(..ELIDED) {
            Some(first) if bytes.len() > MAX_BYTES => format!("{}…", hexadecimal(first)),
            _ => hexadecimal(bytes),
        },
    };
    let mut words = escape(&part.name).into_owned();
    if !value.is_empty() {
        let _ = write!(words, ": {}", escape(&value));
    }
    if let Some(meaning) = &part.meaning {
        let meaning = escape(meaning).into_owned();
        // A short one is not torn apart.
        let meaning = match columns(&meaning) {
            0..=MAX_UNBROKEN => meaning.replace(' ', UNBROKEN),
            _ => meaning,
        };
        let _ = write!(words, " ({meaning})");
    }
    words
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => {
            let left = text.len() - end;
            format!("{}… {left} more bytes", text.get(..end).unwrap_or_default())
        }
        None => text.to_owned(),
    }
}

/// Lines of at most `first` columns, then `others`; words that are longer are broken.
fn wrapped(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let room = if lines.is_empty() { first } else { others };
        let length = columns(word.trim_end());
        // A word too long for any line starts where it is, unless little room is left there.
        let fits = used + length <= room;
        let breaks = length > others && room.saturating_sub(used) >= LEAST / 2;
        if !fits && !breaks && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for symbol in word.chars() {
            let room = if lines.is_empty() { first } else { others };
            let wide = symbol.width().unwrap_or(0);
            if used + wide > room && symbol != ' ' {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(if symbol == '\u{a0}' { ' ' } else { symbol });
            used += wide;
        }
    }
    lines.push(line);
    lines
}

fn columns(text: &str) -> usize {
    text.chars().map(|symbol| symbol.width().unwrap_or(0)).sum()
}

/// Lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
