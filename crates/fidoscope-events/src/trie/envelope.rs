//! Where the records are inside what one line holds.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Frame, Node, Step, StepSeed, blank, read_members, read_records};
use crate::path::Part;

/// Where the records are inside what one line holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    /// The line may be an array of records.
    pub(crate) array: bool,
    pub(super) children: Vec<(Box<str>, Envelope)>,
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

impl Envelope {
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
        let mut outer = blank(width);
        read_members(root, &mut outer, Some((envelope, width, frames)), members)?;
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
            let mut frame = blank(self.width);
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
