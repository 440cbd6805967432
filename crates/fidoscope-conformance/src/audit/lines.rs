//! Lines of a file in pieces. A line that is too long is one rejected line, and the file goes on.

use std::io::{self, BufRead, Read as _};
use std::sync::Arc;

use super::row::Place;

/// Bytes of lines in a piece, unless a single line is longer.
const PIECE: usize = 1 << 20;
/// The longest line that is read.
const LONGEST: usize = 16 << 20;

/// Whole lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePiece {
    file: Arc<str>,
    /// Line of the first byte, from 1.
    first: u64,
    bytes: Vec<u8>,
    /// Lines, by their number in the piece, of which only the beginning was kept.
    too_long: Vec<u64>,
}

impl LinePiece {
    /// The lines that are not blank, with their places.
    pub(super) fn lines(&self) -> impl Iterator<Item = (Place, Result<&[u8], String>)> {
        let numbered = (0_u64..).zip(self.bytes.split(|byte| *byte == b'\n'));
        let written = numbered.filter(|(_, line)| !line.trim_ascii().is_empty());
        written.map(|(number, line)| {
            let place = Place {
                source: Arc::clone(&self.file),
                line: Some(self.first.saturating_add(number)),
            };
            let is_whole = !self.too_long.contains(&number);
            let line = is_whole.then_some(line);
            (
                place,
                line.ok_or_else(|| "a line of more than 16 MiB".to_owned()),
            )
        })
    }
}

/// The pieces of a file.
#[derive(Debug)]
pub struct LinePieces<R> {
    file: Arc<str>,
    input: R,
    line: u64,
    ended: bool,
}

impl<R: BufRead> LinePieces<R> {
    /// Reads a file that the caller opened.
    pub fn new(file: &str, input: R) -> Self {
        Self {
            file: file.into(),
            input,
            line: 1,
            ended: false,
        }
    }

    fn piece(&mut self) -> io::Result<Option<LinePiece>> {
        let mut piece = LinePiece {
            file: Arc::clone(&self.file),
            first: self.line,
            bytes: Vec::with_capacity(PIECE + (PIECE >> 2)),
            too_long: Vec::new(),
        };
        let mut lines = 0_u64;
        while piece.bytes.len() < PIECE {
            let from = piece.bytes.len();
            let room = u64::try_from(LONGEST).unwrap_or(u64::MAX);
            let read = (&mut self.input)
                .take(room)
                .read_until(b'\n', &mut piece.bytes)?;
            if read == 0 {
                break;
            }
            if read >= LONGEST && piece.bytes.last() != Some(&b'\n') {
                // Enough stays to be seen as a line that is not blank.
                piece.bytes.truncate(from);
                piece.bytes.extend_from_slice(b"?\n");
                piece.too_long.push(lines);
                self.skip_line()?;
            }
            lines = lines.saturating_add(1);
        }
        self.line = self.line.saturating_add(lines);
        Ok((lines > 0).then_some(piece))
    }

    /// Passes over the rest of a line.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for LinePieces<R> {
    type Item = io::Result<LinePiece>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let piece = self.piece();
        self.ended = !matches!(piece, Ok(Some(_)));
        piece.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], expected: &[(u64, Result<usize, &str>)]) {
        let pieces = LinePieces::new("a", text);
        let mut found = Vec::new();
        for piece in pieces {
            for (place, line) in piece.unwrap().lines() {
                found.push((place.line.unwrap(), line.map(<[u8]>::len)));
            }
        }
        let found: Vec<_> = found
            .iter()
            .map(|(line, read)| (*line, read.as_ref().map(|n| *n).map_err(String::as_str)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_keep_their_numbers() {
        check(b"", &[]);
        check(b"ab\n\nc", &[(1, Ok(2)), (3, Ok(1))]);
        let many = "x\n".repeat(3 * PIECE / 2);
        let found = LinePieces::new("a", many.as_bytes()).map(|piece| piece.unwrap().first);
        assert_eq!(found.collect::<Vec<_>>(), [1, 524_289, 1_048_577]);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_line() {
        let long = "y".repeat(LONGEST + 9);
        let text = format!("a\n{long}\nb\n");
        let too_long = Err("a line of more than 16 MiB");
        check(text.as_bytes(), &[(1, Ok(1)), (2, too_long), (3, Ok(1))]);
        check(long.as_bytes(), &[(1, too_long)]);
    }
}
