//! What follows from what a record said, for every source alike.

use std::borrow::Cow;

use crate::assign::Fault;
use crate::{Event, hex};

/// Backup eligible (WebAuthn L3 §6.1).
const BE: i16 = 8;

/// Fills what can be derived and checks what every event must have.
pub(crate) fn finish(event: &mut Event<'_>, record: &[u8]) -> Result<(), Box<Fault>> {
    for (missing, name) in [
        (event.ts_precision.is_none(), "ts"),
        (event.kind.is_empty(), "kind"),
        (event.outcome.is_empty(), "outcome"),
    ] {
        if missing {
            return Err(Fault::new("missing_field", format!("{name} is missing")));
        }
    }
    if event.event_id.is_empty() {
        event.event_id = Cow::Owned(content_hash(record));
    }
    if event.source_event_type.is_empty() {
        event.source_event_type = event.kind.clone();
    }
    if event.ceremony.is_none() {
        event.ceremony = ceremony_of(&event.kind).map(Cow::Borrowed);
    }
    if event.credential_kind.is_none() {
        event.credential_kind = credential_kind(event).map(Cow::Borrowed);
    }
    let timed = event.server_ms.is_some() || event.ceremony_ms.is_some();
    if timed && event.latency_basis.is_none() {
        event.latency_basis = Some(Cow::Borrowed("reported"));
    }
    Ok(())
}

/// 128 bits of BLAKE3 over the record's bytes, so that the same record has the same identifier.
fn content_hash(record: &[u8]) -> String {
    hex::encode(&crate::pseudonym::first_16(blake3::hash(record).as_bytes()))
}

fn ceremony_of(kind: &str) -> Option<&'static str> {
    match kind.split_once('.')?.0 {
        "registration" | "attestation" => Some("create"),
        "authentication" => Some("get"),
        "ceremony" | "challenge" => None,
        _ => Some("none"),
    }
}

/// The sort of credential, as far as the backup eligible flag and the attachment tell it
/// (WebAuthn L3 §6.1.3).
fn credential_kind(event: &Event<'_>) -> Option<&'static str> {
    let known = event.flags_known? & BE != 0;
    let eligible = event.flags? & BE != 0;
    match (known, eligible, event.attachment.as_deref()) {
        (false, ..) => None,
        (true, true, _) => Some("passkey_synced"),
        (true, false, Some("cross-platform")) => Some("security_key"),
        (true, false, Some("platform")) => Some("platform"),
        (true, false, _) => Some("passkey_device_bound"),
    }
}
