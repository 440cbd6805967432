//! COSE keys (RFC 9052 §7, RFC 9053 §7).

use fidoscope_webauthn::CoseKey;
use fidoscope_webauthn::cbor::{Content, Item, Value};
use fidoscope_webauthn::cose::label;

use super::drawing::{Drawing, Window};
use super::tree::Part;
use super::{item, names};

const NAME: &str = "COSE key";
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const AKP: i64 = 7;

/// A window that should hold one key.
pub(super) fn draw(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    item::whole(NAME, window, drawing, |item, _| key(item))
}

/// The key that a window starts with.
pub(super) fn draw_front(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let (part, _) = item::front(NAME, window, drawing, |item, _| key(item));
    part
}

/// Whether a key has what every key has.
pub(super) fn looks_like_key(key: &CoseKey<'_>) -> bool {
    key.key_type().is_some() && key.algorithm().is_some()
}

fn key(item: &Item<'_>) -> Part {
    let Content::Map(_) = item.content else {
        let mut part = item::generic(NAME, item);
        part.note("a COSE key is a map");
        return part;
    };
    let kind = number(item, label::KTY);
    let curve = number(item, label::CRV);
    let part = Part::new(NAME).at(item.offset, item.length);
    let mut part = item::entries(part, item, |name, entry, value| {
        let Some(value) = value else { return entry };
        let drawn = Part {
            place: entry.place,
            ..item::generic(name.clone(), value)
        };
        match name.parse() {
            Ok(label) => parameter(drawn, label, value, kind, curve),
            Err(_) => drawn,
        }
    });
    if let Some(algorithm) = number(item, label::ALG).and_then(names::algorithm) {
        part = part.meaning(algorithm);
    }
    part
}

fn number(item: &Item<'_>, wanted: i64) -> Option<i64> {
    let is_wanted = |key: &Item<'_>| key.value().and_then(Value::as_i64) == Some(wanted);
    let entry = item.entries().iter().find(|(key, _)| is_wanted(key))?;
    entry.1.as_ref()?.value()?.as_i64()
}

fn parameter(
    mut part: Part,
    label: i64,
    value: &Item<'_>,
    kind: Option<i64>,
    curve: Option<i64>,
) -> Part {
    let bits = item::bytes_of(value).map(|bytes| bytes.len() * 8);
    let found = value.value().and_then(Value::as_i64);
    // The length of a coordinate goes without saying: another one is noted.
    let is_cut = matches!(value.content, Content::Cut { .. });
    let cut = part.meaning.take().filter(|_| is_cut);
    let (name, meaning) = match (label, kind) {
        (label::KTY, _) => ("kty", found.and_then(names::key_type).map(str::to_owned)),
        (label::KID, _) => ("kid", None),
        (label::ALG, _) => ("alg", found.and_then(names::algorithm).map(str::to_owned)),
        (label::KEY_OPS, _) => ("key_ops", None),
        (label::BASE_IV, _) => ("Base IV", None),
        (label::N, Some(RSA)) => ("n", bits.map(|bits| format!("{bits} bits"))),
        (label::E, Some(RSA)) => ("e", exponent(value)),
        (label::N, Some(AKP)) => ("pub", bits.map(|bits| format!("{} bytes", bits / 8))),
        (label::CRV, Some(OKP | EC2)) => ("crv", found.and_then(names::curve).map(str::to_owned)),
        (label::X, Some(OKP | EC2)) => ("x", cut),
        (label::Y, Some(EC2)) => ("y", cut),
        (label::D, Some(OKP | EC2)) => ("d", Some("private key".to_owned())),
        _ => return item::generic(part.name, value).placed(part.place),
    };
    part.name = format!("{name} ({label})").into();
    part.meaning = meaning;
    notes(&mut part, name, value, curve);
    part
}

fn notes(part: &mut Part, name: &str, value: &Item<'_>, curve: Option<i64>) {
    let found = value.value();
    match (name, found) {
        ("kty" | "alg" | "crv", Some(Value::Integer(_))) if part.meaning.is_none() => {
            part.note("not a registered number that WebAuthn uses");
        }
        ("d", _) => part.note("a private key has no place here"),
        ("y", Some(Value::Bool(_))) => {
            part.note("compressed point; WebAuthn allows the uncompressed form only");
        }
        ("x" | "y", Some(Value::Bytes(bytes))) => {
            let expected = curve.and_then(names::coordinate_length);
            if let Some(expected) = expected.filter(|expected| *expected != bytes.len()) {
                part.note(format!("{} bytes, the curve has {expected}", bytes.len()));
            }
        }
        _ => {}
    }
}

fn exponent(value: &Item<'_>) -> Option<String> {
    let bytes = item::bytes_of(value)?;
    let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, fold).to_string())
}
