//! A text that is looked for in lines, in any letter case if need be.
//!
//! Most lines do not have it, or have it once. For one letter case there is a library. For all of them
//! many places are tested at once, by the first byte of the text, its last and its rarest letter, and
//! only where all three are right is the rest compared. The compiler makes vector instructions of that.

use memchr::memmem::Finder;

/// Letters of English, the rarest first; all other bytes count as rarer.
const RAREST: &[u8] = b"zqxjkvbpygfwmucldrhsnioate";

/// Places that are tested at once.
const BLOCK: usize = 64;

/// A text to look for.
#[derive(Clone, Debug)]
pub(crate) enum Needle {
    Exact(Box<Finder<'static>>),
    AnyCase(AnyCase),
}

/// A text in any letter case.
#[derive(Clone, Debug)]
pub(crate) struct AnyCase {
    text: Vec<u8>,
    probes: [Probe; 3],
}

/// A byte of a text, by which most places are told not to have it.
#[derive(Clone, Copy, Debug)]
struct Probe {
    at: usize,
    /// Set before comparing, so that a letter is the same in both cases.
    mask: u8,
    byte: u8,
}

impl Probe {
    const fn is(self, byte: u8) -> bool {
        byte | self.mask == self.byte
    }
}

impl Needle {
    /// `None` for a text without letters of which the letter case does not matter.
    pub(crate) fn new(text: &str, fold_case: bool) -> Option<Self> {
        if fold_case {
            return AnyCase::new(text).map(Self::AnyCase);
        }
        Some(Self::Exact(Box::new(Finder::new(text).into_owned())))
    }

    fn len(&self) -> usize {
        match self {
            Self::Exact(finder) => finder.needle().len(),
            Self::AnyCase(text) => text.text.len(),
        }
    }

    /// Where the line goes on behind each place that has the text.
    pub(crate) fn ends<'l>(&'l self, line: &'l [u8]) -> impl Iterator<Item = usize> + 'l {
        let mut from = 0;
        std::iter::from_fn(move || {
            let start = self.find(line, from)?;
            from = start + 1;
            Some(start + self.len())
        })
    }

    /// Whether the line has the text.
    pub(crate) fn is_in(&self, line: &[u8]) -> bool {
        self.find(line, 0).is_some()
    }

    /// The first place from `from` on that has the text.
    fn find(&self, line: &[u8], from: usize) -> Option<usize> {
        match self {
            Self::Exact(finder) => Some(from + finder.find(line.get(from..)?)?),
            Self::AnyCase(text) => text.find(line, from),
        }
    }
}

impl AnyCase {
    fn new(text: &str) -> Option<Self> {
        let rank = |byte: u8| RAREST.iter().position(|known| *known == byte);
        let bytes = text.bytes().enumerate();
        let letters = bytes.filter(|(_, byte)| byte.is_ascii_alphabetic());
        let rarest = letters.min_by_key(|(_, byte)| rank(byte.to_ascii_lowercase()))?;
        let first = (0, text.bytes().next()?);
        let last = (text.len() - 1, text.bytes().next_back()?);
        let probe = |(at, byte): (usize, u8)| {
            let mask = if byte.is_ascii_alphabetic() { b' ' } else { 0 };
            let byte = byte | mask;
            Probe { at, mask, byte }
        };
        Some(Self {
            text: text.as_bytes().to_vec(),
            probes: [first, last, rarest].map(probe),
        })
    }

    /// The first place from `from` on that has the text.
    fn find(&self, line: &[u8], mut from: usize) -> Option<usize> {
        let places = line.len().checked_sub(self.text.len())? + 1;
        while from < places {
            let next = (from + BLOCK).min(places);
            if self.may_be_in(line, from)
                && let Some(found) = (from..next).find(|start| self.is_at(line, *start))
            {
                return Some(found);
            }
            from = next;
        }
        None
    }

    /// Whether one of the places of a block has the bytes that are tested; true where the line has
    /// not as many places.
    fn may_be_in(&self, line: &[u8], from: usize) -> bool {
        let block = |probe: Probe| line.get(from + probe.at..)?.first_chunk::<BLOCK>();
        let [a, b, c] = self.probes;
        let (Some(first), Some(second), Some(third)) = (block(a), block(b), block(c)) else {
            return true;
        };
        let bytes = first.iter().zip(second).zip(third);
        bytes.fold(false, |found, ((first, second), third)| {
            found | (a.is(*first) & b.is(*second) & c.is(*third))
        })
    }

    fn is_at(&self, line: &[u8], start: usize) -> bool {
        let [_, _, rarest] = self.probes;
        let byte = line.get(start + rarest.at);
        if !byte.is_some_and(|byte| rarest.is(*byte)) {
            return false;
        }
        let found = line.get(start..start + self.text.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Needle;

    #[track_caller]
    fn check(text: &str, fold_case: bool, line: &str, expected: &[usize]) {
        let needle = Needle::new(text, fold_case).unwrap();
        let ends: Vec<usize> = needle.ends(line.as_bytes()).collect();
        assert_eq!(ends, expected, "{text} in {line}");
    }

    #[test]
    fn every_place_of_a_text_is_found() {
        check(
            "\"type\"",
            false,
            r#"{"type":1,"Type":2,"type":3}"#,
            &[7, 25],
        );
        check("\"type\"", true, r#"{"type":1,"Type":2}"#, &[7, 16]);
        check("fido_", true, "FIDO_U2F fido", &[5]);
        check("webauthn", true, "eb webauth WEBAUTHn", &[19]);
        assert!(Needle::new("_2", true).is_none());
    }

    proptest! {
        #[test]
        fn a_text_is_found_where_a_plain_search_finds_it(
            text in "[a-c_]{0,3}[a-cA-C][a-c_]{0,3}",
            line in "[a-cA-C_@]{0,300}",
        ) {
            for fold_case in [false, true] {
                let fold = |text: &str| if fold_case { text.to_lowercase() } else { text.to_owned() };
                let (folded, looked_in) = (fold(&text), fold(&line));
                let expected: Vec<usize> = (0..line.len())
                    .filter(|start| looked_in[*start..].starts_with(&folded))
                    .map(|start| start + text.len())
                    .collect();
                let needle = Needle::new(&text, fold_case).unwrap();
                prop_assert_eq!(needle.ends(line.as_bytes()).collect::<Vec<_>>(), expected);
            }
        }
    }
}
