//! Trust in the parts of a compound attestation (`WebAuthn L3 §8.9`): the policy that says how many
//! must verify says how many must be acceptable.

use fidoscope_webauthn::AttestedCredentialData;

use super::{Basis, anchors, downgrades, path};
use crate::attestation::Attestation;
use crate::facts::certificate::Certificate;
use crate::path::sequence;
use crate::verdict::judge::Judge;
use crate::verdict::part::Part;
use crate::verdict::parts::Tally;
use crate::verdict::registry as step;
use crate::verdict::trace::Status;
use fidoscope_recording::Profile;

pub(super) fn judge(
    judge: &mut Judge,
    parts: &[(u8, Attestation<'_>)],
    attested: &AttestedCredentialData<'_>,
    basis: &Basis<'_>,
) {
    let recording = basis.recording;
    // A part by an authenticator without AAGUID has no place beside parts that have one.
    let ders = anchors(&[], attested, basis);
    let parsed: Result<Vec<_>, String> = match &ders {
        Ok(ders) => ders.iter().map(|der| Certificate::parse(der)).collect(),
        Err(problem) => Err(problem.clone()),
    };
    let anchors: &[Certificate<'_>] = parsed.as_deref().unwrap_or_default();
    let mark = judge.mark();
    let mut tally = Tally::new(recording.policy.compound.unwrap_or_default());
    for (index, attestation) in parts {
        let part = judge_part(judge, (*index, attestation), anchors, basis);
        tally.add(*index, part);
    }
    let status = tally.enough(Profile::WebauthnL3);
    let is_downgraded = status != Status::Pass && downgrades(&recording.policy);
    judge.settle(mark, tally.tolerates_faults() || is_downgraded);
    match &parsed {
        _ if !parts.iter().any(|(_, part)| part.is_certified()) => {
            judge.not_applicable(&step::REG_TRUST_ANCHORS, "no part has a certificate");
        }
        Ok(anchors) if !anchors.is_empty() => {
            let count = format!("{} anchors", anchors.len());
            judge.pass_with(&step::REG_TRUST_ANCHORS, count);
        }
        missing => {
            let note = missing
                .as_ref()
                .err()
                .map_or("no trust anchor is known", |note| note);
            judge.skip(&step::REG_TRUST_ANCHORS, note.to_owned());
        }
    }
    if is_downgraded {
        super::downgrade(judge, status != Status::Fail);
        return;
    }
    tally.judge_enough(judge, &step::REG_TRUST);
    match status {
        Status::Pass if !judge.is_evaluated(&step::REG_ATT_STMT) => {
            judge.skip(&step::REG_TRUST_UNTRUSTED, "reg.att-stmt was not evaluated");
        }
        Status::Pass => {
            judge.pass_with(&step::REG_TRUST_UNTRUSTED, "the attestation is trusted");
        }
        Status::Fail => super::refuse(judge),
        _ => judge.skip(&step::REG_TRUST_UNTRUSTED, "reg.trust was not evaluated"),
    }
}

/// Whether one part is acceptable.
fn judge_part(
    judge: &mut Judge,
    (index, attestation): (u8, &Attestation<'_>),
    anchors: &[Certificate<'_>],
    basis: &Basis<'_>,
) -> Part {
    let policy = &basis.recording.policy;
    match attestation {
        Attestation::None if policy.require_attestation == Some(true) => {
            Part::refused("type None, refused by policy")
        }
        Attestation::SelfSigned if policy.accept_self == Some(false) => {
            Part::refused("type Self, refused by policy")
        }
        Attestation::None | Attestation::SelfSigned => Part::SOUND,
        Attestation::Packed(_) | Attestation::Certified(_) | Attestation::Encoded(_)
            if anchors.is_empty() =>
        {
            Part::unknown(step::REG_TRUST_ANCHORS.id)
        }
        Attestation::Packed(sent) => judge_path(judge, (index, true), sent, anchors, basis),
        Attestation::Certified(sent) => judge_path(judge, (index, false), sent, anchors, basis),
        Attestation::Encoded(ders) => {
            let parsed = ders.iter().filter_map(|der| Certificate::parse(der).ok());
            let sent: Vec<Certificate<'_>> = parsed.collect();
            judge_path(judge, (index, false), &sent, anchors, basis)
        }
        // The format refuses to be nested.
        Attestation::Compound(_) => Part::refused(step::ATT_COMPOUND_NESTED.id),
    }
}

fn judge_path(
    judge: &mut Judge,
    (index, is_packed): (u8, bool),
    sent: &[Certificate<'_>],
    anchors: &[Certificate<'_>],
    basis: &Basis<'_>,
) -> Part {
    let mark = judge.mark();
    let before = judge.anchor.take();
    judge.enter_part(index);
    sequence::judge(judge, sent, is_packed);
    path(judge, sent, anchors, basis);
    judge.leave_part();
    // One anchor is named; one that was made for tests must not go unnoticed.
    judge.anchor = match before {
        Some(before) if before.test => Some(before),
        before => judge.anchor.take().or(before),
    };
    judge.part_since(mark)
}
