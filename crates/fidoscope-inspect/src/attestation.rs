//! Attestation objects (`WebAuthn L3 §6.5.4`) and the statements of every format (§8).

use fidoscope_webauthn::cbor::{Content, Item, Value};

use super::drawing::{Drawing, Window, limited};
use super::tree::Part;
use super::{authenticator_data, certificate, der, item, jws, names, tpm};

/// A window that should hold one attestation object.
pub(super) fn draw(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let name = "attestation object";
    item::whole(name, window, drawing, |found, drawing| {
        object(name, found, &window, drawing)
    })
}

fn object(
    name: &'static str,
    found: &Item<'_>,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let Content::Map(_) = found.content else {
        return item::generic(name, found);
    };
    let part = Part::new(name).at(found.offset, found.length);
    item::entries(part, found, |key, entry, value| {
        let Some(value) = value else { return entry };
        match (key.as_str(), item::bytes_of(value)) {
            ("fmt", _) => format(entry, value),
            ("attStmt", _) => placed(&entry, statement(value, window, drawing)),
            ("authData", Some(bytes)) => {
                let drawn = authenticator_data::draw(window.on(bytes), drawing);
                within("authData", &entry, bytes, window, drawn)
            }
            ("authData", None) => {
                let mut part = placed(&entry, item::generic(key, value));
                part.note("not a byte string");
                part
            }
            _ => {
                let mut part = placed(&entry, item::generic(key, value));
                part.note("not a member of an attestation object");
                part
            }
        }
    })
}

fn placed(entry: &Part, drawn: Part) -> Part {
    Part {
        place: entry.place,
        ..drawn
    }
}

/// The parts of what lies inside a byte string, under the name of the entry.
fn within(
    name: &'static str,
    entry: &Part,
    bytes: &[u8],
    window: &Window<'_>,
    drawn: Part,
) -> Part {
    let elsewhere = window.place(bytes).is_none();
    let mut part = Part {
        name: name.into(),
        decoded: elsewhere,
        ..placed(entry, drawn)
    };
    if elsewhere {
        part.note("joined from chunks; offsets inside count from its front");
    }
    part
}

fn format(entry: Part, value: &Item<'_>) -> Part {
    let drawn = placed(&entry, item::generic("fmt", value));
    match value.value().and_then(Value::as_text) {
        Some(text) => match names::format(text) {
            Some(meaning) => drawn.meaning(meaning),
            None => drawn.meaning("not a registered format"),
        },
        None => drawn,
    }
}

fn statement(found: &Item<'_>, window: &Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let part = Part::new("attStmt").at(found.offset, found.length);
    match &found.content {
        // Compound attestation: a statement of its own format each.
        Content::Array(items) => {
            let (shown, omitted) = limited(items);
            let parts = shown
                .iter()
                .map(|item| object("statement", item, window, drawing))
                .collect();
            Part {
                parts,
                omitted,
                ..part.text(format!("array of {}", items.len()))
            }
        }
        Content::Map(_) => item::entries(part, found, |key, entry, value| match value {
            Some(value) => placed(&entry, member(key, value, window, drawing)),
            None => entry,
        }),
        _ => item::generic("attStmt", found),
    }
}

fn member(key: String, value: &Item<'_>, window: &Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let drawn = item::generic(key.clone(), value);
    match (key.as_str(), item::bytes_of(value)) {
        ("alg", None) => {
            let number = value.value().and_then(Value::as_i64);
            match number.and_then(names::algorithm) {
                Some(name) => drawn.meaning(name),
                None => drawn,
            }
        }
        ("x5c", None) => certificates(value, window, drawing),
        ("sig", Some(bytes)) => {
            let meaning = if der::is_whole(bytes) {
                format!("{} bytes, DER of an ECDSA signature", bytes.len())
            } else {
                format!("{} bytes", bytes.len())
            };
            drawn.meaning(meaning)
        }
        ("certInfo", Some(bytes)) => tpm::cert_info(window.on(bytes), drawing),
        ("pubArea", Some(bytes)) => tpm::pub_area(window.on(bytes), drawing),
        ("response", Some(bytes)) if jws::recognize(bytes).is_some() => {
            let jws = jws::draw(window.on(bytes), drawing);
            Part {
                name: "response".into(),
                ..jws
            }
        }
        _ => drawn,
    }
}

fn certificates(value: &Item<'_>, window: &Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let Content::Array(items) = &value.content else {
        return item::generic("x5c", value);
    };
    let (shown, omitted) = limited(items);
    let mut parts = Vec::with_capacity(shown.len());
    for (at, one) in shown.iter().enumerate() {
        let name = format!("certificate {at}");
        parts.push(match item::bytes_of(one) {
            Some(bytes) => certificate::draw(name, window.on(bytes), drawing),
            None => item::generic(name, one),
        });
    }
    Part {
        parts,
        omitted,
        ..Part::new("x5c").text(certificate::counted(items.len()))
    }
}
