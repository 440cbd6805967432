//! NDJSON: the items of the list, one a line.

use std::io::{self, Write};

use super::{Form, Part, Render};
use crate::escape::escape_json;
use crate::section::Closing;

pub(super) const FORM: Form = Form {
    name: "ndjson",
    endings: &["ndjson", "jsonl"],
    of_tests: false,
    explains: false,
    keeps_rows: false,
    part: |item, _| Part::Text(escape_json(item.json() + "\n")),
    start: |_, _| Box::new(Lines),
};

/// Text that is written as it comes.
#[derive(Debug)]
struct Lines;

impl Render for Lines {
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
