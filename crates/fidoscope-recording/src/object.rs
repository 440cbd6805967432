//! Reading of an object in which nothing can fail to load: its members are kept as they came.

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

use super::members::Key;

/// An object whose members are read one by one, so that nothing in it can fail to load.
pub(super) trait Members: Default {
    /// Reads the value of `key` and says which bit marks it as seen; `None` for a foreign key.
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
    ) -> Result<Option<u16>, A::Error>;

    /// Keeps the name of a member that came twice.
    fn duplicate(&mut self, key: &str);
}

/// Puts a value in its place; returns the bit that marks it as seen.
pub(super) fn set<T>(place: &mut T, value: T, bit: u16) -> u16 {
    *place = value;
    bit
}

/// A JSON object, or something that is none.
pub(super) enum ObjectOr<T> {
    Object(Box<T>),
    Other(Value),
}

struct ObjectVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for ObjectVisitor<T> {
    type Value = ObjectOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = T::default();
        let mut seen = 0_u16;
        while let Some(Key(key)) = map.next_key()? {
            match object.read(&key, &mut map)? {
                Some(bit) if seen & bit == 0 => seen |= bit,
                Some(_) => object.duplicate(&key),
                None => {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
        }
        Ok(ObjectOr::Object(Box::new(object)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(ObjectOr::Other)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(ObjectOr::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(ObjectOr::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(ObjectOr::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(ObjectOr::Other(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(ObjectOr::Other(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ObjectOr::Other(Value::Null))
    }
}

/// Reads either.
pub(super) fn object_or<'de, T: Members, D: Deserializer<'de>>(
    source: D,
) -> Result<ObjectOr<T>, D::Error> {
    source.deserialize_any(ObjectVisitor(std::marker::PhantomData))
}
