//! Client data (`WebAuthn L3 §5.8.1`).

use fidoscope_webauthn::ClientDataText;

use super::drawing::{Drawing, Window};
use super::members::{self, Members};
use super::tree::{Part, PartValue};

/// The order in which clients must write the first members (`WebAuthn L3 §5.8.1.1`).
const ORDER: [&str; 4] = ["type", "challenge", "origin", "crossOrigin"];

/// A window on client data.
pub(super) fn draw(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let text = ClientDataText::decode(window.bytes());
    let mut part = window.part("client data");
    if text.byte_order_mark {
        part.note("a byte order mark stands before the JSON");
    }
    if let Some(offset) = text.ill_formed_at {
        let offset = window.start + offset;
        drawing.fault("client data", &window, offset, "not UTF-8");
    }
    // Text with replaced bytes is another buffer.
    let inner = window.on(text.as_str().as_bytes());
    let known: members::Known<'_> = &|_, raw, part, _| known(raw, part.clone());
    let mut part = members::object(part, text.as_str(), &inner, known, drawing);
    let members = Members::read(text.as_str());
    let first = members.all.iter().take(ORDER.len()).map(|(name, _)| name);
    let complete = members.fault.is_none();
    if complete && !first.zip(ORDER).all(|(found, expected)| found == expected) {
        part.note("members are not in the order in which clients write them");
    }
    part
}

fn known(raw: &str, part: Part) -> Option<Part> {
    let text = serde_json::from_str::<String>(raw).ok();
    let meaning = match (part.name.as_ref(), text.as_deref()) {
        ("type", Some("webauthn.create")) => "a credential is created".to_owned(),
        ("type", Some("webauthn.get")) => "a credential is used".to_owned(),
        ("type", Some("payment.get")) => "a payment is confirmed".to_owned(),
        ("challenge", Some(_)) => return Some(challenge(raw, part)),
        ("crossOrigin", _) if raw == "true" => "in a frame of another origin".to_owned(),
        _ => return None,
    };
    Some(part.meaning(meaning))
}

fn challenge(raw: &str, mut part: Part) -> Part {
    match members::decoded(raw) {
        Some((bytes, note)) => {
            part.notes.extend(note);
            if bytes.len() < 16 {
                part.note("fewer than 16 bytes");
            }
            part.meaning(format!("{} bytes", bytes.len()))
        }
        None => {
            part.note("not base64url");
            part
        }
    }
}

/// Client data inside a document.
pub(super) fn decoded(part: &Part, bytes: &[u8], drawing: &mut Drawing<'_>) -> Part {
    let drawn = draw(Window::whole(bytes), drawing);
    Part {
        value: PartValue::None,
        parts: drawn.parts,
        notes: [part.notes.clone(), drawn.notes].concat(),
        decoded: true,
        ..part.clone()
    }
}
