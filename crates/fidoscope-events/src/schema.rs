//! The JSON Schema of a native line, made from the one table of columns.

use serde_json::{Map, Value, json};

use crate::{CEREMONIES, COLUMNS, ColumnInfo, Given, KINDS, OUTCOMES, Type};

/// The JSON Schema (2020-12) of a native line, `fidoscope.event.v1`.
#[must_use]
pub fn schema() -> Value {
    let given = |info: &&ColumnInfo| !matches!(info.given, Given::Derived | Given::Ingest);
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
        .filter(|info| matches!(info.given, Given::Derived | Given::Ingest))
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
    if info.given != Given::Required
        && let Some(kind) = property.get_mut("type")
        && kind.is_string()
    {
        *kind = json!([kind.clone(), "null"]);
    }
    if let Some(members) = property.as_object_mut() {
        let description = match info.unit {
            "" => info.meaning.to_owned(),
            unit => format!("{} ({unit})", info.meaning),
        };
        members.insert("description".to_owned(), Value::String(description));
    }
    property
}

fn shape(holds: Type) -> Value {
    const BASE64URL: &str = "^[A-Za-z0-9_-]*={0,2}$";
    match holds {
        Type::Time => json!({"type": "string", "format": "date-time"}),
        Type::Kind => json!({"type": "string", "enum": KINDS}),
        Type::Outcome => json!({"type": "string", "enum": OUTCOMES}),
        Type::Ceremony => {
            json!({"enum": CEREMONIES.iter().map(|word| json!(word)).chain([Value::Null]).collect::<Vec<_>>()})
        }
        Type::Integer => json!({"type": "integer"}),
        Type::Counter => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        Type::Duration => json!({"type": "number", "minimum": 0}),
        Type::Float => json!({"type": "number"}),
        Type::Boolean => json!({"type": "boolean"}),
        Type::Hash16 | Type::AuthenticatorData | Type::AttestationObject | Type::ClientData => {
            json!({"type": "string", "pattern": BASE64URL})
        }
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
        Type::Text
        | Type::Bytes
        | Type::NameHash
        | Type::Pseudonym
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
