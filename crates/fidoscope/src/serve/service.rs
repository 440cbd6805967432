//! What a request is answered with. A body is on disk before it is answered with 200.

use std::io::Read as _;

use chrono::{DateTime, Utc};
use fidoscope_analytics::MAX_LINE;
use fidoscope_events::{
    Context, Mapping, OtlpLimits, OtlpPartialSuccess, OtlpSignal, Pseudonyms, otlp_json_lines,
    otlp_protobuf_lines, otlp_status,
};
use serde_json::json;

use super::http::{Answer, NoRequest, Request, Requests};
use super::judgement::{Judge, Judgement};
use super::spool::{Kind, Refused, Spool};
use super::wire::Wire;

/// Lines of JSON may be this much longer than the export that they are made of.
const GROWTH: usize = 16;

/// The mappings that read what comes in.
#[derive(Clone, Copy)]
pub(crate) struct Mappings<'a> {
    pub(crate) events: &'a Mapping,
    pub(crate) otlp: &'a Mapping,
}

/// Answers requests.
pub(crate) struct Service<'a> {
    pub(crate) spool: &'a Spool,
    pub(crate) mappings: Mappings<'a>,
    pub(crate) pseudonyms: &'a Pseudonyms,
    /// What clients have to know.
    pub(crate) token: Option<Vec<u8>>,
    /// Bytes of a body at most, before and after it is decompressed.
    pub(crate) limit: usize,
    pub(crate) now: &'a (dyn Fn() -> DateTime<Utc> + Sync),
    /// No further request is to be waited for.
    pub(crate) ends: &'a (dyn Fn() -> bool + Sync),
}

/// How a client speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    Protobuf,
}

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";
const RETRY: (&str, &str) = ("Retry-After", "5");

