//! A compiled mapping at work on one line.

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;

use crate::assign::{Fault, Manner, assign, attribute};
use crate::condition::Condition;
use crate::field::Field;
use crate::finish::finish;
use crate::glance::{Conditions, Glance, Glimpsed, Verdicts};
use crate::line::{Context, Line, Rejection, Tally, Within};
use crate::mapping::{bad_field, not_json, not_utf8};
use crate::mended::{Mended, offset_of};
use crate::pairs::TextPairs;
use crate::pattern::{Pattern, Words};
use crate::reason::Reason;
use crate::trie::{Envelope, Frame, LineSeed, Node, blank, expand};
use crate::value::Value;
use crate::{Column, Event};

/// Records that one record may hold; no collector writes so many at once.
const MAX_PARTS: usize = 20_000;

/// A compiled mapping.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) root: Node,
    pub(crate) width: usize,
    pub(crate) envelope: Envelope,
    /// Arrays of which each element is a record of its own, outer before inner.
    pub(crate) explode: Vec<usize>,
    pub(crate) text: Option<TextPairs>,
    pub(crate) prefilter: Option<Words>,
    pub(crate) glance: Option<Glance>,
    pub(crate) detect: Option<Condition>,
    pub(crate) shadows: Vec<Condition>,
    pub(crate) events: Vec<(Condition, Vec<(Column, String)>)>,
    pub(crate) constants: Vec<(Column, String)>,
    pub(crate) fields: Vec<Field>,
    /// Values that go to `attrs` under a name.
    pub(crate) keep: Vec<(String, usize)>,
    pub(crate) reasons: Vec<(RawReason, Reason)>,
}

/// The source's words for a reason.
#[derive(Clone, Debug)]
pub(crate) enum RawReason {
    Text(String),
    Pattern(Pattern),
}

/// Why a line has no records.
pub(crate) enum Unread {
    /// It is not JSON.
    Json(serde_json::Error),
    /// Its text cannot be told from what a user may have written into it, or it is too much.
    Fault(Box<Fault>),
}

/// Parts of one record share its identifier; a number behind it makes it their own.
fn tell_apart(event: &mut Event<'_>, before: &[Event<'_>]) {
    let same = |other: &&Event<'_>| {
        let base = other.event_id.strip_prefix(&*event.event_id);
        base.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let same = before.iter().rev().take_while(same).count();
    if same > 0 {
        event.event_id = Cow::Owned(format!("{}/{}", event.event_id, same + 1));
    }
}

/// What one record turned out to be.
enum Record {
    Mapped,
    Shadow,
    Other,
}

/// How the records of a line are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// In one go, as long as nothing is wrong with any of them.
    Together,
    /// Each by itself, with its place in the line.
    Apart,
}

/// What the records of a line turned out to be.
#[derive(Default)]
struct Yield<'a> {
    events: Vec<Event<'a>>,
    rejected: Vec<Rejection>,
    tally: Tally,
}

impl Yield<'_> {
    fn tell(self, tally: &mut Tally, emit: &mut dyn FnMut(&Event<'_>)) -> Line {
        self.events.iter().for_each(emit);
        *tally = self.tally;
        match self.tally {
            _ if !self.rejected.is_empty() => Line::Rejected(self.rejected),
            Tally { mapped: 1.., .. } => Line::Mapped(self.tally.mapped),
            Tally { shadow: 1.., .. } => Line::Shadow,
            _ => Line::Other,
        }
    }
}

/// Why no record of a line can be told apart.
fn unread(mended: &Mended<'_>, why: Option<Unread>) -> Rejection {
    let line = &*mended.text;
    match (mended.damage_in(line), why) {
        (None, Some(Unread::Json(error))) => not_json(line, &error),
        (None, Some(Unread::Fault(fault))) => bad_field(line, None, *fault),
        (damage, _) => not_utf8(damage.unwrap_or(0)),
    }
}

/// Why a record has no values, if it has none.
fn unreadable(frame: &Frame<'_>, mended: &Mended<'_>) -> Option<Box<Fault>> {
    let place = frame.place.as_ref()?;
    let damage = mended.damage_in(place.text);
    let damage = damage.map(|_| {
        let message = "the record is not UTF-8".to_owned();
        Fault::new("invalid_utf8", message)
    });
    damage.or_else(|| place.fault.clone())
}

