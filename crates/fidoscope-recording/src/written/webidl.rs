//! Options as servers write them, and how a client takes them.
//!
//! A client reads options by the conversions of WebIDL (`WebAuthn L3 §5.1.9`, `§5.1.10`): a number may
//! come as text, a text as a number, and any value stands for true or false. Servers and their
//! languages rely on it, so what a browser took is judged here as well, and each conversion is told.
//! In one point this reader is kinder than WebIDL, which makes 0 or `"null"` of a null and refuses it
//! for a list: the libraries that pages use leave such members out before the browser sees them.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

/// Characters of a converted value that are shown.
const SHOWN: usize = 40;

/// A member that may have been converted, or be null.
#[derive(Debug)]
pub(super) struct Written<T> {
    pub(super) value: Option<T>,
    /// What was written, where that is not what was read.
    pub(super) was: Option<String>,
}

impl<T> Default for Written<T> {
    fn default() -> Self {
        Self {
            value: None,
            was: None,
        }
    }
}

/// A type that WebIDL converts other types to; each value comes with whether it was converted.
pub(super) trait Converted: Sized + serde::Serialize {
    const NOUN: &'static str;

    /// `None` where digits are no whole number.
    fn of_text(text: &str) -> Option<(Self, bool)>;
    fn of_integer(value: i64) -> (Self, bool);

    fn of_float(value: f64) -> Option<(Self, bool)> {
        let (number, is_converted) = Self::of_integer(whole(value)?);
        Some((number, is_converted || value.fract() != 0.0))
    }

    fn of_bool(value: bool) -> (Self, bool) {
        let (number, _) = Self::of_integer(i64::from(value));
        (number, true)
    }
}

/// `DOMString`: ToString.
impl Converted for String {
    const NOUN: &'static str = "text";

    fn of_text(text: &str) -> Option<(Self, bool)> {
        Some((text.to_owned(), false))
    }

    fn of_integer(value: i64) -> (Self, bool) {
        (value.to_string(), true)
    }

    fn of_float(value: f64) -> Option<(Self, bool)> {
        Some((value.to_string(), true))
    }

    fn of_bool(value: bool) -> (Self, bool) {
        (value.to_string(), true)
    }
}

/// `boolean`: ToBoolean. Every text but the empty one is true, `"false"` as well.
impl Converted for bool {
    const NOUN: &'static str = "true or false";

    fn of_text(text: &str) -> Option<(Self, bool)> {
        Some((!text.is_empty(), true))
    }

    fn of_integer(value: i64) -> (Self, bool) {
        (value != 0, true)
    }

    fn of_bool(value: bool) -> (Self, bool) {
        (value, false)
    }

    fn of_float(value: f64) -> Option<(Self, bool)> {
        Some((value != 0.0, true))
    }
}

/// `long`: ToNumber, and of its whole part 32 bits with a sign.
impl Converted for i64 {
    const NOUN: &'static str = "a whole number";

    fn of_text(text: &str) -> Option<(Self, bool)> {
        let (number, _) = Self::of_integer(digits(text)?);
        Some((number, true))
    }

    fn of_integer(value: i64) -> (Self, bool) {
        let low = value.rem_euclid(TWO_32);
        let signed = if low < TWO_32 / 2 { low } else { low - TWO_32 };
        (signed, signed != value)
    }
}

/// `unsigned long`: the same without a sign.
impl Converted for u64 {
    const NOUN: &'static str = "a whole number";

    fn of_text(text: &str) -> Option<(Self, bool)> {
        let (number, _) = Self::of_integer(digits(text)?);
        Some((number, true))
    }

    fn of_integer(value: i64) -> (Self, bool) {
        let low = value.rem_euclid(TWO_32);
        (u64::try_from(low).unwrap_or_default(), low != value)
    }
}

const TWO_32: i64 = 1 << 32;

/// A whole number in digits, with white space around it. What else ToNumber knows no server writes,
/// and what it does not know becomes 0 there, which nobody meant.
fn digits(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The whole part of a number, as far as a double is exact.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_exact = value.abs() <= EXACT;
    is_exact.then(|| format!("{:.0}", value.trunc()).parse().ok())?
}

impl<'de, T: Converted> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(Any(PhantomData))
    }
}

struct Any<T>(PhantomData<T>);

impl<'de, T: Converted> Visitor<'de> for Any<T> {
    type Value = Written<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NOUN)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written<T>, E> {
        let refused = || E::invalid_value(Unexpected::Str(text), &self);
        let found = T::of_text(text).ok_or_else(refused)?;
        Ok(Written::of(found, || {
            let shown: String = text.chars().take(SHOWN).collect();
            format!("{shown:?}")
        }))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Written<T>, E> {
        Ok(Written::of(T::of_bool(value), || value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Written<T>, E> {
        Ok(Written::of(T::of_integer(value), || value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Written<T>, E> {
        let refused = |_| E::invalid_value(Unexpected::Unsigned(value), &self);
        let number = i64::try_from(value).map_err(refused)?;
        self.visit_i64(number)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Written<T>, E> {
        let refused = || E::invalid_value(Unexpected::Float(value), &self);
        let found = T::of_float(value).ok_or_else(refused)?;
        Ok(Written::of(found, || value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Written<T>, E> {
        Ok(Written {
            value: None,
            was: Some("null".to_owned()),
        })
    }
}

impl<T> Written<T> {
    fn of((value, is_converted): (T, bool), was: impl FnOnce() -> String) -> Self {
        Self {
            value: Some(value),
            was: is_converted.then(was),
        }
    }
}

/// A list, or null.
#[derive(Debug)]
pub(super) struct List<T> {
    pub(super) items: Option<Vec<T>>,
    pub(super) is_null: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: None,
            is_null: false,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List {
                    items: Some(items),
                    is_null: false,
                })
            }

            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List {
                    items: None,
                    is_null: true,
                })
            }
        }
        source.deserialize_any(Items(PhantomData))
    }
}

/// An object, or null. Absent when the member is.
pub(super) type Object<T> = Option<Option<T>>;

/// A member that is there, an object or null; a list with the values of an object is none.
pub(super) fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    source: D,
) -> Result<Object<T>, D::Error> {
    let found = source.deserialize_any(Members(PhantomData))?;
    Ok(Some(found))
}

/// An object of a list.
pub(super) struct Item<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let found = source.deserialize_any(Members(PhantomData))?;
        let refused = || de::Error::invalid_type(Unexpected::Unit, &"an object");
        found.map(Self).ok_or_else(refused)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Some)
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
}
