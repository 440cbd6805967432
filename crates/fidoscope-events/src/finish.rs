//! What follows from what a record said, for every source alike.

use std::borrow::Cow;

use crate::assign::Fault;
use crate::pseudonym::first_16;
use crate::{Event, Pseudonyms, Reason, hex};

/// Backup eligible (WebAuthn L3 §6.1).
const BE: i16 = 8;

/// Fills what can be derived and checks what every event must have.
pub(crate) fn finish(
    event: &mut Event<'_>,
    line: &[u8],
    index: usize,
    pseudonyms: &Pseudonyms,
) -> Result<(), Box<Fault>> {
    for (missing, name) in [
        (event.ts_precision.is_none(), "ts"),
        (event.kind.is_empty(), "kind"),
        (event.outcome.is_empty(), "outcome"),
    ] {
        if missing {
            return Err(Fault::new("missing_field", format!("{name} is missing")));
        }
    }
    contradiction(&event.kind, &event.outcome)?;
    if event.actor_id.is_some() && event.actor_id == event.user_id {
        event.actor_id = None;
    }
    if event.event_id.is_empty() {
        event.event_id = Cow::Owned(identifier(line, index, pseudonyms));
    }
    if event.source_event_type.is_empty() {
        event.source_event_type = event.kind.clone();
    }
    if event.ceremony.is_none() {
        event.ceremony = ceremony_of(&event.kind).map(Cow::Borrowed);
    }
    if event.failure_reason.is_some() || event.failure_raw.is_some() {
        reason(event);
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

/// A ceremony that ended well did not fail, and the other way round: which of the two is true nobody
/// can tell, and each would be counted somewhere.
fn contradiction(kind: &str, outcome: &str) -> Result<(), Box<Fault>> {
    let possible: &[&str] = match kind {
        "registration.completed" | "authentication.completed" => &["success", "unknown"],
        "registration.failed" | "authentication.failed" | "attestation.rejected" => {
            &["failure", "abandoned", "unknown"]
        }
        "ceremony.abandoned" => &["abandoned", "failure", "unknown"],
        _ => return Ok(()),
    };
    if possible.contains(&outcome) {
        return Ok(());
    }
    let message = format!(
        "the kind {kind} and the outcome {outcome} contradict each other; it goes with {}",
        possible.join(" or ")
    );
    Err(Fault::new("contradiction", message))
}

/// 128 bits of BLAKE3 over the line, hashed once more under the key where identifiers are keyed, so that
/// the same line has the same identifier. Records after the first of a line are told apart by their
/// place.
fn identifier(line: &[u8], index: usize, pseudonyms: &Pseudonyms) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(line);
    if index > 0 {
        hasher.update(&index.to_le_bytes());
    }
    let hash = first_16(hasher.finalize().as_bytes());
    hex::encode(&pseudonyms.of_record(hash))
}

/// A word that is no canonical reason is the source's own, and is kept as such.
fn reason(event: &mut Event<'_>) {
    let named = event.failure_reason.as_deref().and_then(Reason::of_word);
    if named.is_none() {
        if let Some(own) = event.failure_reason.take() {
            event.failure_raw.get_or_insert(own);
        }
        let found = event.failure_raw.as_deref().and_then(Reason::of_text);
        event.failure_reason = found.map(|reason| Cow::Borrowed(reason.word));
    }
    let side = named.or_else(|| event.failure_reason.as_deref().and_then(Reason::of_word));
    if let (Some(reason), None) = (side, &event.failure_side) {
        event.failure_side = Some(Cow::Borrowed(reason.side));
    }
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
