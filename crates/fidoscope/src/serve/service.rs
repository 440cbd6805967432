//! What becomes of a body, whichever protocol brought it. It is on disk before it counts as taken.

use std::io::Read as _;

use chrono::{DateTime, Utc};
use fidoscope_analytics::{MAX_LINE, decompressed};
use fidoscope_events::{
    Context, Mapping, OtlpLimits, OtlpSignal, Pseudonyms, otlp_json_lines, otlp_protobuf_lines,
};

use super::judgement::{Judge, Judgement};
use super::refusal::{Reason, Refusal};
use super::spool::{Kind, Refused, Spool};

/// Lines of JSON may be this much longer than the export that they are made of.
const GROWTH: usize = 16;

/// The mappings that read what comes in.
#[derive(Clone, Copy)]
pub(crate) struct Mappings<'a> {
    pub(crate) events: &'a Mapping,
    pub(crate) otlp: &'a Mapping,
}

/// Takes bodies.
pub(crate) struct Service<'a> {
    pub(crate) spool: &'a Spool,
    pub(crate) mappings: Mappings<'a>,
    pub(crate) pseudonyms: &'a Pseudonyms,
    /// Bytes of a body at most, before and after it is decompressed.
    pub(crate) limit: usize,
    pub(crate) now: &'a (dyn Fn() -> DateTime<Utc> + Sync),
}

/// How an export of OpenTelemetry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Json,
    Protobuf,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// An export of OpenTelemetry.
    Otlp(OtlpSignal, Encoding),
    /// Native lines.
    Events,
}

impl Content {
    /// What it is counted as.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Otlp(OtlpSignal::Logs, _) => "logs",
            Self::Otlp(OtlpSignal::Traces, _) => "traces",
            Self::Events => "events",
        }
    }
}

impl Service<'_> {
    /// Takes a body: when this returns, every record of it that was accepted is on disk, and what was
    /// rejected as well.
    pub(super) fn take(&self, content: Content, body: &[u8]) -> Result<Judgement, Refusal> {
        match content {
            Content::Otlp(signal, encoding) => self.otlp(signal, encoding, body),
            Content::Events => self.events(body),
        }
    }

    /// The body of a request whose `Content-Encoding` is this one, read as an ingest reads a file.
    pub(super) fn unpacked(&self, coding: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let magic: &[u8] = match coding {
            "gzip" | "x-gzip" => &[0x1f, 0x8b],
            "zstd" => &[0x28, 0xb5, 0x2f, 0xfd],
            other => {
                let message =
                    format!("Content-Encoding: {other} is not understood, gzip and zstd are");
                return Err(Refusal::new(Reason::Encoding, message));
            }
        };
        let unreadable = |error: &dyn std::fmt::Display| {
            let message = format!("Content-Encoding: not {coding}: {error}");
            Refusal::new(Reason::Unreadable, message)
        };
        if !body.starts_with(magic) {
            return Err(unreadable(&"it begins otherwise"));
        }
        let limit = u64::try_from(self.limit).unwrap_or(u64::MAX);
        let mut unpacked = Vec::new();
        decompressed(body)
            .and_then(|bytes| {
                let mut bytes = bytes.take(limit.saturating_add(1));
                bytes.read_to_end(&mut unpacked)
            })
            .map_err(|error| unreadable(&error))?;
        if unpacked.len() > self.limit {
            let Refusal { reason, message } = Refusal::too_large(self.limit);
            return Err(Refusal::new(reason, format!("{message} unpacked")));
        }
        Ok(unpacked)
    }

    fn otlp(
        &self,
        signal: OtlpSignal,
        encoding: Encoding,
        body: &[u8],
    ) -> Result<Judgement, Refusal> {
        let limits = OtlpLimits {
            total: self.limit.saturating_mul(GROWTH),
            line: MAX_LINE,
        };
        let lines = match encoding {
            Encoding::Protobuf => otlp_protobuf_lines(signal, body, limits),
            Encoding::Json => otlp_json_lines(signal, body, limits),
        };
        let lines = lines.map_err(|error| {
            let reason = match error.is_size() {
                true => Reason::TooLarge,
                false => Reason::Unreadable,
            };
            Refusal::new(reason, error.to_string())
        })?;
        let mut judge = self.judge(self.mappings.otlp);
        for (number, line) in lines.lines().enumerate() {
            judge.look(line, |path| {
                lines.path(number, path.unwrap_or("the export"))
            });
        }
        self.settle(judge, Kind::Otlp, &lines.text)
    }

    fn judge<'m>(&'m self, mapping: &'m Mapping) -> Judge<'m> {
        Judge::new(mapping, Context::new(self.pseudonyms, (self.now)()))
    }

    /// Native lines, each taken or rejected by itself.
    fn events(&self, body: &[u8]) -> Result<Judgement, Refusal> {
        let mut judge = self.judge(self.mappings.events);
        let mut lines = Vec::with_capacity(body.len() + 1);
        for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > MAX_LINE {
                let number = number + 1;
                let message = format!("line {number} has more than {MAX_LINE} bytes");
                return Err(Refusal::new(Reason::TooLarge, message));
            }
            if judge.look(line, |_| format!("line {}", number + 1)) {
                lines.extend_from_slice(line);
                lines.push(b'\n');
            }
        }
        self.settle(judge, Kind::Events, &lines)
    }

    /// Keeps the lines of a body. One of which nothing can be read is not taken: its sender has it.
    fn settle(&self, judge: Judge<'_>, kind: Kind, lines: &[u8]) -> Result<Judgement, Refusal> {
        let judgement = judge.done();
        if judgement.is_hopeless() {
            return Err(Refusal::new(Reason::Unreadable, judgement.message()));
        }
        match self.spool.append(kind, lines) {
            Ok(()) => Ok(judgement),
            Err(Refused::Full) => Err(Refusal::new(Reason::Full, "too much waits for the store")),
            Err(Refused::Io(error)) => {
                let message = format!("cannot be kept: {error}");
                Err(Refusal::new(Reason::Disk, message))
            }
        }
    }
}
