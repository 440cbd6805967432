//! All paths of a mapping as one tree, so that one pass over a line finds every value.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::path::Part;
use crate::value::{Value, ValueVisitor};

/// The values that one record had at the paths of a mapping.
pub(crate) type Frame<'a> = Vec<Value<'a>>;

/// A place in a record at which a path ends or goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    slot: Option<usize>,
    children: Vec<(Box<str>, Node)>,
    select: Option<Box<Select>>,
    /// Names here are compared without regard to letter case.
    fold_case: bool,
}

/// Elements of an array are read into a frame of their own, because the member that selects one
/// may stand after the members that are wanted.
#[derive(Clone, Debug, Default)]
struct Select {
    element: Node,
    width: usize,
    wanted: Vec<Wanted>,
}

#[derive(Clone, Debug)]
struct Wanted {
    key: String,
    value: String,
    key_slot: usize,
    moves: Vec<(usize, usize)>,
}

impl Node {
    /// The root of a record.
    pub(crate) fn root(fold_case: bool) -> Self {
        Self {
            fold_case,
            ..Self::default()
        }
    }

    /// Adds a path; returns the slot of its value. `width` is the number of slots so far.
    pub(crate) fn insert(&mut self, parts: &[Part], width: &mut usize) -> usize {
        match parts.split_first() {
            None => *self.slot.get_or_insert_with(|| take_slot(width)),
            Some((Part::Key(key), rest)) => self.child(key).insert(rest, width),
            Some((Part::Select { key, value }, rest)) => {
                let outer = take_slot(width);
                self.select
                    .get_or_insert_default()
                    .insert(key, value, rest, outer);
                outer
            }
        }
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

    fn put<'a>(&self, frame: &mut Frame<'a>, value: Value<'a>) {
        if let Some(slot) = self.slot.and_then(|slot| frame.get_mut(slot)) {
            *slot = value;
        }
    }
}

fn take_slot(width: &mut usize) -> usize {
    *width += 1;
    *width - 1
}

impl Select {
    fn insert(&mut self, key: &str, value: &str, rest: &[Part], outer: usize) {
        let key_slot = self
            .element
            .insert(&[Part::Key(key.to_owned())], &mut self.width);
        let local = self.element.insert(rest, &mut self.width);
        let same = |wanted: &&mut Wanted| wanted.key == key && wanted.value == value;
        match self.wanted.iter_mut().find(same) {
            Some(wanted) => wanted.moves.push((local, outer)),
            None => self.wanted.push(Wanted {
                key: key.to_owned(),
                value: value.to_owned(),
                key_slot,
                moves: vec![(local, outer)],
            }),
        }
    }

    fn merge<'a>(&self, element: &Frame<'a>, frame: &mut Frame<'a>) {
        for wanted in &self.wanted {
            let key = element.get(wanted.key_slot).and_then(Value::as_text);
            if key != Some(&wanted.value) {
                continue;
            }
            for (local, outer) in &wanted.moves {
                if let (Some(value), Some(slot)) = (element.get(*local), frame.get_mut(*outer))
                    && matches!(slot, Value::Absent)
                {
                    slot.clone_from(value);
                }
            }
        }
    }
}

/// Where the records are inside what one line holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    /// The line may be an array of records.
    pub(crate) array: bool,
    children: Vec<(Box<str>, Envelope)>,
    records: bool,
}

impl Envelope {
    /// Adds a path at which there is a record or an array of records.
    pub(crate) fn insert(&mut self, parts: &[Part]) {
        let Some((Part::Key(key), rest)) = parts.split_first() else {
            self.records = true;
            return;
        };
        if let Some((_, child)) = self.children.iter_mut().find(|(name, _)| **name == **key) {
            child.insert(rest);
        } else {
            let mut child = Self::default();
            child.insert(rest);
            self.children.push((key.as_str().into(), child));
        }
    }
}

/// Reads the records of a line.
pub(crate) struct LineSeed<'t, 'f, 'a> {
    pub(crate) root: &'t Node,
    pub(crate) envelope: &'t Envelope,
    pub(crate) width: usize,
    pub(crate) frames: &'f mut Vec<Frame<'a>>,
}

