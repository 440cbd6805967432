//! Files of any length in pieces: a file of one recording a line is never in memory as a whole.

use std::io::{self, BufRead, Read as _};
use std::sync::Arc;

use crate::{Import, Layout, SCHEMA};

/// Bytes of lines in a piece, unless a single line is longer.
const PIECE: usize = 256 << 10;
/// The longest line, and the longest document that is not one of lines.
const LINE: usize = 16 << 20;
const DOCUMENT: usize = 256 << 20;

/// Whole lines of a file, or a whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// How recordings lie in it.
    pub layout: Layout,
    /// Line of its first byte, from 1.
    pub line: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether they are options and responses, or an archive, rather than recordings: then it is the
    /// whole file, as a response may be joined with what comes later.
    pub is_import: bool,
}

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The reader failed.
    #[error("{file}: {error}")]
    Io {
        /// The file.
        file: Arc<str>,
        /// Why.
        error: io::Error,
    },
    /// A line that no recording needs.
    #[error("{file}:{line}: a line of more than 16 MiB")]
    Line {
        /// The file.
        file: Arc<str>,
        /// The line.
        line: usize,
    },
    /// A document that no recording needs.
    #[error("{file}: a document of more than 256 MiB; write one recording a line (.jsonl)")]
    Document {
        /// The file.
        file: Arc<str>,
    },
}

/// The pieces of a file. After an error there are no more.
#[derive(Debug)]
pub struct Batches<R> {
    file: Arc<str>,
    input: R,
    line: usize,
    state: State,
    is_import: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// One document a line, of which none was read.
    First,
    Lines,
    End,
}

impl<R: BufRead> Batches<R> {
    /// Reads a file that the caller opened. Names ending in `.jsonl` or `.ndjson` (before `.gz` or
    /// `.zst`) hold one recording a line; for others the first line tells.
    pub fn new(file: &str, input: R) -> Self {
        let plain = file.trim_end_matches(".gz").trim_end_matches(".zst");
        let lines = plain.ends_with(".jsonl") || plain.ends_with(".ndjson");
        Self {
            file: file.into(),
            input,
            line: 1,
            state: if lines { State::First } else { State::Start },
            is_import: false,
        }
    }

    fn batch(&self, layout: Layout, bytes: Vec<u8>) -> Option<Batch> {
        Some(Batch {
            file: Arc::clone(&self.file),
            layout,
            line: self.line,
            bytes,
            is_import: self.is_import,
        })
    }

    /// A recording says what it is near its beginning, as it is written here.
    fn look(&mut self, first: &[u8]) {
        const NEAR: usize = 4096;
        let near = first.get(..NEAR).unwrap_or(first);
        let mut windows = near.windows(SCHEMA.len());
        let is_recording = windows.any(|window| window == SCHEMA.as_bytes());
        self.is_import = !is_recording && Import::is_importable(&self.file, first);
    }

    /// A line is a document of its own when it is JSON as a whole and others follow.
    fn start(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut bytes = Vec::new();
        let mut lines = 0;
        let complete = loop {
            let from = bytes.len();
            if self.line_into(&mut bytes, DOCUMENT)? == 0 {
                break false;
            }
            lines += 1;
            let last = bytes.get(from..).unwrap_or_default();
            if !last.trim_ascii().is_empty() {
                break serde_json::from_slice::<serde::de::IgnoredAny>(last).is_ok();
            }
        };
        let above = self.line;
        if complete && self.more()? {
            let between = self.line - above;
            self.look(&bytes);
            self.line = above;
            if self.is_import {
                self.state = State::End;
                bytes.extend(std::iter::repeat_n(b'\n', between));
                self.rest(&mut bytes)?;
                return Ok(self.batch(Layout::Lines, bytes));
            }
            let batch = self.batch(Layout::Lines, bytes);
            self.line += lines + between;
            self.state = State::Lines;
            return Ok(batch);
        }
        self.line = above;
        self.state = State::End;
        self.rest(&mut bytes)?;
        self.look(&bytes);
        Ok(self.batch(Layout::One, bytes))
    }

