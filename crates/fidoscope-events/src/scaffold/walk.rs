//! The values of sample lines by their paths.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::line::unmarked;
use crate::time::{TimeFormat, parse_epoch, parse_text};

/// Records that are looked at.
const RECORDS: usize = 1_000;
/// Places that are told apart; no record has so many that mean something.
const PLACES: usize = 2_000;
/// Objects within objects that are followed.
const DEPTH: usize = 8;
/// Different values of a place that are kept.
const VALUES: usize = 60;
/// Longest value that is kept, in bytes.
const LONGEST: usize = 4_096;

/// Names of the members of an array of names and values.
const NAMES: [&str; 5] = ["name", "key", "Name", "Key", "field"];
const OF_NAME: [&str; 6] = [
    "value",
    "Value",
    "newValue",
    "stringValue",
    "boolValue",
    "intValue",
];

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Text,
    Number,
    Bool,
    List,
}

/// A place in the records.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// As a mapping writes it.
    pub(super) path: String,
    /// The last names of the path without case and punctuation: the own one, and with the one
    /// before it.
    pub(super) names: [String; 2],
    /// Records that have a value here.
    pub(super) records: usize,
    /// The forms of the values.
    pub(super) forms: BTreeSet<Form>,
    /// Different values, as text.
    pub(super) values: BTreeSet<String>,
    /// More of them than are kept.
    pub(super) many: bool,
}

/// The values of one record by their paths.
pub(super) type Record = BTreeMap<String, String>;

/// What the lines have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The lines are arrays of records.
    pub(super) array: bool,
    /// Where the records are inside a line.
    pub(super) envelope: Option<String>,
    pub(super) places: Vec<Place>,
    pub(super) records: Vec<Record>,
    pub(super) unreadable: usize,
}

/// Reads sample lines.
pub(super) fn walk(lines: &[&[u8]]) -> Shape {
    let mut shape = Shape::default();
    for line in lines {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(unmarked(line)) {
            Ok(Value::Array(items)) => {
                shape.array = true;
                items.iter().for_each(|item| shape.record(item));
            }
            Ok(value @ Value::Object(_)) => shape.line(&value),
            _ => shape.unreadable += 1,
        }
    }
    shape
}

impl Shape {
    fn line(&mut self, value: &Value) {
        let path = self.envelope.clone().or_else(|| envelope(value));
        let inside = path.as_ref().and_then(|path| at(value, path));
        match inside {
            Some(Value::Array(items)) => {
                self.envelope = path;
                items.iter().for_each(|item| self.record(item));
            }
            _ => self.record(value),
        }
    }

    fn record(&mut self, value: &Value) {
        let Value::Object(members) = value else {
            return;
        };
        if self.records.len() >= RECORDS {
            return;
        }
        let mut record = Record::new();
        let mut walker = Walker {
            shape: self,
            record: &mut record,
        };
        walker.members(members, &Trail::default());
        self.records.push(record);
    }

    /// The place of a path.
    pub(super) fn place(&self, path: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.path == path)
    }
}

/// The way to a value.
#[derive(Clone, Debug, Default)]
struct Trail {
    path: String,
    names: [String; 2],
    depth: usize,
}

impl Trail {
    fn member(&self, name: &str) -> Option<Self> {
        let step = step(name)?;
        let dot = if self.path.is_empty() { "" } else { "." };
        let [own, _] = &self.names;
        let plain = plain(name);
        Some(Self {
            path: format!("{}{dot}{step}", self.path),
            names: [plain.clone(), format!("{own}{plain}")],
            depth: self.depth + 1,
        })
    }

    /// Elements of an array, which may be called something.
    fn elements(&self, select: &str, name: Option<&str>) -> Self {
        let mut trail = self.clone();
        trail.path.push_str(&format!("[{select}]"));
        if let Some(name) = name {
            let plain = plain(name);
            trail.names = [plain.clone(), plain];
        }
        trail
    }
}

struct Walker<'s> {
    shape: &'s mut Shape,
    record: &'s mut Record,
}

