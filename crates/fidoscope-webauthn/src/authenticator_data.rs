//! Authenticator data (`WebAuthn L3 §6.1`), read as far as the bytes go. It never fails as a
//! whole: what is wrong is kept with its byte offset, and everything before it stays usable.

use std::fmt;

use crate::Aaguid;
use crate::cbor::{self, CborError, Decoded, Value};
use crate::cose::CoseKey;

/// The flags byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// User present.
    #[must_use]
    pub fn up(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// User verified.
    #[must_use]
    pub fn uv(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Backup eligible.
    #[must_use]
    pub fn be(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Backed up.
    #[must_use]
    pub fn bs(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Attested credential data included.
    #[must_use]
    pub fn at(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Extension data included.
    #[must_use]
    pub fn ed(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Bits that Level 3 reserves: 1 and 5.
    #[must_use]
    pub fn reserved(self) -> u8 {
        self.0 & 0x22
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02x}", self.0)
    }
}

/// Authenticator data and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthenticatorData<'a> {
    /// The bytes as received; signatures cover these.
    pub bytes: &'a [u8],
    /// SHA-256 of the RP ID; absent when the data is too short.
    pub rp_id_hash: Option<&'a [u8; 32]>,
    /// Flags.
    pub flags: Option<Flags>,
    /// Signature counter.
    pub sign_count: Option<u32>,
    /// Attested credential data, as far as it could be read.
    pub attested: Option<AttestedCredentialData<'a>>,
    /// Extension outputs.
    pub extensions: Option<Extensions<'a>>,
    /// What is wrong, in reading order.
    pub problems: Vec<DataProblem>,
}

/// Attested credential data (`WebAuthn L3 §6.5.1`), as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct AttestedCredentialData<'a> {
    /// Model.
    pub aaguid: Aaguid,
    /// Credential id; absent when the bytes end before it does.
    pub credential_id: Option<&'a [u8]>,
    /// The credential public key item; absent when it is not well formed.
    pub key: Option<CoseKey<'a>>,
    /// Bytes of the key item.
    pub key_bytes: &'a [u8],
}

/// Extension outputs of the authenticator.
#[derive(Clone, Debug, PartialEq)]
pub struct Extensions<'a> {
    /// Where they start.
    pub offset: usize,
    /// The item; a map with text keys when it is as it should be.
    pub item: Decoded<'a>,
}

impl Extensions<'_> {
    /// Identifiers of the extensions, when the item is a map with text keys.
    #[must_use]
    pub fn names(&self) -> Option<Vec<&str>> {
        self.item
            .value
            .as_map()?
            .iter()
            .map(|entry| entry.key.as_text())
            .collect()
    }

    /// True for a map without entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.item.value.as_map().is_some_and(<[_]>::is_empty)
    }

    /// Type of the item, when it is no map; `Some("map")` when a key is not text.
    #[must_use]
    pub fn wrong_shape(&self) -> Option<&'static str> {
        match self.names() {
            Some(_) => None,
            None => Some(self.item.value.kind()),
        }
    }
}

/// What is wrong with authenticator data, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataProblem {
    /// Shorter than the fixed part.
    #[error("{length} bytes, fewer than 37")]
    Short {
        /// Length.
        length: usize,
    },
    /// The bytes end inside the attested credential data.
    #[error("{part} at offset {offset} needs {needed} bytes, {left} are left")]
    AttestedTruncated {
        /// Which part.
        part: &'static str,
        /// Where it starts.
        offset: usize,
        /// How many bytes it needs at least.
        needed: usize,
        /// How many are left.
        left: usize,
    },
    /// The credential public key is no CBOR item.
    #[error("credential public key: {error}")]
    Key {
        /// What is wrong and where.
        error: CborError,
    },
    /// The extension flag is set, but nothing follows.
    #[error("extension data announced, but the data ends at offset {offset}")]
    ExtensionsMissing {
        /// Where the data ends.
        offset: usize,
    },
    /// The extension data is no CBOR item.
    #[error("extension data: {error}")]
    Extensions {
        /// What is wrong and where.
        error: CborError,
    },
    /// Bytes after everything that the flags announce.
    #[error("{count} bytes left over at offset {offset}")]
    Trailing {
        /// Where they start.
        offset: usize,
        /// How many.
        count: usize,
    },
}

