//! Authenticator data: `ad.*`, in reading order.

use fidoscope_recording::Kind;
use fidoscope_webauthn::cbor::{CborError, CborErrorKind, Irregularity};
use fidoscope_webauthn::{AuthenticatorData, DataProblem, Extensions};

use crate::ceremony::cose;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// Judges the structure of authenticator data.
pub(crate) fn judge(judge: &mut Judge, data: &AuthenticatorData<'_>, kind: Kind) {
    let Some(flags) = data.flags.filter(|_| data.bytes.len() >= 37) else {
        let found = format!("{} bytes", data.bytes.len());
        judge.fail(&step::AD_LEN, "at least 37 bytes", found);
        return;
    };
    judge.pass(&step::AD_LEN);
    match flags.reserved() {
        0 => judge.pass(&step::AD_RFU),
        bits => judge.lint(
            &step::AD_RFU,
            "reserved flag bits 0",
            format!("0x{bits:02x}"),
        ),
    }
    match (kind, flags.at()) {
        (Kind::Registration, true) => {
            judge.pass(&step::AD_AT_REQUIRED);
            attested(judge, data);
        }
        (Kind::Registration, false) => {
            judge.fail(&step::AD_AT_REQUIRED, "AT=1", format!("flags {flags}"));
            // What follows cannot be told apart without the flag.
            return;
        }
        (Kind::Authentication, false) => judge.pass(&step::AD_AT_FORBIDDEN),
        (Kind::Authentication, true) => {
            judge.fail(&step::AD_AT_FORBIDDEN, "AT=0", format!("flags {flags}"));
        }
    }
    remainder(judge, data);
}

fn attested(judge: &mut Judge, data: &AuthenticatorData<'_>) {
    for problem in &data.problems {
        match problem {
            DataProblem::AttestedTruncated { .. } => {
                let expected = "attested credential data in full";
                judge.fail(&step::AD_ACD_TRUNCATED, expected, problem.to_string());
                return;
            }
            DataProblem::Key { error } if ends_early(error) => {
                let expected = "attested credential data in full";
                judge.fail(&step::AD_ACD_TRUNCATED, expected, problem.to_string());
                return;
            }
            DataProblem::Key { .. } => {
                judge.fail(
                    &step::CBOR_WELLFORMED,
                    "well-formed CBOR",
                    problem.to_string(),
                );
                return;
            }
            _ => {}
        }
    }
    judge.pass(&step::AD_ACD_TRUNCATED);
    let Some(attested) = &data.attested else {
        return;
    };
    match attested.credential_id.map_or(0, <[u8]>::len) {
        short @ 0..16 => {
            // `WebAuthn L3 §4`: a credential id holds 16 bytes or more.
            let found = format!("{short} bytes");
            judge.lint(&step::AD_ACD_ID_EMPTY, "a credential id of 16 bytes", found);
        }
        long @ 1024.. => {
            judge.observe(
                &step::AD_ACD_ID_LEN,
                format!("a credential id of {long} bytes"),
            );
        }
        _ => {
            judge.pass(&step::AD_ACD_ID_EMPTY);
            judge.pass(&step::AD_ACD_ID_LEN);
        }
    }
    if let Some(key) = &attested.key {
        cose::judge(judge, key);
    }
}

/// What follows the fixed part and the attested credential data.
fn remainder(judge: &mut Judge, data: &AuthenticatorData<'_>) {
    for problem in &data.problems {
        match problem {
            DataProblem::ExtensionsMissing { .. } => {
                judge.fail(
                    &step::AD_EXT_MISSING,
                    "extension data, as ED=1",
                    problem.to_string(),
                );
            }
            DataProblem::Extensions { .. } => {
                judge.fail(
                    &step::CBOR_WELLFORMED,
                    "well-formed CBOR",
                    problem.to_string(),
                );
            }
            DataProblem::Trailing { .. } => {
                let expected = "nothing but what the flags announce";
                judge.fail(&step::AD_TRAILING, expected, problem.to_string());
            }
            _ => {}
        }
    }
    if let Some(extensions) = &data.extensions {
        judge.pass(&step::AD_EXT_MISSING);
        extension_map(judge, extensions);
    }
    if data.problems.is_empty() {
        judge.pass(&step::AD_TRAILING);
    }
}

/// The form of the map is a lint of ours. Both levels demand CTAP2 canonical form of whoever encodes
/// and tell decoders that they *should* reject anything else, duplicate keys by name (`WebAuthn L3
/// §2.4`, L2 §2.4; RFC 8949 §5.6: a map with a key twice is not valid); no step of a ceremony orders the
/// check, and the libraries of the field do not make it.
fn extension_map(judge: &mut Judge, extensions: &Extensions<'_>) {
    match extensions.wrong_shape() {
        None if extensions.is_empty() => {
            judge.pass(&step::AD_EXT_MAP);
            let expected = "ED=0, as nothing follows";
            judge.lint(&step::AD_EXT_EMPTY, expected, "an empty map");
        }
        None => {
            judge.pass(&step::AD_EXT_MAP);
            judge.pass(&step::AD_EXT_EMPTY);
        }
        Some(kind) => {
            let found = foreign_key(extensions).unwrap_or_else(|| kind.to_owned());
            judge.fail(&step::AD_EXT_MAP, "a map with text keys", found);
        }
    }
    let words =
        |fault: Irregularity| format!("{} at offset {} of authData", fault.kind, fault.offset);
    match extensions.item.duplicate_key() {
        None => judge.pass(&step::AD_EXT_DUP_KEY),
        Some(fault) => judge.lint(&step::AD_EXT_DUP_KEY, "every key once", words(fault)),
    }
    match extensions.item.not_canonical() {
        None => judge.pass(&step::AD_EXT_CANONICAL),
        Some(fault) => {
            let expected = "CTAP2 canonical CBOR";
            judge.lint(&step::AD_EXT_CANONICAL, expected, words(fault));
        }
    }
}

/// The first key of the map that is not text, with its place.
fn foreign_key(extensions: &Extensions<'_>) -> Option<String> {
    let entries = extensions.item.value.as_map()?;
    let entry = entries.iter().find(|entry| entry.key.as_text().is_none())?;
    let name = match entry.key.as_i64() {
        Some(number) => format!("the key {number}, an integer"),
        None => format!("a key that is a {}", entry.key.kind()),
    };
    Some(format!("{name}, at offset {} of authData", entry.offset))
}

fn ends_early(error: &CborError) -> bool {
    matches!(
        error.kind,
        CborErrorKind::Truncated | CborErrorKind::Length { .. }
    )
}
