//! A compiled mapping at work on one line.

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;

use crate::assign::{Fault, Manner, assign, attribute};
use crate::condition::Condition;
use crate::field::Field;
use crate::finish::finish;
use crate::glance::{Conditions, Glance, Glimpsed, Verdicts};
use crate::line::{Context, Line, Tally};
use crate::mapping::{bad_field, not_json};
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

    /// The records of a line.
    pub(crate) fn read<'a>(&self, line: &'a str) -> Result<Vec<Frame<'a>>, Unread> {
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
        };
        seed.deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(Unread::Json)?;
        if !self.explode.is_empty() {
            frames = self.parts(frames)?;
        }
        if let Some(text) = &self.text {
            for frame in &mut frames {
                for slot in &text.at {
                    if let Some(Value::Text(found)) = frame.get(*slot).cloned() {
                        text.fill(&self.root, found, frame).map_err(Unread::Fault)?;
                    }
                }
            }
        }
        Ok(frames)
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
    pub(crate) fn decode<'a>(
        &'a self,
        line: &'a str,
        blank: &Event<'a>,
        context: &Context<'_>,
        tally: &mut Tally,
        emit: &mut dyn FnMut(&Event<'_>),
    ) -> Line {
        let frames = match self.read(line) {
            Ok(frames) => frames,
            Err(Unread::Json(error)) => return Line::Rejected(not_json(line, &error)),
            Err(Unread::Fault(fault)) => return Line::Rejected(bad_field(line, None, *fault)),
        };
        let text = self.text.is_some() && TextPairs::is_text(line);
        let mut events: Vec<Event<'a>> = Vec::new();
        for (index, frame) in frames.iter().enumerate() {
            // A text log is shared by all of a program, so a line of another part is no mistake.
            if text && !self.detects(frame) {
                tally.other += 1;
                continue;
            }
            let mut event = blank.clone();
            match self.record(frame, &mut event, context) {
                Ok(Record::Mapped) => {
                    let pseudonyms = context.pseudonyms;
                    if let Err(fault) = finish(&mut event, line.as_bytes(), index, pseudonyms) {
                        return Line::Rejected(bad_field(line, None, *fault));
                    }
                    if !self.explode.is_empty() {
                        tell_apart(&mut event, &events);
                    }
                    events.push(event);
                    tally.mapped += 1;
                }
                Ok(Record::Shadow) => tally.shadow += 1,
                Ok(Record::Other) => tally.other += 1,
                Err((field, fault)) => {
                    *tally = Tally::default();
                    return Line::Rejected(bad_field(line, field, *fault));
                }
            }
        }
        events.iter().for_each(emit);
        match *tally {
            Tally { mapped: 1.., .. } => Line::Mapped(tally.mapped),
            Tally { shadow: 1.., .. } => Line::Shadow,
            _ => Line::Other,
        }
    }

    fn detects(&self, frame: &Frame<'_>) -> bool {
        self.detect
            .as_ref()
            .is_none_or(|detect| detect.holds(frame))
    }

    fn record<'a>(
        &'a self,
        frame: &Frame<'a>,
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
        let frames = self.read(line).ok()?;
        let fitting = frames.iter().filter(|frame| detect.holds(frame));
        fitting.map(|frame| detect.weight(frame)).max()
    }
}
