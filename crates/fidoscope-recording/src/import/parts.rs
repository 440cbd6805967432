//! Options and responses, told by their shape wherever they stand in a body.

use fidoscope_webauthn::base64url;
use serde_json::{Map, Value, json};

use crate::{CeremonyOptions, Kind, SCHEMA};

use super::binary::{BINARY, is_hex, reading, readings};
use super::unfold::DEPTH;

/// A value with the shape of a part.
#[derive(Clone, Debug)]
pub(super) struct Part<'v> {
    /// Its path.
    pub(super) at: String,
    pub(super) value: &'v Value,
    /// The objects around it, the outermost first.
    pub(super) around: Vec<&'v Map<String, Value>>,
}

impl Part<'_> {
    /// What the objects around it say, the nearest first.
    pub(super) fn said<T>(&self, say: impl Fn(&Map<String, Value>) -> Option<T>) -> Option<T> {
        self.around.iter().rev().find_map(|members| say(members))
    }

    /// `mediation` stands beside the options, not in them; who puts it into them means the same.
    pub(super) fn mediation(&self) -> Option<String> {
        let own = self.value.get("mediation").and_then(Value::as_str);
        let named =
            |members: &Map<String, Value>| Some(members.get("mediation")?.as_str()?.to_owned());
        own.map(str::to_owned).or_else(|| self.said(named))
    }
}

/// Values with the shape of options or of a response.
#[derive(Debug, Default)]
pub(super) struct Found<'v> {
    pub(super) options: Vec<Part<'v>>,
    pub(super) responses: Vec<Part<'v>>,
    /// Challenges with little beside them: request options have no other member that they must have
    /// (`WebAuthn L3 §5.5`), and other protocols have challenges as well. They count when a response
    /// repeats them.
    pub(super) challenges: Vec<Part<'v>>,
    /// Paths of whole recordings: what they say beyond options and response would be lost.
    pub(super) recordings: Vec<String>,
}

impl Found<'_> {
    /// Whether it is certain that there is no part.
    pub(super) fn is_empty(&self) -> bool {
        self.options.is_empty() && self.responses.is_empty()
    }
}

/// Whether anything in the value has such a shape.
pub(super) fn holds_any(value: &Value) -> bool {
    let mut found = Found::default();
    find(value, "", &mut found);
    !found.is_empty()
}

/// Searches a value.
pub(super) fn find<'v>(value: &'v Value, at: &str, found: &mut Found<'v>) {
    let mut search = Search {
        around: Vec::new(),
        found,
    };
    search.value(value, at, 0);
}

struct Search<'f, 'v> {
    around: Vec<&'v Map<String, Value>>,
    found: &'f mut Found<'v>,
}

impl<'v> Search<'_, 'v> {
    fn value(&mut self, value: &'v Value, at: &str, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match value {
            Value::Object(members) => self.object(value, members, at, depth),
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.value(value, &format!("{at}/{index}"), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn object(
        &mut self,
        value: &'v Value,
        members: &'v Map<String, Value>,
        at: &str,
        depth: usize,
    ) {
        if members.get("schema").and_then(Value::as_str) == Some(SCHEMA) {
            return self.found.recordings.push(at.to_owned());
        }
        let part = || Part {
            at: at.to_owned(),
            value,
            around: self.around.clone(),
        };
        let is_response = is_response(members);
        if is_response {
            let part = part();
            self.found.responses.push(part);
        } else if is_options(members) {
            let part = part();
            return self.found.options.push(part);
        } else if is_challenge(members) {
            let part = part();
            self.found.challenges.push(part);
        }
        self.around.push(members);
        for (name, value) in members {
            // Options may stand beside the members of a response, but not in it.
            if !(is_response && name == "response") {
                self.value(value, &format!("{at}/{name}"), depth + 1);
            }
        }
        self.around.pop();
    }
}

/// A challenge, and what only creation options or request options have.
fn is_options(members: &Map<String, Value>) -> bool {
    let has = |name| members.contains_key(name);
    let names = [
        "rpId",
        "allowCredentials",
        "userVerification",
        "pubKeyCredParams",
    ];
    let creation = has("rp") && has("user");
    // Client data in JSON has a challenge as well.
    has("challenge") && !has("origin") && (creation || names.into_iter().any(has))
}

/// A challenge that may be all that was sent.
fn is_challenge(members: &Map<String, Value>) -> bool {
    let is_client_data = members.contains_key("origin") && members.contains_key("type");
    members
        .get("challenge")
        .is_some_and(|challenge| !readings(challenge).is_empty())
        && !is_client_data
}

/// Client data, in the object itself or in its `response`.
fn is_response(members: &Map<String, Value>) -> bool {
    let inner = members.get("response").and_then(Value::as_object);
    let has = |members: &Map<String, Value>| members.contains_key("clientDataJSON");
    has(members) || inner.is_some_and(has)
}

/// Options with their binary members in base64url, and what the challenge may be as bytes. What else
/// is written in another way than it should be is read as in a recording.
pub(super) fn options(value: &Value) -> Result<(Kind, CeremonyOptions, Vec<Vec<u8>>), String> {
    let mut members = value.as_object().cloned().unwrap_or_default();
    let has = |name| members.get(name).is_some_and(|value| !value.is_null());
    let creation = (has("rp") && has("user")) || has("pubKeyCredParams");
    let kind = if creation {
        Kind::Registration
    } else {
        Kind::Authentication
    };
    let challenges = members.get("challenge").map(readings).unwrap_or_default();
    if challenges.is_empty() {
        return Err("`challenge` is neither text nor bytes".to_owned());
    }
    let hex = members.get("challenge").is_some_and(is_hex);
    normalise(&mut members, "challenge", hex);
    if let Some(Value::Object(user)) = members.get_mut("user") {
        normalise(user, "id", hex);
        // Names are no part of any rule.
        user.retain(|name, _| name == "id");
    }
    for list in ["allowCredentials", "excludeCredentials"] {
        if let Some(Value::Array(items)) = members.get_mut(list) {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                normalise(item, "id", hex);
            }
        }
    }
    let options = serde_path_to_error::deserialize(Value::Object(members));
    options
        .map(|options| (kind, options, challenges))
        .map_err(|error| match error.path().to_string() {
            path if path == "." => error.inner().to_string(),
            path => format!("{path}: {}", error.inner()),
        })
}

