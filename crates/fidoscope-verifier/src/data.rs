//! Authenticator data: `ad.*`, in reading order.

use fidoscope_webauthn::cbor::{CborError, CborErrorKind};
use fidoscope_webauthn::{AuthenticatorData, DataProblem, Kind};

use crate::cose;
use crate::judge::Judge;
use crate::registry as step;

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
        match extensions.wrong_shape() {
            None if extensions.is_empty() => {
                judge.pass(&step::AD_EXT_MAP);
                judge.lint(
                    &step::AD_EXT_EMPTY,
                    "ED=0, as nothing follows",
                    "an empty map",
                );
            }
            None => {
                judge.pass(&step::AD_EXT_MAP);
                judge.pass(&step::AD_EXT_EMPTY);
            }
            Some(kind) => judge.fail(&step::AD_EXT_MAP, "a map with text keys", kind),
        }
        if let Some(fault) = extensions.item.duplicate_key() {
            let found = format!("extensions: {} at offset {}", fault.kind, fault.offset);
            judge.lint(&step::CBOR_DUP_KEY, "every key once", found);
        }
    }
    if data.problems.is_empty() {
        judge.pass(&step::AD_TRAILING);
    }
}

fn ends_early(error: &CborError) -> bool {
    matches!(
        error.kind,
        CborErrorKind::Truncated | CborErrorKind::Length { .. }
    )
}
