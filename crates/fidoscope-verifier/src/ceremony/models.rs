//! Which models a policy accepts. The AAGUID is a claim; only an attestation makes it a fact.

use fidoscope_recording::Recording;
use fidoscope_webauthn::AttestedCredentialData;

use crate::attestation::Attestation;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::trace::Status;

/// Judges the model against the policy's list, as a part of the trust in an attestation
/// (`WebAuthn L3 §7.1 step 24`).
pub(crate) fn judge(
    judge: &mut Judge,
    attestation: &Attestation<'_>,
    attested: &AttestedCredentialData<'_>,
    recording: &Recording,
) {
    let Some(accepted) = &recording.policy.accepted_models else {
        return;
    };
    let model = attested.aaguid;
    if !accepted.contains(&model) {
        let expected = format!("one of {} accepted models", accepted.len());
        return judge.overrule(&step::REG_TRUST, Status::Fail, expected, model.to_string());
    }
    if !attestation.is_certified() {
        let expected = "an attestation that proves the accepted model";
        let found = format!("{model}, which anyone can claim");
        judge.overrule(&step::REG_TRUST, Status::Observation, expected, found);
    }
}