    /// What is left of a file that is needed whole.
    fn rest(&mut self, bytes: &mut Vec<u8>) -> Result<(), ReadError> {
        let room = DOCUMENT.saturating_sub(bytes.len());
        let rest = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut self.input).take(rest).read_to_end(bytes);
        let read = read.map_err(|error| self.io(error))?;
        if read > room {
            return Err(ReadError::Document {
                file: Arc::clone(&self.file),
            });
        }
        Ok(())
    }

    /// The first of the lines that is JSON tells what all of them are.
    fn first(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut bytes = Vec::new();
        let mut lines = 0;
        let mut from = 0;
        while self.line_into(&mut bytes, LINE)? > 0 {
            lines += 1;
            let last = bytes.get(from..).unwrap_or_default();
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(last).is_ok();
            if is_json || bytes.len() > PIECE {
                break;
            }
            from = bytes.len();
        }
        let line = bytes.get(from..).unwrap_or_default().to_vec();
        self.look(&line);
        if self.is_import {
            self.state = State::End;
            self.rest(&mut bytes)?;
            return Ok(self.batch(Layout::Lines, bytes));
        }
        self.state = State::Lines;
        self.lines(bytes, lines)
    }

    /// Whether anything but white space follows; white space is passed over.
    fn more(&mut self) -> Result<bool, ReadError> {
        loop {
            let buffer = self.input.fill_buf();
            let buffer = match buffer {
                Ok(buffer) => buffer,
                Err(error) => return Err(self.io(error)),
            };
            let Some(first) = buffer.first() else {
                return Ok(false);
            };
            if !first.is_ascii_whitespace() {
                return Ok(true);
            }
            self.line += usize::from(*first == b'\n');
            self.input.consume(1);
        }
    }

    /// Lines until they make a piece, behind those that were read already.
    fn lines(&mut self, mut bytes: Vec<u8>, mut lines: usize) -> Result<Option<Batch>, ReadError> {
        while bytes.len() < PIECE && self.line_into(&mut bytes, LINE)? > 0 {
            lines += 1;
        }
        if lines == 0 {
            self.state = State::End;
            return Ok(None);
        }
        let batch = self.batch(Layout::Lines, bytes);
        self.line += lines;
        Ok(batch)
    }

    /// Adds a line with its end, and says how long it was.
    fn line_into(&mut self, bytes: &mut Vec<u8>, limit: usize) -> Result<usize, ReadError> {
        let room = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut self.input).take(room).read_until(b'\n', bytes);
        let read = read.map_err(|error| self.io(error))?;
        if read <= limit {
            return Ok(read);
        }
        let before = bytes.iter().filter(|byte| **byte == b'\n').count();
        Err(ReadError::Line {
            file: Arc::clone(&self.file),
            line: self.line + before,
        })
    }

    fn io(&self, error: io::Error) -> ReadError {
        ReadError::Io {
            file: Arc::clone(&self.file),
            error,
        }
    }
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Result<Batch, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.state {
            State::Start => self.start(),
            State::First => self.first(),
            State::Lines => self.lines(Vec::new(), 0),
            State::End => return None,
        };
        if batch.is_err() {
            self.state = State::End;
        }
        batch.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, expected: &[(Layout, usize, &str)]) {
        let batches: Vec<Batch> = Batches::new(name, text.as_bytes())
            .map(Result::unwrap)
            .collect();
        let found: Vec<(Layout, usize, &str)> = batches
            .iter()
            .map(|batch| {
                (
                    batch.layout,
                    batch.line,
                    str::from_utf8(&batch.bytes).unwrap(),
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_layout_is_told_by_the_name_or_by_the_first_line() {
        check("a.jsonl", "{}\n", &[(Layout::Lines, 1, "{}\n")]);
        check("a.ndjson.gz", "{\n", &[(Layout::Lines, 1, "{\n")]);
        check("a.json", "{}\n\n", &[(Layout::One, 1, "{}\n")]);
        check("a.json", "{\n}\n", &[(Layout::One, 1, "{\n}\n")]);
        check(
            "-",
            "\n{}\n\n{}\n",
            &[(Layout::Lines, 1, "\n{}\n"), (Layout::Lines, 4, "{}\n")],
        );
        check("-", "", &[(Layout::One, 1, "")]);
        check("a.jsonl", "", &[]);
    }

    #[test]
    fn a_long_stream_comes_in_pieces_of_whole_lines() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(50_000));
        let text = line.repeat(40);
        let batches: Vec<Batch> = Batches::new("a.jsonl", text.as_bytes())
            .map(Result::unwrap)
            .collect();
        assert!(batches.len() > 5);
        assert!(
            batches
                .iter()
                .all(|batch| batch.bytes.len() < PIECE + line.len())
        );
        assert!(batches.iter().all(|batch| batch.bytes.ends_with(b"}\n")));
        let lines: Vec<usize> = batches.iter().map(|batch| batch.line).collect();
        assert_eq!(lines[..3], [1, 7, 13]);
        assert_eq!(batches.concat_bytes(), text.as_bytes());
    }

    trait Concat {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl Concat for Vec<Batch> {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|batch| batch.bytes.clone()).collect()
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let text = io::BufReader::new(io::repeat(b'x').take(40 << 20));
        let mut batches = Batches::new("a.jsonl", text);
        let error = batches.next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "a.jsonl:1: a line of more than 16 MiB");
        assert!(batches.next().is_none());
    }
}
