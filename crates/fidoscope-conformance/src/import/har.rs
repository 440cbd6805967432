//! HTTP archives (HAR 1.2). Only the members below are read: cookies, other headers, timings and
//! page titles never leave the file.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fidoscope_webauthn::{Decision, DecisionVerdict};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Arrival, Import, parts, problems};

/// The longest reason of a relying party that is kept.
const REASON: usize = 200;

#[derive(Deserialize)]
struct Archive<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow, default)]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "startedDateTime")]
    started: Option<Cow<'a, str>>,
    #[serde(borrow)]
    request: Request<'a>,
    #[serde(borrow, default)]
    response: Option<Response<'a>>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, default)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    headers: Vec<Header<'a>>,
    #[serde(borrow, default, rename = "postData")]
    body: Option<Body<'a>>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(default)]
    status: i64,
    #[serde(borrow, default)]
    content: Option<Body<'a>>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    encoding: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<Vec<Header<'a>>>,
}

/// Adds the ceremonies of an archive.
pub(super) fn add(import: &mut Import, name: &str, bytes: &[u8]) {
    // Browsers write a byte order mark now and then.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let archive: Archive<'_> = match serde_json::from_slice(bytes) {
        Ok(archive) => archive,
        Err(error) => {
            import.diagnostics.push(problems::not_json(name, &error));
            return;
        }
    };
    for (number, entry) in archive.log.entries.iter().enumerate() {
        let sent = entry.request.body.as_ref().and_then(value);
        let answered = entry
            .response
            .as_ref()
            .and_then(|r| value(r.content.as_ref()?));
        let arrival = Arrival {
            file: name.to_owned(),
            tool: "har",
            time: entry.started.as_deref().and_then(|text| text.parse().ok()),
            origin: origin(&entry.request),
            rp: None,
            decision: entry
                .response
                .as_ref()
                .and_then(|r| decision(r, answered.as_ref())),
        };
        // The answer to a request without a response in it may carry options, and the other way round.
        let places = [
            ("request/postData", sent.as_ref()),
            ("response/content", answered.as_ref()),
        ];
        let mut empty = true;
        for (place, value) in places {
            let mut found = parts::Found::default();
            if let Some(value) = value {
                parts::find(value, &format!("/log/entries/{number}/{place}"), &mut found);
            }
            // A client sends responses, a server options; an echo of either is none.
            match place {
                "response/content" => found.responses.clear(),
                _ => found.options.clear(),
            }
            empty &= found.is_empty();
            import.take(found, &arrival);
        }
        import.joiner.others += usize::from(empty);
    }
}

/// The body as a JSON value; a form becomes an object of texts.
fn value(body: &Body<'_>) -> Option<Value> {
    if let Some(params) = body.params.as_ref().filter(|params| !params.is_empty()) {
        let members = params.iter().map(|p| (p.name.to_string(), field(&p.value)));
        return Some(Value::Object(members.collect()));
    }
    let text = body.text.as_deref()?;
    let decoded = match body.encoding.as_deref() {
        Some("base64") => Cow::Owned(String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?),
        _ => Cow::Borrowed(text),
    };
    let text = decoded.trim_start();
    if text.starts_with(['{', '[']) {
        return serde_json::from_str(text).ok();
    }
    text.contains("clientDataJSON=").then(|| form(text))
}

/// `application/x-www-form-urlencoded`.
fn form(text: &str) -> Value {
    let mut members = Map::new();
    for pair in text.trim_end().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        members.insert(unescape(name), field(&unescape(value)));
    }
    Value::Object(members)
}

/// A field of a form that holds JSON is JSON.
fn field(text: &str) -> Value {
    let json = text.trim_start().starts_with(['{', '[']);
    let parsed = json.then(|| serde_json::from_str(text).ok()).flatten();
    // Client data is JSON, but its bytes matter.
    let keep = parsed
        .filter(|value: &Value| value.get("challenge").is_none() || value.get("origin").is_none());
    keep.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let pair = (bytes.next(), bytes.next());
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(pair.0)
                    .zip(digit(pair.1))
                    .map(|(high, low)| high * 16 + low);
                out.extend(value.and_then(|value| u8::try_from(value).ok()));
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The page that sent a request: what its `Origin` says, else the address itself.
fn origin(request: &Request<'_>) -> Option<String> {
    let header = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("origin"))
        .map(|header| header.value.to_string())
        .filter(|origin| origin != "null");
    header.or_else(|| {
        let (scheme, rest) = request.url.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        Some(format!("{scheme}://{host}"))
    })
}

/// What the relying party decided: by the status of its answer, and by what it says in it. An answer
/// that sends the browser elsewhere, or an error of the server, is no decision.
fn decision(response: &Response<'_>, answer: Option<&Value>) -> Option<Decision> {
    let said = |names: &[&str]| {
        let found = names.iter().find_map(|name| answer?.get(*name));
        found.cloned()
    };
    let refused = match said(&["verified", "success", "ok", "status"]) {
        Some(Value::Bool(fine)) => !fine,
        Some(Value::String(word)) => matches!(word.as_str(), "failed" | "error" | "fail"),
        _ => false,
    };
    let verdict = match response.status {
        200..300 if refused => DecisionVerdict::Reject,
        200..300 => DecisionVerdict::Accept,
        400..500 => DecisionVerdict::Reject,
        _ => return None,
    };
    let words = said(&["errorMessage", "error", "message", "code", "reason"]);
    let words = words.as_ref().and_then(Value::as_str);
    let words = words.filter(|_| verdict == DecisionVerdict::Reject);
    let words: Option<String> = words.map(|text| text.chars().take(REASON).collect());
    let reason = match words {
        Some(words) => format!("HTTP {}: {words}", response.status),
        None => format!("HTTP {}", response.status),
    };
    Some(Decision {
        verdict,
        reason: Some(reason),
    })
}
