//! Native lines, `fidoscope.event.v1`: keys are the names of columns.
//!
//! A key that stands twice makes the line ambiguous, because readers disagree on which one counts;
//! such a line is rejected.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::assign::{FLAG_BITS, Fault, Manner, assign, attribute};
use crate::finish::finish;
use crate::line::Context;
use crate::value::Value;
use crate::{COLUMNS, Column, Event, Text, Type};

mod plain;
pub(crate) mod raw;
#[cfg(test)]
mod tests;
mod write;

pub use write::{write_columns, write_line};

/// Which key followed which in the lines before. Writers keep an order, so one comparison
/// usually finds the column.
#[derive(Clone, Debug)]
pub(crate) struct KeyOrder {
    after: [u8; 256],
}

impl Default for KeyOrder {
    fn default() -> Self {
        Self { after: [0; 256] }
    }
}

impl KeyOrder {
    /// The column that followed the last time.
    fn guess(&self, before: u8) -> Option<&'static crate::ColumnInfo> {
        let place = self.after.get(usize::from(before)).copied()?;
        COLUMNS.get(usize::from(place))
    }

    fn find(&mut self, before: u8, key: &str) -> Option<&'static crate::ColumnInfo> {
        if let Some(info) = self.guess(before).filter(|info| info.name == key) {
            return Some(info);
        }
        let column = Column::from_name(key)?;
        if let Some(slot) = self.after.get_mut(usize::from(before)) {
            *slot = column.place();
        }
        COLUMNS.get(usize::from(column.place()))
    }
}

/// Why a native line was not decoded.
pub(crate) enum Trouble {
    /// It is not JSON.
    Json(serde_json::Error),
    /// A field does not fit.
    Field(Option<String>, Box<Fault>),
}

/// Reads one line into an event; returns how many keys were unknown.
pub(crate) fn decode<'a>(
    line: &'a str,
    context: &Context<'_>,
    order: &mut KeyOrder,
    event: &mut Event<'a>,
) -> Result<u32, Trouble> {
    let blank = (event.source.clone(), event.mapping_version.clone());
    let mut state = State::new(event, context, order);
    if plain::read(line, &mut state).is_some() {
        return state.finish(line);
    }
    *event = Event {
        source: blank.0,
        mapping_version: blank.1,
        ..Event::default()
    };
    general(line, State::new(event, context, order))
}

fn general<'a>(line: &'a str, mut state: State<'_, 'a, '_>) -> Result<u32, Trouble> {
    let mut json = serde_json::Deserializer::from_str(line);
    let read = LineSeed(&mut state)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    match (state.fault.take(), read) {
        (Some((field, fault)), _) => Err(Trouble::Field(field, fault)),
        (None, Err(error)) => Err(Trouble::Json(error)),
        (None, Ok(())) => state.finish(line),
    }
}

struct State<'s, 'a, 'k> {
    event: &'s mut Event<'a>,
    context: &'s Context<'k>,
    order: &'s mut KeyOrder,
    seen: u128,
    unknown: u32,
    raw: Vec<(Column, Text<'a>)>,
    fault: Option<(Option<String>, Box<Fault>)>,
}

impl<'s, 'a, 'k> State<'s, 'a, 'k> {
    fn new(event: &'s mut Event<'a>, context: &'s Context<'k>, order: &'s mut KeyOrder) -> Self {
        Self {
            event,
            context,
            order,
            seen: 0,
            unknown: 0,
            raw: Vec::new(),
            fault: None,
        }
    }

    fn finish(self, line: &str) -> Result<u32, Trouble> {
        for (column, text) in &self.raw {
            raw::apply(self.event, *column, text)
                .map_err(|fault| Trouble::Field(Some(column.name().to_owned()), fault))?;
        }
        let pseudonyms = self.context.pseudonyms;
        finish(self.event, line.as_bytes(), 0, pseudonyms)
            .map_err(|fault| Trouble::Field(None, fault))?;
        Ok(self.unknown)
    }
}

