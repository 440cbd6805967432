//! The body of a request or an answer, in whatever form it travelled, as one JSON value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::unfold::{parsed, unfold};

/// What servers write before JSON, so that no page can run it as a script.
const GUARDS: [&str; 5] = [")]}',", ")]}'", "while(1);", "for(;;);", "for (;;);"];

/// Reads a body; `None` for one that has nothing to do with ceremonies.
///
/// # Errors
/// Why a body cannot be read that looks like a part of a ceremony.
pub(super) fn read(
    text: &str,
    encoding: Option<&str>,
    kind: &str,
) -> Result<Option<Value>, String> {
    let decoded = match encoding {
        Some("base64") => decode(text),
        _ => None,
    };
    let text = decoded.as_deref().unwrap_or(text);
    let text = text.trim_start_matches('\u{feff}').trim();
    let json = GUARDS.iter().find_map(|guard| text.strip_prefix(guard));
    let json = json.unwrap_or(text).trim_start();
    if json.starts_with(['{', '[', '"']) {
        return match serde_json::from_str(json) {
            Ok(value) => Ok(Some(unfold(value))),
            Err(error) if looks_like_part(json) => Err(not_json(&error)),
            Err(_) => Ok(None),
        };
    }
    if !looks_like_part(text) || is_script(kind) {
        return Ok(None);
    }
    if text.starts_with("--") {
        let why = "multipart, but not as RFC 7578 has it".to_owned();
        return multipart(text).map(Some).ok_or(why);
    }
    if text.starts_with('<') {
        return Err("a page: what stands inside HTML is not read".to_owned());
    }
    if !text.contains('=') {
        return Err("neither JSON nor a form".to_owned());
    }
    Ok(Some(form(text)))
}

/// The fields of a form as an object.
pub(super) fn fields<'f>(fields: impl Iterator<Item = (&'f str, &'f str)>) -> Value {
    let members = fields.map(|(name, text)| (name.to_owned(), field(text)));
    unfold(Value::Object(members.collect()))
}

/// A body that says it is base64. Some recorders say so of plain text.
fn decode(text: &str) -> Option<String> {
    let plain: String = text.split_ascii_whitespace().collect();
    String::from_utf8(STANDARD.decode(plain).ok()?).ok()
}

fn looks_like_part(text: &str) -> bool {
    let has = |word| text.contains(word);
    let options = has("pubKeyCredParams") || has("allowCredentials");
    has("clientDataJSON") || (has("challenge") && options)
}

/// Scripts name the members of both, and hold neither.
fn is_script(kind: &str) -> bool {
    ["javascript", "ecmascript", "text/css", "wasm"]
        .iter()
        .any(|word| kind.contains(word))
}

fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.is_eof() {
        true => format!("JSON that ends at line {line}, column {column}, before it is complete"),
        false => format!("no JSON from line {line}, column {column}"),
    }
}

/// `application/x-www-form-urlencoded`.
fn form(text: &str) -> Value {
    let mut members = Map::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        members.insert(unescape(name), field(&unescape(value)));
    }
    unfold(Value::Object(members))
}

/// `multipart/form-data` (RFC 7578 §4): parts with a name each, between lines of the boundary, which
/// the first line tells.
fn multipart(text: &str) -> Option<Value> {
    let boundary = text.lines().next()?.trim_end();
    let mut members = Map::new();
    for part in text.split(boundary).skip(1) {
        // The last boundary has two dashes behind it.
        if part.starts_with("--") {
            break;
        }
        let part = part.trim_start_matches(['\r', '\n']);
        let (head, content) = part
            .split_once("\r\n\r\n")
            .or_else(|| part.split_once("\n\n"))?;
        let content = content
            .strip_suffix("\r\n")
            .or_else(|| content.strip_suffix('\n'))
            .unwrap_or(content);
        let name = head
            .split_once("name=\"")
            .or_else(|| head.split_once("name="))?
            .1;
        let name = name.split(['"', ';', '\r', '\n']).next()?;
        members.insert(name.to_owned(), field(content));
    }
    (!members.is_empty()).then(|| unfold(Value::Object(members)))
}

/// A field that holds JSON is JSON.
fn field(text: &str) -> Value {
    parsed(text).unwrap_or_else(|| Value::String(text.to_owned()))
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
