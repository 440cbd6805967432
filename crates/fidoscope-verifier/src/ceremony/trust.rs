//! Trust in an attestation (`WebAuthn L3 §7.1 steps 23-24`).

mod compound;
mod supplied;

use fidoscope_recording::{Policy, Recording, UntrustedPolicy};
use fidoscope_webauthn::AttestedCredentialData;

use crate::attestation::Attestation;
use crate::ceremony::metadata;
use crate::facts::certificate::Certificate;
use crate::path::chain::Terms;
use crate::path::{chain, sequence};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

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
        Attestation::Packed(sent) => {
            sequence::judge(judge, sent, true);
            certified(judge, sent, attested, basis);
        }
        Attestation::Certified(sent) => {
            sequence::judge(judge, sent, false);
            certified(judge, sent, attested, basis);
        }
        Attestation::Encoded(ders) => {
            let parsed = ders.iter().filter_map(|der| Certificate::parse(der).ok());
            let sent: Vec<Certificate<'_>> = parsed.collect();
            sequence::judge(judge, &sent, false);
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
    let policy = &basis.recording.policy;
    let ders = match anchors(sent, attested, basis) {
        Ok(ders) if ders.is_empty() => {
            return no_anchors(judge, "no trust anchor is known", policy);
        }
        Ok(ders) => ders,
        Err(problem) => return no_anchors(judge, &problem, policy),
    };
    let parsed: Result<Vec<_>, _> = ders
        .iter()
        .map(|der| Certificate::parse_tolerant(der))
        .collect();
    let anchors = match parsed {
        Ok(anchors) => anchors,
        Err(problem) => return no_anchors(judge, &problem, policy),
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
    let is_open = judge.open_since(mark);
    if (is_open || !trusted) && downgrades(&recording.policy) {
        judge.settle(mark, true);
        downgrade(judge, trusted);
    } else if !trusted {
        judge.sum_up(&step::REG_TRUST, mark);
        refuse(judge);
    } else {
        judge.sum_up(&step::REG_TRUST, mark);
        let missing = match (is_open, judge.is_evaluated(&step::REG_ATT_STMT)) {
            (true, _) => "reg.trust was not evaluated",
            (false, false) => "reg.att-stmt was not evaluated",
            (false, true) => {
                let found = "the attestation is trusted";
                return judge.pass_with(&step::REG_TRUST_UNTRUSTED, found);
            }
        };
        judge.skip(&step::REG_TRUST_UNTRUSTED, missing);
    }
}

/// Whether an attestation that is not trusted counts as none, and none is enough
/// (`WebAuthn L3 §7.1 step 24`). Trusted or not, the ceremony then goes on, so that what would tell may be
/// missing.
fn downgrades(policy: &Policy) -> bool {
    policy.untrusted == Some(UntrustedPolicy::Downgrade) && policy.require_attestation != Some(true)
}

/// `is_possible`: nothing is known to be wrong with the path, only something is missing.
fn downgrade(judge: &mut Judge, is_possible: bool) {
    let (found, told) = if is_possible {
        (
            "not known; downgraded by policy if there is none",
            "treated as trusted, or as if it came without attestation: both are accepted",
        )
    } else {
        (
            "none; downgraded by policy",
            "treated as if it came without attestation",
        )
    };
    judge.warn(&step::REG_TRUST, "a path to an anchor", found);
    judge.observe(&step::REG_TRUST_UNTRUSTED, told);
}

fn refuse(judge: &mut Judge) {
    judge.fail(
        &step::REG_TRUST_UNTRUSTED,
        "a trusted attestation",
        "an untrusted one",
    );
}

/// Missing anchors are a missing input, not a fault of the ceremony; where the policy takes an
/// attestation that is not trusted for none, the verdict can do without.
fn no_anchors(judge: &mut Judge, note: &str, policy: &Policy) {
    if downgrades(policy) {
        judge.skip(&step::REG_TRUST_ANCHORS, note.to_owned());
        return downgrade(judge, true);
    }
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
    let model = basis.context.metadata.and_then(|blob| {
        // The all-zero AAGUID names no model; the keys of its certificates may.
        if attested.aaguid.is_zero() {
            return metadata::model_by_certificates(blob, sent.iter().map(|sent| sent.der));
        }
        blob.model(&attested.aaguid)
    });
    ders.extend(
        model
            .iter()
            .flat_map(fidoscope_metadata::Model::attestation_roots),
    );
    Ok(ders)
}
