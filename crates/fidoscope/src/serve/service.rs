//! What a request is answered with. A body is on disk before it is answered with 200.

use std::io::Read as _;

use chrono::{DateTime, Utc};
use fidoscope_events::{
    Context, Line, Mapping, OtlpSignal, Pseudonyms, Scratch, otlp_json_line, otlp_lines,
    otlp_status,
};
use serde_json::json;

use super::http::{Answer, NoRequest, Request, Requests};
use super::spool::{Kind, Refused, Spool};
use super::wire::Wire;

/// JSON may be this much longer than the protobuf that it is made of.
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
        let lines = match (encoding, request.content_type.as_str()) {
            (Encoding::Protobuf, _) => otlp_lines(signal, body, self.limit.saturating_mul(GROWTH)),
            (Encoding::Json, JSON) => otlp_json_line(signal, body),
            (Encoding::Json, other) => {
                return Err((
                    415,
                    format!("Content-Type: `{other}` is neither {JSON} nor {PROTOBUF}"),
                ));
            }
        };
        let lines = lines.map_err(|error| (400, error.to_string()))?;
        self.keep(Kind::Otlp, &lines)?;
        Ok(match encoding {
            // Both are an empty ExportLogsServiceResponse or ExportTraceServiceResponse.
            Encoding::Protobuf => ok(PROTOBUF, Vec::new()),
            Encoding::Json => ok(JSON, b"{}".to_vec()),
        })
    }

    /// Native lines: all of them are taken, or none.
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
        let context = Context::new(self.pseudonyms, (self.now)());
        let mut scratch = Scratch::new();
        let (mut lines, mut accepted) = (Vec::with_capacity(body.len() + 1), 0_u64);
        for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let found = self
                .mappings
                .events
                .decode(line, &context, &mut scratch, &mut |_| {});
            match found {
                Line::Blank => continue,
                Line::Rejected(rejections) => {
                    let Some(rejection) = rejections.into_iter().next() else {
                        continue;
                    };
                    let field = rejection.field.map(|field| format!("{field}: "));
                    let field = field.unwrap_or_default();
                    let message = rejection.message;
                    return Err((400, format!("line {}: {field}{message}", number + 1)));
                }
                _ => accepted += 1,
            }
            lines.extend_from_slice(line);
            lines.push(b'\n');
        }
        self.keep(Kind::Events, &lines)?;
        let answer = json!({ "accepted": accepted });
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
