//! Records of an export on lines, each with its resource and its scope.

use super::{Members, OtlpError};

/// Records are put on one line until they have this many bytes.
const LINE: usize = 1 << 20;

/// How much an export may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtlpLimits {
    /// Bytes of all lines.
    pub total: usize,
    /// Bytes of one line.
    pub line: usize,
}

/// An export as lines of OTLP/JSON.
#[derive(Clone, Debug)]
pub struct OtlpLines {
    /// The lines, each with its line break.
    pub text: Vec<u8>,
    members: &'static Members,
    opened: Vec<Opened>,
}

/// A scope on a line.
#[derive(Clone, Copy, Debug)]
struct Opened {
    line: usize,
    /// Places of its resource and of itself on the line.
    here: (usize, usize),
    /// Those in the export.
    there: (usize, usize),
    /// Place in its scope of its first record on the line.
    first: usize,
}

impl OtlpLines {
    /// The lines without their line breaks.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
    }

    /// The path in the export of a record that has a path on a line, from 0.
    #[must_use]
    pub fn path(&self, line: usize, path: &str) -> String {
        let Some([resource, scope, record]) = places(path) else {
            return path.to_owned();
        };
        let mut opened = self.opened.iter().filter(|opened| opened.line == line);
        let Some(found) = opened.find(|opened| opened.here == (resource, scope)) else {
            return path.to_owned();
        };
        self.members.path(found.there, found.first + record)
    }
}

impl Members {
    fn path(&self, (resource, scope): (usize, usize), record: usize) -> String {
        let Self {
            resources,
            scopes,
            records,
        } = self;
        format!("{resources}[{resource}].{scopes}[{scope}].{records}[{record}]")
    }
}

/// The three places in a path such as `resourceLogs[0].scopeLogs[0].logRecords[3]`.
fn places(path: &str) -> Option<[usize; 3]> {
    let mut places = path.split('.').map(|part| {
        let (_, place) = part.strip_suffix(']')?.split_once('[')?;
        place.parse().ok()
    });
    Some([places.next()??, places.next()??, places.next()??])
}

/// Writes lines.
pub(super) struct Writer {
    lines: OtlpLines,
    limits: OtlpLimits,
    /// Lines that are complete, and where the open one begins.
    complete: usize,
    start: usize,
    /// Bytes of the records on the open line.
    held: usize,
    /// The scope that is open on the line.
    open: Option<Opened>,
    /// Resource, scope and record of the export that come next; the first two are open.
    resource: (usize, String),
    scope: (usize, String),
    record: usize,
}

impl Writer {
    pub(super) const fn new(members: &'static Members, limits: OtlpLimits) -> Self {
        Self {
            lines: OtlpLines {
                text: Vec::new(),
                members,
                opened: Vec::new(),
            },
            limits,
            complete: 0,
            start: 0,
            held: 0,
            open: None,
            resource: (0, String::new()),
            scope: (0, String::new()),
            record: 0,
        }
    }

    /// Begins the next resource. `head` has its other members, each with a comma behind it.
    pub(super) fn resource(&mut self, head: String) {
        self.resource = (self.resource.0 + 1, head);
        self.scope = (0, String::new());
    }

    /// Begins the next scope.
    pub(super) fn scope(&mut self, head: String) {
        self.scope = (self.scope.0 + 1, head);
        self.record = 0;
    }

    /// Adds a record of the open scope; line breaks in it become spaces, as JSON has none inside of a
    /// text.
    pub(super) fn record(&mut self, record: &[u8]) -> Result<(), OtlpError> {
        self.open();
        self.put(record);
        self.held += record.len().max(1);
        self.record += 1;
        let limit = self.limits.line;
        // What ends a line has six bytes.
        if self.lines.text.len() - self.start + 6 > limit {
            let place = (self.resource.0 - 1, self.scope.0 - 1);
            let record = self.lines.members.path(place, self.record - 1);
            return Err(OtlpError::LongRecord { record, limit });
        }
        if self.held >= LINE.min(limit / 2) {
            self.end();
        }
        self.check()
    }

    /// Opens resource and scope on the line, as far as they are not.
    fn open(&mut self) {
        let there = (self.resource.0 - 1, self.scope.0 - 1);
        let members = self.lines.members;
        let here = match self.open {
            Some(open) if open.there == there => {
                self.lines.text.push(b',');
                return;
            }
            Some(open) if open.there.0 == there.0 => {
                self.lines.text.extend_from_slice(b"]},{");
                (open.here.0, open.here.1 + 1)
            }
            Some(open) => {
                self.lines.text.extend_from_slice(b"]}]},{");
                (open.here.0 + 1, 0)
            }
            None => {
                let begin = format!("{{\"{}\":[{{", members.resources);
                self.lines.text.extend_from_slice(begin.as_bytes());
                (0, 0)
            }
        };
        if here.1 == 0 {
            let begin = format!("{}\"{}\":[{{", self.resource.1, members.scopes);
            self.put(begin.as_bytes());
        }
        let begin = format!("{}\"{}\":[", self.scope.1, members.records);
        self.put(begin.as_bytes());
        let opened = Opened {
            line: self.complete,
            here,
            there,
            first: self.record,
        };
        self.lines.opened.push(opened);
        self.open = Some(opened);
    }

    fn put(&mut self, bytes: &[u8]) {
        let flat = bytes.iter().map(|byte| match byte {
            b'\n' | b'\r' => b' ',
            other => *other,
        });
        self.lines.text.extend(flat);
    }

    fn end(&mut self) {
        if self.open.take().is_some() {
            self.lines.text.extend_from_slice(b"]}]}]}\n");
            self.start = self.lines.text.len();
            self.complete += 1;
            self.held = 0;
        }
    }

    pub(super) fn finish(mut self) -> Result<OtlpLines, OtlpError> {
        self.end();
        self.check()?;
        Ok(self.lines)
    }

    const fn check(&self) -> Result<(), OtlpError> {
        let limit = self.limits.total;
        match self.lines.text.len() > limit {
            true => Err(OtlpError::TooLarge { limit }),
            false => Ok(()),
        }
    }
}
