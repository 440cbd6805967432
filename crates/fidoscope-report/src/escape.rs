//! Makes text from logs harmless on a terminal.
//!
//! A log line is written by strangers: a user agent may hold the bytes that clear a screen, set a
//! window title or reverse the reading direction. Whatever is printed goes through here first.

mod harmless;

use std::borrow::Cow;
use std::fmt::Write;

pub use harmless::Harmless;

/// The text with control and direction characters spelled out (`\n`, `\u{1b}`).
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The same for text of several lines: the line breaks between them stay.
#[must_use]
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) || !text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(escape).collect();
    Cow::Owned(lines.join("\n"))
}

/// The same for finished JSON text, where all of them but our own line breaks stand inside strings:
/// the value that a reader of the JSON sees stays what it was.
#[must_use]
pub fn escape_json(json: String) -> String {
    let is_unsafe = |c| c != '\n' && is_unsafe(c);
    if is_plain(json.as_bytes()) || !json.chars().any(is_unsafe) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 8);
    for c in json.chars() {
        if is_unsafe(c) {
            let mut units = [0_u16; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether bytes are the printable characters of ASCII and line breaks, as nearly all output is. It
/// looks at 64 at a time, without a branch for each: all that is printed goes through here.
fn is_plain(bytes: &[u8]) -> bool {
    let plain = |byte: &u8| matches!(byte, b'\n' | b' '..=b'~');
    let mut blocks = bytes.chunks(64);
    blocks.all(|block| block.iter().fold(true, |all, byte| all & plain(byte)))
}

/// Control characters (C0, DEL, C1), line separators and everything that moves or hides text.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests;
