//! FIDO U2F attestation (`WebAuthn L3 §8.6`). The signature covers neither flags, counter nor
//! AAGUID.

use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::cose::label;

use super::packed::certificates_by;
use super::{Attestation, Statement, judge_signature};
use crate::facts::certificate::Certificate;
use crate::facts::signature::{Curve, PublicKey};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::registry::StepInfo;

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let (certificates, signature) = match syntax(statement.value) {
        Ok(parts) => parts,
        Err((expected, found)) => {
            judge.fail(&step::ATT_U2F_SYNTAX, expected, found);
            return None;
        }
    };
    judge.pass(&step::ATT_U2F_SYNTAX);
    let aaguid = &statement.attested.aaguid;
    if aaguid.is_zero() {
        judge.pass(&step::ATT_U2F_AAGUID_ZERO);
    } else {
        let expected = "an AAGUID of zeros";
        judge.lint(&step::ATT_U2F_AAGUID_ZERO, expected, aaguid.to_string());
    }
    match certificates.len() {
        1 => judge.pass(&step::ATT_U2F_X5C_ONE),
        count => judge.fail(&step::ATT_U2F_X5C_ONE, "one certificate", count.to_string()),
    }
    let key = certificates.first().and_then(Certificate::key);
    let is_p256 = matches!(
        key,
        Some(PublicKey::Ec {
            curve: Curve::P256,
            ..
        })
    );
    if is_p256 {
        judge.pass(&step::ATT_U2F_CERT_P256);
    } else if certificates.is_empty() {
        judge.skip(&step::ATT_U2F_CERT_P256, "there is no certificate");
    } else {
        let found = key
            .as_ref()
            .map_or("another kind of key", crate::facts::signature::describe);
        judge.fail(&step::ATT_U2F_CERT_P256, "a P-256 key", found);
    }
    let x = coordinate(judge, statement, label::X, &step::ATT_U2F_X);
    let y = coordinate(judge, statement, label::Y, &step::ATT_U2F_Y);
    match (key.filter(|_| is_p256), x, y) {
        (Some(key), Some(x), Some(y)) => {
            let message = signed_bytes(statement, x, y);
            judge_signature(judge, &step::ATT_U2F_SIG, -7, &key, &message, signature);
        }
        _ => judge.skip(&step::ATT_U2F_SIG, "an earlier sub-step failed"),
    }
    Some(Attestation::Certified(certificates))
}

type Parts<'s> = (Vec<Certificate<'s>>, &'s [u8]);

fn syntax<'s>(statement: &'s Value<'s>) -> Result<Parts<'s>, (&'static str, String)> {
    if statement.as_map().is_none() {
        return Err(("a map", statement.kind().to_owned()));
    }
    let kind = |name| {
        statement
            .member(name)
            .map_or("missing", Value::kind)
            .to_owned()
    };
    let list = statement
        .member("x5c")
        .ok_or_else(|| ("x5c", kind("x5c")))?;
    let signature = statement.member("sig").and_then(Value::as_bytes);
    let signature = signature.ok_or_else(|| ("sig, a byte string", kind("sig")))?;
    // How many there are is the next step's question.
    if list.as_array().is_some_and(<[_]>::is_empty) {
        return Ok((Vec::new(), signature));
    }
    Ok((
        certificates_by(list, Certificate::parse_tolerant)?,
        signature,
    ))
}

fn coordinate<'s>(
    judge: &mut Judge,
    statement: &Statement<'s>,
    label: i64,
    step: &'static StepInfo,
) -> Option<&'s [u8]> {
    let bytes = statement
        .attested
        .key
        .as_ref()
        .and_then(|key| key.bytes(label));
    match bytes.map(<[u8]>::len) {
        Some(32) => judge.pass(step),
        Some(length) => judge.fail(step, "32 bytes", format!("{length} bytes")),
        None => judge.fail(step, "32 bytes", "no byte string"),
    }
    bytes.filter(|bytes| bytes.len() == 32)
}

/// `0x00 || rpIdHash || hash || credentialId || 0x04 || x || y`.
fn signed_bytes(statement: &Statement<'_>, x: &[u8], y: &[u8]) -> Vec<u8> {
    let rp_id_hash = statement
        .data
        .rp_id_hash
        .map_or(Default::default(), <[u8; 32]>::as_slice);
    let credential_id = statement.attested.credential_id.unwrap_or_default();
    let hash = statement.client_data_hash;
    [&[0], rp_id_hash, hash, credential_id, &[4], x, y].concat()
}
