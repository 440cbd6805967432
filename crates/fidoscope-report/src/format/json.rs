//! JSON: one object, `{"schema": "fidoscope.<name>/1", ..., "<list>": [...]}`.

use std::io::{self, Write};

use super::{Form, Part, Render};
use crate::escape::escape_json;
use crate::item::Head;
use crate::section::Closing;

pub(super) const FORM: Form = Form {
    name: "json",
    endings: &["json"],
    of_tests: false,
    explains: false,
    keeps_rows: false,
    part: |item, _| Part::Text(escape_json(item.json())),
    start: |head, _| {
        Box::new(Json {
            head,
            is_first: true,
        })
    },
};

#[derive(Debug)]
struct Json {
    head: Head,
    is_first: bool,
}

impl Render for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = format!("{{\"schema\":\"fidoscope.{}/1\"", self.head.schema);
        for (member, value) in &self.head.members {
            text.push_str(&format!(",\n\"{member}\":{value}"));
        }
        text.push_str(&format!(",\n\"{}\":[", self.head.list));
        out.write_all(escape_json(text).as_bytes())
    }

    fn add(&mut self, part: Part, out: &mut dyn Write) -> io::Result<()> {
        let Part::Text(text) = part else {
            return Ok(());
        };
        let between = if self.is_first { "\n" } else { ",\n" };
        self.is_first = false;
        out.write_all(between.as_bytes())?;
        out.write_all(text.as_bytes())
    }

    fn end(&mut self, closing: Closing, out: &mut dyn Write) -> io::Result<()> {
        let text = match closing.members {
            None => "\n]}\n".to_owned(),
            Some(object) => {
                let object = escape_json(object);
                let members = object.strip_prefix('{').unwrap_or(&object);
                format!("\n],\n{members}\n")
            }
        };
        out.write_all(text.as_bytes())
    }
}