impl Walker<'_> {
    fn members(&mut self, members: &Map<String, Value>, trail: &Trail) {
        for (name, value) in members {
            if let Some(trail) = trail.member(name) {
                self.value(value, &trail);
            }
        }
    }

    fn value(&mut self, value: &Value, trail: &Trail) {
        if trail.depth > DEPTH {
            return;
        }
        match value {
            Value::Null => {}
            Value::Bool(flag) => self.put(trail, Form::Bool, &flag.to_string()),
            Value::Number(number) => self.put(trail, Form::Number, &number.to_string()),
            Value::String(text) => self.text(text, trail),
            Value::Object(members) => self.members(members, trail),
            Value::Array(items) => self.array(items, trail),
        }
    }

    /// Text that holds JSON is read as JSON, as a mapping does.
    fn text(&mut self, text: &str, trail: &Trail) {
        let opens = text.trim_start().starts_with(['{', '[']);
        let inner = opens
            .then(|| serde_json::from_str::<Value>(text).ok())
            .flatten();
        match inner {
            Some(inner @ (Value::Object(_) | Value::Array(_))) => {
                let mut trail = trail.clone();
                trail.depth += 1;
                self.value(&inner, &trail);
            }
            _ if text.is_empty() => {}
            _ => self.put(trail, Form::Text, text),
        }
    }

    fn array(&mut self, items: &[Value], trail: &Trail) {
        let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        if let Some(texts) = texts {
            if !texts.is_empty() {
                self.put(trail, Form::List, &texts.join(" "));
            }
            return;
        }
        let objects: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
        if let Some((name, value)) = named(&objects) {
            for object in objects {
                let called = object.get(name).and_then(Value::as_str);
                let called = called.filter(|called| !called.contains(']'));
                if let (Some(called), Some(found)) = (called, object.get(value)) {
                    let select = format!("{name}={called}");
                    let mut inner = trail.elements(&select, Some(called));
                    inner.path.push_str(&format!(".{value}"));
                    inner.depth += 1;
                    self.value(found, &inner);
                }
            }
            return;
        }
        let typed = |object: &Map<String, Value>| {
            let of = object.get("type").and_then(Value::as_str)?;
            (!of.contains(']')).then(|| of.to_owned())
        };
        let all_typed = objects.iter().all(|object| typed(object).is_some());
        let mut seen = BTreeSet::new();
        for (index, object) in objects.into_iter().enumerate() {
            match typed(object).filter(|_| all_typed) {
                Some(of) if seen.insert(of.clone()) => {
                    self.members(object, &trail.elements(&format!("type={of}"), Some(&of)));
                }
                None if index == 0 => self.members(object, &trail.elements("0", None)),
                _ => {}
            }
        }
    }

    fn put(&mut self, trail: &Trail, form: Form, text: &str) {
        let text = text
            .get(..text.floor_char_boundary(LONGEST))
            .unwrap_or(text);
        if self
            .record
            .insert(trail.path.clone(), text.to_owned())
            .is_some()
        {
            return;
        }
        let places = &mut self.shape.places;
        let known = places.iter().position(|place| place.path == trail.path);
        if known.is_none() && places.len() >= PLACES {
            return;
        }
        let known = known.unwrap_or_else(|| {
            places.push(Place {
                path: trail.path.clone(),
                names: trail.names.clone(),
                records: 0,
                forms: BTreeSet::new(),
                values: BTreeSet::new(),
                many: false,
            });
            places.len() - 1
        });
        if let Some(place) = places.get_mut(known) {
            place.records += 1;
            place.forms.insert(form);
            if place.values.len() < VALUES {
                place.values.insert(text.to_owned());
            } else if !place.values.contains(text) {
                place.many = true;
            }
        }
    }
}

/// The names of the two members, when these are names and values.
fn named<'m>(objects: &[&'m Map<String, Value>]) -> Option<(&'m str, &'m str)> {
    let first = objects.first()?;
    let name = NAMES.iter().find_map(|name| {
        let (name, value) = first.get_key_value(*name)?;
        value.is_string().then_some(name.as_str())
    })?;
    let value = OF_NAME.iter().find_map(|value| {
        let value = objects
            .iter()
            .find_map(|object| object.get_key_value(*value));
        value.map(|(value, _)| value.as_str())
    })?;
    let all = objects.iter().all(|object| object.contains_key(name));
    all.then_some((name, value))
}

/// A name as a step of a path; in quotes when it would be read as something else. `None` when no
/// path can name it.
fn step(name: &str) -> Option<String> {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'-');
    let reserved = matches!(name, "all" | "any" | "not");
    if !name.is_empty() && name.bytes().all(bare) && !reserved {
        return Some(name.to_owned());
    }
    let names = !name.is_empty() && !name.contains(['"', '\n']);
    names.then(|| format!("\"{name}\""))
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

/// The path of an array whose elements have times, in an object that has none of its own.
fn envelope(value: &Value) -> Option<String> {
    let members = value.as_object()?;
    for (name, value) in members {
        let inner: Option<&Map<String, Value>> = value.as_object();
        let deeper = inner
            .into_iter()
            .flatten()
            .map(|(inner, value)| (format!("{name}.{inner}"), value));
        for (path, value) in std::iter::once((name.clone(), value)).chain(deeper) {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let records = !items.is_empty() && items.iter().all(|item| has_time(item, 2));
            let simple = path
                .split('.')
                .all(|name| step(name).as_deref() == Some(name));
            if records && simple && !members.values().any(is_time) {
                return Some(path);
            }
        }
    }
    None
}

fn has_time(value: &Value, depth: usize) -> bool {
    let members = value.as_object();
    members.is_some_and(|members| {
        let deeper = |value: &Value| depth > 0 && has_time(value, depth - 1);
        members
            .values()
            .any(|value| is_time(value) || deeper(value))
    })
}

fn is_time(value: &Value) -> bool {
    match value {
        Value::String(text) => time_of(text).is_some(),
        Value::Number(number) => time_of(&number.to_string()).is_some(),
        _ => false,
    }
}

/// How a value writes a time between 2012 and 2100, as a mapping names it.
pub(super) fn time_of(text: &str) -> Option<&'static str> {
    let sane = |micros: i64| (1_325_376_000_000_000..4_102_444_800_000_000).contains(&micros);
    if let Ok(count) = text.parse::<i64>() {
        let forms = [
            (TimeFormat::EpochSeconds, "epoch_s"),
            (TimeFormat::EpochMillis, "epoch_ms"),
            (TimeFormat::EpochMicros, "epoch_us"),
            (TimeFormat::EpochNanos, "epoch_ns"),
        ];
        let fits = |form: &&(TimeFormat, &str)| {
            parse_epoch(count, form.0).is_some_and(|instant| sane(instant.micros))
        };
        return forms.iter().find(fits).map(|(_, name)| *name);
    }
    let instant = parse_text(text, true)?;
    sane(instant.micros).then_some(if instant.zone_assumed {
        "rfc3339_or_naive_utc"
    } else {
        "rfc3339"
    })
}
