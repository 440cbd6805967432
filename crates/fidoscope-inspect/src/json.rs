//! The drawing as `fidoscope.inspect/1`.

use fidoscope_report::escape_json;
use serde_json::{Map, Value, json};

use super::Inspection;
use super::text::hexadecimal;
use super::tree::{Fault, Part, PartValue};

pub(super) fn render(inspection: &Inspection) -> String {
    let alternatives = inspection.alternatives.iter().map(|other| {
        json!({
            "artifact": other.artifact.as_str(),
            "encoding": other.encoding.as_str(),
            "reason": other.reason,
        })
    });
    let document = json!({
        "schema": "fidoscope.inspect/1",
        "artifact": inspection.artifact.as_str(),
        "encoding": inspection.encoding.as_str(),
        "length": inspection.length,
        "reason": inspection.reason,
        "alternatives": alternatives.collect::<Vec<_>>(),
        "parts": [part(&inspection.root)],
        "faults": inspection.faults.iter().map(fault).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    escape_json(text)
}

fn part(drawn: &Part) -> Value {
    let mut members = Map::new();
    members.insert("name".to_owned(), drawn.name.as_ref().into());
    if let Some(place) = drawn.place {
        members.insert("offset".to_owned(), place.offset.into());
        members.insert("length".to_owned(), place.length.into());
    }
    match &drawn.value {
        PartValue::None => {}
        PartValue::Text(text) => {
            members.insert("value".to_owned(), text.as_str().into());
        }
        PartValue::Bytes(bytes) => {
            members.insert("hex".to_owned(), hexadecimal(bytes).into());
        }
    }
    if let Some(meaning) = &drawn.meaning {
        members.insert("meaning".to_owned(), meaning.as_str().into());
    }
    if drawn.decoded {
        members.insert("decoded".to_owned(), true.into());
    }
    if !drawn.notes.is_empty() {
        members.insert("notes".to_owned(), drawn.notes.as_slice().into());
    }
    if !drawn.parts.is_empty() {
        let parts: Vec<_> = drawn.parts.iter().map(part).collect();
        members.insert("parts".to_owned(), parts.into());
    }
    if drawn.omitted > 0 {
        members.insert("omitted".to_owned(), drawn.omitted.into());
    }
    Value::Object(members)
}

fn fault(found: &Fault) -> Value {
    json!({
        "inside": found.inside,
        "offset": found.offset,
        "message": found.message,
        "around": {
            "offset": found.around_offset,
            "hex": hexadecimal(&found.around),
        },
    })
}
