//! All paths of a mapping as one tree, so that one pass over a line finds every value.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::path::Part;
use crate::value::{Value, ValueVisitor};

mod envelope;
mod frame;
mod select;
#[cfg(test)]
mod tests;

use envelope::EnvelopeSeed;
pub(crate) use envelope::{Envelope, LineSeed};
pub(crate) use frame::{Frame, blank};
use frame::{complete, joined, put};
use select::Select;

/// A place in a record at which a path ends or goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    slot: Option<usize>,
    children: Vec<(Box<str>, Node)>,
    /// Where `*` goes on: any member that no path names.
    any: Option<Box<Node>>,
    select: Option<Box<Select>>,
    /// Each element of the array here is a record of its own. The name is the path from the record
    /// around it.
    explode: Option<Box<str>>,
    /// Members of the record whose members count as the record's own.
    merge: Vec<Box<str>>,
    /// Names here are compared without regard to letter case.
    fold_case: bool,
    /// A name with points stands for members within members.
    dotted: bool,
}

/// How the names of a record are to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming {
    pub(crate) fold_case: bool,
    pub(crate) dotted: bool,
    pub(crate) merge: Vec<String>,
}

impl Node {
    /// The root of a record.
    pub(crate) fn root(naming: Naming) -> Self {
        let merge = naming.merge.into_iter().map(String::into_boxed_str);
        Self {
            fold_case: naming.fold_case,
            dotted: naming.dotted,
            merge: merge.collect(),
            ..Self::default()
        }
    }

    /// Adds a path; returns the slot of its value. `width` is the number of slots so far.
    pub(crate) fn insert(&mut self, parts: &[Part], width: &mut usize) -> usize {
        match parts.split_first() {
            None => *self.slot.get_or_insert_with(|| take_slot(width)),
            Some((Part::Key(key), rest)) => self.child(key).insert(rest, width),
            Some((Part::Any, rest)) => self.any.get_or_insert_default().insert(rest, width),
            Some((Part::Select(which), rest)) => self.insert_select(which, rest, width),
        }
    }

    /// Makes each element of the array at a path a record; returns the slot of the array. Only
    /// names lead to such an array.
    pub(crate) fn explode(&mut self, parts: &[Part], width: &mut usize) -> Option<usize> {
        self.explode_below("", parts, width)
    }

    /// The same for a node that has the path `name` inside of the record around it.
    fn explode_below(&mut self, name: &str, parts: &[Part], width: &mut usize) -> Option<usize> {
        match parts.split_first() {
            None => {
                self.explode = Some(name.into());
                Some(self.insert(&[], width))
            }
            Some((Part::Key(key), rest)) => {
                let around = if self.explode.is_some() { "" } else { name };
                let name = joined(around, key);
                self.child(key).explode_below(&name, rest, width)
            }
            Some(_) => None,
        }
    }

    /// Whether what was read here is a record: an element of an array of records must be an object.
    fn is_record(&self, frame: &Frame<'_>) -> bool {
        let found = self.slot.and_then(|slot| frame.get(slot));
        self.explode.is_none() || matches!(found, Some(Value::Object))
    }

    /// The slot of a member of the record, or of a member of its member `inside`.
    pub(crate) fn slot_of(&self, key: &str, inside: Option<&str>) -> Option<usize> {
        let member = |node: &Self, key: &str| {
            Some(&node.children.get(node.find(key)?)?.1).and_then(|child| child.slot)
        };
        member(self, key).or_else(|| {
            let (_, inner) = self.children.get(self.find(inside?)?)?;
            member(inner, key)
        })
    }

    fn child(&mut self, key: &str) -> &mut Self {
        let place = match self.find(key) {
            Some(place) => place,
            None => {
                self.children.push((key.into(), Self::default()));
                self.children.len() - 1
            }
        };
        match self.children.get_mut(place) {
            Some((_, child)) => child,
            None => unreachable!("the child was found or made above"),
        }
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.fold_case {
            self.children
                .iter()
                .position(|(name, _)| name.eq_ignore_ascii_case(key))
        } else {
            self.children.iter().position(|(name, _)| **name == *key)
        }
    }

