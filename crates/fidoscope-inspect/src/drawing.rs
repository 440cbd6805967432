//! What the functions that draw share: a window on a buffer, and where faults are collected.

use std::borrow::Cow;

use fidoscope_metadata::Blob;
use fidoscope_webauthn::Aaguid;

use super::tree::{Fault, Part, Place};

/// More parts than this in one part are left out.
pub(super) const MAX_PARTS: usize = 256;

/// A part of a buffer. Offsets in a drawing count from the front of the buffer.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) buffer: &'a [u8],
    pub(super) start: usize,
    bytes: &'a [u8],
}

impl<'a> Window<'a> {
    pub(super) fn whole(buffer: &'a [u8]) -> Self {
        Self {
            buffer,
            start: 0,
            bytes: buffer,
        }
    }

    /// The window on a slice that was borrowed from this one's buffer; on a buffer of its own when
    /// the slice came from elsewhere.
    pub(super) fn on<'b>(&self, part: &'b [u8]) -> Window<'b>
    where
        'a: 'b,
    {
        match self.place(part) {
            Some(place) => Window {
                buffer: self.buffer,
                start: place.offset,
                bytes: part,
            },
            None => Window::whole(part),
        }
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where a slice that was borrowed from this buffer is.
    pub(super) fn place(&self, part: &[u8]) -> Option<Place> {
        let from = part.as_ptr().addr();
        let offset = from.checked_sub(self.buffer.as_ptr().addr())?;
        let inside = offset.checked_add(part.len())? <= self.buffer.len();
        inside.then_some(Place {
            offset,
            length: part.len(),
        })
    }

    pub(super) fn part(&self, name: impl Into<Cow<'static, str>>) -> Part {
        Part::new(name).at(self.start, self.bytes.len())
    }
}

/// A drawing in progress.
pub(super) struct Drawing<'m> {
    models: Option<&'m Blob>,
    pub(super) faults: Vec<Fault>,
}

impl<'m> Drawing<'m> {
    pub(super) fn new(models: Option<&'m Blob>) -> Self {
        Self {
            models,
            faults: Vec::new(),
        }
    }

    /// Tells where reading stopped; `offset` counts in the window's buffer.
    pub(super) fn fault(
        &mut self,
        inside: &str,
        window: &Window<'_>,
        offset: usize,
        message: impl Into<String>,
    ) {
        let fault = Fault::new(inside, message.into(), window.buffer, offset);
        self.faults.push(fault);
    }

    /// What is known about a model.
    pub(super) fn model(&self, aaguid: &Aaguid) -> Option<String> {
        if aaguid.is_zero() {
            return Some("names no model".to_owned());
        }
        let known = self.models?.model(aaguid);
        let unknown = "not in the metadata";
        Some(
            known
                .map_or(unknown, |model| model.description())
                .to_owned(),
        )
    }
}

/// The first of many parts, and how many were left out.
pub(super) fn limited<T>(items: &[T]) -> (&[T], usize) {
    match items.split_at_checked(MAX_PARTS) {
        Some((shown, rest)) => (shown, rest.len()),
        None => (items, 0),
    }
}
