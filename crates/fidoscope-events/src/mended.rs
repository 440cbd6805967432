//! Text of which single bytes are damaged.

use std::borrow::Cow;

use crate::trie::Frame;

/// What stands for a byte that is no UTF-8: no part of JSON, and as long as what it stands for.
const STAND_IN: u8 = b'?';

/// Bytes as text of the same length in which those that are not UTF-8 are replaced, so that what is
/// around them can be told apart.
#[derive(Clone, Debug)]
pub(crate) struct Mended<'l> {
    pub(crate) text: Cow<'l, str>,
    /// Where the replaced bytes are, in order.
    damage: Vec<usize>,
}

impl<'l> Mended<'l> {
    pub(crate) fn new(bytes: &'l [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                text: Cow::Borrowed(text),
                damage: Vec::new(),
            },
            Err(_) => Self::mend(bytes),
        }
    }

    fn mend(bytes: &[u8]) -> Self {
        let (mut text, mut damage) = (String::with_capacity(bytes.len()), Vec::new());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for _ in chunk.invalid() {
                damage.push(text.len());
                text.push(char::from(STAND_IN));
            }
        }
        Self {
            text: Cow::Owned(text),
            damage,
        }
    }

    /// Whether nothing had to be replaced.
    pub(crate) const fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    /// Whether nothing had to be replaced outside of records with a place of their own.
    pub(crate) fn is_sound_beside(&self, frames: &[Frame<'_>]) -> bool {
        let places = frames.iter().filter_map(|frame| frame.place.as_ref());
        let mut parts: Vec<(usize, usize)> = places
            .filter_map(|place| {
                let start = offset_of(place.text, &self.text)?;
                Some((start, start + place.text.len()))
            })
            .collect();
        parts.sort_unstable();
        self.damage.iter().all(|at| {
            let next = parts.partition_point(|(start, _)| start <= at);
            let part = next.checked_sub(1).and_then(|part| parts.get(part));
            part.is_some_and(|(_, end)| at < end)
        })
    }

    /// How many bytes had to be replaced.
    pub(crate) const fn damaged(&self) -> usize {
        self.damage.len()
    }

    /// How many of them are in a part of the text.
    pub(crate) fn damaged_in(&self, part: &str) -> usize {
        let Some(start) = offset_of(part, &self.text).filter(|_| !self.is_sound()) else {
            return 0;
        };
        let before = |end: usize| self.damage.partition_point(|at| *at < end);
        before(start + part.len()) - before(start)
    }

    /// The first damaged byte of a part of the text.
    pub(crate) fn damage_in(&self, part: &str) -> Option<usize> {
        let start = offset_of(part, &self.text)?;
        let next = self.damage.partition_point(|at| *at < start);
        let first = self.damage.get(next).copied();
        first.filter(|at| *at < start + part.len())
    }
}

/// Where a part of a text begins in it; `None` for what is no part of it.
pub(crate) fn offset_of(part: &str, text: &str) -> Option<usize> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let found = text.get(start..start.checked_add(part.len())?)?;
    (found == part).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::{Mended, offset_of};

    #[track_caller]
    fn check(bytes: &[u8], text: &str, part: std::ops::Range<usize>, damage: Option<usize>) {
        let mended = Mended::new(bytes);
        assert_eq!(mended.text, text);
        assert_eq!(mended.text.len(), bytes.len());
        let part = &mended.text[part];
        assert_eq!(mended.damage_in(part), damage);
    }

    #[test]
    fn damage_is_told_by_its_place() {
        check("né".as_bytes(), "né", 0..3, None);
        check(b"[\"Ren\xe9\",\"b\"]", "[\"Ren?\",\"b\"]", 1..7, Some(5));
        check(b"[\"Ren\xe9\",\"b\"]", "[\"Ren?\",\"b\"]", 8..11, None);
        check(b"\xf0\x9f\x98", "???", 1..3, Some(1));
    }

    #[test]
    fn a_part_is_found_where_it_is() {
        let text = "abcabc".to_owned();
        assert_eq!(offset_of(&text[3..], &text), Some(3));
        assert_eq!(offset_of("other", &text), None);
    }
}
