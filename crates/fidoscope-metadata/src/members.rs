//! Reads JSON objects member by member, so that one bad member costs only itself.

use crate::error::Problems;
use chrono::NaiveDate;
use fidoscope_webauthn::Aaguid;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Map;
use serde_json::value::{RawValue, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Broken items of one list that are listed one by one.
const MAX_PROBLEMS: usize = 100;

/// Names that came twice and are listed, of a whole BLOB.
const MAX_ENDLESS: usize = 10_000;

/// An object whose members are not parsed yet.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    pointer: String,
    members: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

/// A type that a member can have, and the noun for it in a message.
pub(crate) trait Readable<'a>: Deserialize<'a> {
    const NOUN: &'static str;
}

impl Readable<'_> for u64 {
    const NOUN: &'static str = "whole number";
}

impl Readable<'_> for String {
    const NOUN: &'static str = "text";
}

impl Readable<'_> for Value {
    const NOUN: &'static str = "JSON value";
}

impl<'a> Readable<'a> for Vec<&'a RawValue> {
    const NOUN: &'static str = "list";
}

impl<'a> Members<'a> {
    /// Opens the object at `pointer`; anything else is a problem and an object without members. Of a
    /// member that stands there twice the last one is read, and the first is a problem: RFC 8259 §4
    /// leaves open which counts.
    pub(crate) fn open(raw: &'a RawValue, pointer: String, problems: &mut Problems) -> Self {
        let members = match serde_json::from_str::<RawMembers<'a>>(raw.get()) {
            Ok(members) => members,
            Err(_) => {
                problems.unread(pointer.clone(), is_no(raw, "object"));
                RawMembers::default()
            }
        };
        for name in members.repeated {
            problems.unread(member(&pointer, &name), REPEATED);
        }
        Self {
            pointer,
            members: members.members,
        }
    }

    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Takes a member that may be absent; one of the wrong type is a problem and absent.
    pub(crate) fn take<T: Readable<'a>>(
        &mut self,
        name: &str,
        problems: &mut Problems,
    ) -> Option<T> {
        let raw = self.members.remove(name)?;
        match serde_json::from_str::<Option<T>>(raw.get()) {
            Ok(value) => value,
            Err(_) => {
                problems.unread(member(&self.pointer, name), is_no(raw, T::NOUN));
                None
            }
        }
    }

    /// Takes an AAGUID, which is a UUID with its dashes here (MDS 3.1.1).
    pub(crate) fn take_aaguid(&mut self, name: &str, problems: &mut Problems) -> Option<Aaguid> {
        let text: String = self.take(name, problems)?;
        let pointer = member(&self.pointer, name);
        let Ok(aaguid) = text.parse::<Aaguid>() else {
            let found = shortened(&text);
            let message = format!("`{found}` is no AAGUID: a UUID");
            problems.unread(pointer, message);
            return None;
        };
        let form = aaguid.to_string();
        if text.len() != form.len() {
            problems.odd(pointer, format!("is not in the form of a UUID: {form}"));
        }
        Some(aaguid)
    }

    /// Takes a day. One with a time of day behind it counts by its day.
    pub(crate) fn take_day(&mut self, name: &str, problems: &mut Problems) -> Option<NaiveDate> {
        let text: String = self.take(name, problems)?;
        if let Ok(day) = text.parse() {
            return Some(day);
        }
        let pointer = member(&self.pointer, name);
        let found = shortened(&text);
        let parts = text.split_once(['T', 't', ' ']);
        let is_time = |time: &str| time.starts_with(|c: char| c.is_ascii_digit());
        let day = parts.filter(|(_, time)| is_time(time));
        match day.and_then(|(day, _)| day.parse::<NaiveDate>().ok()) {
            Some(day) => {
                let message = format!("`{found}` has a time of day; it counts by its day, {day}");
                problems.odd(pointer, message);
                Some(day)
            }
            None => {
                problems.unread(pointer, format!("`{found}` is no day: YYYY-MM-DD"));
                None
            }
        }
    }

    /// Takes a list of texts, item by item: a bad item is a problem, the others stay.
    pub(crate) fn take_texts(&mut self, name: &str, problems: &mut Problems) -> Vec<String> {
        let items: Vec<&'a RawValue> = self.take(name, problems).unwrap_or_default();
        let list = member(&self.pointer, name);
        let mut out = Vec::with_capacity(items.len());
        let mut broken = 0_usize;
        for (index, raw) in items.into_iter().enumerate() {
            match serde_json::from_str(raw.get()) {
                Ok(item) => out.push(item),
                Err(_) => {
                    broken = broken.saturating_add(1);
                    if broken <= MAX_PROBLEMS {
                        problems.unread(format!("{list}/{index}"), is_no(raw, String::NOUN));
                    }
                }
            }
        }
        if broken > MAX_PROBLEMS {
            let message = format!("{broken} items cannot be read; the first of them are listed");
            problems.unread(list, message);
        }
        out
    }

    /// Takes a value as it came.
    pub(crate) fn take_value(&mut self, name: &str, problems: &mut Problems) -> Option<Value> {
        let raw = self.members.remove(name)?;
        repeated(raw, &member(&self.pointer, name), problems);
        serde_json::from_str::<Option<Value>>(raw.get()).ok()?
    }

    /// Takes a member as it stands.
    pub(crate) fn take_raw(&mut self, name: &str) -> Option<&'a RawValue> {
        self.members.remove(name)
    }

    /// Every member that was not taken.
    pub(crate) fn rest(self, problems: &mut Problems) -> Map<String, Value> {
        let mut rest = Map::new();
        for (name, raw) in self.members {
            repeated(raw, &member(&self.pointer, &name), problems);
            let value = serde_json::from_str(raw.get()).unwrap_or(Value::Null);
            rest.insert(name.into_owned(), value);
        }
        rest
    }
}

