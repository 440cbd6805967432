//! What the outputs of known extensions look like. Each function names what it expected, or
//! `None` when the output is that, or the extension is not known.

use fidoscope_recording::Kind;
use fidoscope_webauthn::base64url;
use fidoscope_webauthn::cbor::Value as Cbor;
use serde_json::Value;

use Kind::{Authentication, Registration};

/// A client output (`WebAuthn L3 §10.1`, `L2 §10`).
pub(super) fn client(name: &str, value: &Value, kind: Kind) -> Option<&'static str> {
    let (holds, expected) = match (name, kind) {
        // `§10.1.1`: did the AppID count? `§10.1.2`: true is the only output.
        ("appid", Authentication) => (value.is_boolean(), "a boolean"),
        ("appid", Registration) => (false, "an output of an authentication only"),
        ("appidExclude", Registration) => (*value == Value::Bool(true), "true"),
        ("appidExclude", Authentication) => (false, "an output of a registration only"),
        ("credProps", Registration) => (
            optional(value, "rk", Value::is_boolean),
            "an object with a boolean rk or none",
        ),
        ("credProps", Authentication) => (false, "an output of a registration only"),
        ("prf", _) => (prf(value, kind), "enabled and 32-byte results"),
        ("largeBlob", Registration) => (
            value.get("supported").is_some_and(Value::is_boolean),
            "an object with a boolean supported",
        ),
        ("largeBlob", Authentication) => (
            optional(value, "blob", is_binary) && optional(value, "written", Value::is_boolean),
            "an object with a blob or a boolean written",
        ),
        ("uvm", _) => (methods(value), "one to three lists of three numbers"),
        ("hmacCreateSecret" | "credBlob", _) => (value.is_boolean(), "a boolean"),
        _ => return None,
    };
    (!holds).then_some(expected)
}

/// An authenticator output (CTAP 2.2 §12, `WebAuthn L2 §10.3`).
pub(super) fn authenticator(name: &str, value: &Cbor<'_>, kind: Kind) -> Option<&'static str> {
    let number = value.as_i64();
    let boolean = matches!(value, Cbor::Bool(_));
    let (holds, expected) = match (name, kind) {
        ("credProtect", Registration) => {
            (number.is_some_and(|n| (1..=3).contains(&n)), "1, 2 or 3")
        }
        ("minPinLength", Registration) => (
            number.is_some_and(|n| (4..=63).contains(&n)),
            "a number from 4 to 63",
        ),
        ("hmac-secret", Registration) => (boolean, "a boolean"),
        // One or two outputs of 32 bytes, with an initialization vector in protocol two.
        ("hmac-secret", Authentication) => (
            value
                .as_bytes()
                .is_some_and(|secret| matches!(secret.len(), 32 | 48 | 64 | 80)),
            "32 or 64 encrypted bytes",
        ),
        ("credBlob", Registration) => (boolean, "a boolean"),
        ("credBlob", Authentication) => (value.as_bytes().is_some(), "bytes"),
        ("uvm", _) => (
            value
                .as_array()
                .is_some_and(|list| (1..=3).contains(&list.len())),
            "one to three entries",
        ),
        // `§10.1.4`: results of prf would travel in the clear.
        ("prf", _) => (false, "hmac-secret, which is encrypted"),
        _ => return None,
    };
    (!holds).then_some(expected)
}

fn optional(value: &Value, name: &str, is: impl Fn(&Value) -> bool) -> bool {
    value.is_object() && value.get(name).is_none_or(is)
}

fn is_binary(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| base64url::decode(text).is_ok())
}

/// `§10.1.4`: `enabled` at registration; `results` has `first` and perhaps `second`, 32 bytes each.
fn prf(value: &Value, kind: Kind) -> bool {
    let secret = |value: &Value| {
        let bytes = value.as_str().and_then(|text| base64url::decode(text).ok());
        bytes.is_some_and(|bytes| bytes.len() == 32)
    };
    let results =
        |value: &Value| value.get("first").is_some_and(secret) && optional(value, "second", secret);
    let enabled = match kind {
        Registration => optional(value, "enabled", Value::is_boolean),
        Authentication => value.is_object() && value.get("enabled").is_none(),
    };
    enabled && optional(value, "results", results)
}

/// `L2 §10.3`: method, key protection and matcher protection of each.
fn methods(value: &Value) -> bool {
    let entry = |entry: &Value| {
        entry
            .as_array()
            .is_some_and(|numbers| numbers.len() == 3 && numbers.iter().all(Value::is_u64))
    };
    value
        .as_array()
        .is_some_and(|list| (1..=3).contains(&list.len()) && list.iter().all(entry))
}
