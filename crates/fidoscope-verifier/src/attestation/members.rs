//! Members of a statement that its format does not define: `att.members`.
//!
//! The syntax of every format is a CDDL map that is closed (RFC 8610 §3.5.1), so a further member is
//! not of the statement's syntax, which a procedure's first step asks for (`WebAuthn L3 §8.2` to
//! `§8.9`). Yet every member that a procedure goes on to read is there, no library of the field
//! refuses the rest, and genuine authenticators send some: `ecdaaKeyId` is of Level 1, and the first
//! statements of format apple had an `alg`. So it is a lint of ours, told everywhere and decisive in
//! the profile `strict`. Format none is a rule of its own: there everything is too much.

use fidoscope_webauthn::cbor::Value;

use super::Statement;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// The members of each format's map; those of compound are the members of a part.
fn defined(format: &str) -> Option<&'static [&'static str]> {
    Some(match format {
        "packed" | "android-key" => &["alg", "sig", "x5c"],
        "tpm" => &["ver", "alg", "x5c", "sig", "certInfo", "pubArea"],
        "android-safetynet" => &["ver", "response"],
        "fido-u2f" => &["x5c", "sig"],
        "apple" => &["x5c"],
        "compound" => &["fmt", "attStmt"],
        _ => return None,
    })
}

pub(super) fn judge(judge: &mut Judge, statement: &Statement<'_>) {
    let Some(known) = defined(statement.format) else {
        return;
    };
    let maps = match statement.value {
        Value::Array(parts) => parts.as_slice(),
        map => std::slice::from_ref(map),
    };
    let entries = maps.iter().filter_map(Value::as_map).flatten();
    let mut foreign = entries.map(|entry| &entry.key).filter(|key| {
        let name = key.as_text();
        name.is_none_or(|name| !known.contains(&name))
    });
    match foreign.next() {
        None => judge.pass(&step::ATT_MEMBERS),
        Some(key) => {
            let expected = format!("members among {}", known.join(", "));
            let found = key.as_text().map_or_else(
                || format!("a key of type {}", key.kind()),
                |name| format!("{name:?}"),
            );
            judge.lint(&step::ATT_MEMBERS, expected, found);
        }
    }
}
