//! Records that do not stand one on a line: the rows of an array, and documents that were printed over
//! many lines.

use super::MAX_LINE;

/// Whether a line begins an array of records that goes on below: `[`, or `[{` and no end.
pub(super) fn begins_array(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"[") else {
        return false;
    };
    match rest.trim_ascii_start().first() {
        None => true,
        Some(b'{') => Depth::default().of(line) > 0,
        Some(_) => false,
    }
}

/// Whether a line is a whole record, with the comma or bracket of the array around it.
pub(super) fn is_row(line: &[u8]) -> bool {
    let row = row(line);
    row.first() == Some(&b'{') && Depth::default().of(row) == 0
}

/// Line without what belongs to the array around it.
pub(super) fn row(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b",").unwrap_or(line).trim_ascii_start();
    let line = match line.strip_prefix(b"[") {
        Some(rest) if matches!(rest.trim_ascii_start().first(), None | Some(b'{')) => rest,
        _ => line,
    };
    let line = line.trim_ascii();
    let line = line.strip_suffix(b",").unwrap_or(line).trim_ascii_end();
    // A bracket closes the array where it closes nothing of the record.
    match line.strip_suffix(b"]") {
        Some(rest) if Depth::default().of(line) < 0 => rest.trim_ascii_end(),
        _ => line,
    }
}

/// Nesting of the brackets of JSON, outside of its strings.
#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    depth: i64,
    quoted: bool,
    escaped: bool,
}

impl Depth {
    /// Depth behind one more byte.
    fn then(&mut self, byte: u8) -> i64 {
        if self.escaped {
            self.escaped = false;
        } else if self.quoted {
            match byte {
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.quoted = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth -= 1,
                _ => {}
            }
        }
        self.depth
    }

    fn of(mut self, text: &[u8]) -> i64 {
        text.iter().fold(0, |_, byte| self.then(*byte))
    }
}

/// Documents over many lines: each top-level object, or each element of a top-level array, becomes one
/// line. The line breaks that it had, between the tokens of JSON, follow it.
///
/// A document whose brackets do not add up cannot be told from a long one. After [`MAX_LINE`] bytes of one
/// record the rest of the input passes as it is.
#[derive(Debug, Default)]
pub(super) struct Document {
    depth: Depth,
    /// Whether the record lies in an array at the top.
    in_array: bool,
    /// Bytes of the record so far.
    record: Vec<u8>,
    /// Line breaks written less line breaks read.
    ahead: i64,
    given_up: bool,
}

impl Document {
    /// Unwraps the next bytes; `last` says that no more will come.
    pub(super) fn feed(&mut self, raw: &mut Vec<u8>, last: bool, out: &mut Vec<u8>) {
        for byte in raw.drain(..) {
            if self.given_up {
                out.push(byte);
            } else {
                self.take(byte, out);
            }
        }
        if last {
            out.append(&mut self.record);
        }
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        let (before, quoted) = (self.depth.depth, self.depth.quoted);
        let depth = self.depth.then(byte);
        if quoted {
            // JSON has no line break in a string: one that is there breaks the record in two.
            self.record.push(byte);
            return;
        }
        match byte {
            b'\n' => self.line_break(out),
            b'[' if before == 0 && self.record.is_empty() => self.in_array = true,
            b']' if depth == 0 && self.in_array => {
                self.end(out);
                self.in_array = false;
            }
            b',' if depth == 1 && self.in_array => self.end(out),
            b'\r' => {}
            _ if byte.is_ascii_whitespace() && self.record.is_empty() => {}
            _ => self.record.push(byte),
        }
        if byte == b'}' && depth == 0 && !self.in_array {
            self.end(out);
        }
        if self.record.len() > MAX_LINE {
            self.given_up = true;
            out.append(&mut self.record);
        }
    }

    fn line_break(&mut self, out: &mut Vec<u8>) {
        self.ahead -= 1;
        if self.record.is_empty() {
            self.catch_up(out);
        }
    }

    /// Ends a record: its line, and as many blank ones as it had more.
    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.record.is_empty() {
            out.append(&mut self.record);
            out.push(b'\n');
            self.ahead += 1;
            self.catch_up(out);
        }
    }

    fn catch_up(&mut self, out: &mut Vec<u8>) {
        while self.ahead < 0 {
            out.push(b'\n');
            self.ahead += 1;
        }
    }
}
