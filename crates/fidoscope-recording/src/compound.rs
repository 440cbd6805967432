//! How many parts of a compound statement must hold.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// How many parts of a compound statement must verify (`WebAuthn L3 §8.9`): `"all"`, `"any"` or a
/// number from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompoundPolicy {
    /// Every part.
    #[default]
    All,
    /// One, whichever.
    Any,
    /// As many as this.
    AtLeast(NonZeroU8),
}

impl fmt::Display for CompoundPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Any => f.write_str("any"),
            Self::AtLeast(count) => write!(f, "at least {count}"),
        }
    }
}

/// A text that says no number of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither `all` nor `any` nor a number from 1 to 255")]
pub struct CompoundPolicyError;

impl FromStr for CompoundPolicy {
    type Err = CompoundPolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            "any" => Ok(Self::Any),
            number => {
                let count = number.parse().map_err(|_| CompoundPolicyError)?;
                Ok(Self::AtLeast(count))
            }
        }
    }
}

impl Serialize for CompoundPolicy {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => target.serialize_str("all"),
            Self::Any => target.serialize_str("any"),
            Self::AtLeast(count) => target.serialize_u8(count.get()),
        }
    }
}

impl<'de> Deserialize<'de> for CompoundPolicy {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(Number)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = CompoundPolicy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`all`, `any` or a number from 1 to 255")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<CompoundPolicy, E> {
        let fault = serde::de::Unexpected::Str(text);
        text.parse().map_err(|_| E::invalid_value(fault, &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<CompoundPolicy, E> {
        let fault = serde::de::Unexpected::Signed(number);
        let number = u64::try_from(number).map_err(|_| E::invalid_value(fault, &self))?;
        self.visit_u64(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<CompoundPolicy, E> {
        let count = u8::try_from(number).ok().and_then(NonZeroU8::new);
        let fault = serde::de::Unexpected::Unsigned(number);
        count
            .map(CompoundPolicy::AtLeast)
            .ok_or_else(|| E::invalid_value(fault, &self))
    }
}

impl JsonSchema for CompoundPolicy {
    fn schema_name() -> Cow<'static, str> {
        "CompoundPolicy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How many parts of a compound statement must verify.",
            "anyOf": [
                { "type": "string", "pattern": "^(all|any|[1-9][0-9]{0,2})$" },
                { "type": "integer", "minimum": 1, "maximum": 255 }
            ]
        })
    }
}
