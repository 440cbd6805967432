//! Values as what a column holds.

use std::borrow::Cow;

use fidoscope_webauthn::CoseKey;
use sha2::{Digest as _, Sha256};

use super::{Fault, Manner};
use crate::pseudonym::first_16;
use crate::time::{Instant, TimeFormat, parse_epoch, parse_text, parse_us};
use crate::value::Value;
use crate::words::known;
use crate::{Column, Text, base64, hex};

/// Numbers that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bounds {
    /// All that there are.
    None,
    /// Those that count something: not negative, and a whole one fits in 32 bits.
    Counter,
}

/// At most `length` bytes of a text, whole characters only.
pub(crate) fn cut(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or(text)
}

pub(super) fn text<'a>(
    column: Column,
    value: Value<'a>,
    manner: Manner,
) -> Result<Text<'a>, Box<Fault>> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::List(_) if manner.lenient => {
            Ok(value.into_text().unwrap_or_default())
        }
        other => Err(Fault::expected(column, "text", &other)),
    }
}

pub(super) fn list<'a>(
    column: Column,
    value: Value<'a>,
    manner: Manner,
) -> Result<Vec<Text<'a>>, Box<Fault>> {
    match value {
        Value::List(list) => Ok(list),
        Value::Text(Cow::Borrowed(text)) if manner.lenient => Ok(text
            .split([',', ' '])
            .filter(|t| !t.is_empty())
            .map(Cow::Borrowed)
            .collect()),
        other => Err(Fault::expected(column, "an array of text", &other)),
    }
}

pub(super) fn boolean(
    column: Column,
    value: &Value<'_>,
    manner: Manner,
) -> Result<bool, Box<Fault>> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Text(text) if manner.lenient && text.eq_ignore_ascii_case("true") => Ok(true),
        Value::Text(text) if manner.lenient && text.eq_ignore_ascii_case("false") => Ok(false),
        other => Err(Fault::expected(column, "true or false", other)),
    }
}

pub(super) fn integer(
    column: Column,
    value: &Value<'_>,
    manner: Manner,
    bounds: Bounds,
) -> Result<i64, Box<Fault>> {
    let number = match value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) if manner.lenient => text.trim().parse().ok(),
        _ => None,
    };
    let fits = |number: &i64| bounds == Bounds::None || u32::try_from(*number).is_ok();
    let wanted = match bounds {
        Bounds::None => "a whole number",
        Bounds::Counter => "a whole number from 0 to 4294967295",
    };
    number
        .filter(fits)
        .ok_or_else(|| Fault::expected(column, wanted, value))
}

/// A whole number of the width that the column has.
pub(super) fn whole<T: TryFrom<i64>>(
    column: Column,
    value: &Value<'_>,
    manner: Manner,
) -> Result<T, Box<Fault>> {
    let number = integer(column, value, manner, Bounds::None)?;
    T::try_from(number).map_err(|_| {
        let bits = 8 * size_of::<T>();
        let what = match column.info().unit {
            "" => "whole number",
            unit => unit,
        };
        let wanted = format!("a {what} of {bits} bits");
        Fault::expected(column, &wanted, &Value::Integer(number))
    })
}

pub(super) fn float(
    column: Column,
    value: &Value<'_>,
    manner: Manner,
    bounds: Bounds,
) -> Result<f64, Box<Fault>> {
    let number = match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => match i32::try_from(*number) {
            Ok(number) => Some(f64::from(number)),
            Err(_) => number.to_string().parse().ok(),
        },
        Value::Text(text) if manner.lenient => text.trim().parse().ok(),
        _ => None,
    };
    match number.filter(|number| number.is_finite()) {
        None => Err(Fault::expected(column, "a number", value)),
        Some(number) if number < 0.0 && bounds == Bounds::Counter => Err(Fault::expected(
            column,
            "a number that is not negative",
            value,
        )),
        Some(number) => Ok(number),
    }
}

pub(super) fn instant(
    column: Column,
    value: &Value<'_>,
    manner: Manner,
) -> Result<Instant, Box<Fault>> {
    let found = match (manner.time, value) {
        (TimeFormat::Rfc3339, Value::Text(text)) => parse_text(text, false),
        (TimeFormat::NaiveUtc, Value::Text(text)) => parse_text(text, true),
        (TimeFormat::UsTwelveHour, Value::Text(text)) => parse_us(text),
        (TimeFormat::Rfc3339 | TimeFormat::NaiveUtc | TimeFormat::UsTwelveHour, _) => None,
        (format, value) => integer(column, value, manner, Bounds::None)
            .ok()
            .and_then(|count| parse_epoch(count, format)),
    };
    found.ok_or_else(|| {
        let message = format!(
            "{} must be {}, found {}",
            column.name(),
            manner.time.describe(),
            value.describe()
        );
        Fault::new("bad_time", message)
    })
}

/// A word of the closed set of a column.
#[inline]
pub(super) fn word(
    column: Column,
    words: &'static [&'static str],
    text: &str,
) -> Result<&'static str, Box<Fault>> {
    known(words, text).ok_or_else(|| {
        let near = crate::problems::suggestion(text, words.iter().copied());
        let message = format!("{:?} is no {}{near}", cut(text, 64), column.name());
        Fault::new("unknown_value", message)
    })
}

/// Credential ids have at most 1023 bytes (WebAuthn L3 §4, credential ID). Clients write them in
/// base64url (§5.1); what stores them, e.g. a column of a database, often in the other alphabet.
pub(super) fn credential_id(text: &str) -> Option<Vec<u8>> {
    base64::decode_any(text).filter(|bytes| bytes.len() <= 1023)
}

pub(super) fn uuid(text: &str, manner: Manner) -> Option<[u8; 16]> {
    let bytes = || base64::decode_any(text).and_then(|bytes| bytes.try_into().ok());
    hex::uuid(text).or_else(|| if manner.lenient { bytes() } else { None })
}

/// 16 bytes, or the whole SHA-256 of which the first 16 count.
pub(super) fn hash(text: &str) -> Option<[u8; 16]> {
    // Room for what the decoder expects of 43 characters and padding, more than it writes.
    let (bytes, length) = base64::decode_short::<48>(text)?;
    let half = bytes.first_chunk().copied();
    half.filter(|_| matches!(length, 16 | 32))
}

pub(super) fn whole_hash(text: &str) -> Option<[u8; 32]> {
    base64::decode_any(text)?.try_into().ok()
}

/// The hash of a COSE key, and its algorithm.
pub(super) fn cose_key(text: &str) -> Option<([u8; 16], Option<i32>)> {
    let bytes = base64::decode_any(text)?;
    let key = CoseKey::decode(&bytes).ok()?;
    let algorithm = key.algorithm().and_then(|number| number.try_into().ok());
    Some((first_16(&Sha256::digest(&bytes).into()), algorithm))
}

/// The first 16 bytes of SHA-256 of a challenge. Text that is no base64 is hashed as it is, so that
/// start and finish still meet.
pub(crate) fn challenge_hash(text: &str) -> [u8; 16] {
    let digest: [u8; 32] = match base64::decode_any(text) {
        Some(bytes) => Sha256::digest(bytes).into(),
        None => Sha256::digest(text.as_bytes()).into(),
    };
    first_16(&digest)
}
