//! A writer through which nothing passes that commands a terminal.

use std::borrow::Cow;
use std::io::{self, Write};
use std::mem;

use super::{escape, is_plain, is_unsafe};

/// Bytes of the longest colour that we write, `ESC [ 38;5;123 m`, and some more.
const LONGEST_COLOR: usize = 16;

/// A writer that spells out what would command a terminal, whoever wrote it: the last door before
/// standard output and standard error.
///
/// Line breaks and tabs stay, and colours (`ESC [ ... m`) where they were asked for; every other
/// control or direction character, and every byte that is no UTF-8, leaves as [`escape`] writes it.
/// A text that a format has escaped in its own way (`\u009b` in JSON) passes unchanged.
#[derive(Debug)]
pub struct Harmless<W> {
    inner: W,
    colors: bool,
    /// The beginning of a character or a colour whose end is still to come.
    held: Vec<u8>,
}

impl<W: Write> Harmless<W> {
    /// The door before a writer; `colors` lets colours pass.
    pub fn new(inner: W, colors: bool) -> Self {
        Self {
            inner,
            colors,
            held: Vec::new(),
        }
    }

    /// The writer behind the door, with everything written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.is_empty() && is_plain(bytes) {
            return self.inner.write_all(bytes).map(|()| bytes.len());
        }
        let mut all = mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let whole = all.len() - unfinished(&all, self.colors);
        self.held = all.split_off(whole);
        let text = spelled(&all, self.colors);
        self.inner.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // What is not finished now will not be: it is spelled out like everything that is broken.
        let held = mem::take(&mut self.held);
        self.inner
            .write_all(spelled(&held, self.colors).as_bytes())?;
        self.inner.flush()
    }
}

/// Bytes at the end that the next write may complete.
fn unfinished(bytes: &[u8], colors: bool) -> usize {
    if bytes.ends_with(b"\r") {
        return 1;
    }
    let tail = bytes.len().saturating_sub(LONGEST_COLOR);
    let tail = bytes.get(tail..).unwrap_or_default();
    let escape = tail.iter().rposition(|byte| *byte == 0x1b);
    if let Some(begun) = escape.and_then(|at| tail.get(at..)).filter(|_| colors)
        && (begun.len() == 1 || begun.starts_with(b"\x1b["))
        && begun.iter().skip(2).all(is_parameter)
    {
        return begun.len();
    }
    let lead = tail.iter().rev().take(3).position(|byte| *byte >= 0xc0);
    let begun = lead.and_then(|back| tail.get(tail.len() - back - 1..));
    begun.map_or(0, |begun| match std::str::from_utf8(begun) {
        Err(error) if error.error_len().is_none() => begun.len(),
        _ => 0,
    })
}

fn is_parameter(byte: &u8) -> bool {
    byte.is_ascii_digit() || *byte == b';'
}

/// The bytes as text that is safe to print.
fn spelled(bytes: &[u8], colors: bool) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text
            .chars()
            .any(|c| !matches!(c, '\n' | '\t') && is_unsafe(c))
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        spell(&mut out, chunk.valid(), colors);
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(out)
}

fn spell(out: &mut String, text: &str, colors: bool) {
    let mut rest = text;
    while let Some(at) = rest.find(is_unsafe) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let stays = spared(found, colors);
        let length = stays.max(found.chars().next().map_or(0, char::len_utf8));
        let (found, after) = found.split_at(length);
        if stays > 0 {
            out.push_str(found);
        } else {
            out.push_str(&escape(found));
        }
        rest = after;
    }
    out.push_str(rest);
}

/// Length of the line break, the tab or the colour that a text begins with.
fn spared(text: &str, colors: bool) -> usize {
    if text.starts_with(['\n', '\t']) {
        return 1;
    }
    if text.starts_with("\r\n") {
        return 2;
    }
    let parameters = text.strip_prefix("\u{1b}[").filter(|_| colors);
    let end = parameters.and_then(|text| text.find(|c: char| !c.is_ascii_digit() && c != ';'));
    match (parameters, end) {
        (Some(text), Some(end)) if text.get(end..).is_some_and(|end| end.starts_with('m')) => {
            2 + end + 1
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::Harmless;

    /// What leaves when the bytes are written whole, and byte by byte.
    #[track_caller]
    fn check(input: impl AsRef<[u8]>, colors: bool, expected: &str) {
        let bytes = input.as_ref();
        for piece in [bytes.len().max(1), 1, 2, 3] {
            let mut door = Harmless::new(Vec::new(), colors);
            for part in bytes.chunks(piece) {
                door.write_all(part).unwrap();
            }
            let left = String::from_utf8(door.into_inner().unwrap()).unwrap();
            assert_eq!(left, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn text_lines_and_tabs_pass() {
        check("a\tb\r\nc – 東京 é\n", false, "a\tb\r\nc – 東京 é\n");
        check("", false, "");
    }

    #[test]
    fn commands_are_spelled_out() {
        check("a\u{1b}]0;owned\u{7}\n", false, "a\\u{1b}]0;owned\\u{7}\n");
        check("over\rwritten\r", false, "over\\rwritten\\r");
        check("\u{9b}2J\u{202e}x\0", false, "\\u{9b}2J\\u{202e}x\\u{0}");
        check(b"a\x9b2J\xc3", false, "a\\x9b2J\\xc3");
    }

    #[test]
    fn colours_pass_where_they_were_asked_for() {
        let red = "\u{1b}[31mno\u{1b}[0m\n";
        check(red, true, red);
        check(red, false, "\\u{1b}[31mno\\u{1b}[0m\n");
        check("\u{1b}[2J\u{1b}[", true, "\\u{1b}[2J\\u{1b}[");
    }

    #[test]
    fn what_a_format_has_escaped_is_not_escaped_again() {
        let json = r#"{"a":"\u009b\u202e"}"#;
        check(json, false, json);
    }
}
