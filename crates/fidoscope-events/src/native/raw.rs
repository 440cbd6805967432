//! Columns that are read from the raw bytes of a ceremony.
//!
//! They go before what the line says beside them, because an authenticator or client made them.
//! Bytes that are odd are read as far as they go, and what is odd is kept in `attrs`.

use std::borrow::Cow;

use fidoscope_webauthn::{AttestationObject, AuthenticatorData, ClientDataText, Field, Flags};
use sha2::{Digest as _, Sha256};

use crate::assign::{FLAG_BITS, Fault, attribute, challenge_hash};
use crate::pseudonym::first_16;
use crate::{Column, Event, Text, Type, base64};

/// Longest attestation object that an event keeps; those of real authenticators take some KiB.
const LONGEST_OBJECT: usize = 64 << 10;

/// Puts what the raw bytes of a column say into the event.
pub(super) fn apply(
    event: &mut Event<'_>,
    column: Column,
    text: &Text<'_>,
) -> Result<(), Box<Fault>> {
    let Some(bytes) = base64::decode_any(text) else {
        let message = format!("{} must be base64url or base64", column.name());
        return Err(Fault::new("wrong_type", message));
    };
    read(event, column, &bytes);
    Ok(())
}

/// The same for another's log, whose base64 may be of either alphabet. What is none is kept aside.
pub(crate) fn apply_lenient<'a>(event: &mut Event<'a>, column: Column, text: Text<'a>) {
    match base64::decode_any(&text) {
        Some(bytes) => read(event, column, &bytes),
        None => attribute(event, Cow::Borrowed(column.name()), text),
    }
}

fn read(event: &mut Event<'_>, column: Column, bytes: &[u8]) {
    let odd = match column.holds() {
        Type::AuthenticatorData => authenticator_data(event, bytes),
        Type::AttestationObject => attestation_object(event, bytes),
        Type::ClientData => client_data(event, bytes),
        _ => None,
    };
    if let Some(odd) = odd {
        let name = format!("{}_problem", column.name());
        attribute(event, Cow::Owned(name), Cow::Owned(odd));
    }
}

/// `WebAuthn L3 §6.1`.
fn authenticator_data(event: &mut Event<'_>, bytes: &[u8]) -> Option<String> {
    let data = AuthenticatorData::decode(bytes);
    if let Some(Flags(flags)) = data.flags {
        event.flags = Some(i16::from(flags) & FLAG_BITS);
        event.flags_known = Some(FLAG_BITS);
    }
    if let Some(count) = data.sign_count {
        event.sign_count = Some(i64::from(count));
    }
    if let Some(attested) = &data.attested {
        event.aaguid = Some(attested.aaguid.0);
        if let Some(id) = attested.credential_id.filter(|id| id.len() <= 1023) {
            event.credential_id = Some(Cow::Owned(id.to_vec()));
        }
        if let Some(key) = &attested.key {
            let algorithm = key
                .algorithm()
                .and_then(|number| i32::try_from(number).ok());
            event.public_key_alg = algorithm.or(event.public_key_alg);
            event.public_key_hash = Some(first_16(&Sha256::digest(attested.key_bytes).into()));
        }
    }
    data.problems.first().map(ToString::to_string)
}

/// `WebAuthn L3 §6.5.4`.
fn attestation_object(event: &mut Event<'_>, bytes: &[u8]) -> Option<String> {
    let object = match AttestationObject::decode(bytes) {
        Ok(object) => object,
        Err(error) => return Some(error.to_string()),
    };
    if let Some(format) = object.format().and_then(|format| format.as_text()) {
        event.attestation_fmt = Some(Cow::Owned(format.to_owned()));
    }
    if let Some(kind) = attestation_type(&object) {
        event.attestation_type = Some(Cow::Borrowed(kind));
    }
    let odd = match object.authenticator_data().and_then(|data| data.as_bytes()) {
        Some(data) => authenticator_data(event, data),
        None => Some("authData is missing".to_owned()),
    };
    if bytes.len() > LONGEST_OBJECT {
        let length = bytes.len();
        return odd.or_else(|| Some(format!("{length} bytes are too many to keep")));
    }
    event.attestation_object = Some(Cow::Owned(bytes.to_vec()));
    odd
}

/// The attestation type, where format and statement leave no choice (`WebAuthn L3 §8.2` to §8.9).
/// A packed statement with certificates may be of type Basic or AttCA, and so may that of a U2F
/// authenticator: only metadata tells.
fn attestation_type(object: &AttestationObject<'_>) -> Option<&'static str> {
    match object.format()?.as_text()? {
        "none" => Some("none"),
        "packed" => {
            let certified = object.statement()?.member("x5c").is_some();
            (!certified).then_some("self")
        }
        "tpm" => Some("attca"),
        "android-key" | "android-safetynet" => Some("basic"),
        "apple" => Some("anonca"),
        _ => None,
    }
}

/// `WebAuthn L3 §5.8.1`.
fn client_data(event: &mut Event<'_>, bytes: &[u8]) -> Option<String> {
    let text = ClientDataText::decode(bytes);
    let data = match text.parse() {
        Ok(data) => data,
        Err(error) => return Some(error.to_string()),
    };
    if let Some(challenge) = data.challenge.text() {
        event.challenge_hash = Some(challenge_hash(challenge));
    }
    let owned = |field: &Field<'_>| field.text().map(|text| Cow::Owned(text.to_owned()));
    event.origin = owned(&data.origin).or(event.origin.take());
    event.top_origin = owned(&data.top_origin).or(event.top_origin.take());
    if let Field::Bool(flag) = data.cross_origin {
        event.cross_origin = Some(flag);
    }
    event.ceremony = match data.kind.text() {
        Some("webauthn.create") => {
            event.client_data_hash = Some(Sha256::digest(bytes).into());
            Some(Cow::Borrowed("create"))
        }
        Some("webauthn.get") => Some(Cow::Borrowed("get")),
        _ => event.ceremony.take(),
    };
    None
}