/// What is wrong with a record, and where it is.
fn reject(line: &str, frame: &Frame<'_>, field: Option<String>, fault: Fault) -> Rejection {
    let place = frame.place.as_ref();
    let found = place.and_then(|place| Some((place, offset_of(place.text, line)?)));
    let Some((place, start)) = found else {
        return bad_field(line, field, fault);
    };
    let rejection = bad_field(place.text, field, fault);
    let offset = rejection.offset_in_line.unwrap_or(0);
    Rejection {
        offset_in_line: Some(offset + u64::try_from(start).unwrap_or(0)),
        record: Some(Within {
            path: place.path.clone(),
            bytes: start..start + place.text.len(),
        }),
        ..rejection
    }
}

impl Program {
    /// Whether the line has none of the words that a line of interest has. A line that is cut off
    /// is read all the same, so that it is rejected and not lost.
    pub(crate) fn skips(&self, line: &[u8]) -> bool {
        let Some(words) = &self.prefilter else {
            return false;
        };
        let line = line.trim_ascii();
        let whole = matches!(line, [b'{', .., b'}'] | [b'[', .., b']']);
        whole && !words.may_be_in(line)
    }

    /// What a line is that need not be read.
    pub(crate) fn glimpse(&self, line: &[u8], verdicts: &mut Verdicts) -> Option<Glimpsed> {
        let conditions = Conditions {
            detect: self.detect.as_ref(),
            shadows: &self.shadows,
            events: &self.events,
        };
        self.glance.as_ref()?.at(line, conditions, verdicts)
    }

    /// Whether a line can hold several records.
    const fn holds_many(&self) -> bool {
        self.envelope.is_open() || !self.explode.is_empty()
    }