impl<'a> State<'_, 'a, '_> {
    fn fail<E: serde::de::Error>(&mut self, field: Option<String>, fault: Box<Fault>) -> E {
        self.fault = Some((field, fault));
        E::custom("")
    }

    fn member<M: MapAccess<'a>>(
        &mut self,
        info: &'static crate::ColumnInfo,
        members: &mut M,
    ) -> Result<(), M::Error> {
        let bit = 1_u128
            .checked_shl(u32::from(info.column.place()))
            .unwrap_or(0);
        if self.seen & bit != 0 {
            let message = format!("the key {:?} stands twice", info.name);
            return Err(self.fail(
                Some(info.name.to_owned()),
                Fault::new("duplicate_key", message),
            ));
        }
        self.seen |= bit;
        if info.given.is_refused() {
            let message = format!("{} is filled by ingest and may not be given", info.name);
            return Err(self.fail(
                Some(info.name.to_owned()),
                Fault::new("refused_column", message),
            ));
        }
        let outcome = match info.holds {
            Type::Flags => members.next_value_seed(FlagsSeed(self)),
            Type::Attrs => members.next_value_seed(AttrsSeed(self)),
            Type::AuthenticatorData | Type::AttestationObject | Type::ClientData => {
                return self.keep_raw(info, members.next_value::<Value<'a>>()?);
            }
            _ => {
                let value = members.next_value::<Value<'a>>()?;
                let put = assign(self.event, info.column, value, Manner::NATIVE, self.context);
                match put {
                    Ok(()) => return Ok(()),
                    Err(fault) => return Err(self.fail(Some(info.name.to_owned()), fault)),
                }
            }
        };
        match outcome {
            Err(error) if self.fault.is_none() => Err(error),
            Err(error) => {
                if let Some((field @ None, _)) = &mut self.fault {
                    *field = Some(info.name.to_owned());
                }
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }
}

impl<'a> State<'_, 'a, '_> {
    /// Raw bytes are read last, when all that stands beside them is known.
    fn keep_raw<E: serde::de::Error>(
        &mut self,
        info: &'static crate::ColumnInfo,
        value: Value<'a>,
    ) -> Result<(), E> {
        match value {
            Value::Text(text) => self.raw.push((info.column, text)),
            Value::Null | Value::Absent => {}
            other => {
                let message = format!(
                    "{} must be base64url, found {}",
                    info.name,
                    other.describe()
                );
                let fault = Fault::new("wrong_type", message);
                return Err(self.fail(Some(info.name.to_owned()), fault));
            }
        }
        Ok(())
    }
}

struct LineSeed<'l, 's, 'a, 'k>(&'l mut State<'s, 'a, 'k>);

impl<'a> DeserializeSeed<'a> for LineSeed<'_, '_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for LineSeed<'_, '_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one JSON object on the line")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, _items: A) -> Result<(), A::Error> {
        let message = "the line is a JSON array; write one event object on each line".to_owned();
        Err(self.0.fail(None, Fault::new("not_an_object", message)))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let state = self.0;
        let mut before = u8::MAX;
        while let Some(key) = members.next_key_seed(KeySeed {
            order: state.order,
            before,
        })? {
            match key {
                Key::Known(info) => {
                    before = info.column.place();
                    state.member(info, &mut members)?;
                }
                Key::Unknown(name) => {
                    let value = members.next_value::<Leftover<'a>>()?;
                    state.unknown += 1;
                    attribute(state.event, name, value.0);
                }
            }
        }
        Ok(())
    }
}

enum Key<'a> {
    Known(&'static crate::ColumnInfo),
    Unknown(Text<'a>),
}

struct KeySeed<'o> {
    order: &'o mut KeyOrder,
    before: u8,
}

impl<'a> DeserializeSeed<'a> for KeySeed<'_> {
    type Value = Key<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Key<'a>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for KeySeed<'_> {
    type Value = Key<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'a str) -> Result<Key<'a>, E> {
        Ok(self
            .order
            .find(self.before, key)
            .map_or(Key::Unknown(Cow::Borrowed(key)), Key::Known))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'a>, E> {
        let unknown = || Key::Unknown(Cow::Owned(key.to_owned()));
        Ok(self
            .order
            .find(self.before, key)
            .map_or_else(unknown, Key::Known))
    }
}