    /// The node of a key: a member, members within members, or any member.
    fn step(&self, key: &str) -> Option<&Self> {
        if let Some((_, child)) = self.find(key).and_then(|at| self.children.get(at)) {
            return Some(child);
        }
        if self.dotted && key.contains('.') {
            let mut node = self;
            for part in key.split('.') {
                node = &node.children.get(node.find(part)?)?.1;
            }
            return Some(node);
        }
        self.any.as_deref()
    }

    /// Whether paths go on from here, so that text here can only be JSON inside JSON.
    fn goes_on(&self) -> bool {
        !self.children.is_empty() || self.select.is_some() || self.any.is_some()
    }

    fn put<'a>(&self, frame: &mut Frame<'a>, value: Value<'a>) {
        if let Some(slot) = self.slot {
            put(frame, slot, value);
        }
    }
}

/// The records of a frame in which arrays at `slots` hold a record each element, each with what
/// stood around it. `None` when there are more than `room`.
pub(crate) fn expand<'a>(
    mut frame: Frame<'a>,
    slots: &[usize],
    room: usize,
    records: &mut Vec<Frame<'a>>,
) -> Option<()> {
    let found = slots.iter().find_map(|slot| match frame.get_mut(*slot) {
        Some(Value::Records(parts)) => Some((*slot, std::mem::take(parts))),
        _ => None,
    });
    let Some((slot, parts)) = found else {
        records.push(frame);
        return (records.len() <= room).then_some(());
    };
    put(&mut frame, slot, Value::Object);
    for mut part in parts {
        complete(&mut part, frame.clone());
        expand(part, slots, room, records)?;
    }
    Some(())
}

/// Reads text that holds JSON where a path goes on. Text that does not is left as it is.
#[inline(never)]
fn embedded<'a>(node: &Node, text: Value<'a>, frame: &mut Frame<'a>) {
    let mut inner = Frame::default();
    let json = text.as_text().unwrap_or_default();
    let mut json = serde_json::Deserializer::from_str(json);
    let seed = NodeSeed {
        node,
        frame: &mut inner,
        trail: None,
    };
    if seed
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .is_err()
    {
        node.put(frame, text);
        return;
    }
    for (slot, value) in inner.into_values().enumerate() {
        if !matches!(value, Value::Absent) {
            put(frame, slot, value.into_owned());
        }
    }
}

fn take_slot(width: &mut usize) -> usize {
    *width += 1;
    *width - 1
}

fn read_records<'a, A: SeqAccess<'a>>(
    root: &Node,
    width: usize,
    frames: &mut Vec<Frame<'a>>,
    mut items: A,
) -> Result<(), A::Error> {
    loop {
        let mut frame = blank(width);
        if items
            .next_element_seed(NodeSeed {
                node: root,
                frame: &mut frame,
                trail: None,
            })?
            .is_none()
        {
            return Ok(());
        }
        frames.push(frame);
    }
}

/// Records inside of an envelope: where they are, and where they go.
struct Wrapped<'t, 'f, 'a> {
    envelope: &'t Envelope,
    width: usize,
    frames: &'f mut Vec<Frame<'a>>,
}

/// Reads the members of a record. `trail` is the path of the record, where its parts are to be read
/// apart.
fn read_members<'a, A: MapAccess<'a>>(
    node: &Node,
    frame: &mut Frame<'a>,
    trail: Option<&str>,
    mut wrapped: Option<Wrapped<'_, '_, 'a>>,
    mut members: A,
) -> Result<(), A::Error> {
    let mut merged = Frame::default();
    loop {
        let envelope = wrapped.as_ref().map(|wrapped| wrapped.envelope);
        let Some(step) = members.next_key_seed(StepSeed { node, envelope })? else {
            complete(frame, merged);
            return Ok(());
        };
        match (step, &mut wrapped) {
            (Step::Child(node), _) => members.next_value_seed(NodeSeed { node, frame, trail })?,
            (Step::Merge, _) => members.next_value_seed(NodeSeed {
                node,
                frame: &mut merged,
                trail,
            })?,
            (Step::Envelope(envelope), Some(wrapped)) => members.next_value_seed(EnvelopeSeed {
                root: node,
                envelope,
                width: wrapped.width,
                frames: wrapped.frames,
                apart: trail.is_some(),
            })?,
            _ => {
                members.next_value::<IgnoredAny>()?;
            }
        }
    }
}

