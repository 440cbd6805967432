//! HTTP/1.1 as far as exporters of telemetry need it: requests with a body, answers without delay.
//! Everything that a client sends is bounded in size and time.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// Bytes of a request line with its headers at most.
const HEAD: usize = 16 << 10;

/// Headers of a request at most.
const HEADERS: usize = 64;

/// A request must be complete after this long.
const REQUEST: Duration = Duration::from_secs(30);

/// A connection without a request is closed after this long.
const IDLE: Duration = Duration::from_secs(60);

/// A request with its body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) content_encoding: String,
    pub(crate) authorization: Option<Vec<u8>>,
    pub(crate) body: Vec<u8>,
    /// The client wants the connection to end with the answer.
    pub(crate) closes: bool,
}

/// What is sent back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) header: Option<(&'static str, &'static str)>,
}

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum NoRequest {
    /// The client has gone, was silent for long, or the program ends.
    Over,
    /// It is to be told so, and the connection ends.
    Bad(u16, String),
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Over
    }
}

fn bad<T>(status: u16, reason: impl Into<String>) -> Result<T, NoRequest> {
    Err(NoRequest::Bad(status, reason.into()))
}

/// The requests of a connection.
pub(crate) struct Requests<'c, S> {
    stream: &'c mut S,
    buffer: Vec<u8>,
    limit: usize,
    ends: &'c dyn Fn() -> bool,
}

/// What the headers say about the body.
#[derive(Default)]
struct Framing {
    length: Option<usize>,
    chunked: bool,
    continues: bool,
}

