//! How an item lies in its buffer, for people: every part with its place, as far as the bytes go.
//! The rules of reading are those of [`decode_at`](super::decode_at).

use super::{CborError, CborErrorKind, Irregularity, MAX_DEPTH, Reader, Value, decode_at, error};

/// An item and everything in it, read as far as it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline<'a> {
    /// The item; absent when not even its first byte can be read.
    pub item: Option<Item<'a>>,
    /// How many bytes were read.
    pub consumed: usize,
    /// Where reading stopped and why.
    pub fault: Option<CborError>,
    /// What CTAP2 canonical form does not allow. The order of keys and duplicates are only looked
    /// for in an item that is whole.
    pub irregularities: Vec<Irregularity>,
}

/// An item and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Where it starts.
    pub offset: usize,
    /// How many bytes it has, or how many of it were read.
    pub length: usize,
    /// What it is.
    pub content: Content<'a>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content<'a> {
    /// A number, string or simple value.
    Value(Value<'a>),
    /// A byte string or text that declares more bytes than there are.
    Cut {
        /// Whether it is text.
        text: bool,
        /// The bytes that are there.
        bytes: &'a [u8],
    },
    /// An array, as far as it goes.
    Array(Vec<Item<'a>>),
    /// A map, as far as it goes; the last value may be absent.
    Map(Vec<(Item<'a>, Option<Item<'a>>)>),
    /// A tag and what it stands before.
    Tag(u64, Option<Box<Item<'a>>>),
}

impl<'a> Item<'a> {
    /// The value, when the item is no container.
    #[must_use]
    pub fn value(&self) -> Option<&Value<'a>> {
        match &self.content {
            Content::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The entries, when it is a map.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Option<Self>)] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }
}

/// Reads one item of `bytes` that starts at `start`, as far as it goes; all offsets count from the
/// buffer's front.
#[must_use]
pub fn outline(bytes: &[u8], start: usize) -> Outline<'_> {
    let mut reader = Reader {
        bytes,
        at: start,
        irregularities: Vec::new(),
    };
    let mut fault = None;
    let item = reader.outlined(0, &mut fault);
    if item.is_none() && fault.is_none() {
        fault = Some(error(CborErrorKind::Truncated, bytes.len()));
    }
    let irregularities = match decode_at(bytes, start) {
        Ok(decoded) => decoded.irregularities,
        Err(_) => reader.irregularities,
    };
    Outline {
        item,
        consumed: reader.at.saturating_sub(start),
        fault,
        irregularities,
    }
}

impl<'a> Reader<'a> {
    fn outlined(&mut self, depth: usize, fault: &mut Option<CborError>) -> Option<Item<'a>> {
        let offset = self.at;
        let content = match self.bytes.get(offset)? >> 5 {
            4..=6 => self.outlined_container(depth, fault),
            _ => self.outlined_value(depth, fault),
        };
        Some(Item {
            offset,
            length: self.at - offset,
            content: content?,
        })
    }

    fn outlined_value(
        &mut self,
        depth: usize,
        fault: &mut Option<CborError>,
    ) -> Option<Content<'a>> {
        let start = self.at;
        let text = self.bytes.get(start).is_some_and(|first| first >> 5 == 3);
        let found = match self.item(depth) {
            Ok(value) => return Some(Content::Value(value)),
            Err(found) => found,
        };
        *fault = Some(found);
        let cut = matches!(found.kind, CborErrorKind::Length { .. }) && found.offset == start;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        cut.then_some(Content::Cut { text, bytes: rest })
    }

    fn outlined_container(
        &mut self,
        depth: usize,
        fault: &mut Option<CborError>,
    ) -> Option<Content<'a>> {
        let start = self.at;
        let head = self
            .byte()
            .and_then(|first| Ok((first, self.argument(first, start)?)));
        let (first, argument) = head.map_err(|found| *fault = Some(found)).ok()?;
        if depth >= MAX_DEPTH {
            *fault = Some(error(CborErrorKind::Depth, start));
            return None;
        }
        if let (6, super::Argument::Number(tag)) = (first >> 5, argument) {
            self.note(super::IrregularityKind::Tag, start);
            let inner = self.inner(depth, fault);
            return Some(Content::Tag(tag, inner.map(Box::new)));
        }
        let each = if first >> 5 == 5 { 2 } else { 1 };
        // What a declared length promises and the bytes do not hold is a fault, but what is there
        // is still worth showing.
        let promised = self.count(argument, each, start);
        let broken = promised.as_ref().err().copied();
        let mut left = promised.unwrap_or(Some(u64::MAX));
        let content = if each == 2 {
            self.outlined_map(&mut left, depth, fault)
        } else {
            self.outlined_array(&mut left, depth, fault)
        };
        *fault = broken.or(*fault);
        Some(content)
    }

    fn outlined_array(
        &mut self,
        left: &mut Option<u64>,
        depth: usize,
        fault: &mut Option<CborError>,
    ) -> Content<'a> {
        let mut items = Vec::new();
        while fault.is_none() && self.more(left) {
            items.extend(self.inner(depth, fault));
        }
        Content::Array(items)
    }

    fn outlined_map(
        &mut self,
        left: &mut Option<u64>,
        depth: usize,
        fault: &mut Option<CborError>,
    ) -> Content<'a> {
        let mut entries = Vec::new();
        while fault.is_none() && self.more(left) {
            let Some(key) = self.inner(depth, fault) else {
                break;
            };
            let value = match fault {
                None => self.inner(depth, fault),
                Some(_) => None,
            };
            entries.push((key, value));
        }
        Content::Map(entries)
    }

    /// An item inside another: when there is none, that is a fault.
    fn inner(&mut self, depth: usize, fault: &mut Option<CborError>) -> Option<Item<'a>> {
        let item = self.outlined(depth + 1, fault);
        if item.is_none() && fault.is_none() {
            *fault = Some(error(CborErrorKind::Truncated, self.bytes.len()));
        }
        item
    }
}

#[cfg(test)]
mod tests;
