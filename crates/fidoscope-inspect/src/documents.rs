//! JSON documents that carry artifacts: a response in W3C JSON, a recorded ceremony.

use fidoscope_recording::{LoadError, Recording};

use super::drawing::{Drawing, Window, limited};
use super::members::{self, Members};
use super::tree::{Part, PartValue};
use super::{attestation, authenticator_data, certificate, client_data, cose, der, reading};

/// A response in W3C JSON.
pub(super) fn response(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    document("response", window, drawing)
}

/// A recorded ceremony.
pub(super) fn recording(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let mut part = document("recording", window, drawing);
    match Recording::from_json(window.bytes()) {
        Ok(_) | Err(LoadError::Encoding { .. }) => {}
        Err(error) => part.note(format!("cannot be replayed: {error}")),
    }
    part
}

fn document(name: &'static str, window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let part = window.part(name);
    let bytes = window.bytes();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = window.bytes().len() - bytes.len() + error.valid_up_to();
            drawing.fault(name, &window, window.start + at, "not UTF-8");
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            str::from_utf8(good).unwrap_or_default()
        }
    };
    members::object(part, text, &window.on(text.as_bytes()), &known, drawing)
}

/// The members that carry artifacts or bytes.
fn known(
    siblings: &Members<'_>,
    raw: &str,
    part: &Part,
    drawing: &mut Drawing<'_>,
) -> Option<Part> {
    let of_credential = || {
        let has = |name| siblings.find(name).is_some();
        has("rawId") || has("publicKey") || has("type")
    };
    if part.name == "anchors" {
        return anchors(raw, part, drawing);
    }
    let artifact = match part.name.as_ref() {
        "clientDataJSON" => client_data::decoded,
        "attestationObject" => attestation_object,
        "authenticatorData" => data,
        "publicKey" => key,
        "rawId" | "signature" | "userHandle" | "challenge" | "handle" => plain,
        "id" if of_credential() => plain,
        _ => return None,
    };
    if !raw.starts_with('"') {
        return None;
    }
    let mut part = part.clone();
    let Some((bytes, note)) = members::decoded(raw) else {
        part.note("not base64url");
        return Some(part);
    };
    part.notes.extend(note);
    part.value = PartValue::None;
    part.meaning = Some(format!("{} bytes in base64url", bytes.len()));
    Some(artifact(&part, &bytes, drawing))
}

/// Trust anchors of a recording's policy: texts of PEM.
fn anchors(raw: &str, part: &Part, drawing: &mut Drawing<'_>) -> Option<Part> {
    let texts: Vec<String> = serde_json::from_str(raw).ok()?;
    let (shown, omitted) = limited(&texts);
    let mut parts = Vec::with_capacity(shown.len());
    for (at, text) in shown.iter().enumerate() {
        let name = format!("anchor {at}");
        parts.push(match reading::pem(text) {
            Some(found) => Part {
                decoded: true,
                ..certificate::draw(name, Window::whole(&found.bytes), drawing)
            },
            None => Part::new(name).text(text.as_str()).meaning("not PEM"),
        });
    }
    Some(Part {
        parts,
        omitted,
        ..part.clone().text(certificate::counted(texts.len()))
    })
}

fn plain(part: &Part, bytes: &[u8], _: &mut Drawing<'_>) -> Part {
    let meaning = format!("{} bytes", bytes.len());
    part.clone().bytes(bytes).meaning(meaning)
}

fn attestation_object(part: &Part, bytes: &[u8], drawing: &mut Drawing<'_>) -> Part {
    inside(part, attestation::draw(Window::whole(bytes), drawing))
}

fn data(part: &Part, bytes: &[u8], drawing: &mut Drawing<'_>) -> Part {
    inside(
        part,
        authenticator_data::draw(Window::whole(bytes), drawing),
    )
}

/// A recording has a COSE key here, a response the DER of a SubjectPublicKeyInfo.
fn key(part: &Part, bytes: &[u8], drawing: &mut Drawing<'_>) -> Part {
    let window = Window::whole(bytes);
    if bytes.first() == Some(&0x30) {
        return inside(part, der::draw("public key", window, drawing));
    }
    inside(part, cose::draw(window, drawing))
}

fn inside(part: &Part, drawn: Part) -> Part {
    Part {
        parts: drawn.parts,
        omitted: drawn.omitted,
        notes: [part.notes.clone(), drawn.notes].concat(),
        decoded: true,
        ..part.clone()
    }
}