const REPEATED: &str = "stands here more than once; the last one is read, another reader may take \
                        another";

/// The pointer of a member (RFC 6901 §3 escapes two characters).
pub(crate) fn member(pointer: &str, name: &str) -> String {
    let name = shortened(name).replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{name}")
}

/// What stands there, and what does not.
fn is_no(raw: &RawValue, noun: &str) -> String {
    format!("`{}` is no {noun}", shortened(raw.get()))
}

/// Members by name, and the names that came again.
#[derive(Default)]
struct RawMembers<'a> {
    members: BTreeMap<Cow<'a, str>, &'a RawValue>,
    repeated: BTreeSet<Cow<'a, str>>,
}

impl<'a> Deserialize<'a> for RawMembers<'a> {
    fn deserialize<D: Deserializer<'a>>(source: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'a> Visitor<'a> for Object {
            type Value = RawMembers<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = RawMembers::default();
                while let Some((Name(name), raw)) = map.next_entry()? {
                    if found.members.insert(name.clone(), raw).is_some() {
                        found.repeated.insert(name);
                    }
                }
                Ok(found)
            }
        }
        source.deserialize_map(Object)
    }
}

/// A name, borrowed where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Names that come twice anywhere in a value that is kept as it came.
fn repeated(raw: &RawValue, pointer: &str, problems: &mut Problems) {
    // A name takes a quote and a colon: numbers, words and texts have none to look for.
    if !raw.get().starts_with(['{', '[']) {
        return;
    }
    let mut source = serde_json::Deserializer::from_str(raw.get());
    // What is too deep to walk through is too deep to be read as a value as well.
    let _ = Walk { pointer, problems }.deserialize(&mut source);
}

struct Walk<'w> {
    pointer: &'w str,
    problems: &'w mut Problems,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(Name(name)) = map.next_key()? {
            let pointer = member(self.pointer, &name);
            if !seen.insert(name) {
                if self.problems.odd.len() > MAX_ENDLESS {
                    return Err(A::Error::custom("too much is odd"));
                }
                self.problems.odd(pointer.clone(), REPEATED);
            }
            map.next_value_seed(Walk {
                pointer: &pointer,
                problems: &mut *self.problems,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            let pointer = format!("{}/{index}", self.pointer);
            let next = seq.next_element_seed(Walk {
                pointer: &pointer,
                problems: &mut *self.problems,
            })?;
            if next.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Outside text for a message: at most 160 characters.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
