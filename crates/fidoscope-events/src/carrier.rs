//! Lines without what a shipper, a container runtime or a terminal put around them.
//!
//! Between the program that wrote a log and the file that is read there is often somebody who wraps
//! each line: syslog, the container runtimes, journald, `docker compose logs`, a shell that writes
//! UTF-16, an export that puts all records into one array. [`Unwrapped`] takes that off before a
//! mapping looks, so that no mapping has to know of it.
//!
//! By its first line an input is one of three. Bare JSON, which passes without being copied. Records of
//! JSON over many lines, which become one line each. Or lines that may be wrapped: each is opened by
//! itself, up to [`LAYERS`] layers deep (Docker around Compose around text), and one that fits no carrier
//! passes as it is. Nothing is lost here: what cannot be read ends in quarantine.
//!
//! Two promises let positions on the unwrapped bytes stand for positions of the input. The same input
//! gives the same bytes, and a longer input gives more bytes behind those of its beginning; so what is
//! stored of a log that has grown is recognised. And a line gives a line, so that line numbers are those
//! of the file: the parts of a record that a runtime has cut give blank lines until the last one, and the
//! lines of a record that was printed over many follow it as blank lines.

use std::borrow::Cow;
use std::io::{ErrorKind, Read, Result};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memchr;

mod document;
mod lines;
mod shell;
#[cfg(test)]
mod tests;
mod utf16;

use document::Document;
use lines::Lines;
use utf16::{Order, Utf16};

/// Layers that are taken off one line at most.
const LAYERS: usize = 4;

/// Bytes of the beginning by which the carrier is told.
const SAMPLE: usize = 1 << 20;

/// Longest line that is opened, in bytes; a longer one passes as it is.
const MAX_LINE: usize = 16 << 20;

/// Bytes that are asked of the input at a time.
const CHUNK: usize = 64 << 10;

/// What is known from outside about an input that is being unwrapped, shared with its reader.
#[derive(Clone, Debug, Default)]
pub struct Unwrapping {
    growing: Arc<AtomicBool>,
    carrier: Arc<OnceLock<&'static str>>,
}

impl Unwrapping {
    /// Says whether more may come behind what is the end now. While it may, a last line without a
    /// line break is held back, because it cannot be opened before it is whole.
    pub fn grows(&self, growing: bool) {
        self.growing.store(growing, Ordering::Relaxed);
    }

    /// Name of the outermost carrier, where there is one and the beginning was read.
    #[must_use]
    pub fn carrier(&self) -> Option<&'static str> {
        self.carrier.get().copied()
    }
}

/// Reader that takes off what an input is wrapped in.
pub struct Unwrapped<R> {
    input: R,
    shared: Unwrapping,
    /// Bytes of the input that are not unwrapped yet.
    raw: Vec<u8>,
    /// Unwrapped bytes that nobody has taken yet.
    out: Vec<u8>,
    given: usize,
    /// The encoding below the lines, where it is not UTF-8.
    utf16: Option<Utf16>,
    opening: Opening,
}

impl<R> std::fmt::Debug for Unwrapped<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unwrapped")
            .field("carrier", &self.shared.carrier())
            .finish_non_exhaustive()
    }
}

/// How the lines of an input are opened.
#[derive(Debug)]
enum Opening {
    /// Not enough has been read to tell.
    Undecided,
    /// They are not: they lie bare.
    Plain,
    /// One by one.
    Lines(Lines),
    /// They are the rows of one array.
    Rows,
    /// They are the lines of records that are printed over many.
    Document(Document),
}

impl Opening {
    /// Unwraps the next bytes. `last` says that no more will come.
    fn feed(&mut self, raw: &mut Vec<u8>, last: bool, out: &mut Vec<u8>) {
        match self {
            Self::Undecided => {}
            Self::Plain => out.append(raw),
            Self::Lines(lines) => by_line(raw, last, out, |line, out| lines.open(line, out)),
            Self::Rows => by_line(raw, last, out, |line, out| {
                out.extend_from_slice(document::row(unmarked(line)));
            }),
            Self::Document(document) => document.feed(raw, last, out),
        }
        if let (Self::Lines(lines), true) = (self, last) {
            lines.flush(out);
        }
    }
}

impl<R: Read> Unwrapped<R> {
    /// Reader of the bytes of `input` without their carrier; nothing is read yet.
    pub fn new(input: R, shared: Unwrapping) -> Self {
        Self {
            input,
            shared,
            raw: Vec::new(),
            out: Vec::new(),
            given: 0,
            utf16: None,
            opening: Opening::Undecided,
        }
    }