/// A credential in W3C JSON, and the challenge that its client data repeats.
pub(super) fn response(value: &Value) -> Result<(Kind, Value, Option<Vec<u8>>), String> {
    let outer = value.as_object().cloned().unwrap_or_default();
    let nested = outer.get("response").and_then(Value::as_object).cloned();
    let inner = nested.unwrap_or_else(|| outer.clone());
    let hex = inner.get("clientDataJSON").is_some_and(is_hex);
    let mut response = Map::new();
    for name in BINARY {
        if let Some(value) = inner.get(name).filter(|value| !is_nothing(value)) {
            response.insert(name.to_owned(), value.clone());
            normalise(&mut response, name, hex);
        }
    }
    for name in ["transports", "publicKeyAlgorithm"] {
        if let Some(value) = inner.get(name).filter(|value| !value.is_null()) {
            response.insert(name.to_owned(), value.clone());
        }
    }
    let kind = match (
        response.contains_key("attestationObject"),
        response.contains_key("signature"),
    ) {
        (true, _) => Kind::Registration,
        (false, true) => Kind::Authentication,
        (false, false) => {
            return Err(
                "neither attestationObject nor signature is beside clientDataJSON".to_owned(),
            );
        }
    };
    let challenge = challenge(&response);
    Ok((kind, credential(&outer, response, hex), challenge))
}

/// An empty text stands for nothing in a form.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn credential(outer: &Map<String, Value>, response: Map<String, Value>, hex: bool) -> Value {
    let mut credential = Map::new();
    let names = [
        "rawId",
        "id",
        "credentialId",
        "credentialID",
        "publicKeyCredentialId",
    ];
    let id = names
        .iter()
        .find_map(|name| outer.get(*name).filter(|v| !is_nothing(v)));
    for name in ["id", "rawId"] {
        let own = outer.get(name).filter(|value| !is_nothing(value)).or(id);
        if let Some(value) = own {
            credential.insert(name.to_owned(), value.clone());
            normalise(&mut credential, name, hex);
        }
    }
    let kind = outer.get("type").filter(|value| value.is_string()).cloned();
    credential.insert(
        "type".to_owned(),
        kind.unwrap_or_else(|| json!("public-key")),
    );
    credential.insert("response".to_owned(), Value::Object(response));
    if let Some(attachment) = outer
        .get("authenticatorAttachment")
        .filter(|v| v.is_string())
    {
        credential.insert("authenticatorAttachment".to_owned(), attachment.clone());
    }
    let results = outer
        .get("clientExtensionResults")
        .filter(|value| value.is_object());
    let results = results.cloned().unwrap_or_else(|| json!({}));
    credential.insert("clientExtensionResults".to_owned(), results);
    Value::Object(credential)
}

/// The challenge that the client data repeats, as bytes.
fn challenge(response: &Map<String, Value>) -> Option<Vec<u8>> {
    let bytes = base64url::decode(response.get("clientDataJSON")?.as_str()?).ok()?;
    let text = fidoscope_webauthn::ClientDataText::decode(&bytes);
    let data = text.parse().ok()?;
    readings(&json!(data.challenge.text()?)).into_iter().next()
}

/// Writes a binary member as unpadded base64url; what cannot be read stays as it came.
fn normalise(members: &mut Map<String, Value>, name: &str, hex: bool) {
    if let Some(value) = members.get_mut(name)
        && let Some(bytes) = reading(value, hex)
    {
        *value = Value::String(base64url::encode(&bytes));
    }
}
