//! JSON that travels inside JSON as text: a form field, a parameter of a cloud service, a body that
//! was turned into text twice.

use serde_json::Value;

/// How deep values are looked through, texts of JSON included.
pub(super) const DEPTH: usize = 12;

/// The value with every text that holds options or a response taken apart.
pub(super) fn unfold(value: Value) -> Value {
    within(value, 0)
}

fn within(value: Value, depth: usize) -> Value {
    if depth > DEPTH {
        return value;
    }
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                // Some write client data as the JSON that its bytes are.
                let value = match name.as_str() {
                    "clientDataJSON" => value,
                    _ => within(value, depth + 1),
                };
                (name, value)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| within(item, depth + 1));
            Value::Array(items.collect())
        }
        Value::String(text) => match parsed(&text) {
            Some(value) => within(value, depth + 1),
            None => Value::String(text),
        },
        other => other,
    }
}

/// What a text says as JSON, if that may be part of a ceremony. Client data is such a text as well,
/// but its bytes are what is signed.
pub(super) fn parsed(text: &str) -> Option<Value> {
    let is_json = text.trim_start().starts_with(['{', '[', '"']);
    let may_be_part = text.contains("challenge") || text.contains("clientDataJSON");
    if !is_json || !may_be_part {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let is_client_data = value.get("challenge").is_some() && value.get("origin").is_some();
    (!is_client_data).then_some(value)
}
