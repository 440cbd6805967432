//! Maps of fields: authenticator data, COSE keys, attestation statements, one line a field. Where
//! [`inspect`](crate::inspect) draws every byte, these show where the one field lies that matters.

use std::ops::Range;

use fidoscope_webauthn::cbor::{Entry, Value};
use fidoscope_webauthn::cose::{CoseKey, label};
use fidoscope_webauthn::{AuthenticatorData, Flags};

use crate::names;

/// A field: where it is, what it is called, what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in the standard, or key of the map.
    pub name: String,
    /// Bytes that it takes in the buffer it was read from.
    pub bytes: Range<usize>,
    /// Value in a few words.
    pub value: String,
}

impl Field {
    fn new(name: impl Into<String>, bytes: Range<usize>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bytes,
            value: value.into(),
        }
    }
}

/// The fields as lines, the one that matters marked with `>`.
#[must_use]
pub fn lines(fields: &[Field], marked: Option<&str>) -> Vec<String> {
    let width = fields
        .iter()
        .map(|field| field.name.len())
        .max()
        .unwrap_or(0);
    fields
        .iter()
        .map(|field| {
            let mark = if marked == Some(&field.name) {
                '>'
            } else {
                ' '
            };
            let line = format!(
                "{mark} {:04x}  {:<width$}  {}",
                field.bytes.start, field.name, field.value
            );
            line.trim_end().to_owned()
        })
        .collect()
}

/// The fields of authenticator data (`WebAuthn L3 §6.1`), as far as they could be read.
#[must_use]
pub fn of_authenticator_data(data: &AuthenticatorData<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    if let Some(hash) = data.rp_id_hash {
        fields.push(Field::new("rpIdHash", 0..32, hex(hash)));
    }
    if let Some(flags) = data.flags {
        fields.push(Field::new("flags", 32..33, flag_names(flags)));
    }
    if let Some(count) = data.sign_count {
        fields.push(Field::new("signCount", 33..37, count.to_string()));
    }
    let mut end = data.bytes.len().min(37);
    if let Some(attested) = &data.attested {
        fields.push(Field::new("aaguid", 37..53, attested.aaguid.to_string()));
        if let Some(id) = attested.credential_id {
            let key = 55 + id.len();
            fields.push(Field::new(
                "credentialIdLength",
                53..55,
                id.len().to_string(),
            ));
            fields.push(Field::new("credentialId", 55..key, hex(id)));
            end = key + attested.key_bytes.len();
            let about = attested.key.as_ref().map_or_else(
                || "cannot be read".to_owned(),
                |_| format!("{} bytes of CBOR", attested.key_bytes.len()),
            );
            fields.push(Field::new(
                "credentialPublicKey",
                key..end.max(key + 1),
                about,
            ));
        }
    }
    if let Some(extensions) = &data.extensions {
        let start = extensions.offset;
        end = start + extensions.item.consumed;
        let names = extensions.names().map(|names| names.join(", "));
        let value = names.unwrap_or_else(|| format!("a {}", extensions.item.value.kind()));
        fields.push(Field::new("extensions", start..end, value));
    }
    if end < data.bytes.len() {
        let left = data.bytes.len() - end;
        fields.push(Field::new(
            "(rest)",
            end..data.bytes.len(),
            format!("{left} bytes"),
        ));
    }
    fields
}

/// `45 = AT UV UP`, highest bit first.
fn flag_names(flags: Flags) -> String {
    let names = ["UP", "RFU1", "UV", "BE", "BS", "RFU2", "AT", "ED"];
    let set = names
        .iter()
        .enumerate()
        .rev()
        .filter(|(bit, _)| flags.0 >> bit & 1 == 1);
    let set: Vec<&str> = set.map(|(_, name)| *name).collect();
    format!(
        "{:02x} = {}",
        flags.0,
        if set.is_empty() {
            "none".to_owned()
        } else {
            set.join(" ")
        }
    )
}

/// The parameters of a COSE key (`RFC 9052 §7.1`), with offsets of the buffer it was read from.
#[must_use]
pub fn of_key(key: &CoseKey<'_>) -> Vec<Field> {
    let item = key.item();
    let entries = item.value.as_map().unwrap_or_default();
    let end = key.offset() + item.consumed;
    let ends = entries
        .iter()
        .skip(1)
        .map(|entry| entry.offset)
        .chain([end]);
    let field = |(entry, end): (&Entry<'_>, usize)| {
        let number = entry.key.as_i64();
        let name = number.map_or_else(
            || value(&entry.key),
            |number| {
                format!("{number} {}", parameter(key.key_type(), number))
                    .trim_end()
                    .to_owned()
            },
        );
        let meaning = match (number, entry.value.as_i64()) {
            (Some(label::KTY), Some(kty)) => names::key_type(kty),
            (Some(label::ALG), Some(alg)) => names::algorithm(alg),
            (Some(label::CRV), Some(crv)) => names::curve(crv),
            _ => None,
        };
        let shown = match meaning {
            Some(meaning) => format!("{} ({meaning})", value(&entry.value)),
            None => value(&entry.value),
        };
        Field::new(name, entry.offset..end, shown)
    };
    entries.iter().zip(ends).map(field).collect()
}

/// The entries of a CBOR map that ends at `end`: the places of their values.
#[must_use]
pub fn of_map(map: &Value<'_>, end: usize) -> Vec<Field> {
    let entries = map.as_map().unwrap_or_default();
    let ends = entries.iter().skip(1).map(|entry| entry.offset);
    let field = |(entry, end): (&Entry<'_>, usize)| {
        Field::new(
            plain(&entry.key),
            entry.value_offset..end,
            value(&entry.value),
        )
    };
    entries.iter().zip(ends.chain([end])).map(field).collect()
}

fn plain(key: &Value<'_>) -> String {
    key.as_text().map_or_else(|| value(key), str::to_owned)
}

/// A value in a few words.
fn value(value: &Value<'_>) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Bytes(bytes) => format!("{} bytes {}", bytes.len(), hex(bytes)),
        Value::Text(text) => format!("{text:?}"),
        Value::Array(items) => format!("array of {}", items.len()),
        Value::Map(entries) => format!("map of {}", entries.len()),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
        other => other.kind().to_owned(),
    }
}

/// The first bytes, and the last one when there are many.
fn hex(bytes: &[u8]) -> String {
    let whole: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match whole
        .get(..24)
        .zip(whole.get(whole.len().saturating_sub(4)..))
    {
        Some((head, tail)) if bytes.len() > 16 => format!("{head}…{tail}"),
        _ => whole,
    }
}

fn parameter(kty: Option<i64>, number: i64) -> &'static str {
    match (number, kty) {
        (label::KTY, _) => "kty",
        (label::KID, _) => "kid",
        (label::ALG, _) => "alg",
        (label::KEY_OPS, _) => "key_ops",
        (label::BASE_IV, _) => "Base IV",
        (label::N, Some(3)) => "n",
        (label::E, Some(3)) => "e",
        (-1, Some(7)) => "pub",
        (label::CRV, _) => "crv",
        (label::X, _) => "x",
        (label::Y, _) => "y",
        (label::D, _) => "d (private)",
        _ => "",
    }
}