enum Step<'t> {
    Child(&'t Node),
    Envelope(&'t Envelope),
    Merge,
    Skip,
}

struct StepSeed<'t> {
    node: &'t Node,
    envelope: Option<&'t Envelope>,
}

impl<'a, 't> DeserializeSeed<'a> for StepSeed<'t> {
    type Value = Step<'t>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Step<'t>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'_> for StepSeed<'t> {
    type Value = Step<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Step<'t>, E> {
        if let Some(child) = self.node.step(key) {
            return Ok(Step::Child(child));
        }
        if self
            .node
            .merge
            .iter()
            .any(|name| name.eq_ignore_ascii_case(key))
        {
            return Ok(Step::Merge);
        }
        let wrapped = self.envelope.map_or(&[][..], |envelope| &envelope.children);
        let found = wrapped.iter().find(|(name, _)| **name == *key);
        Ok(found.map_or(Step::Skip, |(_, envelope)| Step::Envelope(envelope)))
    }
}

struct NodeSeed<'t, 'f, 'a> {
    node: &'t Node,
    frame: &'f mut Frame<'a>,
    /// Path of the record around, where records inside of it are to be read apart.
    trail: Option<&'f str>,
}

impl<'a> NodeSeed<'_, '_, 'a> {
    fn text(self, value: Value<'a>) {
        let opens = |text: &str| text.trim_start().starts_with(['{', '[']);
        if self.node.goes_on() && value.as_text().is_some_and(opens) {
            embedded(self.node, value, self.frame);
        } else {
            self.node.put(self.frame, value);
        }
    }

    /// Reads an array of records.
    fn records<A: SeqAccess<'a>>(self, name: &str, mut items: A) -> Result<(), A::Error> {
        let mut parts = Vec::new();
        if let Some(trail) = self.trail {
            Frame::elements_apart(self.node, (trail, name), 0, &mut parts, items)?;
            self.node.put(self.frame, Value::Records(parts));
            return Ok(());
        }
        loop {
            let mut part = Frame::default();
            let seed = NodeSeed {
                node: self.node,
                frame: &mut part,
                trail: None,
            };
            if items.next_element_seed(seed)?.is_none() {
                self.node.put(self.frame, Value::Records(parts));
                return Ok(());
            }
            if !self.node.is_record(&part) {
                return Err(serde::de::Error::custom("a record is no object"));
            }
            parts.push(part);
        }
    }
}

impl<'a> DeserializeSeed<'a> for NodeSeed<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for NodeSeed<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'a str) -> Result<(), E> {
        ValueVisitor
            .visit_borrowed_str(text)
            .map(|value| self.text(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        ValueVisitor.visit_str(text).map(|value| self.text(value))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        ValueVisitor
            .visit_i64(number)
            .map(|value| self.node.put(self.frame, value))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        ValueVisitor
            .visit_u64(number)
            .map(|value| self.node.put(self.frame, value))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        ValueVisitor
            .visit_f64(number)
            .map(|value| self.node.put(self.frame, value))
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<(), E> {
        ValueVisitor
            .visit_bool(flag)
            .map(|value| self.node.put(self.frame, value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.node.put(self.frame, Value::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        if let Some(name) = &self.node.explode {
            return self.records(name, items);
        }
        if let Some(select) = &self.node.select {
            for place in 0.. {
                let mut element = blank(select.width);
                let seed = NodeSeed {
                    node: &select.element,
                    frame: &mut element,
                    trail: None,
                };
                if items.next_element_seed(seed)?.is_none() {
                    break;
                }
                select.merge(place, &element, self.frame);
            }
            self.node.put(self.frame, Value::Array);
            return Ok(());
        }
        if self.node.slot.is_some() {
            return ValueVisitor
                .visit_seq(items)
                .map(|value| self.node.put(self.frame, value));
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, members: A) -> Result<(), A::Error> {
        self.node.put(self.frame, Value::Object);
        read_members(self.node, self.frame, self.trail, None, members)
    }
}