impl<'a> AuthenticatorData<'a> {
    /// Reads authenticator data as far as it goes.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Self {
        let mut data = Self {
            bytes,
            rp_id_hash: bytes.first_chunk(),
            flags: bytes.get(32).copied().map(Flags),
            sign_count: bytes
                .get(33..)
                .and_then(<[u8]>::first_chunk)
                .map(|b| u32::from_be_bytes(*b)),
            attested: None,
            extensions: None,
            problems: Vec::new(),
        };
        match data.flags {
            Some(flags) if bytes.len() >= 37 => data.read_variable(flags),
            _ => data.problems.push(DataProblem::Short {
                length: bytes.len(),
            }),
        }
        data
    }

    fn read_variable(&mut self, flags: Flags) {
        let mut at = Some(37);
        if flags.at() {
            at = self.read_attested(37);
        }
        if let Some(start) = at
            && flags.ed()
        {
            at = self.read_extensions(start);
        }
        if let Some(offset) = at
            && offset < self.bytes.len()
        {
            let count = self.bytes.len() - offset;
            self.problems.push(DataProblem::Trailing { offset, count });
        }
    }

    /// Reads attested credential data and returns where it ends, when that can be told.
    fn read_attested(&mut self, start: usize) -> Option<usize> {
        let aaguid = Aaguid(*self.part("AAGUID", start, 16)?.first_chunk()?);
        let mut attested = AttestedCredentialData {
            aaguid,
            credential_id: None,
            key: None,
            key_bytes: &[],
        };
        let end = self.read_id_and_key(start + 16, &mut attested);
        self.attested = Some(attested);
        end
    }

    fn read_id_and_key(
        &mut self,
        start: usize,
        attested: &mut AttestedCredentialData<'a>,
    ) -> Option<usize> {
        let length = self.part("credential id length", start, 2)?.first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        attested.credential_id = Some(self.part("credential id", start + 2, length)?);
        let key_start = start + 2 + length;
        self.part("credential public key", key_start, 1)?;
        match cbor::decode_at(self.bytes, key_start) {
            Ok(item) => {
                let end = key_start + item.consumed;
                attested.key_bytes = self.bytes.get(key_start..end).unwrap_or_default();
                attested.key = Some(CoseKey::new(item, key_start));
                Some(end)
            }
            Err(error) => {
                self.problems.push(DataProblem::Key { error });
                None
            }
        }
    }

    fn read_extensions(&mut self, start: usize) -> Option<usize> {
        if start >= self.bytes.len() {
            self.problems
                .push(DataProblem::ExtensionsMissing { offset: start });
            return None;
        }
        match cbor::decode_at(self.bytes, start) {
            Ok(item) => {
                let end = start + item.consumed;
                self.extensions = Some(Extensions {
                    offset: start,
                    item,
                });
                Some(end)
            }
            Err(error) => {
                self.problems.push(DataProblem::Extensions { error });
                None
            }
        }
    }

    fn part(&mut self, part: &'static str, offset: usize, needed: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes;
        let rest = bytes.get(offset..).unwrap_or_default();
        let found = rest.get(..needed);
        if found.is_none() {
            let left = rest.len();
            self.problems.push(DataProblem::AttestedTruncated {
                part,
                offset,
                needed,
                left,
            });
        }
        found
    }

    /// The value of an authenticator extension output.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&Value<'a>> {
        self.extensions.as_ref()?.item.value.member(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Fixed part with the given flags and counter 7.
    fn fixed(flags: u8) -> Vec<u8> {
        let mut bytes = vec![0xab; 32];
        bytes.extend([flags, 0, 0, 0, 7]);
        bytes
    }

    fn attested(flags: u8, id: &[u8], key: &[u8]) -> Vec<u8> {
        let mut bytes = fixed(flags);
        bytes.extend([0x11; 16]);
        bytes.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        bytes.extend(id);
        bytes.extend(key);
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let data = AuthenticatorData::decode(bytes);
        let mut said = format!("{:?}", data.sign_count);
        if let Some(attested) = &data.attested {
            let key = attested.key.as_ref().map(|key| key.algorithm());
            said.push_str(&format!(" id {:?} key {key:?}", attested.credential_id));
        }
        if let Some(extensions) = &data.extensions {
            said.push_str(&format!(" ext {:?}", extensions.names()));
        }
        for problem in &data.problems {
            said.push_str(&format!("; {problem}"));
        }
        assert_eq!(said, expected);
    }

    #[test]
    fn parts_are_read_and_problems_placed() {
        check(&fixed(0x01), "Some(7)");
        check(&fixed(0x01)[..36], "None; 36 bytes, fewer than 37");
        check(&[], "None; 0 bytes, fewer than 37");
        check(
            &attested(0x41, &[9], &[0xa1, 3, 0x26]),
            "Some(7) id Some([9]) key Some(Some(-7))",
        );
        check(
            &fixed(0x41),
            "Some(7); AAGUID at offset 37 needs 16 bytes, 0 are left",
        );
        check(
            &attested(0x41, &[9], &[0xa1, 3]),
            "Some(7) id Some([9]) key None; credential public key: declared length 1 exceeds the 1 \
             bytes left at offset 56",
        );
        check(
            &attested(0x41, &[9], &[0xa1, 3, 0x26, 0]),
            "Some(7) id Some([9]) key Some(Some(-7)); 1 bytes left over at offset 59",
        );
        check(
            &fixed(0x81),
            "Some(7); extension data announced, but the data ends at offset 37",
        );
        let mut extended = fixed(0x81);
        extended.extend([0xa1, 0x63, b'f', b'o', b'o', 0xf5]);
        check(&extended, "Some(7) ext Some([\"foo\"])");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..160)) {
            let data = AuthenticatorData::decode(&bytes);
            prop_assert_eq!(data.bytes, &bytes[..]);
        }

        #[test]
        fn what_was_put_together_is_taken_apart(
            flags in any::<u8>(),
            id in prop::collection::vec(any::<u8>(), 0..60),
            label in -1000_i64..1000,
        ) {
            let flags = (flags | 0x40) & 0x7f;
            let mut key = Vec::new();
            let map = vec![(ciborium::Value::from(3), ciborium::Value::from(label))];
            ciborium::into_writer(&ciborium::Value::Map(map), &mut key).unwrap();
            let bytes = attested(flags, &id, &key);
            let data = AuthenticatorData::decode(&bytes);
            prop_assert!(data.problems.is_empty());
            prop_assert_eq!(data.flags, Some(Flags(flags)));
            let found = data.attested.unwrap();
            prop_assert_eq!(found.credential_id, Some(&id[..]));
            prop_assert_eq!(found.key_bytes, &key[..]);
            prop_assert_eq!(found.key.unwrap().algorithm(), Some(label));
        }
    }
}
