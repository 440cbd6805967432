//! Lines that are wrapped one by one, and records that were cut into parts.

use std::borrow::Cow;

use super::shell::{Content, Stream, layer};
use super::{LAYERS, MAX_LINE, on_one_line, unmarked};

/// State between the lines of an input: the parts of records that have no end yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    carrier: Option<&'static str>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Lines {
    /// Name of the carrier of the first line that had one.
    pub(super) const fn carrier(&self) -> Option<&'static str> {
        self.carrier
    }

    /// Writes what a line holds, without a line break: nothing where it is a part and not the last.
    pub(super) fn open(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let mut content = Content::whole(Cow::Borrowed(unmarked(line)));
        for _ in 0..LAYERS {
            let Some((name, inner)) = layer(&content.text) else {
                break;
            };
            self.carrier.get_or_insert(name);
            content = inner.of(content.stream, content.part);
        }
        let waiting = match content.stream {
            Stream::Out => &mut self.stdout,
            Stream::Err => &mut self.stderr,
        };
        let text = on_one_line(content.text);
        if content.part && waiting.len() + text.len() <= MAX_LINE {
            waiting.extend_from_slice(&text);
            return;
        }
        out.append(waiting);
        out.extend_from_slice(&text);
    }

    /// Writes the parts whose end never came: they are no record, and end in quarantine.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        for waiting in [&mut self.stdout, &mut self.stderr] {
            if !waiting.is_empty() {
                if out.last().is_some_and(|byte| *byte != b'\n') {
                    out.push(b'\n');
                }
                out.append(waiting);
            }
        }
    }
}
