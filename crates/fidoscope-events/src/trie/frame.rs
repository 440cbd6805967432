//! The values that one record had, and where in the line it stood.

use std::ops::{Deref, DerefMut};

use serde::de::{DeserializeSeed as _, SeqAccess};
use serde_json::value::RawValue;

use super::{Node, NodeSeed};
use crate::assign::Fault;
use crate::value::Value;

/// The values that one record had at the paths of a mapping.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame<'a> {
    values: Vec<Value<'a>>,
    /// Where the record stood, when the records of the line were read apart and it is not the line
    /// itself.
    pub(crate) place: Option<Box<Place<'a>>>,
}

/// Where in a line a record stood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place<'a> {
    /// Path of the record, e.g. `records[2]`.
    pub(crate) path: String,
    /// The record as it was written, a part of the line.
    pub(crate) text: &'a str,
    /// Why it has no values.
    pub(crate) fault: Option<Box<Fault>>,
}

impl<'a> Deref for Frame<'a> {
    type Target = [Value<'a>];

    fn deref(&self) -> &[Value<'a>] {
        &self.values
    }
}

impl<'a> DerefMut for Frame<'a> {
    fn deref_mut(&mut self) -> &mut [Value<'a>] {
        &mut self.values
    }
}

/// A frame without values. Cloning one value over and over would look at what it is each time.
pub(crate) fn blank<'a>(width: usize) -> Frame<'a> {
    Frame {
        values: std::iter::repeat_with(Value::default).take(width).collect(),
        place: None,
    }
}

#[inline]
pub(super) fn put<'a>(frame: &mut Frame<'a>, slot: usize, value: Value<'a>) {
    match frame.get_mut(slot) {
        Some(place) => *place = value,
        None => grow(frame, slot, value),
    }
}

/// Frames of parts of a record begin empty and grow to what is found.
#[cold]
fn grow<'a>(frame: &mut Frame<'a>, slot: usize, value: Value<'a>) {
    frame.values.resize_with(slot, Value::default);
    frame.values.push(value);
}

/// Takes from `other` what `frame` does not have.
pub(super) fn complete<'a>(frame: &mut Frame<'a>, other: Frame<'a>) {
    for (slot, value) in other.values.into_iter().enumerate() {
        if value.is_some() && !frame.get(slot).is_some_and(Value::is_some) {
            put(frame, slot, value);
        }
    }
    if frame.place.is_none() {
        frame.place = other.place;
    }
}

impl<'a> Frame<'a> {
    /// The values without what they borrow; such a record has no place of its own in the line.
    pub(crate) fn into_owned<'b>(self) -> Frame<'b> {
        let values = self.values.into_iter().map(Value::into_owned);
        Frame {
            values: values.collect(),
            place: None,
        }
    }

    /// Whether the record was written as an object.
    pub(super) fn is_object(&self) -> bool {
        let place = self.place.as_ref();
        place.is_some_and(|place| place.text.starts_with('{'))
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = Value<'a>> {
        self.values.into_iter()
    }

    /// Reads one record by itself, so that what is wrong with it is wrong with nothing else.
    pub(super) fn apart(node: &Node, text: &'a str, path: String, width: usize) -> Self {
        let mut frame = blank(width);
        let mut json = serde_json::Deserializer::from_str(text);
        let seed = NodeSeed {
            node,
            frame: &mut frame,
            trail: Some(&path),
        };
        let mut fault = seed.deserialize(&mut json).err().map(unreadable);
        if fault.is_none() && !node.is_record(&frame) {
            fault = Some(no_object());
        }
        if fault.is_some() {
            frame = blank(width);
        }
        frame.place = Some(Box::new(Place { path, text, fault }));
        frame
    }

    /// Reads each element of an array as a record by itself. `trail` is the path of what the array
    /// is in, `name` its name there.
    pub(super) fn elements_apart<A: SeqAccess<'a>>(
        node: &Node,
        (trail, name): (&str, &str),
        width: usize,
        frames: &mut Vec<Self>,
        mut items: A,
    ) -> Result<(), A::Error> {
        let array = joined(trail, name);
        let mut index = 0_usize;
        while let Some(element) = items.next_element::<&'a RawValue>()? {
            let path = format!("{array}[{index}]");
            frames.push(Self::apart(node, element.get(), path, width));
            index += 1;
        }
        Ok(())
    }
}

/// The path of a member of what has a path.
pub(super) fn joined(trail: &str, name: &str) -> String {
    if trail.is_empty() || name.is_empty() {
        format!("{trail}{name}")
    } else {
        format!("{trail}.{name}")
    }
}

fn unreadable(error: serde_json::Error) -> Box<Fault> {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Fault::new("invalid_json", format!("the record is not JSON: {message}"))
}

fn no_object() -> Box<Fault> {
    Fault::new("not_an_object", "the record is no JSON object".to_owned())
}
