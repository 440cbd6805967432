//! The extension of Android key attestation (`WebAuthn L3 §8.4.1`).

use fidoscope_webauthn::KeyDescription;
use fidoscope_webauthn::key_description::{Authorization, AuthorizationList};

use super::drawing::{Drawing, Window};
use super::tree::Part;
use super::{der, names};

/// A window on a `KeyDescription`; its DER alone when it is none.
pub(super) fn draw(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let faults = drawing.faults.len();
    let described = match KeyDescription::decode(window.bytes()) {
        Ok(described) => described,
        Err(error) => {
            let mut part = der::draw("KeyDescription", window, drawing);
            if drawing.faults.len() == faults {
                part.note(format!("no KeyDescription: {error}"));
            }
            return part;
        }
    };
    let version = |name: &'static str, number: i64| Part::new(name).text(number.to_string());
    let bytes = |name: &'static str, bytes: &[u8]| {
        let part = Part::new(name).placed(window.place(bytes)).bytes(bytes);
        part.meaning(format!("{} bytes", bytes.len()))
    };
    let attested = described.attestation_security_level.to_string();
    let keymaster = described.keymaster_security_level.to_string();
    window
        .part("KeyDescription")
        .with(version("attestationVersion", described.attestation_version))
        .with(Part::new("attestationSecurityLevel").text(attested))
        .with(version("keymasterVersion", described.keymaster_version))
        .with(Part::new("keymasterSecurityLevel").text(keymaster))
        .with(bytes("attestationChallenge", described.challenge).meaning("hash of the client data"))
        .with(bytes("uniqueId", described.unique_id))
        .with(list(
            "softwareEnforced",
            &described.software,
            &window,
            drawing,
        ))
        .with(list("teeEnforced", &described.tee, &window, drawing))
}

fn list(
    name: &'static str,
    found: &AuthorizationList<'_>,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let mut part = Part::new(name);
    for entry in found.entries() {
        part.parts
            .push(authorization(entry, found, window, drawing));
    }
    if found.has_all_applications() {
        part.note("allApplications: the key is not bound to one application");
    }
    if let Some(entry) = found.misplaced() {
        part.note(format!("[{}] is out of order", entry.tag));
    }
    match part.parts.is_empty() {
        true => part.text("empty"),
        false => part,
    }
}

fn authorization(
    entry: &Authorization<'_>,
    list: &AuthorizationList<'_>,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let label = names::authorization(entry.tag);
    let name = match label {
        Some(label) => format!("{label} [{}]", entry.tag),
        None => format!("[{}]", entry.tag),
    };
    let drawn = der::draw("", window.on(entry.value), drawing);
    let mut part = Part::new(name).placed(window.place(entry.value));
    part.notes.extend(drawn.notes);
    if label.is_none() {
        part.note("not an authorization of Android's documentation");
    }
    if drawn.parts.is_empty() {
        part.value = drawn.value;
    } else {
        part.parts = drawn.parts;
    }
    part.meaning = match label {
        Some("purpose") => Some(words(list.purposes().unwrap_or_default(), names::purpose)),
        Some("origin") => list
            .origin()
            .map(|origin| words(&[origin], names::key_origin)),
        _ => None,
    };
    part
}

fn words(numbers: &[i64], name: impl Fn(i64) -> Option<&'static str>) -> String {
    let word = |number: &i64| name(*number).map_or_else(|| number.to_string(), str::to_owned);
    numbers.iter().map(word).collect::<Vec<_>>().join(", ")
}
