//! HTTP archives (HAR 1.2). Only the members below are read: cookies, other headers, timings and
//! page titles never leave the file.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::{Decision, DecisionVerdict};

use super::{Arrival, Import, body, parts, problems};

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
    #[serde(borrow, default, rename = "mimeType")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<Vec<Header<'a>>>,
}

/// Adds the ceremonies of an archive.
pub(super) fn add(import: &mut Import, name: &str, bytes: &[u8]) {
    let archive: Archive<'_> = match serde_json::from_slice(bytes) {
        Ok(archive) => archive,
        Err(error) => {
            import.diagnostics.push(problems::not_json(name, 1, &error));
            return;
        }
    };
    for (number, entry) in archive.log.entries.iter().enumerate() {
        add_entry(import, name, number, entry);
    }
}

fn add_entry(import: &mut Import, name: &str, number: usize, entry: &Entry<'_>) {
    let mut empty = true;
    let mut read = |import: &mut Import, body: Option<&Body<'_>>, place: &str| {
        let at = format!("/log/entries/{number}/{place}");
        match body.map_or(Ok(None), value) {
            Ok(value) => value.map(|value| (value, at)),
            Err(why) => {
                import.unread(name, &at, &why);
                empty = false;
                None
            }
        }
    };
    let sent = read(import, entry.request.body.as_ref(), "request/postData");
    let content = entry.response.as_ref().and_then(|r| r.content.as_ref());
    let answered = read(import, content, "response/content");
    let answer = answered.as_ref().map(|(value, _)| value);
    let arrival = Arrival {
        file: name.to_owned(),
        tool: "har",
        time: entry.started.as_deref().and_then(|text| text.parse().ok()),
        origin: origin(&entry.request),
        rp: None,
        decision: entry.response.as_ref().and_then(|r| decision(r, answer)),
    };
    // The answer to a request without a response in it may carry options, and the other way round. A
    // client sends responses, a server options; an echo of either is none.
    let first = import.joiner.options.len();
    for (body, is_answer) in [(&sent, false), (&answered, true)] {
        let mut found = parts::Found::default();
        if let Some((value, at)) = body {
            parts::find(value, at, &mut found);
        }
        if is_answer {
            found.responses.clear();
        } else {
            found.options.clear();
            found.challenges.clear();
        }
        empty &= found.is_empty();
        import.take(&found, |_| arrival.clone());
    }
    if empty {
        // A challenge that nobody answers is that of another protocol.
        let challenges = first..import.joiner.options.len();
        import.joiner.others.push(challenges);
    }
}

/// The body as a JSON value; a form becomes an object.
fn value(body: &Body<'_>) -> Result<Option<Value>, String> {
    if let Some(params) = body.params.as_ref().filter(|params| !params.is_empty()) {
        let fields = params.iter().map(|p| (p.name.as_ref(), p.value.as_ref()));
        return Ok(Some(body::fields(fields)));
    }
    let Some(text) = body.text.as_deref() else {
        return Ok(None);
    };
    let kind = body.kind.as_deref().unwrap_or_default();
    body::read(text, body.encoding.as_deref(), kind)
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
