//! Authenticator data (`WebAuthn L3 §6.1`).

use fidoscope_webauthn::{AuthenticatorData, DataProblem, Flags};

use super::drawing::{Drawing, Window};
use super::tree::Part;
use super::{cose, item};

const NAME: &str = "authenticator data";
const ATTESTED: &str = "attestedCredentialData";

/// A window on authenticator data.
pub(super) fn draw(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let data = AuthenticatorData::decode(window.bytes());
    let at = |offset: usize| window.start + offset;
    let mut part = window.part(NAME);
    if let Some(hash) = data.rp_id_hash {
        let drawn = Part::new("rpIdHash").at(at(0), 32).bytes(hash);
        part.parts.push(drawn.meaning("SHA-256 of the RP ID"));
    }
    if let Some(found) = data.flags {
        part.parts.push(flags(found).at(at(32), 1));
    }
    if let Some(count) = data.sign_count {
        let drawn = Part::new("signCount").at(at(33), 4);
        part.parts.push(drawn.text(count.to_string()));
    }
    if data.attested.is_some() {
        part.parts.push(attested(&data, &window, drawing));
    }
    if let Some(extensions) = &data.extensions {
        let rest = window.bytes().get(extensions.offset..).unwrap_or_default();
        let length = extensions.item.consumed;
        let found = window.on(rest.get(..length).unwrap_or_default());
        part.parts.push(item::draw("extensions", found, drawing));
    }
    let broken = data.problems.last();
    if let Some(DataProblem::Extensions { .. }) = broken {
        // Drawn as far as they go; the fault is told there.
        let attested = part.parts.iter().find(|p| p.name == ATTESTED);
        let end = attested.and_then(|p| p.place);
        let start = end.map_or(37, |p| p.offset + p.length - window.start);
        let rest = window.on(window.bytes().get(start..).unwrap_or_default());
        let (drawn, _) = item::front("extensions", rest, drawing, |item, _| {
            item::generic("extensions", item)
        });
        part.parts.push(drawn);
    }
    for problem in &data.problems {
        tell(*problem, &data, &mut part, &window, drawing);
    }
    part
}

fn flags(found: Flags) -> Part {
    let bits = [
        (found.up(), "UP user present"),
        (found.uv(), "UV user verified"),
        (found.be(), "BE backup eligible"),
        (found.bs(), "BS backed up"),
        (found.at(), "AT attested credential data"),
        (found.ed(), "ED extension data"),
    ];
    let names: Vec<_> = bits.iter().filter(|(set, _)| *set).map(|b| b.1).collect();
    let mut part = Part::new("flags").text(found.to_string());
    part.meaning = Some(if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    });
    if found.reserved() != 0 {
        part.note(format!("reserved bits 0x{:02x} are set", found.reserved()));
    }
    if found.bs() && !found.be() {
        part.note("BS without BE: backed up, but not eligible for it");
    }
    part
}

fn attested(data: &AuthenticatorData<'_>, window: &Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let Some(attested) = &data.attested else {
        return Part::new(ATTESTED);
    };
    let start = window.start + 37;
    let aaguid = Part {
        meaning: drawing.model(&attested.aaguid),
        ..Part::new("aaguid").at(start, 16)
    };
    let aaguid = aaguid.text(attested.aaguid.to_string());
    let mut part = Part::new(ATTESTED).with(aaguid);
    let mut end = start + 16;
    if let Some(declared) = window.bytes().get(53..).and_then(<[u8]>::first_chunk) {
        let declared = u16::from_be_bytes(*declared);
        let mut length = Part::new("credentialIdLength").at(end, 2);
        if declared > 1023 {
            length.note("more than 1023");
        }
        part.parts.push(length.text(declared.to_string()));
        end += 2;
    }
    if let Some(id) = attested.credential_id {
        let drawn = Part::new("credentialId").at(end, id.len());
        let drawn = drawn.bytes(id).meaning(format!("{} bytes", id.len()));
        part.parts.push(drawn);
        end += id.len();
        let rest = end.saturating_sub(window.start);
        let rest = window.bytes().get(rest..).unwrap_or_default();
        if !rest.is_empty() {
            // A broken key is drawn as far as it goes; its fault is told once, there.
            let length = match attested.key {
                Some(_) => attested.key_bytes.len(),
                None => rest.len(),
            };
            let key = window.on(rest.get(..length).unwrap_or_default());
            let mut drawn = cose::draw_front(key, drawing);
            drawn.name = "credentialPublicKey".into();
            end += length;
            part.parts.push(drawn);
        }
    }
    part.at(start, end - start)
}

/// Tells what the decoder found wrong.
fn tell(
    problem: DataProblem,
    data: &AuthenticatorData<'_>,
    part: &mut Part,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) {
    let offset = match problem {
        // The key and the extensions have told it.
        DataProblem::Key { .. } | DataProblem::Extensions { .. } => return,
        DataProblem::Trailing { offset, count } => {
            let at = window.start + offset;
            part.note(format!("{count} bytes left over at offset {at}"));
            let rest = data.bytes.get(offset..).unwrap_or_default();
            part.parts
                .push(Part::new("left over").at(at, count).bytes(rest));
            return;
        }
        DataProblem::AttestedTruncated { offset, .. }
        | DataProblem::ExtensionsMissing { offset } => offset,
        _ => data.bytes.len(),
    };
    drawing.fault(NAME, window, window.start + offset, said(problem, window));
}

/// What is wrong, without the offset, which is told beside it and counts in the whole buffer.
fn said(problem: DataProblem, window: &Window<'_>) -> String {
    match problem {
        DataProblem::AttestedTruncated {
            part, needed, left, ..
        } => format!("{part} needs {needed} bytes, {left} are left"),
        DataProblem::ExtensionsMissing { .. } => {
            "extension data announced, but the data ends".to_owned()
        }
        DataProblem::Short { .. } => {
            format!("{} bytes, fewer than 37", window.bytes().len())
        }
        other => other.to_string(),
    }
}
