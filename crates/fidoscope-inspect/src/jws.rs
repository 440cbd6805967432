//! Compact JWS (RFC 7515): metadata BLOBs and SafetyNet responses.

use serde_json::value::RawValue;

use super::certificate;
use super::drawing::{Drawing, Window, limited};
use super::members::{self, Members};
use super::reading::base64_text;
use super::tree::Part;

const SEGMENTS: [&str; 3] = ["header", "payload", "signature"];

/// Why bytes are a JWS, when they are.
pub(super) fn recognize(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.trim_ascii();
    let (header, rest) = bytes.split_at_checked(bytes.iter().position(|b| *b == b'.')?)?;
    // `{"` in base64url; what follows is looked at when it is drawn.
    let dots = rest.iter().filter(|b| **b == b'.').count();
    let is_json = header.starts_with(b"eyJ") || header.starts_with(b"ewo");
    let is_text = header
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (is_json && is_text && dots == 2)
        .then(|| "three base64url segments, the first one JSON".to_owned())
}

/// A window on a JWS.
pub(super) fn draw(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let mut part = window.part("JWS");
    let bytes = window.bytes().trim_ascii();
    let segments: Vec<&[u8]> = bytes.splitn(SEGMENTS.len() + 1, |b| *b == b'.').collect();
    if segments.len() != SEGMENTS.len() {
        let found = segments.len();
        drawing.fault(
            "JWS",
            &window,
            window.start,
            format!("{found} segments, not 3"),
        );
    }
    for (name, segment) in SEGMENTS.into_iter().zip(segments) {
        let place = window.place(segment);
        let text = str::from_utf8(segment).unwrap_or_default();
        let Some((_, bytes)) = base64_text(text) else {
            let at = place.map_or(window.start, |place| place.offset);
            drawing.fault(name, &window, at, "not base64url");
            continue;
        };
        let empty = Part::new(name).placed(place);
        let empty = empty.meaning(format!("{} bytes in base64url", bytes.len()));
        part.parts.push(match name {
            "signature" => empty
                .bytes(&bytes)
                .meaning(format!("{} bytes", bytes.len())),
            _ => json(empty, &bytes, drawing),
        });
    }
    part
}

fn json(mut part: Part, bytes: &[u8], drawing: &mut Drawing<'_>) -> Part {
    part.decoded = true;
    match str::from_utf8(bytes) {
        Ok(text) => members::object(part, text, &Window::whole(bytes), &known, drawing),
        Err(error) => {
            let at = error.valid_up_to();
            drawing.fault(&part.name, &Window::whole(bytes), at, "not UTF-8");
            part
        }
    }
}

fn known(_: &Members<'_>, raw: &str, part: &Part, drawing: &mut Drawing<'_>) -> Option<Part> {
    match part.name.as_ref() {
        "x5c" => certificates(raw, part, drawing),
        // A BLOB has hundreds of models; `fidoscope mds show` draws one.
        "entries" => {
            let entries: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            Some(part.clone().text(format!("{} models", entries.len())))
        }
        _ => None,
    }
}

fn certificates(raw: &str, part: &Part, drawing: &mut Drawing<'_>) -> Option<Part> {
    let texts: Vec<String> = serde_json::from_str(raw).ok()?;
    let (shown, omitted) = limited(&texts);
    let mut parts = Vec::with_capacity(shown.len());
    for (at, text) in shown.iter().enumerate() {
        let name = format!("certificate {at}");
        parts.push(match base64_text(text) {
            Some((_, der)) => Part {
                decoded: true,
                ..certificate::draw(name, Window::whole(&der), drawing)
            },
            None => Part::new(name).meaning("not base64"),
        });
    }
    Some(Part {
        parts,
        omitted,
        ..part.clone().text(certificate::counted(texts.len()))
    })
}
