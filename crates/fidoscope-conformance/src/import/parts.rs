//! Options and responses, told by their shape wherever they stand in a body.

use fidoscope_webauthn::{CeremonyOptions, Kind, base64url};
use serde_json::{Map, Value, json};

use super::binary::{is_hex, reading, readings};

/// How deep a body is searched.
const DEPTH: usize = 8;

/// Members of a response that hold bytes.
const BINARY: [&str; 6] = [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
    "publicKey",
];

/// Values with the shape of options or of a response, each with its path.
#[derive(Default)]
pub(super) struct Found<'v> {
    pub(super) root: Option<&'v Value>,
    pub(super) options: Vec<(String, &'v Value)>,
    pub(super) responses: Vec<(String, &'v Value)>,
}

impl Found<'_> {
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
    found.root.get_or_insert(value);
    search(value, at, 0, found);
}

fn search<'v>(value: &'v Value, at: &str, depth: usize, found: &mut Found<'v>) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::Object(members) => {
            if is_response(members) {
                found.responses.push((at.to_owned(), value));
                return;
            }
            if is_options(members) {
                found.options.push((at.to_owned(), value));
                return;
            }
            for (name, value) in members {
                search(value, &format!("{at}/{name}"), depth + 1, found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                search(value, &format!("{at}/{index}"), depth + 1, found);
            }
        }
        _ => {}
    }
}

/// A challenge, and what only creation options or request options have.
fn is_options(members: &Map<String, Value>) -> bool {
    let has = |name| members.contains_key(name);
    let creation = has("rp") && has("user");
    has("challenge") && (creation || has("rpId") || has("allowCredentials"))
}

/// Client data, in the object itself or in its `response`.
fn is_response(members: &Map<String, Value>) -> bool {
    let inner = members.get("response").and_then(Value::as_object);
    let has = |members: &Map<String, Value>| members.contains_key("clientDataJSON");
    has(members) || inner.is_some_and(has)
}

/// `mediation` stands beside the options, not in them.
pub(super) fn mediation(root: Option<&Value>, options: &Value) -> Option<String> {
    let named = |value: &Value| value.get("mediation")?.as_str().map(str::to_owned);
    named(options).or_else(|| named(root?))
}

/// Options with their binary members in base64url, and what the challenge may be as bytes.
pub(super) fn options(value: &Value) -> Result<(Kind, CeremonyOptions, Vec<Vec<u8>>), String> {
    let mut members = value.as_object().cloned().unwrap_or_default();
    let creation = members.contains_key("rp") && members.contains_key("user");
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
                item.retain(|_, value| !value.is_null());
                item.entry("type").or_insert_with(|| json!("public-key"));
            }
        }
    }
    // Servers write null for what they leave out.
    members.retain(|_, value| !value.is_null());
    serde_json::from_value(Value::Object(members))
        .map(|options| (kind, options, challenges))
        .map_err(|error| error.to_string())
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