impl<'c, S: Read + Write> Requests<'c, S> {
    /// Bodies have `limit` bytes at most; `ends` says that no further request is to be waited for.
    pub(crate) fn new(stream: &'c mut S, limit: usize, ends: &'c dyn Fn() -> bool) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            limit,
            ends,
        }
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> Result<Request, NoRequest> {
        let mut deadline = Instant::now() + IDLE;
        if !self.buffer.is_empty() {
            deadline = Instant::now() + REQUEST;
        }
        loop {
            if let Some((request, framing, length)) = parse(&self.buffer)? {
                self.buffer.drain(..length);
                return self.with_body(request, &framing, Instant::now() + REQUEST);
            }
            if self.buffer.len() >= HEAD {
                return bad(431, "the headers are too long");
            }
            let begins = self.buffer.is_empty();
            self.more(deadline)?;
            if begins {
                deadline = Instant::now() + REQUEST;
            }
        }
    }

    fn with_body(
        &mut self,
        mut request: Request,
        framing: &Framing,
        deadline: Instant,
    ) -> Result<Request, NoRequest> {
        if framing.length.is_some_and(|length| length > self.limit) {
            return self.too_large();
        }
        if framing.continues {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            self.stream.flush()?;
        }
        request.body = match (framing.chunked, framing.length) {
            (true, _) => self.chunks(deadline)?,
            (false, length) => self.take(length.unwrap_or(0), deadline)?,
        };
        Ok(request)
    }

    fn too_large<T>(&self) -> Result<T, NoRequest> {
        bad(413, format!("the body has more than {} bytes", self.limit))
    }

    fn take(&mut self, length: usize, deadline: Instant) -> Result<Vec<u8>, NoRequest> {
        while self.buffer.len() < length {
            self.more(deadline)?;
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn chunks(&mut self, deadline: Instant) -> Result<Vec<u8>, NoRequest> {
        let mut body = Vec::new();
        loop {
            let size = match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((head, size))) => {
                    self.buffer.drain(..head);
                    usize::try_from(size).unwrap_or(usize::MAX)
                }
                Ok(httparse::Status::Partial) if self.buffer.len() < HEAD => {
                    self.more(deadline)?;
                    continue;
                }
                _ => return bad(400, "a chunk has no valid size"),
            };
            if size > self.limit - body.len().min(self.limit) {
                return self.too_large();
            }
            if size == 0 {
                return self.trailer(body, deadline);
            }
            body.append(&mut self.take(size, deadline)?);
            if self.take(2, deadline)? != b"\r\n" {
                return bad(400, "a chunk is longer than its size");
            }
        }
    }

    /// Passes over what may follow the last chunk.
    fn trailer(&mut self, body: Vec<u8>, deadline: Instant) -> Result<Vec<u8>, NoRequest> {
        loop {
            let end = self.buffer.windows(2).position(|pair| pair == b"\r\n");
            match end {
                Some(0) => {
                    self.buffer.drain(..2);
                    return Ok(body);
                }
                Some(end) => drop(self.buffer.drain(..end + 2)),
                None if self.buffer.len() < HEAD => self.more(deadline)?,
                None => return bad(400, "the trailer is too long"),
            }
        }
    }

    /// Waits for more bytes.
    fn more(&mut self, deadline: Instant) -> Result<(), NoRequest> {
        let mut chunk = [0; 16 << 10];
        loop {
            let idle = self.buffer.is_empty();
            if idle && (self.ends)() {
                return Err(NoRequest::Over);
            }
            if Instant::now() >= deadline {
                return match idle {
                    true => Err(NoRequest::Over),
                    false => bad(408, "the request did not come to its end"),
                };
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(NoRequest::Over),
                Ok(length) => {
                    let read = chunk.get(..length).unwrap_or_default();
                    self.buffer.extend_from_slice(read);
                    return Ok(());
                }
                Err(error) if is_patience(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sends an answer; `closes` says that it is the last one.
    pub(crate) fn answer(&mut self, answer: &Answer, closes: bool) -> io::Result<()> {
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
            answer.status,
            reason(answer.status),
            answer.content_type,
            answer.body.len()
        );
        if let Some((name, value)) = answer.header {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(if closes {
            "Connection: close\r\n\r\n"
        } else {
            "\r\n"
        });
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&answer.body);
        self.stream.write_all(&bytes)?;
        self.stream.flush()
    }

    /// Takes what a refused client still sends, for a moment, so that it comes to read the answer.
    pub(crate) fn drain(&mut self) {
        let mut chunk = [0; 16 << 10];
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until && self.stream.read(&mut chunk).is_ok_and(|read| read > 0) {}
    }
}

/// Whether a read only took longer than a slice.
fn is_patience(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// The head of a request and its length; `None` while it is not complete.
fn parse(bytes: &[u8]) -> Result<Option<(Request, Framing, usize)>, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return bad(400, format!("not HTTP: {error}")),
    };
    let target = parsed.path.unwrap_or_default();
    let mut request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: target.split('?').next().unwrap_or_default().to_owned(),
        closes: parsed.version == Some(0),
        ..Request::default()
    };
    let mut framing = Framing::default();
    for header in &*parsed.headers {
        take_header(header, &mut request, &mut framing)?;
    }
    if framing.chunked && framing.length.is_some() {
        return bad(400, "Content-Length beside Transfer-Encoding");
    }
    Ok(Some((request, framing, length)))
}

fn take_header(
    header: &httparse::Header<'_>,
    request: &mut Request,
    framing: &mut Framing,
) -> Result<(), NoRequest> {
    let text = String::from_utf8_lossy(header.value);
    let text = text.trim();
    match header.name.to_ascii_lowercase().as_str() {
        "content-length" => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let Some(length) = text.parse().ok().filter(|_| digits) else {
                return bad(400, format!("Content-Length: `{text}` is no length"));
            };
            if framing.length.is_some_and(|other| other != length) {
                return bad(400, "two different Content-Length");
            }
            framing.length = Some(length);
        }
        "transfer-encoding" => {
            if framing.chunked || !text.eq_ignore_ascii_case("chunked") {
                return bad(501, format!("Transfer-Encoding: {text} is not understood"));
            }
            framing.chunked = true;
        }
        "content-type" => {
            let kind = text.split(';').next().unwrap_or_default().trim();
            request.content_type = kind.to_ascii_lowercase();
        }
        "content-encoding" => request.content_encoding = text.to_ascii_lowercase(),
        "authorization" => request.authorization = Some(header.value.to_vec()),
        "expect" => framing.continues = text.eq_ignore_ascii_case("100-continue"),
        "connection" => {
            let mut options = text.split(',').map(str::trim);
            request.closes |= options.any(|option| option.eq_ignore_ascii_case("close"));
        }
        _ => {}
    }
    Ok(())
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests;
