//! Arrays of objects: one element, or all, are what a path goes on with.

use std::borrow::Cow;

use super::{Frame, Node, take_slot};
use crate::path::{Part, Which};
use crate::pattern::Pattern;
use crate::value::Value;

/// Elements of an array are read into a frame of their own, because the member that selects one
/// may stand after the members that are wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Select {
    pub(super) element: Node,
    pub(super) width: usize,
    wanted: Vec<Wanted>,
}

#[derive(Clone, Debug)]
struct Wanted {
    which: Which,
    test: Test,
    moves: Vec<(usize, usize)>,
}

/// Which elements a path goes on with, ready to be tested.
#[derive(Clone, Debug)]
enum Test {
    Equals(usize, String),
    Matches(usize, Pattern),
    Place(usize),
    All,
    Both(Vec<Test>),
}

impl Test {
    /// Whether a path goes on with the element at `place`.
    fn selects(&self, place: usize, element: &Frame<'_>) -> bool {
        let text = |slot: &usize| text_of(element.get(*slot)?);
        match self {
            Self::Equals(slot, value) => text(slot).is_some_and(|text| text == *value),
            Self::Matches(slot, pattern) => text(slot).is_some_and(|t| pattern.is_match(&t)),
            Self::Place(at) => *at == place,
            Self::All => true,
            Self::Both(tests) => tests.iter().all(|test| test.selects(place, element)),
        }
    }
}

impl Select {
    pub(super) fn insert(&mut self, which: &Which, rest: &[Part], outer: usize) {
        let local = self.element.insert(rest, &mut self.width);
        if let Some(wanted) = self.wanted.iter_mut().find(|wanted| wanted.which == *which) {
            wanted.moves.push((local, outer));
            return;
        }
        let test = self.test(which);
        self.wanted.push(Wanted {
            which: which.clone(),
            test,
            moves: vec![(local, outer)],
        });
    }

    fn test(&mut self, which: &Which) -> Test {
        let mut key_slot = |key: &str| {
            let parts = [Part::Key(key.to_owned())];
            self.element.insert(&parts, &mut self.width)
        };
        match which {
            Which::Equals { key, value } => Test::Equals(key_slot(key), value.clone()),
            Which::Matches { key, pattern } => {
                Test::Matches(key_slot(key), Pattern::new(pattern.clone(), true))
            }
            Which::Place(place) => Test::Place(*place),
            Which::All => Test::All,
            Which::Both(tests) => Test::Both(tests.iter().map(|one| self.test(one)).collect()),
        }
    }

    /// Moves what is wanted of the element at `place` to the frame of the record.
    pub(super) fn merge<'a>(&self, place: usize, element: &Frame<'a>, frame: &mut Frame<'a>) {
        for wanted in &self.wanted {
            if !wanted.test.selects(place, element) {
                continue;
            }
            for (local, outer) in &wanted.moves {
                let Some(value) = element.get(*local) else {
                    continue;
                };
                if matches!(wanted.test, Test::All) {
                    append(frame, *outer, value);
                } else if !frame.get(*outer).is_some_and(Value::is_some) {
                    super::put(frame, *outer, value.clone());
                }
            }
        }
    }
}

/// The text that an element is told by, which may also be a number or a truth value.
fn text_of<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Integer(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        _ => None,
    }
}

/// Adds texts to the list in a slot.
fn append<'a>(frame: &mut Frame<'a>, slot: usize, value: &Value<'a>) {
    let more = match value {
        Value::Absent | Value::Null | Value::Array | Value::Object | Value::Records(_) => return,
        Value::List(list) => list.clone(),
        other => vec![other.clone().into_text().unwrap_or(Cow::Borrowed(""))],
    };
    if let Some(Value::List(list)) = frame.get_mut(slot) {
        list.extend(more);
    } else {
        super::put(frame, slot, Value::List(more));
    }
}

impl Node {
    /// Adds what a path wants of the elements of the array here; returns its slot.
    pub(super) fn insert_select(
        &mut self,
        which: &Which,
        rest: &[Part],
        width: &mut usize,
    ) -> usize {
        let outer = take_slot(width);
        self.select
            .get_or_insert_default()
            .insert(which, rest, outer);
        outer
    }
}
