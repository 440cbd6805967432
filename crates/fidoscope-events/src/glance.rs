//! What a glance at one member tells of a line, so that most lines of a busy log need not be read.
//!
//! Most sources name what a record is about in one member, such as `eventType`. A line that has the
//! name of that member once, and beside it a text of which no event is made, need not be read to be
//! counted; nor need one of whose text an event is made only where another value has some text in it,
//! such as `webauthn`, and the line has not. Whatever is unusual about a line (the name twice, another
//! spelling, an escape, anything but one whole object) has it read in full, so a glance never hides an
//! event.

use std::collections::HashMap;

use memchr::memmem::Finder;

use crate::condition::Condition;
use crate::needle::Needle;

/// Texts whose verdicts are kept; a source has some hundreds.
const MOST_VERDICTS: usize = 4096;

/// A member that tells records apart.
#[derive(Clone, Debug)]
pub(crate) struct Glance {
    /// Where its value is in a frame.
    slot: usize,
    member: String,
    /// Its name in quotation marks.
    name: Needle,
    escape: Finder<'static>,
}

/// What a line is that need not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glimpsed {
    Shadow,
    Nothing,
}

/// What a text of the member says of its line.
#[derive(Clone, Debug)]
enum Verdict {
    /// It has to be read.
    Read,
    /// It need not be.
    Is(Glimpsed),
    /// No event is made of it, unless it has one of these.
    NothingWithout(Vec<Needle>),
}

/// Verdicts of one mapping, by the text that they are about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdicts {
    of: String,
    known: HashMap<String, Verdict>,
}

impl Verdicts {
    /// Those of the mapping with this stamp.
    pub(crate) fn of(&mut self, stamp: &str) -> &mut Self {
        if self.of != stamp {
            stamp.clone_into(&mut self.of);
            self.known.clear();
        }
        self
    }
}

/// The conditions by which a mapping says what a record is.
#[derive(Clone, Copy)]
pub(crate) struct Conditions<'p> {
    pub(crate) detect: Option<&'p Condition>,
    pub(crate) shadows: &'p [Condition],
    pub(crate) events: &'p [(Condition, Vec<(crate::Column, String)>)],
}

impl Glance {
    /// A glance at the member `name`, whose value is in `slot`.
    pub(crate) fn new(name: &str, slot: usize, fold_case: bool) -> Option<Self> {
        Some(Self {
            slot,
            member: name.to_owned(),
            name: Needle::new(&format!("\"{name}\""), fold_case)?,
            escape: Finder::new(b"\\u").into_owned(),
        })
    }

    /// Name of the member.
    pub(crate) fn member(&self) -> &str {
        &self.member
    }

    /// What a line is; `None` when it has to be read.
    pub(crate) fn at(
        &self,
        line: &[u8],
        conditions: Conditions<'_>,
        verdicts: &mut Verdicts,
    ) -> Option<Glimpsed> {
        let (text, behind) = self.text(line)?;
        if let Some(verdict) = verdicts.known.get(text) {
            return self.pass(verdict, line, behind);
        }
        let verdict = self.verdict(text, conditions);
        let glimpsed = self.pass(&verdict, line, behind);
        if verdicts.known.len() < MOST_VERDICTS {
            verdicts.known.insert(text.to_owned(), verdict);
        }
        glimpsed
    }

    /// What a verdict makes of a line, which goes on with `behind` after the name. What is no text is
    /// set aside, whatever it is about.
    fn pass(&self, verdict: &Verdict, line: &[u8], behind: &[u8]) -> Option<Glimpsed> {
        // Most of what is read need not be looked at any further.
        let usual = || !self.name.is_in(behind) && self.escape.find(line).is_none();
        match verdict {
            Verdict::Read => None,
            Verdict::Is(glimpsed) => {
                let plain = usual() && std::str::from_utf8(line).is_ok();
                plain.then_some(*glimpsed)
            }
            Verdict::NothingWithout(clues) => {
                let lacks = |clue: &Needle| !clue.is_in(line);
                let nothing = line.is_ascii() && usual() && clues.iter().all(lacks);
                nothing.then_some(Glimpsed::Nothing)
            }
        }
    }

    fn verdict(&self, text: &str, conditions: Conditions<'_>) -> Verdict {
        let known = |condition: &Condition| condition.known(self.slot, Some(text));
        // The name may be that of a member within another, and the record lacks its own.
        let absent = |condition: &Condition| condition.known(self.slot, None);
        let Conditions {
            detect,
            shadows,
            events,
        } = conditions;
        if detect.is_some_and(|detect| known(detect) == Some(false)) {
            return Verdict::Read;
        }
        if shadows.iter().any(|shadow| known(shadow) == Some(true)) {
            return Verdict::Is(Glimpsed::Shadow);
        }
        if shadows.iter().any(|shadow| known(shadow) != Some(false)) {
            return Verdict::Read;
        }
        let possible = events
            .iter()
            .map(|(when, _)| when)
            .filter(|when| known(when) != Some(false) || absent(when) != Some(false));
        let mut clues = Vec::new();
        for when in possible {
            let needles = when.clues(self.slot).unwrap_or_default();
            let needles = needles.iter().map(|clue| Needle::new(clue, true));
            match needles.collect::<Option<Vec<_>>>() {
                Some(needles) if !needles.is_empty() => clues.extend(needles),
                _ => return Verdict::Read,
            }
        }
        if clues.is_empty() {
            Verdict::Is(Glimpsed::Nothing)
        } else {
            Verdict::NothingWithout(clues)
        }
    }

    /// The text beside the first place that has the name, and the line behind the name.
    fn text<'l>(&self, line: &'l [u8]) -> Option<(&'l str, &'l [u8])> {
        let (b"{", rest) = line.trim_ascii().split_at_checked(1)? else {
            return None;
        };
        rest.strip_suffix(b"}")?;
        let behind = rest.get(self.name.ends(rest).next()?..)?;
        let value = behind.trim_ascii_start();
        let value = value.strip_prefix(b":")?.trim_ascii_start();
        let value = value.strip_prefix(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', value)?;
        let (text, rest) = value.split_at_checked(end)?;
        (rest.first() == Some(&b'"')).then_some(())?;
        Some((std::str::from_utf8(text).ok()?, behind))
    }
}

#[cfg(test)]
mod tests;
