//! JSON objects with the place of every member, as far as they go.

use std::borrow::Cow;
use std::fmt;

use fidoscope_webauthn::base64url;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::drawing::{Drawing, Window, limited};
use super::tree::{Part, PartValue};

/// Documents are drawn to this depth; what is deeper is shown as text.
const MAX_DEPTH: usize = 16;

/// The members of a JSON object in the order in which they came.
#[derive(Default)]
pub(super) struct Members<'t> {
    pub(super) all: Vec<(Cow<'t, str>, &'t RawValue)>,
    /// Where reading stopped and why.
    pub(super) fault: Option<(usize, String)>,
}

impl<'t> Members<'t> {
    pub(super) fn read(text: &'t str) -> Self {
        let mut members = Self::default();
        let mut source = serde_json::Deserializer::from_str(text);
        let read = Collector(&mut members.all).deserialize(&mut source);
        if let Err(error) = read.and_then(|()| source.end()) {
            members.fault = Some((offset(text, &error), message(&error)));
        }
        members
    }

    pub(super) fn find(&self, name: &str) -> Option<&'t RawValue> {
        let found = self.all.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| *value)
    }

    /// The text of a member, when it is text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.find(name)?.get()).ok()
    }
}

struct Collector<'c, 't>(&'c mut Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'t> DeserializeSeed<'t> for Collector<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Collector<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.push((Cow::Owned(key), map.next_value()?));
        }
        Ok(())
    }
}

fn offset(text: &str, error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let before = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    text.len().min(start + error.column().saturating_sub(1))
}

fn message(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    let head = whole
        .rsplit_once(" at line ")
        .map_or(whole.as_str(), |(head, _)| head);
    head.to_owned()
}

/// What to do with a member whose meaning is known: its siblings, its JSON text and its drawing so
/// far. Nothing comes back where the general drawing is good enough.
pub(super) type Known<'k> = &'k dyn Fn(&Members<'_>, &str, &Part, &mut Drawing<'_>) -> Option<Part>;

/// A document or an object inside it.
pub(super) fn object(
    part: Part,
    text: &str,
    window: &Window<'_>,
    known: Known<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    nested(part, text, window, known, drawing, 0)
}

fn nested(
    mut part: Part,
    text: &str,
    window: &Window<'_>,
    known: Known<'_>,
    drawing: &mut Drawing<'_>,
    depth: usize,
) -> Part {
    let members = Members::read(text);
    if let Some((offset, message)) = &members.fault {
        let start = window
            .place(text.as_bytes())
            .map_or(0, |place| place.offset);
        drawing.fault(&part.name.clone(), window, start + offset, message.clone());
    }
    let (shown, omitted) = limited(&members.all);
    part.omitted += omitted;
    for (at, (name, raw)) in shown.iter().enumerate() {
        let mut drawn = Part::new(name.clone().into_owned())
            .placed(window.place(raw.get().as_bytes()))
            .text(raw.get());
        if shown.iter().take(at).any(|(before, _)| before == name) {
            drawn.note("came before; the last one counts for most parsers");
        }
        let drawn = match known(&members, raw.get(), &drawn, drawing) {
            Some(drawn) => drawn,
            None => value(drawn, raw.get(), window, known, drawing, depth),
        };
        part.parts.push(drawn);
    }
    part
}

fn value(
    part: Part,
    text: &str,
    window: &Window<'_>,
    known: Known<'_>,
    drawing: &mut Drawing<'_>,
    depth: usize,
) -> Part {
    if depth >= MAX_DEPTH {
        return part;
    }
    match text.as_bytes().first() {
        Some(b'{') => {
            let mut drawn = nested(part, text, window, known, drawing, depth + 1);
            if !drawn.parts.is_empty() {
                drawn.value = PartValue::None;
            }
            drawn
        }
        Some(b'[') => list(part, text, window, known, drawing, depth + 1),
        _ => part,
    }
}

fn list(
    part: Part,
    text: &str,
    window: &Window<'_>,
    known: Known<'_>,
    drawing: &mut Drawing<'_>,
    depth: usize,
) -> Part {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return part;
    };
    if !items.iter().any(|item| item.get().starts_with(['{', '['])) {
        return part;
    }
    let (shown, omitted) = limited(&items);
    let mut parts = Vec::with_capacity(shown.len());
    for (at, item) in shown.iter().enumerate() {
        let one = Part::new(format!("[{at}]"))
            .placed(window.place(item.get().as_bytes()))
            .text(item.get());
        parts.push(value(one, item.get(), window, known, drawing, depth));
    }
    Part {
        parts,
        omitted,
        ..part.text(format!("list of {}", items.len()))
    }
}

/// The bytes of a JSON text in base64url, and what is not exact about it.
pub(super) fn decoded(raw: &str) -> Option<(Vec<u8>, Option<String>)> {
    let text: String = serde_json::from_str(raw).ok()?;
    match base64url::decode(&text) {
        Ok(bytes) => Some((bytes, None)),
        Err(error) => {
            let (_, bytes) = super::reading::base64_text(&text)?;
            Some((bytes, Some(format!("not exact base64url: {error}"))))
        }
    }
}
