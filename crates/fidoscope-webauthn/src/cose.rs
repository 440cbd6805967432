//! COSE keys, parameters kept as found. What they must be is the verifier's matter.

use crate::cbor::{self, CborError, Decoded, Value};

/// Labels of COSE key parameters (RFC 9052 §7, RFC 9053 §7).
pub mod label {
    /// Key type.
    pub const KTY: i64 = 1;
    /// Key id.
    pub const KID: i64 = 2;
    /// Algorithm.
    pub const ALG: i64 = 3;
    /// Permitted operations.
    pub const KEY_OPS: i64 = 4;
    /// Base initialisation vector.
    pub const BASE_IV: i64 = 5;
    /// Curve of an EC2 or OKP key.
    pub const CRV: i64 = -1;
    /// X coordinate of an EC2 key, public key of an OKP key.
    pub const X: i64 = -2;
    /// Y coordinate of an EC2 key.
    pub const Y: i64 = -3;
    /// Private part of an EC2 or OKP key.
    pub const D: i64 = -4;
    /// Modulus of an RSA key.
    pub const N: i64 = -1;
    /// Public exponent of an RSA key.
    pub const E: i64 = -2;
}

/// A COSE key as found.
#[derive(Clone, Debug, PartialEq)]
pub struct CoseKey<'a> {
    item: Decoded<'a>,
    offset: usize,
}

impl<'a> CoseKey<'a> {
    /// Reads a key from the front of `bytes`.
    ///
    /// # Errors
    /// When the bytes are no CBOR item.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, CborError> {
        cbor::decode(bytes).map(|item| Self::new(item, 0))
    }

    pub(crate) fn new(item: Decoded<'a>, offset: usize) -> Self {
        Self { item, offset }
    }

    /// The item that the key is made of, with its irregularities.
    #[must_use]
    pub fn item(&self) -> &Decoded<'a> {
        &self.item
    }

    /// Where the key starts in its buffer.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// True when the item is a map whose keys are all integers.
    #[must_use]
    pub fn has_integer_labels(&self) -> bool {
        self.item
            .value
            .as_map()
            .is_some_and(|entries| entries.iter().all(|e| matches!(e.key, Value::Integer(_))))
    }

    /// The parameter under a label; the first one of duplicates.
    #[must_use]
    pub fn parameter(&self, label: i64) -> Option<&Value<'a>> {
        let entries = self.item.value.as_map()?;
        entries
            .iter()
            .find(|entry| entry.key.as_i64() == Some(label))
            .map(|entry| &entry.value)
    }

    /// Labels in the order in which they came.
    pub fn labels(&self) -> impl Iterator<Item = i64> {
        self.item
            .value
            .as_map()
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| entry.key.as_i64())
    }

    /// Key type: 1 OKP, 2 EC2, 3 RSA, 7 AKP.
    #[must_use]
    pub fn key_type(&self) -> Option<i64> {
        self.parameter(label::KTY).and_then(Value::as_i64)
    }

    /// Algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Option<i64> {
        self.parameter(label::ALG).and_then(Value::as_i64)
    }

    /// Curve of an EC2 or OKP key.
    #[must_use]
    pub fn curve(&self) -> Option<i64> {
        self.parameter(label::CRV).and_then(Value::as_i64)
    }

    /// A parameter that is a byte string.
    #[must_use]
    pub fn bytes(&self, label: i64) -> Option<&[u8]> {
        self.parameter(label).and_then(Value::as_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let said = match CoseKey::decode(bytes) {
            Ok(key) => format!(
                "kty {:?} alg {:?} crv {:?} x {:?} labels {:?}",
                key.key_type(),
                key.algorithm(),
                key.curve(),
                key.bytes(label::X),
                key.labels().collect::<Vec<_>>(),
            ),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn parameters_are_kept_as_found() {
        check(
            &[0xa4, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x42, 7, 8],
            "kty Some(2) alg Some(-7) crv Some(1) x Some([7, 8]) labels [1, 3, -1, -2]",
        );
        check(
            &[0xa1, 1, 0x61, b'a'],
            "kty None alg None crv None x None labels [1]",
        );
        check(&[0x80], "kty None alg None crv None x None labels []");
        check(
            &[0xa1],
            "declared length 1 exceeds the 0 bytes left at offset 0",
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(key) = CoseKey::decode(&bytes) {
                let _ = (key.key_type(), key.algorithm(), key.labels().count());
            }
        }
    }
}
