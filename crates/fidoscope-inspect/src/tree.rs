//! What a drawing is made of.

use std::borrow::Cow;

/// A part of an artifact.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Name.
    pub name: Cow<'static, str>,
    /// Where its bytes are; absent for what has no bytes of its own.
    pub place: Option<Place>,
    /// The value as written.
    pub value: PartValue,
    /// What the value means.
    pub meaning: Option<String>,
    /// What is odd about it.
    pub notes: Vec<String>,
    /// True when offsets count from 0 again inside it, because it was decoded from text.
    pub decoded: bool,
    /// Its own parts.
    pub parts: Vec<Part>,
    /// How many of them are left out, because there are too many.
    pub omitted: usize,
}

/// Where the bytes of a part are, in the buffer that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset of the first byte.
    pub offset: usize,
    /// How many bytes.
    pub length: usize,
}

/// A value as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PartValue {
    /// None, or only that of its parts.
    #[default]
    None,
    /// Readable.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Where reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The part in which it is.
    pub inside: String,
    /// Offset in the buffer of that part.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// Offset of the first byte of `around`.
    pub around_offset: usize,
    /// The bytes around the fault.
    pub around: Vec<u8>,
}

impl Fault {
    /// A fault at an offset of a buffer.
    pub(super) fn new(inside: &str, message: String, buffer: &[u8], offset: usize) -> Self {
        // One line of a dump before the line of the fault, one after it.
        let start = (offset.min(buffer.len()) / 16).saturating_sub(1) * 16;
        let end = buffer.len().min(start + 48);
        Self {
            inside: inside.to_owned(),
            offset,
            message,
            around_offset: start,
            around: buffer.get(start..end).unwrap_or_default().to_vec(),
        }
    }
}

impl Part {
    pub(super) fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    pub(super) fn at(mut self, offset: usize, length: usize) -> Self {
        self.place = Some(Place { offset, length });
        self
    }

    pub(super) fn placed(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub(super) fn text(mut self, value: impl Into<String>) -> Self {
        self.value = PartValue::Text(value.into());
        self
    }

    pub(super) fn bytes(mut self, value: &[u8]) -> Self {
        self.value = match value {
            [] => PartValue::Text("empty".to_owned()),
            _ => PartValue::Bytes(value.to_vec()),
        };
        self
    }

    pub(super) fn meaning(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = Some(meaning.into());
        self
    }

    pub(super) fn with(mut self, part: Self) -> Self {
        self.parts.push(part);
        self
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds a note to the smallest part that holds an offset; parts of another buffer are left
    /// alone.
    pub(super) fn note_at(&mut self, offset: usize, note: String) {
        let holds = |part: &&mut Self| {
            let inside = |p: Place| (p.offset..p.offset + p.length.max(1)).contains(&offset);
            !part.decoded && part.place.is_some_and(inside)
        };
        match self.parts.iter_mut().find(holds) {
            Some(part) => part.note_at(offset, note),
            None => self.note(note),
        }
    }
}