impl<'a> DeserializeSeed<'a> for LineSeed<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for LineSeed<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.envelope.array {
            "a JSON object or array"
        } else {
            "a JSON object"
        })
    }

    fn visit_seq<A: SeqAccess<'a>>(self, items: A) -> Result<(), A::Error> {
        if !self.envelope.array {
            return Err(serde::de::Error::invalid_type(
                serde::de::Unexpected::Seq,
                &self,
            ));
        }
        let Self {
            root,
            width,
            frames,
            ..
        } = self;
        read_records(root, width, frames, items)
    }

    fn visit_map<A: MapAccess<'a>>(self, members: A) -> Result<(), A::Error> {
        let Self {
            root,
            envelope,
            width,
            frames,
        } = self;
        let mut outer = vec![Value::Absent; width];
        read_members(root, &mut outer, Some((envelope, width, frames)), members)?;
        if frames.is_empty() {
            frames.push(outer);
        }
        Ok(())
    }
}

fn read_records<'a, A: SeqAccess<'a>>(
    root: &Node,
    width: usize,
    frames: &mut Vec<Frame<'a>>,
    mut items: A,
) -> Result<(), A::Error> {
    loop {
        let mut frame = vec![Value::Absent; width];
        if items
            .next_element_seed(NodeSeed {
                node: root,
                frame: &mut frame,
            })?
            .is_none()
        {
            return Ok(());
        }
        frames.push(frame);
    }
}

type Wrapped<'t, 'f, 'a> = (&'t Envelope, usize, &'f mut Vec<Frame<'a>>);

fn read_members<'a, A: MapAccess<'a>>(
    node: &Node,
    frame: &mut Frame<'a>,
    mut wrapped: Option<Wrapped<'_, '_, 'a>>,
    mut members: A,
) -> Result<(), A::Error> {
    loop {
        let envelope = wrapped.as_ref().map(|(envelope, ..)| *envelope);
        let Some(step) = members.next_key_seed(StepSeed { node, envelope })? else {
            return Ok(());
        };
        match (step, &mut wrapped) {
            (Step::Child(child), _) => members.next_value_seed(NodeSeed { node: child, frame })?,
            (Step::Envelope(envelope), Some((_, width, frames))) => {
                members.next_value_seed(EnvelopeSeed {
                    root: node,
                    envelope,
                    width: *width,
                    frames,
                })?
            }
            _ => {
                members.next_value::<IgnoredAny>()?;
            }
        }
    }
}

enum Step<'t> {
    Child(&'t Node),
    Envelope(&'t Envelope),
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
        if let Some((_, child)) = self
            .node
            .find(key)
            .and_then(|at| self.node.children.get(at))
        {
            return Ok(Step::Child(child));
        }
        let wrapped = self.envelope.map_or(&[][..], |envelope| &envelope.children);
        let found = wrapped.iter().find(|(name, _)| **name == *key);
        Ok(found.map_or(Step::Skip, |(_, envelope)| Step::Envelope(envelope)))
    }
}

/// Looks for records inside an envelope.
struct EnvelopeSeed<'t, 'f, 'a> {
    root: &'t Node,
    envelope: &'t Envelope,
    width: usize,
    frames: &'f mut Vec<Frame<'a>>,
}

macro_rules! scalars_are_ignored {
    () => {
        fn visit_str<E>(self, _: &str) -> Result<(), E> {
            Ok(())
        }
        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }
        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }
        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }
        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }
        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    };
}

impl<'a> DeserializeSeed<'a> for EnvelopeSeed<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for EnvelopeSeed<'_, '_, 'a> {
    type Value = ();

    scalars_are_ignored!();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        if self.envelope.records {
            return read_records(self.root, self.width, self.frames, items);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        if self.envelope.records {
            let mut frame = vec![Value::Absent; self.width];
            read_members(self.root, &mut frame, None, members)?;
            self.frames.push(frame);
            return Ok(());
        }
        let Self {
            root,
            envelope,
            width,
            frames,
        } = self;
        let outside = Node::default();
        loop {
            let seed = StepSeed {
                node: &outside,
                envelope: Some(envelope),
            };
            match members.next_key_seed(seed)? {
                None => return Ok(()),
                Some(Step::Envelope(envelope)) => {
                    members.next_value_seed(EnvelopeSeed {
                        root,
                        envelope,
                        width,
                        frames,
                    })?;
                }
                Some(_) => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
    }
}

struct NodeSeed<'t, 'f, 'a> {
    node: &'t Node,
    frame: &'f mut Frame<'a>,
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
            .map(|value| self.node.put(self.frame, value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        ValueVisitor
            .visit_str(text)
            .map(|value| self.node.put(self.frame, value))
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
        if let Some(select) = &self.node.select {
            loop {
                let mut element = vec![Value::Absent; select.width];
                let seed = NodeSeed {
                    node: &select.element,
                    frame: &mut element,
                };
                if items.next_element_seed(seed)?.is_none() {
                    return Ok(());
                }
                select.merge(&element, self.frame);
            }
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
        read_members(self.node, self.frame, None, members)
    }
}
