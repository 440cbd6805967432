//! CSV (RFC 4180): the values of all columns as they are.

use std::io::{self, Write};

use super::{Form, Options, Part, Render};
use crate::Cell;
use crate::escape::escape;
use crate::item::{Head, Item};
use crate::section::Closing;

pub(super) const FORM: Form = Form {
    name: "csv",
    endings: &["csv"],
    of_tests: false,
    explains: false,
    keeps_rows: false,
    part,
    start: |head, options| Box::new(Csv { head, options }),
};

#[derive(Debug)]
struct Csv {
    head: Head,
    options: Options,
}

fn part(item: &dyn Item, options: Options) -> Part {
    Part::Text(lines(&item.cells(), options.csv_safe))
}

impl Render for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let names = self.head.names.iter().map(Cell::from).collect();
        out.write_all(lines(&[names], self.options.csv_safe).as_bytes())
    }

    fn add(&mut self, part: Part, out: &mut dyn Write) -> io::Result<()> {
        match part {
            Part::Text(text) => out.write_all(text.as_bytes()),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _closing: Closing, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that a row rarely exceeds.
const ROW: usize = 512;

/// Lines of CSV. A `safe` cell is never a formula: spreadsheets evaluate text that begins with `=`,
/// `+`, `-` or `@`, quoted or not, so a `'` is put before it. Numbers stay numbers.
fn lines(rows: &[Vec<Cell>], safe: bool) -> String {
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(ROW)
        .from_writer(Vec::with_capacity(ROW));
    for row in rows {
        let line = row.iter().map(|cell| {
            let text = escape(&cell.plain()).into_owned();
            match safe && cell.is_text() && text.starts_with(FORMULA) {
                true => format!("'{text}"),
                false => text,
            }
        });
        let written = writer.write_record(line);
        debug_assert!(written.is_ok(), "rows are as long as the head");
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a formula of a spreadsheet begins with; the wide forms count where Chinese, Japanese or
/// Korean is written.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
