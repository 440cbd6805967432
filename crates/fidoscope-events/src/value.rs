//! A JSON value as far as a column can use it, borrowed from the line where possible.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Text;
use crate::trie::Frame;

/// What stood at a path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value<'a> {
    /// The path was not there.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Text<'a>),
    /// An array in which everything is text.
    List(Vec<Text<'a>>),
    /// Any other array.
    Array,
    /// An object.
    Object,
    /// An array of which each element is a record of its own.
    Records(Vec<Frame<'a>>),
}

impl<'a> Value<'a> {
    /// Neither there nor `null`.
    pub(crate) const fn is_some(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// The text, when it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Text, or the text of a number or of a truth value.
    pub(crate) fn into_text(self) -> Option<Text<'a>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
            Self::List(list) => Some(Cow::Owned(list.join(" "))),
            Self::Absent | Self::Null | Self::Array | Self::Object | Self::Records(_) => None,
        }
    }

    /// The value without what it borrows.
    pub(crate) fn into_owned<'b>(self) -> Value<'b> {
        let owned = |text: Text<'a>| Cow::Owned(text.into_owned());
        match self {
            Self::Absent => Value::Absent,
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Integer(number) => Value::Integer(number),
            Self::Float(number) => Value::Float(number),
            Self::Text(text) => Value::Text(owned(text)),
            Self::List(list) => Value::List(list.into_iter().map(owned).collect()),
            Self::Array => Value::Array,
            Self::Object => Value::Object,
            Self::Records(records) => {
                Value::Records(records.into_iter().map(Frame::into_owned).collect())
            }
        }
    }

    /// The value in words, for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Absent => "nothing".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => flag.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => format!("{:?}", crate::assign::cut(text, 64)),
            Self::List(_) | Self::Array | Self::Records(_) => "an array".to_owned(),
            Self::Object => "an object".to_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

pub(crate) struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Float(f64::INFINITY), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Value<'de>>()? {
            let Value::Text(text) = item else {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Value::Array);
            };
            list.push(text);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value<'de>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object)
    }
}
