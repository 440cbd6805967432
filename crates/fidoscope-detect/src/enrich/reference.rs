//! The value of each enrichment for an event, by its surroundings.

use super::{CHALLENGE, EVENT, Signature, Surroundings, credential, words};
use crate::{Enrichment, Fields, Row as _, Value};

/// A bit of the flags of authenticator data (WebAuthn L3 §6.1), where it is known.
fn flag(event: &Fields, bit: i64) -> Value {
    match (event.value("flags"), event.value("flags_known")) {
        (Value::Integer(flags), Value::Integer(known)) if known & bit != 0 => {
            Value::Bool(flags & bit != 0)
        }
        _ => Value::Null,
    }
}

pub(crate) fn up(_: Enrichment, event: &Fields, _: &Surroundings) -> Value {
    flag(event, 1)
}

pub(crate) fn uv(_: Enrichment, event: &Fields, _: &Surroundings) -> Value {
    flag(event, 4)
}

pub(crate) fn be(_: Enrichment, event: &Fields, _: &Surroundings) -> Value {
    flag(event, 8)
}

pub(crate) fn bs(_: Enrichment, event: &Fields, _: &Surroundings) -> Value {
    flag(event, 16)
}

/// What the row of the credential says.
pub(crate) fn known(one: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    let row = credential(event).and_then(|key| around.credentials.get(&key));
    row.map_or(Value::Null, |row| row.value(one.name()))
}

/// What the event says, else what the row of the credential says.
pub(crate) fn own_first(one: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    match event.value(one.name()) {
        Value::Null => known(one, event, around),
        own => own,
    }
}

/// What the row of the credential says, which is the assessment's word, else what the event says.
pub(crate) fn known_first(one: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    match known(one, event, around) {
        Value::Null => event.value(one.name()),
        known => known,
    }
}

fn signature<'s>(event: &Fields, around: &'s Surroundings) -> Option<&'s Signature> {
    around.signatures.get(&words(event, EVENT))
}

pub(crate) fn counter_previous(_: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    let previous = signature(event, around).and_then(|signature| signature.previous);
    previous.map_or(Value::Null, Value::Integer)
}

pub(crate) fn previous_event_id(_: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    let signature = signature(event, around);
    signature.map_or(Value::Null, |signature| signature.previous_event.clone())
}

pub(crate) fn counter_relation(_: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    let relation = signature(event, around).map(|signature| signature.relation.as_str());
    relation.map_or(Value::Null, |word| Value::Text(word.to_owned()))
}

pub(crate) fn challenge_use_count(_: Enrichment, event: &Fields, around: &Surroundings) -> Value {
    let uses = around.uses.get(&words(event, CHALLENGE));
    uses.map_or(Value::Null, |uses| Value::Integer(*uses))
}