impl Service<'_> {
    /// Answers all requests of a connection.
    pub(crate) fn converse(&self, mut wire: Wire) {
        let ends = || (self.ends)();
        let mut requests = Requests::new(&mut wire, self.limit, &ends);
        loop {
            let (answer, closes) = match requests.next() {
                Ok(request) => (self.answer(&request), request.closes || (self.ends)()),
                Err(NoRequest::Over) => break,
                Err(NoRequest::Bad(status, reason)) => {
                    let refusal = refusal(Encoding::Json, status, &reason);
                    if requests.answer(&refusal, true).is_ok() {
                        requests.drain();
                    }
                    break;
                }
            };
            // A client that has gone does not hear the answer; it will send the body again.
            if requests.answer(&answer, closes).is_err() || closes {
                break;
            }
        }
        wire.close();
    }

    /// Tells a client that there are too many of them.
    pub(crate) fn turn_away(&self, mut wire: Wire) {
        let busy = Answer {
            header: Some(RETRY),
            ..refusal(Encoding::Json, 429, "too many connections")
        };
        let mut requests = Requests::new(&mut wire, self.limit, &|| true);
        // It may have gone.
        let _ = requests.answer(&busy, true);
        wire.close();
    }

    fn answer(&self, request: &Request) -> Answer {
        let encoding = match request.content_type.as_str() {
            PROTOBUF | "application/protobuf" => Encoding::Protobuf,
            _ => Encoding::Json,
        };
        match self.take(request, encoding) {
            Ok(answer) => answer,
            Err((status, reason)) => {
                let header = match status {
                    401 => Some(("WWW-Authenticate", "Bearer")),
                    405 => Some(("Allow", "POST")),
                    429 | 503 => Some(RETRY),
                    _ => None,
                };
                Answer {
                    header,
                    ..refusal(encoding, status, &reason)
                }
            }
        }
    }

    fn take(&self, request: &Request, encoding: Encoding) -> Result<Answer, (u16, String)> {
        self.authorize(request)?;
        let signal = match request.path.as_str() {
            "/v1/logs" => Some(OtlpSignal::Logs),
            "/v1/traces" => Some(OtlpSignal::Traces),
            "/v1/events" => None,
            path => {
                return Err((
                    404,
                    format!("there is no {path}; there are /v1/logs, /v1/traces and /v1/events"),
                ));
            }
        };
        if request.method != "POST" {
            return Err((405, format!("{} is not POST", request.method)));
        }
        let unpacked;
        let body = match request.content_encoding.as_str() {
            "" | "identity" => &request.body,
            "gzip" => {
                unpacked = self.unpack(&request.body)?;
                &unpacked
            }
            other => {
                return Err((
                    415,
                    format!("Content-Encoding: {other} is not understood, gzip is"),
                ));
            }
        };
        match signal {
            Some(signal) => self.otlp(signal, encoding, request, body),
            None => self.events(request, body),
        }
    }

    fn authorize(&self, request: &Request) -> Result<(), (u16, String)> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let given = request.authorization.as_deref().unwrap_or_default();
        let given = given
            .split_at_checked(7)
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let known = given.is_some_and(|(_, given)| equal(given.trim_ascii(), token));
        match known {
            true => Ok(()),
            false => Err((401, "a bearer token is required".to_owned())),
        }
    }

    fn unpack(&self, body: &[u8]) -> Result<Vec<u8>, (u16, String)> {
        let limit = u64::try_from(self.limit).unwrap_or(u64::MAX);
        let mut unpacked = Vec::new();
        flate2::read::MultiGzDecoder::new(body)
            .take(limit.saturating_add(1))
            .read_to_end(&mut unpacked)
            .map_err(|error| (400, format!("Content-Encoding: not gzip: {error}")))?;
        if unpacked.len() > self.limit {
            let limit = self.limit;
            return Err((
                413,
                format!("the body has more than {limit} bytes unpacked"),
            ));
        }
        Ok(unpacked)
    }

    fn otlp(
        &self,
        signal: OtlpSignal,
        encoding: Encoding,
        request: &Request,
        body: &[u8],
    ) -> Result<Answer, (u16, String)> {
        let limits = OtlpLimits {
            total: self.limit.saturating_mul(GROWTH),
            line: MAX_LINE,
        };
        let lines = match (encoding, request.content_type.as_str()) {
            (Encoding::Protobuf, _) => otlp_protobuf_lines(signal, body, limits),
            (Encoding::Json, JSON) => otlp_json_lines(signal, body, limits),
            (Encoding::Json, other) => {
                return Err((
                    415,
                    format!("Content-Type: `{other}` is neither {JSON} nor {PROTOBUF}"),
                ));
            }
        };
        let lines = lines.map_err(|error| {
            let status = if error.is_size() { 413 } else { 400 };
            (status, error.to_string())
        })?;
        let mut judge = self.judge(self.mappings.otlp);
        for (number, line) in lines.lines().enumerate() {
            judge.look(line, |path| {
                lines.path(number, path.unwrap_or("the export"))
            });
        }
        let judgement = settle(judge)?;
        self.keep(Kind::Otlp, &lines.text)?;
        let partial = (judgement.rejected > 0).then(|| OtlpPartialSuccess {
            signal,
            rejected: judgement.rejected,
            message: judgement.message(),
        });
        Ok(match (encoding, partial) {
            (Encoding::Protobuf, Some(partial)) => ok(PROTOBUF, partial.to_protobuf()),
            (Encoding::Json, Some(partial)) => ok(JSON, partial.to_json()),
            // Both are an empty ExportLogsServiceResponse or ExportTraceServiceResponse.
            (Encoding::Protobuf, None) => ok(PROTOBUF, Vec::new()),
            (Encoding::Json, None) => ok(JSON, b"{}".to_vec()),
        })
    }

    fn judge<'m>(&'m self, mapping: &'m Mapping) -> Judge<'m> {
        Judge::new(mapping, Context::new(self.pseudonyms, (self.now)()))
    }

    /// Native lines, each taken or rejected by itself.
    fn events(&self, request: &Request, body: &[u8]) -> Result<Answer, (u16, String)> {
        // None of those that a web page may send anywhere without being asked for it.
        const KNOWN: [&str; 3] = ["application/x-ndjson", "application/ndjson", JSON];
        if !KNOWN.contains(&request.content_type.as_str()) {
            let other = &request.content_type;
            return Err((
                415,
                format!("Content-Type: `{other}` is not application/x-ndjson"),
            ));
        }
        let mut judge = self.judge(self.mappings.events);
        let mut lines = Vec::with_capacity(body.len() + 1);
        for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > MAX_LINE {
                let number = number + 1;
                return Err((413, format!("line {number} has more than {MAX_LINE} bytes")));
            }
            if judge.look(line, |_| format!("line {}", number + 1)) {
                lines.extend_from_slice(line);
                lines.push(b'\n');
            }
        }
        let judgement = settle(judge)?;
        self.keep(Kind::Events, &lines)?;
        let answer = match judgement.rejected {
            0 => json!({ "accepted": judgement.accepted }),
            rejected => json!({
                "accepted": judgement.accepted,
                "rejected": rejected,
                "errorMessage": judgement.message(),
            }),
        };
        Ok(ok(JSON, answer.to_string().into_bytes()))
    }

    fn keep(&self, kind: Kind, lines: &[u8]) -> Result<(), (u16, String)> {
        self.spool
            .append(kind, lines)
            .map_err(|refused| match refused {
                Refused::Full => (429, "too much waits for the store".to_owned()),
                Refused::Io(error) => (503, format!("cannot be kept: {error}")),
            })
    }
}

/// A body of which nothing can be read is not taken: its sender has it.
fn settle(judge: Judge<'_>) -> Result<Judgement, (u16, String)> {
    let judgement = judge.done();
    match judgement.is_hopeless() {
        true => Err((400, judgement.message())),
        false => Ok(judgement),
    }
}

/// Compares in a time that does not tell how much is right.
fn equal(given: &[u8], token: &[u8]) -> bool {
    let differences = given.iter().zip(token).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && differences == 0
}

const fn ok(content_type: &'static str, body: Vec<u8>) -> Answer {
    Answer {
        status: 200,
        content_type,
        body,
        header: None,
    }
}

/// An answer that says why not, in the client's encoding.
fn refusal(encoding: Encoding, status: u16, reason: &str) -> Answer {
    let (content_type, body) = match encoding {
        Encoding::Protobuf => (PROTOBUF, otlp_status(reason)),
        Encoding::Json => {
            let body = json!({ "code": 3, "message": reason });
            (JSON, body.to_string().into_bytes())
        }
    };
    Answer {
        status,
        content_type,
        body,
        header: None,
    }
}
