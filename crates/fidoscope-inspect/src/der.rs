//! DER of any shape (X.690), as far as it goes.

use std::borrow::Cow;

use x509_parser::asn1_rs::{Class, FromDer as _, Header, Length, Oid, Tag};

use super::drawing::{Drawing, MAX_PARTS, Window};
use super::names;
use super::tree::{Part, PartValue};

/// Certificates need ten levels.
const MAX_DEPTH: usize = 24;

/// Whether bytes are one item, with nothing left over, whose parts are items too.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut drawing = Drawing::new(None);
    let part = draw("", Window::whole(bytes), &mut drawing);
    drawing.faults.is_empty() && part.notes.is_empty() && bytes.first() == Some(&0x30)
}

/// A window that should hold one item.
pub(super) fn draw(
    name: impl Into<Cow<'static, str>>,
    window: Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let name = name.into();
    let (part, length) = item(name.clone(), window, drawing, 0);
    let mut part = part.unwrap_or_else(|| window.part(name));
    let left = window.bytes().len().saturating_sub(length);
    if left > 0 {
        let offset = window.start + length;
        part.note(format!("{left} bytes left over at offset {offset}"));
    }
    part
}

/// The item that a window starts with, and its length; everything that is left when it is broken.
fn item(
    name: Cow<'static, str>,
    window: Window<'_>,
    drawing: &mut Drawing<'_>,
    depth: usize,
) -> (Option<Part>, usize) {
    let bytes = window.bytes();
    let mut fail = |window: &Window<'_>, message: &str| {
        drawing.fault("DER", window, window.start, message);
    };
    let Ok((rest, header)) = Header::from_der(bytes) else {
        fail(&window, "no tag and length of DER here");
        return (None, bytes.len());
    };
    let Length::Definite(declared) = header.length() else {
        fail(&window, "an indefinite length, which DER does not allow");
        return (None, bytes.len());
    };
    let content = rest.get(..declared).unwrap_or(rest);
    let cut = rest.len() < declared;
    if cut {
        let left = rest.len();
        fail(
            &window,
            &format!("declared length {declared} exceeds the {left} bytes left"),
        );
    }
    let length = bytes.len() - rest.len() + content.len();
    let tag = tag_name(&header);
    let (name, kind) = match name.is_empty() {
        true => (tag, PartValue::None),
        false => (name, PartValue::Text(tag.into_owned())),
    };
    let part = Part::new(name).at(window.start, length);
    let inner = window.on(content);
    let part = if header.constructed() && depth < MAX_DEPTH {
        Part {
            value: kind,
            ..parts(part, inner, drawing, depth + 1, cut)
        }
    } else {
        primitive(part, &header, content)
    };
    (Some(part), if cut { bytes.len() } else { length })
}

fn parts(
    mut part: Part,
    window: Window<'_>,
    drawing: &mut Drawing<'_>,
    depth: usize,
    cut: bool,
) -> Part {
    let mut rest = window.bytes();
    while !rest.is_empty() {
        if part.parts.len() >= MAX_PARTS {
            part.note(format!("{} more bytes are not drawn", rest.len()));
            break;
        }
        let faults = drawing.faults.len();
        let (found, length) = item(Cow::Borrowed(""), window.on(rest), drawing, depth);
        part.parts.extend(found);
        // Inside an item that is cut, the cut itself has been told.
        if cut {
            drawing.faults.truncate(faults);
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    part
}

fn tag_name(header: &Header<'_>) -> Cow<'static, str> {
    let number = header.tag().0;
    match header.class() {
        Class::Universal => universal(header.tag()),
        Class::ContextSpecific => format!("[{number}]").into(),
        Class::Application => format!("[application {number}]").into(),
        Class::Private => format!("[private {number}]").into(),
    }
}

fn universal(tag: Tag) -> Cow<'static, str> {
    let name = match tag {
        Tag::Boolean => "BOOLEAN",
        Tag::Integer => "INTEGER",
        Tag::BitString => "BIT STRING",
        Tag::OctetString => "OCTET STRING",
        Tag::Null => "NULL",
        Tag::Oid => "OBJECT IDENTIFIER",
        Tag::Enumerated => "ENUMERATED",
        Tag::Utf8String => "UTF8String",
        Tag::Sequence => "SEQUENCE",
        Tag::Set => "SET",
        Tag::PrintableString => "PrintableString",
        Tag::Ia5String => "IA5String",
        Tag::UtcTime => "UTCTime",
        Tag::GeneralizedTime => "GeneralizedTime",
        Tag::BmpString => "BMPString",
        Tag(number) => return format!("tag {number}").into(),
    };
    name.into()
}

fn primitive(part: Part, header: &Header<'_>, content: &[u8]) -> Part {
    if header.class() != Class::Universal {
        return part.bytes(content);
    }
    match header.tag() {
        Tag::Null => part,
        Tag::Boolean => part.text(match content {
            [0] => "FALSE".to_owned(),
            [_] => "TRUE".to_owned(),
            _ => "not one byte".to_owned(),
        }),
        Tag::Integer | Tag::Enumerated => integer(part, content),
        Tag::Oid => {
            let oid = Oid::new(Cow::Borrowed(content));
            let part = part.text(oid.to_id_string());
            match names::identifier(&oid) {
                Some(name) => part.meaning(name),
                None => part,
            }
        }
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::UtcTime
        | Tag::GeneralizedTime => match str::from_utf8(content) {
            Ok(text) => part.text(format!("{text:?}")),
            Err(_) => part.bytes(content),
        },
        _ => part.bytes(content),
    }
}

/// Small numbers in decimal, large ones (serial numbers, moduli) as bytes.
fn integer(part: Part, content: &[u8]) -> Part {
    let (Some(first), 1..=8) = (content.first(), content.len()) else {
        let bits = content.len() * 8;
        return part.bytes(content).meaning(format!("{bits} bits"));
    };
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    let number = content
        .iter()
        .fold(sign, |number: i128, byte| number << 8 | i128::from(*byte));
    part.text(number.to_string())
}