    /// The records of a line, as far as any can be told apart.
    pub(crate) fn frames<'a>(&self, line: &'a str) -> Result<Vec<Frame<'a>>, Unread> {
        match self.read(line, Reading::Together) {
            Err(unread) if self.holds_many() => self.read(line, Reading::Apart).map_err(|_| unread),
            read => read,
        }
    }

    /// The records of a line.
    fn read<'a>(&self, line: &'a str, how: Reading) -> Result<Vec<Frame<'a>>, Unread> {
        if let Some(text) = self.text.as_ref().filter(|_| TextPairs::is_text(line)) {
            let mut frame = blank(self.width);
            text.fill(&self.root, Cow::Borrowed(line), &mut frame)
                .map_err(Unread::Fault)?;
            return Ok(vec![frame]);
        }
        let mut frames = Vec::new();
        let mut json = serde_json::Deserializer::from_str(line);
        let seed = LineSeed {
            root: &self.root,
            envelope: &self.envelope,
            width: self.width,
            frames: &mut frames,
            apart: how == Reading::Apart,
        };
        seed.deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(Unread::Json)?;
        if !self.explode.is_empty() {
            frames = self.parts(frames)?;
        }
        if let Some(text) = &self.text {
            for frame in &mut frames {
                self.fill(text, frame).map_err(Unread::Fault)?;
            }
        }
        Ok(frames)
    }

    /// Reads the text inside of a record. What is wrong with it is wrong with the record, where that
    /// has a place of its own.
    fn fill(&self, text: &TextPairs, frame: &mut Frame<'_>) -> Result<(), Box<Fault>> {
        for slot in &text.at {
            let Some(Value::Text(found)) = frame.get(*slot).cloned() else {
                continue;
            };
            if let Err(fault) = text.fill(&self.root, found, frame) {
                match &mut frame.place {
                    Some(place) => place.fault = Some(fault),
                    None => return Err(fault),
                }
            }
        }
        Ok(())
    }

    fn parts<'a>(&self, frames: Vec<Frame<'a>>) -> Result<Vec<Frame<'a>>, Unread> {
        let mut parts = Vec::new();
        for frame in frames {
            if expand(frame, &self.explode, MAX_PARTS, &mut parts).is_none() {
                let message = format!("the line holds more than {MAX_PARTS} records");
                return Err(Unread::Fault(Fault::new("too_many_records", message)));
            }
        }
        Ok(parts)
    }

    /// Decodes one line into events that begin as `blank`.
    ///
    /// The records are first read in one go. Only where that fails they are read one by one, so that
    /// a line without faults costs nothing more.
    pub(crate) fn decode(
        &self,
        mended: &Mended<'_>,
        blank: &Event<'_>,
        context: &Context<'_>,
        tally: &mut Tally,
        emit: &mut dyn FnMut(&Event<'_>),
    ) -> Line {
        let line = &*mended.text;
        let mut why = None;
        if mended.is_sound() {
            match self.read(line, Reading::Together) {
                Ok(frames) => {
                    let found = self.records(&frames, Reading::Together, mended, blank, context);
                    if let Some(found) = found {
                        return found.tell(tally, emit);
                    }
                }
                Err(unread) => why = Some(unread),
            }
        }
        if self.holds_many() {
            match self.read(line, Reading::Apart) {
                Ok(frames) if mended.is_sound_beside(&frames) => {
                    let found = self.records(&frames, Reading::Apart, mended, blank, context);
                    return found.unwrap_or_default().tell(tally, emit);
                }
                Ok(_) => {}
                Err(unread) => why = why.or(Some(unread)),
            }
        }
        tally.rejected = 1;
        Line::rejected(unread(mended, why))
    }

    /// What records turned out to be; `None` when one is rejected and it is not known where it is.
    fn records<'a>(
        &'a self,
        frames: &[Frame<'a>],
        how: Reading,
        mended: &'a Mended<'_>,
        blank: &Event<'a>,
        context: &Context<'_>,
    ) -> Option<Yield<'a>> {
        let line = &*mended.text;
        let text = self.text.is_some() && TextPairs::is_text(line);
        let mut found = Yield::default();
        for (index, frame) in frames.iter().enumerate() {
            // A text log is shared by all of a program, so a line of another part is no mistake.
            if text && !self.detects(frame) {
                found.tally.other += 1;
                continue;
            }
            let mut event = blank.clone();
            let record = match unreadable(frame, mended) {
                Some(fault) => Err((None, fault)),
                None => self.record(frame, (line, index), &mut event, context),
            };
            match record {
                Ok(Record::Mapped) => {
                    if !self.explode.is_empty() {
                        tell_apart(&mut event, &found.events);
                    }
                    found.events.push(event);
                    found.tally.mapped += 1;
                }
                Ok(Record::Shadow) => found.tally.shadow += 1,
                Ok(Record::Other) => found.tally.other += 1,
                Err(_) if how == Reading::Together && self.holds_many() => return None,
                Err((field, fault)) => {
                    found.tally.rejected += 1;
                    found.rejected.push(reject(line, frame, field, *fault));
                }
            }
        }
        Some(found)
    }

    fn detects(&self, frame: &Frame<'_>) -> bool {
        self.detect
            .as_ref()
            .is_none_or(|detect| detect.holds(frame))
    }

    fn record<'a>(
        &'a self,
        frame: &Frame<'a>,
        (line, index): (&str, usize),
        event: &mut Event<'a>,
        context: &Context<'_>,
    ) -> Result<Record, (Option<String>, Box<Fault>)> {
        if !self.detects(frame) {
            let message = format!("the line is no record of {}", event.source);
            return Err((None, Fault::new("not_this_source", message)));
        }
        if self.shadows.iter().any(|shadow| shadow.holds(frame)) {
            return Ok(Record::Shadow);
        }
        let Some((_, emit)) = self.events.iter().find(|(when, _)| when.holds(frame)) else {
            return Ok(Record::Other);
        };
        for field in &self.fields {
            field
                .apply(frame, event, context)
                .map_err(|fault| (Some(field.path.clone()), fault))?;
        }
        for (column, text) in self.constants.iter().chain(emit) {
            let value = Value::Text(Cow::Borrowed(text));
            assign(event, *column, value, Manner::NATIVE, context)
                .map_err(|fault| (None, fault))?;
        }
        for (name, slot) in &self.keep {
            if let Some(text) = frame.get(*slot).cloned().and_then(Value::into_text) {
                attribute(event, Cow::Borrowed(name), text);
            }
        }
        self.reason(event);
        finish(event, line.as_bytes(), index, context.pseudonyms).map_err(|fault| (None, fault))?;
        Ok(Record::Mapped)
    }

    /// The mapping's own reasons go before those that every source shares.
    fn reason<'a>(&'a self, event: &mut Event<'a>) {
        // Some sources give a reason to a success too; that is no failure.
        if event.outcome == "success"
            && let Some(remark) = event.failure_raw.take()
        {
            attribute(event, Cow::Borrowed("outcome_reason"), remark);
        }
        let Some(raw) = event.failure_raw.as_deref() else {
            return;
        };
        let found = self.reasons.iter().find(|(from, _)| match from {
            RawReason::Text(text) => text == raw,
            RawReason::Pattern(pattern) => pattern.is_match(raw),
        });
        if let Some(reason) = found
            .map(|(_, reason)| *reason)
            .or_else(|| Reason::of_text(raw))
        {
            event.failure_reason = Some(Cow::Borrowed(reason.word));
            event.failure_side.get_or_insert(Cow::Borrowed(reason.side));
        }
    }

    /// How well a record fits: the number of tests of `detect` when all hold.
    pub(crate) fn score(&self, line: &str) -> Option<usize> {
        let detect = self.detect.as_ref()?;
        let frames = self.frames(line).ok()?;
        let fitting = frames.iter().filter(|frame| detect.holds(frame));
        fitting.map(|frame| detect.weight(frame)).max()
    }
}
