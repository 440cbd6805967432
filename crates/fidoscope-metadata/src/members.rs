//! Reads JSON objects member by member, so that one bad member costs only itself.

use crate::error::Problem;
use serde::Deserialize;
use serde_json::Map;
use serde_json::value::{RawValue, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Broken items of one list that are listed one by one.
const MAX_PROBLEMS: usize = 100;

/// An object whose members are not parsed yet.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    pointer: String,
    members: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct RawMembers<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Members<'a> {
    /// Opens the object at `pointer`; anything else is a problem and an object without members.
    pub(crate) fn open(raw: &'a RawValue, pointer: String, problems: &mut Vec<Problem>) -> Self {
        let members = match serde_json::from_str::<RawMembers<'a>>(raw.get()) {
            Ok(members) => members.0,
            Err(error) => {
                problems.push(problem(&pointer, &error));
                BTreeMap::new()
            }
        };
        Self { pointer, members }
    }

    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Takes a member that may be absent; one of the wrong type is a problem and absent.
    pub(crate) fn take<T: Deserialize<'a>>(
        &mut self,
        name: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let raw = self.members.remove(name)?;
        match serde_json::from_str::<Option<T>>(raw.get()) {
            Ok(value) => value,
            Err(error) => {
                problems.push(problem(&format!("{}/{name}", self.pointer), &error));
                None
            }
        }
    }

    /// Takes a list, item by item: a bad item is a problem, the others stay.
    pub(crate) fn take_list<T: Deserialize<'a>>(
        &mut self,
        name: &str,
        problems: &mut Vec<Problem>,
    ) -> Vec<T> {
        let items: Vec<&'a RawValue> = self.take(name, problems).unwrap_or_default();
        let mut out = Vec::with_capacity(items.len());
        let mut broken = 0_usize;
        for (index, raw) in items.into_iter().enumerate() {
            match serde_json::from_str(raw.get()) {
                Ok(item) => out.push(item),
                Err(_) if broken >= MAX_PROBLEMS => broken = broken.saturating_add(1),
                Err(error) => {
                    broken = broken.saturating_add(1);
                    problems.push(problem(&format!("{}/{name}/{index}", self.pointer), &error));
                }
            }
        }
        if broken > MAX_PROBLEMS {
            problems.push(Problem {
                pointer: format!("{}/{name}", self.pointer),
                message: format!("{broken} items cannot be read; the first of them are listed"),
            });
        }
        out
    }

    /// Takes a member as it stands.
    pub(crate) fn take_raw(&mut self, name: &str) -> Option<&'a RawValue> {
        self.members.remove(name)
    }

    /// Every member that was not taken.
    pub(crate) fn rest(self) -> Map<String, Value> {
        let value = |raw: &RawValue| serde_json::from_str(raw.get()).unwrap_or(Value::Null);
        self.members
            .into_iter()
            .map(|(name, raw)| (name.into_owned(), value(raw)))
            .collect()
    }
}

/// A problem in the words of the parser, without the position inside the member's own text.
fn problem(pointer: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Problem {
        pointer: pointer.to_owned(),
        message: shortened(message),
    }
}

/// Outside text for a message: at most 160 characters.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
