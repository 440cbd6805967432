//! Bytes with their offsets, and marks under those that matter.

use std::fmt::Write;
use std::ops::Range;

/// Bytes in a line.
const ROW: usize = 16;
/// Lines at most; what is marked comes first.
const ROWS: usize = 6;
/// Marks under more bytes than these would hide what they point at: only the first one is marked.
const MARKS: usize = 40;

/// The lines around `marked`: offset, bytes, text; a line of `^` below marked bytes.
pub(super) fn hexdump(bytes: &[u8], marked: Range<usize>) -> Vec<String> {
    let marked = marked.start.min(bytes.len())..marked.end.min(bytes.len());
    let marked = match marked.len() {
        0..=MARKS => marked,
        _ => marked.start..marked.start + 1,
    };
    let first = (marked.start / ROW).min(bytes.len().saturating_sub(1) / ROW);
    // A line of context on either side, as far as there is room.
    let from = first.saturating_sub(1);
    let last = marked.end.saturating_sub(1).max(marked.start) / ROW;
    let until = (last + 2).min(from + ROWS);
    let mut lines = Vec::new();
    for (number, row) in bytes.chunks(ROW).enumerate() {
        if (from..until).contains(&number) {
            lines.push(line(number * ROW, row));
            lines.extend(marks(number * ROW, row.len(), &marked));
        }
    }
    let left = bytes.len().saturating_sub(until * ROW);
    if left > 0 {
        lines.push(format!("…     {left} more bytes"));
    }
    lines
}

fn line(offset: usize, row: &[u8]) -> String {
    let mut hex = String::new();
    for (at, byte) in row.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{}{byte:02x}", if at == 8 { "  " } else { " " });
    }
    let text: String = row.iter().map(|byte| printable(*byte)).collect();
    format!("{offset:04x} {hex:<49}  {text}")
}

fn printable(byte: u8) -> char {
    match byte {
        0x20..=0x7e => char::from(byte),
        _ => '.',
    }
}

fn marks(offset: usize, length: usize, marked: &Range<usize>) -> Option<String> {
    let mut line = " ".repeat(5);
    let mut any = false;
    for at in 0..length {
        let hit = marked.contains(&(offset + at));
        let gap = if at == 8 { 2 } else { 1 };
        line.push_str(&" ".repeat(gap));
        line.push_str(if hit { "^^" } else { "  " });
        any |= hit;
    }
    any.then(|| line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_bytes_stand_with_a_line_around_them() {
        let bytes: Vec<u8> = (0..100).map(|n| b'a' + n % 26).collect();
        assert_eq!(
            hexdump(&bytes, 40..42).join("\n"),
            "0010  71 72 73 74 75 76 77 78  79 7a 61 62 63 64 65 66  qrstuvwxyzabcdef\n\
             0020  67 68 69 6a 6b 6c 6d 6e  6f 70 71 72 73 74 75 76  ghijklmnopqrstuv\n\
             \u{20}                              ^^ ^^\n\
             0030  77 78 79 7a 61 62 63 64  65 66 67 68 69 6a 6b 6c  wxyzabcdefghijkl\n\
             …     36 more bytes"
        );
    }

    #[test]
    fn any_range_is_drawn_in_few_lines() {
        for length in [0_usize, 1, 16, 17, 500] {
            let bytes = vec![7; length];
            for range in [0..0, 0..length, length..length, 3..900, 600..700] {
                let lines = hexdump(&bytes, range);
                assert!(lines.len() <= 2 * ROWS + 1);
                assert!(lines.iter().all(|line| line.chars().count() <= 76));
            }
        }
    }
}
