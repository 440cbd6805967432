//! The identifier of an authenticator model.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Identifier of an authenticator model; written as UUID text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(transparent)]
pub struct Aaguid(#[schemars(with = "String")] pub [u8; 16]);

/// Why a text is no AAGUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AaguidError {
    /// Not 36 characters with dashes, nor 32 hexadecimal digits.
    #[error("an AAGUID has 32 hexadecimal digits, with dashes as a UUID or without: `{text}`")]
    Shape {
        /// The text.
        text: String,
    },
}

impl Aaguid {
    /// The AAGUID of authenticators that do not tell their model.
    pub const ZERO: Self = Self([0; 16]);

    /// True for the all-zero AAGUID, which names no model.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Aaguid {
    type Err = AaguidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AaguidError::Shape {
            text: text.to_owned(),
        };
        let dashed = text.len() == 36;
        let mut digits = Vec::with_capacity(32);
        for (at, byte) in text.bytes().enumerate() {
            if dashed && matches!(at, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return Err(wrong());
                }
                continue;
            }
            let digit = char::from(byte).to_digit(16).ok_or_else(wrong)?;
            digits.push(u8::try_from(digit).map_err(|_| wrong())?);
        }
        let bytes: Vec<u8> = digits
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[a, b]| a << 4 | b)
            .collect();
        match <[u8; 16]>::try_from(bytes) {
            Ok(bytes) if digits.len() == 32 => Ok(Self(bytes)),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for Aaguid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Aaguid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let found = text
            .parse::<Aaguid>()
            .map(|a| a.to_string())
            .map_err(|e| e.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn text_is_a_uuid_with_or_without_dashes() {
        let yubikey = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
        check(yubikey, Ok(yubikey));
        check("2FC0579F811347EAB116BB5A8DB9202A", Ok(yubikey));
        let shape = "an AAGUID has 32 hexadecimal digits, with dashes as a UUID or without: ";
        check("2fc0579f-8113", Err(&format!("{shape}`2fc0579f-8113`")));
        let moved = "2fc0579f8-113-47ea-b116-bb5a8db9202a";
        check(moved, Err(&format!("{shape}`{moved}`")));
        check("", Err(&format!("{shape}``")));
    }
}