/// The value of an unknown key as text; an object or array as JSON.
struct Leftover<'a>(Text<'a>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Leftover<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(Cow::Owned(match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        })))
    }
}

/// `{"up": true, "uv": true, "be": false, "bs": false}` with a missing member unknown, or the flags
/// byte.
struct FlagsSeed<'l, 's, 'a, 'k>(&'l mut State<'s, 'a, 'k>);

impl<'a> DeserializeSeed<'a> for FlagsSeed<'_, '_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

pub(crate) const FLAG_NAMES: [(&str, i16); 6] = [
    ("up", 1),
    ("uv", 4),
    ("be", 8),
    ("bs", 16),
    ("at", 64),
    ("ed", 128),
];

impl FlagsSeed<'_, '_, '_, '_> {
    fn wrong<E: serde::de::Error>(self, found: &Value<'_>) -> E {
        let message = format!(
            "flags must be an object of up, uv, be, bs or the flags byte, found {}",
            found.describe()
        );
        self.0.fail(None, Fault::new("wrong_type", message))
    }
}

impl<'a> Visitor<'a> for FlagsSeed<'_, '_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flags")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, byte: u64) -> Result<(), E> {
        let Ok(byte) = u8::try_from(byte) else {
            return Err(self.wrong(&Value::Integer(i64::try_from(byte).unwrap_or(i64::MAX))));
        };
        self.0.event.flags = Some(i16::from(byte) & FLAG_BITS);
        self.0.event.flags_known = Some(FLAG_BITS);
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        Err(self.wrong(&Value::Integer(number)))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        Err(self.wrong(&Value::Float(number)))
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<(), E> {
        Err(self.wrong(&Value::Bool(flag)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        Err(self.wrong(&Value::Text(Cow::Borrowed(text))))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, _items: A) -> Result<(), A::Error> {
        Err(self.wrong(&Value::Array))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let (mut flags, mut known) = (0_i16, 0_i16);
        while let Some(name) = members.next_key::<Text<'a>>()? {
            let value = members.next_value::<Value<'a>>()?;
            let Some((_, bit)) = FLAG_NAMES.iter().find(|(flag, _)| *flag == name) else {
                let near = crate::problems::suggestion(&name, FLAG_NAMES.iter().map(|(n, _)| *n));
                let message = format!("flags has no member {name:?}{near}");
                let field = format!("flags.{name}");
                return Err(self
                    .0
                    .fail(Some(field), Fault::new("unknown_value", message)));
            };
            match value {
                Value::Null | Value::Absent => {}
                Value::Bool(_) if known & bit != 0 => {
                    let message = format!("the key \"flags.{name}\" stands twice");
                    let field = format!("flags.{name}");
                    return Err(self
                        .0
                        .fail(Some(field), Fault::new("duplicate_key", message)));
                }
                Value::Bool(flag) => {
                    known |= bit;
                    flags |= if flag { *bit } else { 0 };
                }
                other => {
                    let message = format!(
                        "flags.{name} must be true or false, found {}",
                        other.describe()
                    );
                    let field = format!("flags.{name}");
                    return Err(self.0.fail(Some(field), Fault::new("wrong_type", message)));
                }
            }
        }
        if known != 0 {
            self.0.event.flags = Some(flags);
            self.0.event.flags_known = Some(known);
        }
        Ok(())
    }
}

struct AttrsSeed<'l, 's, 'a, 'k>(&'l mut State<'s, 'a, 'k>);

impl<'a> DeserializeSeed<'a> for AttrsSeed<'_, '_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for AttrsSeed<'_, '_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attrs as an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Text<'a>>()? {
            let value = members.next_value::<Leftover<'a>>()?;
            attribute(self.0.event, name, value.0);
        }
        Ok(())
    }
}
