//! Conditions of a mapping over the values of a record.

use crate::pattern::Pattern;
use crate::trie::Frame;
use crate::value::Value;

/// A condition over a record.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// All of them hold; true when there are none.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The first of these slots that has a value passes the test.
    Slots {
        /// The path or `$column`, as the file names it.
        name: Box<str>,
        /// Where its values are.
        slots: Vec<usize>,
        /// What they must be.
        test: Test,
    },
}

/// A test of one value.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Equal as text.
    Equals(String),
    /// Equal as text to one of these.
    OneOf(Vec<String>),
    /// There and not `null`, or the opposite.
    Exists(bool),
    /// Begins so.
    StartsWith(String),
    /// Has this text in it, without regard to letter case.
    Contains(String),
    /// Matches.
    Matches(Pattern),
    /// Is a whole number with this bit set.
    Bit(u32),
}

impl Condition {
    /// Whether the condition holds.
    pub(crate) fn holds(&self, frame: &Frame<'_>) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(frame)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(frame)),
            Self::Not(condition) => !condition.holds(frame),
            Self::Slots { slots, test, .. } => test.passes(first(frame, slots)),
        }
    }

    /// Whether the condition holds for a record of which only one value is known, or that it lacks it;
    /// `None` when that does not decide it.
    pub(crate) fn known(&self, slot: usize, text: Option<&str>) -> Option<bool> {
        let known = |conditions: &[Self], decisive: bool| {
            let mut all = true;
            for condition in conditions {
                match condition.known(slot, text) {
                    Some(found) if found == decisive => return Some(decisive),
                    found => all &= found.is_some(),
                }
            }
            all.then_some(!decisive)
        };
        match self {
            Self::All(conditions) => known(conditions, false),
            Self::Any(conditions) => known(conditions, true),
            Self::Not(condition) => condition.known(slot, text).map(|held| !held),
            Self::Slots { slots, test, .. } => (*slots == [slot]).then(|| match text {
                Some(text) => test.accepts(text),
                None => matches!(test, Test::Exists(false)),
            }),
        }
    }

    /// How many tests a record passed for which the condition holds, so that the mapping that asks
    /// more wins over one that asks less.
    pub(crate) fn weight(&self, frame: &Frame<'_>) -> usize {
        match self {
            Self::All(conditions) => conditions.iter().map(|one| one.weight(frame)).sum(),
            Self::Any(conditions) => {
                let held = conditions.iter().filter(|one| one.holds(frame));
                held.map(|one| one.weight(frame)).max().unwrap_or(0)
            }
            Self::Not(_) | Self::Slots { .. } => 1,
        }
    }
}

/// The first value that is there.
pub(crate) fn first<'f, 'a>(frame: &'f Frame<'a>, slots: &[usize]) -> &'f Value<'a> {
    slots
        .iter()
        .filter_map(|slot| frame.get(*slot))
        .find(|value| value.is_some())
        .unwrap_or(&Value::Absent)
}

impl Test {
    fn passes(&self, value: &Value<'_>) -> bool {
        let number;
        if let Value::List(texts) = value
            && !matches!(self, Self::Exists(_))
        {
            return texts.iter().any(|text| self.accepts(text));
        }
        let text = match value {
            _ if matches!(self, Self::Exists(_)) => "",
            Value::Text(text) => text.as_ref(),
            Value::Bool(flag) => {
                if *flag {
                    "true"
                } else {
                    "false"
                }
            }
            Value::Integer(found) => {
                number = found.to_string();
                &number
            }
            _ => return false,
        };
        match self {
            Self::Exists(expected) => value.is_some() == *expected,
            _ => self.accepts(text),
        }
    }

    /// Whether a text passes; one of a list is enough.
    fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Equals(expected) => text == expected,
            Self::OneOf(expected) => expected.iter().any(|expected| text == expected),
            Self::Exists(expected) => *expected,
            Self::StartsWith(start) => text.starts_with(start),
            Self::Contains(part) => text.to_lowercase().contains(part),
            Self::Matches(pattern) => pattern.is_match(text),
            Self::Bit(place) => text
                .parse::<u64>()
                .ok()
                .and_then(|number| number.checked_shr(*place))
                .is_some_and(|rest| rest & 1 == 1),
        }
    }
}
