//! `certInfo`: what the TPM signed, and its signature.

use aws_lc_rs::digest::{self, digest};
use fidoscope_webauthn::tpm::{
    ATTEST_CERTIFY, GENERATED, TpmAttest, TpmProblem, TpmPublic, TpmSignature, algorithm,
};

use super::Syntax;
use crate::attestation::{Statement, judge_signature};
use crate::facts::certificate::Certificate;
use crate::facts::signature;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// Judges the members of `certInfo`. Members that no rule names are not looked at: qualified
/// names, clock and firmware version may be anything.
pub(super) fn judge(
    judge: &mut Judge,
    syntax: &Syntax<'_>,
    public: &TpmPublic<'_>,
    statement: &Statement<'_>,
) {
    let attest = TpmAttest::decode(syntax.attest);
    let cut = || cut_short(attest.problem.as_ref());
    match attest.magic {
        Some(GENERATED) => judge.pass(&step::ATT_TPM_MAGIC),
        found => {
            let found = found.map_or_else(cut, |found| format!("0x{found:08x}"));
            judge.fail(&step::ATT_TPM_MAGIC, format!("0x{GENERATED:08x}"), found);
        }
    }
    match attest.kind {
        Some(ATTEST_CERTIFY) => judge.pass(&step::ATT_TPM_TYPE),
        found => {
            let found = found.map_or_else(cut, |found| format!("0x{found:04x}"));
            judge.fail(
                &step::ATT_TPM_TYPE,
                format!("0x{ATTEST_CERTIFY:04x}"),
                found,
            );
        }
    }
    extra_data(judge, &attest, syntax.algorithm, statement);
    name(judge, &attest, public);
    match &attest.problem {
        None => judge.pass(&step::ATT_TPM_CERT_INFO),
        Some(TpmProblem::Kind { .. }) => {
            judge.skip(&step::ATT_TPM_CERT_INFO, "att.tpm.type failed");
        }
        Some(problem) => {
            let expected = "a TPMS_ATTEST and nothing else";
            judge.lint(&step::ATT_TPM_CERT_INFO, expected, problem.to_string());
        }
    }
}

fn cut_short(problem: Option<&TpmProblem>) -> String {
    problem.map_or_else(String::new, |problem| problem.to_string())
}

/// `extraData` is the digest of what the statement attests, by the hash of the statement's `alg`.
fn extra_data(judge: &mut Judge, attest: &TpmAttest<'_>, number: i64, statement: &Statement<'_>) {
    let Some(hash) = hash_of(number) else {
        let note = format!("no hash is known for algorithm {number}");
        return judge.open(&step::ATT_TPM_EXTRA_DATA, note);
    };
    let expected = digest(hash, &statement.signed_bytes());
    match attest.extra_data {
        Some(found) if found == expected.as_ref() => judge.pass(&step::ATT_TPM_EXTRA_DATA),
        found => {
            let found = found.map_or_else(|| cut_short(attest.problem.as_ref()), hex::encode);
            judge.fail(
                &step::ATT_TPM_EXTRA_DATA,
                hex::encode(expected.as_ref()),
                found,
            );
        }
    }
}

/// The name of an object is its `nameAlg` before the digest of its public area (TPM 2.0 Library
/// Part 1 §16).
fn name(judge: &mut Judge, attest: &TpmAttest<'_>, public: &TpmPublic<'_>) {
    if attest.kind.is_some_and(|kind| kind != ATTEST_CERTIFY) {
        return judge.skip(&step::ATT_TPM_NAME, "att.tpm.type failed");
    }
    let Some(number) = public.name_algorithm else {
        return judge.skip(&step::ATT_TPM_NAME, "att.tpm.pub-area failed");
    };
    let Some(hash) = hash_of_name(number) else {
        let note = format!("unsupported nameAlg 0x{number:04x}");
        return judge.open(&step::ATT_TPM_NAME, note);
    };
    let mut expected = number.to_be_bytes().to_vec();
    expected.extend_from_slice(digest(hash, public.bytes).as_ref());
    match attest.name {
        Some(found) if found == expected => judge.pass(&step::ATT_TPM_NAME),
        found => {
            let found = found.map_or_else(|| cut_short(attest.problem.as_ref()), hex::encode);
            judge.fail(&step::ATT_TPM_NAME, hex::encode(&expected), found);
        }
    }
}

/// The signature over `certInfo`. The text wants a `TPMT_SIGNATURE`, deployed TPMs and the
/// standard's own vector carry what would be inside; both are accepted.
pub(super) fn signature(judge: &mut Judge, syntax: &Syntax<'_>, leaf: &Certificate<'_>) {
    let Some(key) = leaf.key() else {
        let note = "the certificate's key is of an unsupported kind";
        return judge.open(&step::ATT_TPM_SIG, note);
    };
    let number = syntax.algorithm;
    if let Some(bare) = unwrapped(syntax.signature)
        && signature::verify(number, &key, syntax.attest, &bare).is_ok()
    {
        let note = "wrapped in a TPMT_SIGNATURE, where others send the bare signature";
        return judge.observe(&step::ATT_TPM_SIG, note);
    }
    judge_signature(
        judge,
        &step::ATT_TPM_SIG,
        number,
        &key,
        syntax.attest,
        syntax.signature,
    );
}

fn unwrapped(wrapped: &[u8]) -> Option<Vec<u8>> {
    match TpmSignature::decode(wrapped)? {
        TpmSignature::Rsa { signature, .. } => Some(signature.to_vec()),
        TpmSignature::Ecdsa { r, s, .. } => signature::ecdsa_der(r, s),
    }
}

fn hash_of(number: i64) -> Option<&'static digest::Algorithm> {
    Some(match number {
        -7 | -9 | -47 | -257 | -37 => &digest::SHA256,
        -35 | -51 | -258 | -38 => &digest::SHA384,
        -36 | -52 | -259 | -39 => &digest::SHA512,
        -65535 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        _ => return None,
    })
}

fn hash_of_name(number: u16) -> Option<&'static digest::Algorithm> {
    Some(match number {
        algorithm::SHA1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        algorithm::SHA256 => &digest::SHA256,
        algorithm::SHA384 => &digest::SHA384,
        algorithm::SHA512 => &digest::SHA512,
        algorithm::SHA3_256 => &digest::SHA3_256,
        algorithm::SHA3_384 => &digest::SHA3_384,
        algorithm::SHA3_512 => &digest::SHA3_512,
        _ => return None,
    })
}
