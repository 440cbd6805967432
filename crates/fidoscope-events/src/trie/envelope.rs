//! Where the records are inside what one line holds.

use std::fmt;

use serde::de::{
    Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::{Frame, Node, Step, StepSeed, Wrapped, blank, joined, read_members, read_records};
use crate::path::Part;

/// Where the records are inside what one line holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    /// The line may be an array of records.
    pub(crate) array: bool,
    pub(super) children: Vec<(Box<str>, Envelope)>,
    records: bool,
    /// Path from the line to here.
    path: Box<str>,
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
            let mut child = Self {
                path: joined(&self.path, key).into(),
                ..Self::default()
            };
            child.insert(rest);
            self.children.push((key.as_str().into(), child));
        }
    }
}

impl Envelope {
    /// Whether a line can have records inside of it.
    pub(crate) const fn is_open(&self) -> bool {
        self.array || !self.children.is_empty()
    }

    /// The paths at which there are records.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for (name, child) in &self.children {
            if child.records {
                paths.push(name.to_string());
            }
            paths.extend(child.paths().iter().map(|path| format!("{name}.{path}")));
        }
        paths
    }
}

/// Reads the records of a line.
pub(crate) struct LineSeed<'t, 'f, 'a> {
    pub(crate) root: &'t Node,
    pub(crate) envelope: &'t Envelope,
    pub(crate) width: usize,
    pub(crate) frames: &'f mut Vec<Frame<'a>>,
    /// Each record is read by itself, and its place is kept.
    pub(crate) apart: bool,
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
        if self.apart {
            Frame::elements_apart(self.root, ("", ""), self.width, self.frames, items)?;
            // Values without names are no records: the line is one that has lost its names.
            if !self.frames.iter().any(Frame::is_object) {
                self.frames.clear();
                self.frames.push(blank(self.width));
            }
            return Ok(());
        }
        read_records(self.root, self.width, self.frames, items)
    }

    fn visit_map<A: MapAccess<'a>>(self, members: A) -> Result<(), A::Error> {
        let Self {
            root,
            envelope,
            width,
            frames,
            apart,
        } = self;
        let mut outer = blank(width);
        let wrapped = Wrapped {
            envelope,
            width,
            frames,
        };
        let trail = apart.then_some("");
        read_members(root, &mut outer, trail, Some(wrapped), members)?;
        if frames.is_empty() {
            frames.push(outer);
        }
        Ok(())
    }
}

/// Looks for records inside an envelope.
pub(super) struct EnvelopeSeed<'t, 'f, 'a> {
    pub(super) root: &'t Node,
    pub(super) envelope: &'t Envelope,
    pub(super) width: usize,
    pub(super) frames: &'f mut Vec<Frame<'a>>,
    pub(super) apart: bool,
}

impl<'a> EnvelopeSeed<'_, '_, 'a> {
    /// Reads what is here, which is a record or an array of records, one by one.
    fn read_apart<E: serde::de::Error>(self, text: &'a str) -> Result<(), E> {
        let path = &self.envelope.path;
        match text.as_bytes().first() {
            Some(b'[') => {
                let mut json = serde_json::Deserializer::from_str(text);
                let elements = Elements { seed: self };
                json.deserialize_seq(elements).map_err(E::custom)
            }
            Some(b'{') => {
                let frame = Frame::apart(self.root, text, path.to_string(), self.width);
                self.frames.push(frame);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// The elements of an array of records.
struct Elements<'t, 'f, 'a> {
    seed: EnvelopeSeed<'t, 'f, 'a>,
}

impl<'a> Visitor<'a> for Elements<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, items: A) -> Result<(), A::Error> {
        let EnvelopeSeed {
            root,
            envelope,
            width,
            frames,
            ..
        } = self.seed;
        Frame::elements_apart(root, ("", &envelope.path), width, frames, items)
    }
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
        if self.apart && self.envelope.records {
            let text = <&'a RawValue>::deserialize(deserializer)?;
            return self.read_apart(text.get());
        }
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
            let mut frame = blank(self.width);
            read_members(self.root, &mut frame, None, None, members)?;
            self.frames.push(frame);
            return Ok(());
        }
        let Self {
            root,
            envelope,
            width,
            frames,
            apart,
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
                        apart,
                    })?;
                }
                Some(_) => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
    }
}