    /// Reads on, decides what there is to take off, and does so. Says whether the input went on.
    fn advance(&mut self) -> Result<bool> {
        let read = self.fill()?;
        let last = read == 0 && !self.shared.growing.load(Ordering::Relaxed);
        if matches!(self.opening, Opening::Undecided) {
            self.decide(last);
        }
        self.opening.feed(&mut self.raw, last, &mut self.out);
        if let Opening::Lines(lines) = &self.opening
            && let Some(name) = lines.carrier()
        {
            let _ = self.shared.carrier.set(name);
        }
        Ok(read > 0)
    }

    /// Reads some bytes, decoded to UTF-8.
    fn fill(&mut self) -> Result<usize> {
        let mut chunk = vec![0; CHUNK];
        let read = loop {
            match self.input.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        chunk.truncate(read);
        match &mut self.utf16 {
            Some(utf16) => utf16.decode(&chunk, &mut self.raw),
            None => self.raw.append(&mut chunk),
        }
        Ok(read)
    }

    /// Decides by the beginning, once that has a line with something in it or has become long without.
    fn decide(&mut self, ended: bool) {
        if self.utf16.is_none()
            && let Some(order) = Order::of(&self.raw)
        {
            let mut utf16 = Utf16::new(order);
            let bytes = std::mem::take(&mut self.raw);
            utf16.decode(&bytes, &mut self.raw);
            self.utf16 = Some(utf16);
            let _ = self.shared.carrier.set("UTF-16");
        }
        let enough = ended || self.raw.len() >= SAMPLE;
        let sample = self.raw.get(..SAMPLE).unwrap_or(&self.raw);
        let Some(opening) = told(sample, enough) else {
            return;
        };
        if matches!(opening, Opening::Rows | Opening::Document(_)) {
            let _ = self.shared.carrier.set("a JSON document over many lines");
        }
        self.opening = opening;
    }
}

impl<R: Read> Read for Unwrapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.given == self.out.len() {
            self.out.clear();
            self.given = 0;
            if matches!(self.opening, Opening::Plain) && self.utf16.is_none() && self.raw.is_empty()
            {
                return self.input.read(buffer);
            }
            if !self.advance()? && self.out.is_empty() {
                return Ok(0);
            }
        }
        let mut rest = self.out.get(self.given..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

/// What the beginning of an input says of its carrier; `None` where it says too little and there is
/// more to read.
fn told(sample: &[u8], enough: bool) -> Option<Opening> {
    let mut lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').collect();
    if !enough {
        // The last one may go on.
        lines.pop();
    }
    let mut lines = lines
        .into_iter()
        .map(|line| unmarked(line).trim_ascii())
        .filter(|line| !line.is_empty());
    let first = match lines.next() {
        Some(first) => first,
        None if sample.len() >= SAMPLE => return Some(Opening::Plain),
        None => return None,
    };
    if first == b"{" {
        return Some(Opening::Document(Document::default()));
    }
    if document::begins_array(first) {
        return match lines.next() {
            Some(second) if document::is_row(second) => Some(Opening::Rows),
            None if !enough => None,
            _ => Some(Opening::Document(Document::default())),
        };
    }
    Some(if first.first() == Some(&b'{') && !shell::wraps(first) {
        Opening::Plain
    } else {
        Opening::Lines(Lines::default())
    })
}

/// Line without the mark of UTF-8 that some programs put before the first one.
fn unmarked(line: &[u8]) -> &[u8] {
    crate::line::unmarked(line)
}

/// Opens the whole lines at the beginning of `raw`, and at the end of the input what is left.
fn by_line(
    raw: &mut Vec<u8>,
    last: bool,
    out: &mut Vec<u8>,
    mut open: impl FnMut(&[u8], &mut Vec<u8>),
) {
    let mut start = 0;
    while let Some(rest) = raw.get(start..)
        && let Some(end) = memchr(b'\n', rest)
    {
        let line = rest.get(..end).unwrap_or_default();
        open(line.strip_suffix(b"\r").unwrap_or(line), out);
        out.push(b'\n');
        start += end + 1;
    }
    raw.drain(..start);
    if last && !raw.is_empty() {
        open(raw, out);
        raw.clear();
    } else if raw.len() > MAX_LINE {
        // Too long to be opened, and soon too long for everybody: it passes, and so does its rest.
        out.append(raw);
    }
}

/// Text of one line: line breaks inside of it become spaces, which they are for JSON and for pairs.
fn on_one_line(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\n', b'\r', &text).is_none() {
        return text;
    }
    let mut text = text.into_owned();
    for byte in &mut text {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    Cow::Owned(text)
}
