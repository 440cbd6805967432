//! The JSON Schema of a native line, made from the one table of columns.

use serde_json::{Map, Value, json};

use crate::{
    CEREMONIES, CLOSED, COLUMNS, Column, ColumnInfo, Given, KINDS, OUTCOMES, Reason, Type,
};

/// The JSON Schema (2020-12) of a native line, `fidoscope.event.v1`.
#[must_use]
pub fn schema() -> Value {
    let given = |info: &&ColumnInfo| !info.given.is_refused();
    let properties: Map<String, Value> = COLUMNS
        .iter()
        .filter(given)
        .map(|info| (info.name.to_owned(), property(info)))
        .collect();
    let required: Vec<_> = COLUMNS
        .iter()
        .filter(|info| info.given == Given::Required)
        .map(|info| info.name)
        .collect();
    let refused: Vec<_> = COLUMNS
        .iter()
        .filter(|info| info.given.is_refused())
        .map(|info| json!({"required": [info.name]}))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fidoscope.event.v1",
        "description": "One line of a native log. A member that is absent or null is unknown; an \
            unknown key is kept in attrs; a key that stands twice is refused.",
        "type": "object",
        "required": required,
        "properties": properties,
        "not": {"anyOf": refused},
    })
}

/// The schema as text, as the file is.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

fn property(info: &ColumnInfo) -> Value {
    let mut property = shape(info.holds);
    let Some(members) = property.as_object_mut() else {
        return property;
    };
    if let Some((_, words)) = CLOSED.iter().find(|(column, _)| *column == info.column) {
        match info.holds {
            Type::TextList => members.insert("items".to_owned(), json!({"enum": words})),
            _ => members.insert("enum".to_owned(), json!(words)),
        };
    }
    if info.column == Column::FailureReason {
        let words: Vec<_> = Reason::all().iter().map(|reason| reason.word).collect();
        members.insert("examples".to_owned(), json!(words));
    }
    if info.given != Given::Required {
        optional(members);
    }
    members.insert("description".to_owned(), Value::String(description(info)));
    property
}

/// Null is unknown, like an absent member.
fn optional(members: &mut Map<String, Value>) {
    if let Some(kind) = members.get_mut("type")
        && kind.is_string()
    {
        *kind = json!([kind.clone(), "null"]);
    }
    if let Some(Value::Array(words)) = members.get_mut("enum")
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
}

/// What a line has to say in a member, which for some is not what the table holds afterwards.
fn description(info: &ColumnInfo) -> String {
    let meaning = info.meaning;
    let given = match info.holds {
        Type::EventTime | Type::Time => {
            "RFC 3339 with a zone; a space may stand for the T, and digits behind microseconds are dropped"
        }
        Type::User | Type::Session => {
            let plain = meaning.strip_prefix("Keyed hash of ").unwrap_or(meaning);
            return format!(
                "As the log has it: {plain}; the store holds a keyed hash of it unless --pii says otherwise"
            );
        }
        Type::Ip => {
            "IPv4 or IPv6 as text, without a port; what is none is kept in attrs, and --ip says how much of an address is kept"
        }
        Type::CredentialId => "base64url; what is none is kept in credential_ref",
        Type::Hash16 | Type::KeyHash => "base64url of 16 bytes",
        Type::Uuid => "a UUID, with or without dashes",
        Type::Trace => "32 hexadecimal digits",
        Type::Span => "16 hexadecimal digits",
        Type::Flags => "the byte, or an object of the flags that are known",
        _ if CLOSED.iter().any(|(column, _)| *column == info.column) => {
            return format!("{meaning}; another word is kept as it is, and nothing looks for it");
        }
        _ => info.unit,
    };
    match given {
        "" => meaning.to_owned(),
        given => format!("{meaning} ({given})"),
    }
}

fn shape(holds: Type) -> Value {
    /// RFC 3339, and what else a native time may be written as.
    const TIME: &str = "^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}([.,]\\d{1,9})?([Zz]| UTC|[+-]\\d{2}:?\\d{2})$";
    const BASE64: &str = "^([A-Za-z0-9_-]*|[A-Za-z0-9+/]*)={0,2}$";
    match holds {
        Type::EventTime | Type::Time => json!({"type": "string", "pattern": TIME}),
        Type::Kind => json!({"type": "string", "enum": KINDS}),
        Type::Outcome => json!({"type": "string", "enum": OUTCOMES}),
        Type::Ceremony => {
            json!({"enum": CEREMONIES.iter().map(|word| json!(word)).chain([Value::Null]).collect::<Vec<_>>()})
        }
        Type::Small | Type::Integer => json!({"type": "integer"}),
        Type::Counter => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        Type::Duration => json!({"type": "number", "minimum": 0}),
        Type::Float => json!({"type": "number"}),
        Type::Boolean => json!({"type": "boolean"}),
        Type::Hash16
        | Type::KeyHash
        | Type::Hash32
        | Type::AuthenticatorData
        | Type::AttestationObject
        | Type::ClientData => json!({"type": "string", "pattern": BASE64}),
        Type::Trace => json!({"type": "string", "pattern": "^[0-9A-Fa-f-]{32,36}$"}),
        Type::Span => json!({"type": "string", "pattern": "^[0-9A-Fa-f]{16}$"}),
        Type::Uuid => json!({"type": "string", "format": "uuid"}),
        Type::Flags => json!({
            "type": ["object", "integer", "null"],
            "minimum": 0,
            "maximum": 255,
            "additionalProperties": false,
            "properties": flag_members(),
        }),
        Type::TextList => json!({"type": "array", "items": {"type": "string"}}),
        Type::Attrs => json!({"type": "object"}),
        Type::Date
        | Type::Name
        | Type::Text
        | Type::Excerpt
        | Type::CredentialId
        | Type::NameHash
        | Type::User
        | Type::Session
        | Type::UserName
        | Type::Challenge
        | Type::Ip => json!({"type": "string"}),
    }
}

fn flag_members() -> Map<String, Value> {
    let flag = json!({"type": ["boolean", "null"]});
    crate::native::FLAG_NAMES
        .iter()
        .map(|(name, _)| ((*name).to_owned(), flag.clone()))
        .collect()
}
