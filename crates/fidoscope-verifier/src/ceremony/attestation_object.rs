//! The attestation object: `att-obj.*` (`WebAuthn L3 §7.1 step 13`).

use fidoscope_webauthn::AttestationObject;
use fidoscope_webauthn::cbor::Value;

use crate::verdict::judge::{Judge, Levels};
use crate::verdict::registry as step;

/// What the attestation object carries; a member of another type is absent.
pub(crate) struct Parts<'o> {
    pub(crate) format: Option<&'o str>,
    pub(crate) statement: Option<&'o Value<'o>>,
    pub(crate) data: Option<&'o [u8]>,
}

/// `WebAuthn L3 §7.1 step 13`: `att-obj.*`.
pub(crate) fn members<'o>(judge: &mut Judge, object: &'o AttestationObject<'o>) -> Parts<'o> {
    let mut parts = Parts {
        format: None,
        statement: None,
        data: None,
    };
    if object.item.value.as_map().is_none() {
        judge.fail(&step::ATT_OBJ_MAP, "a map", object.item.value.kind());
        return parts;
    }
    judge.pass(&step::ATT_OBJ_MAP);
    let kind = |value: Option<&Value<'_>>| value.map_or("missing", Value::kind);
    parts.format = object.format().and_then(Value::as_text);
    match parts.format {
        Some(format) => judge.pass_with(&step::ATT_OBJ_FMT, format.to_owned()),
        None => judge.fail(&step::ATT_OBJ_FMT, "fmt, a text", kind(object.format())),
    }
    match object.statement() {
        Some(Value::Map(_)) => judge.pass(&step::ATT_OBJ_ATT_STMT),
        Some(Value::Array(_)) => {
            // Level 3 lets the compound format have one; what other formats make of it is theirs.
            judge.fail_in(
                Levels::OnlyL2,
                &step::ATT_OBJ_ATT_STMT,
                "attStmt, a map",
                "array",
            );
        }
        other => judge.fail(&step::ATT_OBJ_ATT_STMT, "attStmt, a map", kind(other)),
    }
    parts.statement = object
        .statement()
        .filter(|value| matches!(value, Value::Map(_) | Value::Array(_)));
    parts.data = object.authenticator_data().and_then(Value::as_bytes);
    match parts.data {
        Some(_) => judge.pass(&step::ATT_OBJ_AUTH_DATA),
        None => {
            let found = kind(object.authenticator_data());
            judge.fail(&step::ATT_OBJ_AUTH_DATA, "authData, a byte string", found);
        }
    }
    lints(judge, object);
    parts
}

fn lints(judge: &mut Judge, object: &AttestationObject<'_>) {
    match (object.foreign_keys().first(), object.trailing()) {
        (None, 0) => judge.pass(&step::ATT_OBJ_TRAILING),
        (Some((name, offset)), _) => {
            let found = format!("unknown key {name} at offset {offset}");
            judge.lint(&step::ATT_OBJ_TRAILING, "fmt, attStmt and authData", found);
        }
        (None, count) => {
            let found = format!("{count} bytes after the map");
            judge.lint(&step::ATT_OBJ_TRAILING, "a map and nothing else", found);
        }
    }
    // The form of the key, of the extensions and of client data is for other steps to say.
    match object.item.not_canonical() {
        None => judge.pass(&step::ATT_OBJ_CANONICAL),
        Some(fault) => {
            let found = format!("{} at offset {}", fault.kind, fault.offset);
            judge.lint(&step::ATT_OBJ_CANONICAL, "CTAP2 canonical CBOR", found);
        }
    }
    if let Some(fault) = object.item.duplicate_key() {
        let found = format!("{} at offset {}", fault.kind, fault.offset);
        judge.fail(&step::CBOR_DUP_KEY, "every key once", found);
    }
}
