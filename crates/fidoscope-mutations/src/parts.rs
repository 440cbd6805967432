//! Pieces of a ceremony in a form that can be edited: members of JSON and CBOR in their order,
//! and authenticator data field by field.

use ciborium::Value;
use fidoscope_authenticator::Error;
use fidoscope_webauthn::AuthenticatorData;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;

/// The members of a JSON object in the order of the text, doubles included.
pub(crate) struct Members(pub(crate) Vec<(String, serde_json::Value)>);

impl Members {
    /// Reads an object.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The object without white space.
    pub(crate) fn write(&self) -> Vec<u8> {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name.as_str())))
            .collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    }

    /// Replaces the value of a member, or adds it at the end.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<serde_json::Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Takes a member out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The entries of a CBOR map, in their order.
pub(crate) type Entries = Vec<(Value, Value)>;

/// Keys and values as they are encoded.
pub(crate) type Items = Vec<(Vec<u8>, Vec<u8>)>;

/// Entries by key.
pub(crate) trait Keyed {
    /// Replaces the value of a key, or adds it at the end.
    fn set(&mut self, key: impl Into<Value>, value: impl Into<Value>);
    /// Takes a key out.
    fn drop_key(&mut self, key: impl Into<Value>);
    /// The byte string under a key.
    fn bytes_mut(&mut self, key: impl Into<Value>) -> Option<&mut Vec<u8>>;
}

impl Keyed for Entries {
    fn set(&mut self, key: impl Into<Value>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.iter_mut().find(|(found, _)| *found == key) {
            Some((_, old)) => *old = value,
            None => self.push((key, value)),
        }
    }

    fn drop_key(&mut self, key: impl Into<Value>) {
        let key = key.into();
        self.retain(|(found, _)| *found != key);
    }

    fn bytes_mut(&mut self, key: impl Into<Value>) -> Option<&mut Vec<u8>> {
        let key = key.into();
        let (_, value) = self.iter_mut().find(|(found, _)| *found == key)?;
        value.as_bytes_mut()
    }
}

/// A CBOR map from its entries as they are encoded; what is wrong with them stays wrong.
pub(crate) fn map_of(items: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let count = u8::try_from(items.len()).unwrap_or(u8::MAX);
    let mut out = vec![0xa0 | count.min(23)];
    for (key, value) in items {
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    out
}

/// Authenticator data, field by field (`WebAuthn L3 §6.1`).
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) rp_id_hash: Vec<u8>,
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) attested: Option<Attested>,
    /// What follows: extensions, and whatever does not belong there.
    pub(crate) rest: Vec<u8>,
}

/// Attested credential data (`WebAuthn L3 §6.5.1`).
#[derive(Clone, Debug)]
pub(crate) struct Attested {
    pub(crate) aaguid: [u8; 16],
    pub(crate) credential_id: Vec<u8>,
    /// COSE key, encoded.
    pub(crate) key: Vec<u8>,
}

/// User present.
pub(crate) const UP: u8 = 0x01;
/// User verified.
pub(crate) const UV: u8 = 0x04;
/// Backup eligible.
pub(crate) const BE: u8 = 0x08;
/// Backed up.
pub(crate) const BS: u8 = 0x10;
/// Attested credential data follow.
pub(crate) const AT: u8 = 0x40;
/// Extensions follow.
pub(crate) const ED: u8 = 0x80;

impl Data {
    /// Reads authenticator data that is without fault.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let data = AuthenticatorData::decode(bytes);
        if !data.problems.is_empty() {
            return None;
        }
        let (rp_id_hash, rest) = bytes.split_at_checked(32)?;
        let (_, mut rest) = rest.split_at_checked(5)?;
        let mut attested = None;
        if let Some(found) = &data.attested {
            let id = found.credential_id?;
            let end = 37 + 18 + id.len() + found.key_bytes.len();
            attested = Some(Attested {
                aaguid: found.aaguid.0,
                credential_id: id.to_vec(),
                key: found.key_bytes.to_vec(),
            });
            rest = bytes.get(end..)?;
        }
        Some(Self {
            rp_id_hash: rp_id_hash.to_vec(),
            flags: data.flags?.0,
            sign_count: data.sign_count?,
            attested,
            rest: rest.to_vec(),
        })
    }

    /// The bytes.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = self.rp_id_hash.clone();
        out.push(self.flags);
        out.extend_from_slice(&self.sign_count.to_be_bytes());
        if let Some(attested) = &self.attested {
            let length = u16::try_from(attested.credential_id.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&attested.aaguid);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&attested.credential_id);
            out.extend_from_slice(&attested.key);
        }
        out.extend_from_slice(&self.rest);
        out
    }
}
