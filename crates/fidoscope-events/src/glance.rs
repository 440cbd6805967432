//! What a glance at one member tells of a line, so that most lines of a busy log need not be read.
//!
//! Most sources name what a record is about in one member, such as `eventType`. A line that has the
//! name of that member once, and beside it a text of which no event is made, need not be read to be
//! counted. Whatever is unusual about a line (the name twice, another spelling, an escape, anything but
//! one whole object) has it read in full, so a glance never hides an event.

use memchr::memmem::Finder;

use crate::condition::Condition;

/// A member that tells records apart.
#[derive(Clone, Debug)]
pub(crate) struct Glance {
    /// Where its value is in a frame.
    slot: usize,
    name: Name,
    escape: Finder<'static>,
}

/// The name of a member in quotation marks, looked for by its rarest letter.
#[derive(Clone, Debug)]
struct Name {
    text: String,
    quoted: Vec<u8>,
    fold_case: bool,
    letter: [u8; 2],
    /// Where the letter is in the quoted name.
    at: usize,
}

/// Letters of English, the rarest first; all other bytes count as rarer.
const RAREST: &[u8] = b"zqxjkvbpygfwmucldrhsnioate";

impl Name {
    fn new(name: &str, fold_case: bool) -> Option<Self> {
        let rank = |byte: u8| RAREST.iter().position(|known| *known == byte);
        let bytes = name.bytes().enumerate();
        let (at, byte) = bytes.min_by_key(|(_, byte)| rank(byte.to_ascii_lowercase()))?;
        let letter = if fold_case {
            [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]
        } else {
            [byte, byte]
        };
        Some(Self {
            text: name.to_owned(),
            quoted: format!("\"{name}\"").into_bytes(),
            fold_case,
            letter,
            at: at + 1,
        })
    }

    /// Where the line goes on behind each place that has the name.
    fn ends<'l>(&'l self, line: &'l [u8]) -> impl Iterator<Item = usize> + 'l {
        let [one, other] = self.letter;
        memchr::memchr2_iter(one, other, line).filter_map(move |letter| {
            let start = letter.checked_sub(self.at)?;
            let end = start + self.quoted.len();
            let found = line.get(start..end)?;
            let same = if self.fold_case {
                found.eq_ignore_ascii_case(&self.quoted)
            } else {
                found == self.quoted
            };
            same.then_some(end)
        })
    }
}

/// What a line is that need not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glimpsed {
    Shadow,
    Nothing,
}

impl Glance {
    /// A glance at the member `name`, whose value is in `slot`.
    pub(crate) fn new(name: &str, slot: usize, fold_case: bool) -> Option<Self> {
        Some(Self {
            slot,
            name: Name::new(name, fold_case)?,
            escape: Finder::new(b"\\u").into_owned(),
        })
    }

    /// Name of the member.
    pub(crate) fn member(&self) -> &str {
        &self.name.text
    }

    /// What a line is; `None` when it has to be read.
    pub(crate) fn at<'p>(
        &self,
        line: &[u8],
        detect: Option<&Condition>,
        shadows: &[Condition],
        mut events: impl Iterator<Item = &'p Condition>,
    ) -> Option<Glimpsed> {
        let text = self.text(line)?;
        let known = |condition: &Condition| condition.known(self.slot, Some(text));
        // The name may be that of a member within another, and the record lacks its own.
        let absent = |condition: &Condition| condition.known(self.slot, None);
        if detect.is_some_and(|detect| known(detect) == Some(false)) {
            return None;
        }
        let glimpsed = if shadows.iter().any(|shadow| known(shadow) == Some(true)) {
            Glimpsed::Shadow
        } else {
            let never = shadows.iter().all(|shadow| known(shadow) == Some(false))
                && events.all(|when| known(when) == Some(false) && absent(when) == Some(false));
            never.then_some(Glimpsed::Nothing)?
        };
        // What is no text is set aside, whatever it is about.
        std::str::from_utf8(line).ok().map(|_| glimpsed)
    }

    /// The text of the member.
    fn text<'l>(&self, line: &'l [u8]) -> Option<&'l str> {
        let (b"{", rest) = line.trim_ascii().split_at_checked(1)? else {
            return None;
        };
        rest.strip_suffix(b"}")?;
        let mut names = self.name.ends(rest);
        let name = names.next()?;
        if names.next().is_some() || self.escape.find(rest).is_some() {
            return None;
        }
        let value = rest.get(name..)?.trim_ascii_start();
        let value = value.strip_prefix(b":")?.trim_ascii_start();
        let value = value.strip_prefix(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', value)?;
        let (text, rest) = value.split_at_checked(end)?;
        (rest.first() == Some(&b'"')).then_some(())?;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests;
