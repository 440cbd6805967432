//! Trust in an attestation (`WebAuthn L3 §7.1 steps 23-24`).

mod compound;
mod supplied;

use fidoscope_webauthn::{AttestedCredentialData, Recording, UntrustedPolicy};

use crate::attestation::Attestation;
use crate::certificate::Certificate;
use crate::chain::Terms;
use crate::judge::Judge;
use crate::registry as step;
use crate::{chain, metadata, sequence};

pub(crate) use supplied::{Basis, Supplied};

/// Judges whether the attestation is acceptable.
pub(crate) fn judge(
    judge: &mut Judge,
    attestation: &Attestation<'_>,
    attested: &AttestedCredentialData<'_>,
    basis: &Basis<'_>,
) {
    let policy = &basis.recording.policy;
    match attestation {
        Attestation::None => {
            judge.not_applicable(&step::REG_TRUST_ANCHORS, "attestation of type None");
            if policy.require_attestation == Some(true) {
                judge.fail(&step::REG_TRUST, "an attestation, by policy", "type None");
            } else {
                judge.pass_with(&step::REG_TRUST, "type None, accepted by policy");
            }
            judge.not_applicable(&step::REG_TRUST_UNTRUSTED, "attestation of type None");
        }
        Attestation::SelfSigned => {
            judge.not_applicable(&step::REG_TRUST_ANCHORS, "attestation of type Self");
            if policy.accept_self == Some(false) {
                judge.fail(
                    &step::REG_TRUST,
                    "no self attestation, by policy",
                    "type Self",
                );
            } else {
                judge.pass_with(&step::REG_TRUST, "type Self, accepted by policy");
            }
            judge.not_applicable(&step::REG_TRUST_UNTRUSTED, "attestation of type Self");
        }
        Attestation::Certified(sent) => {
            certified(judge, sent, attested, basis);
        }
        Attestation::Encoded(ders) => {
            let parsed = ders.iter().filter_map(|der| Certificate::parse(der).ok());
            let sent: Vec<Certificate<'_>> = parsed.collect();
            certified(judge, &sent, attested, basis);
        }
        Attestation::Compound(parts) => {
            compound::judge(judge, parts, attested, basis);
        }
    }
}

fn certified(
    judge: &mut Judge,
    sent: &[Certificate<'_>],
    attested: &AttestedCredentialData<'_>,
    basis: &Basis<'_>,
) {
    sequence::judge(judge, sent);
    let ders = match anchors(sent, attested, basis) {
        Ok(ders) if ders.is_empty() => return no_anchors(judge, "no trust anchor is known"),
        Ok(ders) => ders,
        Err(problem) => return no_anchors(judge, &problem),
    };
    let parsed: Result<Vec<_>, _> = ders
        .iter()
        .map(|der| Certificate::parse_tolerant(der))
        .collect();
    let anchors = match parsed {
        Ok(anchors) => anchors,
        Err(problem) => return no_anchors(judge, &problem),
    };
    let count = format!("{} anchors", anchors.len());
    judge.pass_with(&step::REG_TRUST_ANCHORS, count);
    let mark = judge.mark();
    let trusted = path(judge, sent, &anchors, basis);
    conclude(judge, trusted, mark, basis.recording);
}

/// Judges the trust path: `chain.*`.
fn path(
    judge: &mut Judge,
    sent: &[Certificate<'_>],
    anchors: &[Certificate<'_>],
    basis: &Basis<'_>,
) -> bool {
    let recording = basis.recording;
    let now = basis.context.now.or(recording.now);
    let terms = Terms {
        now,
        revocation: &basis.supplied.revocation().at(now),
        legacy: recording.policy.legacy_certificates.unwrap_or_default(),
    };
    chain::judge(judge, sent, anchors, &terms)
}

fn conclude(judge: &mut Judge, trusted: bool, mark: usize, recording: &Recording) {
    if trusted && judge.open_since(mark) {
        judge.sum_up(&step::REG_TRUST, mark);
        judge.skip(&step::REG_TRUST_UNTRUSTED, "reg.trust was not evaluated");
    } else if trusted {
        judge.sum_up(&step::REG_TRUST, mark);
        judge.pass_with(&step::REG_TRUST_UNTRUSTED, "the attestation is trusted");
    } else if recording.policy.untrusted == Some(UntrustedPolicy::Downgrade) {
        judge.soften(mark);
        downgrade(judge);
    } else {
        judge.sum_up(&step::REG_TRUST, mark);
        refuse(judge);
    }
}

fn downgrade(judge: &mut Judge) {
    judge.warn(
        &step::REG_TRUST,
        "a path to an anchor",
        "none; downgraded by policy",
    );
    judge.observe(
        &step::REG_TRUST_UNTRUSTED,
        "treated as if it came without attestation",
    );
}

fn refuse(judge: &mut Judge) {
    judge.fail(
        &step::REG_TRUST_UNTRUSTED,
        "a trusted attestation",
        "an untrusted one",
    );
}

/// Missing anchors are a missing input, not a fault of the ceremony.
fn no_anchors(judge: &mut Judge, note: &str) {
    judge.open(&step::REG_TRUST_ANCHORS, note.to_owned());
    judge.skip(&step::REG_TRUST, "reg.trust-anchors was not evaluated");
    judge.skip(
        &step::REG_TRUST_UNTRUSTED,
        "reg.trust-anchors was not evaluated",
    );
}

fn anchors<'b>(
    sent: &[Certificate<'_>],
    attested: &AttestedCredentialData<'_>,
    basis: &Basis<'b>,
) -> Result<Vec<&'b [u8]>, String> {
    let supplied = basis.supplied.anchors().as_ref().map_err(Clone::clone)?;
    let mut ders: Vec<&[u8]> = supplied.iter().map(Vec::as_slice).collect();
    let entry = basis.context.metadata.and_then(|blob| {
        // The all-zero AAGUID names no model; the keys of its certificates may.
        if attested.aaguid.is_zero() {
            return metadata::entry_by_certificates(blob, sent.iter().map(|sent| sent.der));
        }
        blob.entry(&attested.aaguid)
    });
    if let Some(entry) = entry {
        ders.extend(entry.attestation_roots().iter().map(Vec::as_slice));
    }
    Ok(ders)
}
