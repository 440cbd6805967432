//! Group C: the attestation object.

use crate::ceremony::{Ceremony, Unfit};
use crate::parts::Keyed;
use ciborium::Value;
use fidoscope_authenticator::cbor;

rows! {
    "ao-01" { "" => |c| replace(c, |object| Value::Array(vec![object]))? }
    "ao-02" { "" => |c| {
        let bytes = c.encoded_object()?;
        replace(c, |_| Value::Bytes(bytes))?;
    } }
    "ao-03" {
        "first-byte" => |c| c.object_bytes(|bytes| bytes.truncate(1))?,
        "in-fmt" => |c| c.object_bytes(|bytes| bytes.truncate(7))?,
        "in-statement" => |c| c.object_bytes(|bytes| bytes.truncate(18))?,
        "half" => |c| c.object_bytes(|bytes| bytes.truncate(bytes.len() / 2))?,
        "last-byte" => |c| c.object_bytes(|bytes| bytes.truncate(bytes.len().saturating_sub(1)))?,
    }
    "ao-04" {
        "28" => |c| statement_as(c, &[0xbc])?,
        "29" => |c| statement_as(c, &[0xbd])?,
        "30" => |c| statement_as(c, &[0xbe])?,
    }
    "ao-05" { "" => |c| {
        let data = c.encoded_data();
        let declared = [&[0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0], data.as_slice()].concat();
        value_as(c, "authData", declared)?;
    } }
    "ao-06" { "" => |c| {
        let mut nested = vec![0x81; 1000];
        nested.push(0xa0);
        statement_as(c, &nested)?;
    } }
    "ao-07" { "" => |c| c.object.drop_key("fmt") }
    "ao-08" { "" => |c| c.object.set("fmt", Value::Bytes(b"none".to_vec())) }
    "ao-09" { "" => |c| c.object.drop_key("attStmt") }
    "ao-10" { "" => |c| c.object.set("attStmt", "none") }
    "ao-11" { "" => |c| c.object.set("attStmt", Value::Array(Vec::new())) }
    "ao-12" { "" => |c| c.object.drop_key("authData") }
    "ao-13" { "" => |c| c.object.set("authData", "authenticator data") }
    "ao-14" { "" => |c| {
        let mut other = c.encoded_data();
        if let Some(first) = other.first_mut() {
            *first ^= 1;
        }
        c.object.push((Value::from("authData"), Value::Bytes(other)));
    } }
    "ao-15" { "" => |c| c.object_bytes(|bytes| bytes.push(0))? }
    "ao-16" { "" => |c| c.object_items(|items| {
        // fmt, authData and attStmt are 1, 2 and 3 in CTAP.
        for (key, _) in items {
            *key = match key.as_slice() {
                b"\x63fmt" => vec![1],
                b"\x68authData" => vec![2],
                _ => vec![3],
            };
        }
    })? }
    "ao-17" { "" => |c| c.object_bytes(|bytes| {
        if let Some(first) = bytes.first_mut() {
            *first = 0xbf;
        }
        bytes.push(0xff);
    })? }
    "ao-18" { "" => |c| {
        let data = c.encoded_data();
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
        value_as(c, "authData", [&[0x5a], length.as_slice(), &data].concat())?;
    } }
    "ao-19" { "" => |c| c.object.set("note", "keys that nobody knows") }
    "ao-20" { "" => |c| c.object.set("fmt", "Packed") }
    "ao-21" { "" => |c| c.object.set("fmt", "example-unregistered") }
    "ao-22" { "" => |c| {
        c.object.set("fmt", "android-safetynet");
        c.recording.policy.safetynet = Some(false);
    } }
    "ao-23" { "" => |c| c.object.reverse() }
    "ao-24" on "GEN-SAFETYNET" { "" => |c| c.recording.policy.safetynet = None }
}

fn replace(c: &mut Ceremony, by: impl FnOnce(Value) -> Value) -> Result<(), Unfit> {
    c.encoded_object()?;
    let encoded = cbor(&by(Value::Map(c.object.clone())))?;
    c.object_bytes(|bytes| *bytes = encoded)
}

/// Writes these bytes in the place of a value.
fn value_as(c: &mut Ceremony, name: &str, encoded: Vec<u8>) -> Result<(), Unfit> {
    let key = cbor(&Value::from(name))?;
    c.object_items(|items| {
        if let Some((_, value)) = items.iter_mut().find(|(found, _)| *found == key) {
            *value = encoded;
        }
    })
}

fn statement_as(c: &mut Ceremony, encoded: &[u8]) -> Result<(), Unfit> {
    value_as(c, "attStmt", encoded.to_vec())
}
