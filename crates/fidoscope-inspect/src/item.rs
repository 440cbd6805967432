//! CBOR of any shape.

use std::borrow::Cow;

use fidoscope_webauthn::cbor::{self, Content, Item, Value};

use super::drawing::{Drawing, Window, limited};
use super::tree::Part;

/// CBOR beyond this size is no attestation object, and is not drawn item by item.
const MAX_CBOR: usize = 1 << 20;

/// A window that should hold one CBOR item.
pub(super) fn draw(name: &'static str, window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    whole(name, window, drawing, |item, _| generic(name, item))
}

/// A window that should hold one CBOR item of a known form.
pub(super) fn whole<'a>(
    name: &'static str,
    window: Window<'a>,
    drawing: &mut Drawing<'_>,
    form: impl FnOnce(&Item<'a>, &mut Drawing<'_>) -> Part,
) -> Part {
    let (mut part, consumed) = front(name, window, drawing, form);
    let left = window.bytes().len().saturating_sub(consumed);
    if left > 0 && consumed > 0 {
        let offset = window.start + consumed;
        part.note(format!("{left} bytes left over at offset {offset}"));
        part.parts.push(
            Part::new("left over")
                .at(offset, left)
                .bytes(window.bytes().get(consumed..).unwrap_or_default()),
        );
    }
    part
}

/// The item that a window starts with, and how many bytes it has; all that are left when it is
/// broken.
pub(super) fn front<'a>(
    name: &'static str,
    window: Window<'a>,
    drawing: &mut Drawing<'_>,
    form: impl FnOnce(&Item<'a>, &mut Drawing<'_>) -> Part,
) -> (Part, usize) {
    let length = window.bytes().len();
    if length > MAX_CBOR {
        let mut part = window.part(name);
        part.note(format!("more than {MAX_CBOR} bytes are not drawn"));
        return (part, length);
    }
    let end = window.start + length;
    let bytes = window.buffer.get(..end).unwrap_or_default();
    let outline = cbor::outline(bytes, window.start);
    if let Some(fault) = outline.fault {
        drawing.fault(name, &window, fault.offset, fault.kind.to_string());
    }
    let mut part = match &outline.item {
        Some(item) => form(item, drawing),
        None => window.part(name),
    };
    let (shown, hidden) = limited(&outline.irregularities);
    for irregularity in shown {
        part.note_at(irregularity.offset, irregularity.kind.to_string());
    }
    if hidden > 0 {
        part.note(format!("{hidden} more departures from canonical form"));
    }
    let broken = outline.fault.is_some();
    (part, if broken { length } else { outline.consumed })
}

/// An item without meaning.
pub(super) fn generic(name: impl Into<Cow<'static, str>>, item: &Item<'_>) -> Part {
    let part = Part::new(name).at(item.offset, item.length);
    match &item.content {
        Content::Value(value) => valued(part, value),
        Content::Cut { bytes, .. } => part.bytes(bytes).meaning("cut short"),
        Content::Array(items) => {
            let (shown, omitted) = limited(items);
            let shown = shown.iter().enumerate();
            let parts = shown.map(|(at, item)| generic(format!("[{at}]"), item));
            let text = format!("array of {}", items.len());
            Part {
                parts: parts.collect(),
                omitted,
                ..part.text(text)
            }
        }
        Content::Map(_) => entries(part, item, |name, entry, value| match value {
            Some(value) => Part {
                place: entry.place,
                ..generic(name, value)
            },
            None => entry,
        }),
        Content::Tag(tag, inner) => {
            let inner = inner.as_ref().map(|inner| generic("tagged", inner));
            Part {
                parts: inner.into_iter().collect(),
                ..part.text(format!("tag {tag}"))
            }
        }
    }
}

/// The entries of a map into a part. `form` gets each entry's name, an empty part that has the
/// entry's place, and the value.
pub(super) fn entries<'a>(
    part: Part,
    item: &Item<'a>,
    mut form: impl FnMut(String, Part, Option<&Item<'a>>) -> Part,
) -> Part {
    let all = item.entries();
    let (shown, omitted) = limited(all);
    let parts = shown.iter().map(|(key, value)| {
        let last = value.as_ref().unwrap_or(key);
        let length = (last.offset + last.length).saturating_sub(key.offset);
        let name = key_name(key);
        let empty = Part::new(name.clone()).at(key.offset, length);
        form(name, empty, value.as_ref())
    });
    let parts = parts.collect();
    let text = format!("map of {}", all.len());
    Part {
        parts,
        omitted,
        ..part.text(text)
    }
}

fn key_name(key: &Item<'_>) -> String {
    match key.value() {
        Some(Value::Text(text)) => text.clone().into_owned(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(value) => format!("({})", value.kind()),
        None => "(container)".to_owned(),
    }
}

/// A part with the value of an item that is no container.
pub(super) fn valued(part: Part, value: &Value<'_>) -> Part {
    match value {
        Value::Integer(number) => part.text(number.to_string()),
        Value::Bytes(bytes) => {
            let meaning = format!("{} bytes", bytes.len());
            part.bytes(bytes).meaning(meaning)
        }
        Value::Text(text) => part.text(format!("{text:?}")),
        Value::Bool(value) => part.text(value.to_string()),
        Value::Null => part.text("null"),
        Value::Simple(number) => part.text(format!("simple value {number}")),
        Value::Float(bits) => part.text(f64::from_bits(*bits).to_string()),
        Value::Array(_) | Value::Map(_) | Value::Tag(..) => part.text(value.kind()),
    }
}

/// The bytes of a byte string, whole or cut short.
pub(super) fn bytes_of<'i>(item: &'i Item<'_>) -> Option<&'i [u8]> {
    match &item.content {
        Content::Value(Value::Bytes(bytes)) => Some(bytes),
        Content::Cut { text: false, bytes } => Some(bytes),
        _ => None,
    }
}
