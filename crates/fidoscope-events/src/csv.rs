//! Tables as lines: each record of a CSV file becomes one JSON object, so that everything behind
//! it reads lines.
//!
//! The first record names the members; every value is text, and an empty cell is no member, because
//! an export leaves empty what it does not know. The separator is the one of `,` `;` tab and `|` that
//! the first line has most of. Nothing is lost on the way: a record with more cells than names becomes
//! a JSON array, and bytes that are not UTF-8 stay as they are, so that both end in quarantine.

use std::io::{Chain, Cursor, Error, ErrorKind, Read, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, Reader, ReaderBuilder};

#[cfg(test)]
mod tests;

/// Longest record that is read, in bytes.
const MAX_RECORD: u64 = 16 << 20;

/// Bytes of the beginning that the separator is looked for in.
const SAMPLE: u64 = 64 << 10;

const SEPARATORS: [u8; 4] = *b",;\t|";

/// Whether a file is a table, by its name: `.csv` or `.tsv`, compressed or not.
#[must_use]
pub fn is_csv(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plain = [".gz", ".zst"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    plain.ends_with(".csv") || plain.ends_with(".tsv")
}

/// Reads a table as lines of JSON.
pub struct CsvLines<R: Read> {
    records: Reader<Leash<Chain<Cursor<Vec<u8>>, R>>>,
    /// Bytes that were read since the last record was complete.
    since: Arc<AtomicU64>,
    names: Vec<String>,
    record: ByteRecord,
    line: Vec<u8>,
    /// How much of the line has been handed over.
    given: usize,
}

impl<R: Read> std::fmt::Debug for CsvLines<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvLines")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl<R: Read> CsvLines<R> {
    /// Reads the names of the columns. An empty input has none, and no lines.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read, is UTF-16, or the first record has no end.
    pub fn new(mut input: R) -> Result<Self> {
        let mut sample = Vec::new();
        (&mut input).take(SAMPLE).read_to_end(&mut sample)?;
        if sample.starts_with(&[0xff, 0xfe]) || sample.starts_with(&[0xfe, 0xff]) {
            let why = "the table is in UTF-16, which is not read; save it as CSV in UTF-8";
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        if sample.starts_with(b"\xef\xbb\xbf") {
            sample.drain(..3);
        }
        let separator = separator(&sample);
        let since = Arc::new(AtomicU64::new(0));
        let leash = Leash {
            input: Cursor::new(sample).chain(input),
            since: Arc::clone(&since),
        };
        let records = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(leash);
        let mut lines = Self {
            records,
            since,
            names: Vec::new(),
            record: ByteRecord::new(),
            line: Vec::new(),
            given: 0,
        };
        if lines.advance()? {
            lines.names = names(&lines.record);
        }
        Ok(lines)
    }

    /// Goes on to the next record, if there is one.
    fn advance(&mut self) -> Result<bool> {
        let more = self.records.read_byte_record(&mut self.record);
        self.since.store(0, Ordering::Relaxed);
        more.map_err(Error::from)
    }
}

impl<R: Read> Read for CsvLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.given == self.line.len() {
            self.line.clear();
            self.given = 0;
            if !self.advance()? {
                return Ok(0);
            }
            write(&mut self.line, &self.names, &self.record);
        }
        let mut rest = self.line.get(self.given..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

/// Lets through so many bytes and then refuses, unless a record was complete meanwhile: a quotation
/// mark that is never closed must not take the rest of the input into memory.
struct Leash<R> {
    input: R,
    since: Arc<AtomicU64>,
}

impl<R: Read> Read for Leash<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.since.load(Ordering::Relaxed) > MAX_RECORD {
            let why = format!(
                "a record of the table has no end within {MAX_RECORD} bytes; is a quotation mark not closed?"
            );
            return Err(Error::new(ErrorKind::InvalidData, why));
        }
        let read = self.input.read(buffer)?;
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        self.since.fetch_add(bytes, Ordering::Relaxed);
        Ok(read)
    }
}

/// The separator that the first line has most of, outside of quotation marks.
fn separator(sample: &[u8]) -> u8 {
    let mut counts = SEPARATORS.map(|separator| (0_usize, separator));
    let mut quoted = false;
    for byte in sample {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                let of_byte = counts.iter_mut().find(|(_, separator)| separator == byte);
                of_byte.into_iter().for_each(|(count, _)| *count += 1);
            }
        }
    }
    // The first of those that are as frequent.
    counts
        .iter()
        .rev()
        .max_by_key(|(count, _)| count)
        .map_or(b',', |(_, separator)| *separator)
}

/// The names of the columns. Where one of them is of several words the table has titles, which
/// become names (`Created at` is `created_at`); otherwise they stay as they are. No two are the same.
fn names(header: &ByteRecord) -> Vec<String> {
    let cells: Vec<String> = header.iter().map(title).collect();
    let titles = cells.iter().any(|cell| cell.contains(char::is_whitespace));
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.into_iter().enumerate() {
        let base = match if titles { words(&cell) } else { cell } {
            name if name.is_empty() => format!("column_{}", index + 1),
            name => name,
        };
        let mut unique = base.clone();
        let mut number = 1;
        while names.contains(&unique) {
            number += 1;
            unique = format!("{base}_{number}");
        }
        names.push(unique);
    }
    names
}

/// Log Analytics writes the zone of a time behind its name.
fn title(cell: &[u8]) -> String {
    let cell = String::from_utf8_lossy(cell);
    let title = cell.trim();
    title
        .strip_suffix("[UTC]")
        .unwrap_or(title)
        .trim_end()
        .to_owned()
}

fn words(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}

fn write(line: &mut Vec<u8>, names: &[String], record: &ByteRecord) {
    if record.len() > names.len() {
        line.push(b'[');
        for (index, cell) in record.iter().enumerate() {
            separate(line, index == 0);
            string(line, cell);
        }
        line.extend_from_slice(b"]\n");
        return;
    }
    line.push(b'{');
    let known = names
        .iter()
        .zip(record)
        .filter(|(_, cell)| !cell.is_empty());
    for (index, (name, cell)) in known.enumerate() {
        separate(line, index == 0);
        string(line, name.as_bytes());
        line.push(b':');
        string(line, cell);
    }
    line.extend_from_slice(b"}\n");
}

fn separate(line: &mut Vec<u8>, first: bool) {
    if !first {
        line.push(b',');
    }
}

/// A JSON string (RFC 8259 §7), but for bytes that are not UTF-8, which stay what they are.
fn string(line: &mut Vec<u8>, text: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    line.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            0..0x20 => {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                line.extend_from_slice(b"\\u00");
                line.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
            }
            _ => line.push(byte),
        }
    }
    line.push(b'"');
}
