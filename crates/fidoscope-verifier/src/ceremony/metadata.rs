//! What a metadata BLOB says about the model of a registration: `mds.*`. Its rules live in the crate
//! that reads BLOBs; here their outcomes find their place among the other steps. A ceremony that is
//! judged without a BLOB says nothing about them.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use fidoscope_metadata::{Attested, Blob, Model, Observed, Outcome, Step, Strictness};
use fidoscope_recording::Recording;
use fidoscope_webauthn::{AttestedCredentialData, AuthenticatorData};

use crate::Context;
use crate::attestation::Attestation;
use crate::facts::certificate::Certificate;
use crate::verdict::judge::Judge;
use crate::verdict::registry;
use fidoscope_recording::Profile;

/// A model without AAGUID, by the keys of the certificates that were sent (MDS 3.1.1):
/// SHA-1 of the key as RFC 5280 §4.2.1.2 (1) has it.
pub(crate) fn model_by_certificates<'b, 's>(
    blob: &'b Blob,
    mut sent: impl Iterator<Item = &'s [u8]>,
) -> Option<Model<'b>> {
    sent.find_map(|der| {
        let certificate = Certificate::parse_tolerant(der).ok()?;
        let key = certificate.parts.key.bits;
        let identifier = digest(&SHA1_FOR_LEGACY_USE_ONLY, key);
        blob.model_by_key_identifier(&hex::encode(identifier.as_ref()))
    })
}

/// Says what was said of the BLOB, and judges the model by it.
pub(crate) fn judge(
    judge: &mut Judge,
    attestation: &Attestation<'_>,
    (data, attested): (&AuthenticatorData<'_>, &AttestedCredentialData<'_>),
    recording: &Recording,
    context: &Context<'_>,
) {
    // Without attestation the AAGUID is a claim, and no rule is about a claim.
    if matches!(attestation, Attestation::None) {
        return;
    }
    for step in context.metadata_steps {
        tell(judge, step);
    }
    let Some(blob) = context.metadata else {
        return;
    };
    let ders = attestation.ders();
    let chain: Vec<&[u8]> = ders.iter().map(Vec::as_slice).collect();
    let case = Attested {
        aaguid: Some(attested.aaguid),
        key_identifier: None,
        observed: Some(match attestation.is_certified() {
            true => Observed::Certified,
            false => Observed::SelfSigned,
        }),
        chain: &chain,
        algorithm: attested.key.as_ref().and_then(|key| key.algorithm()),
        backup_eligible: data.flags.map(|flags| flags.be()),
    };
    of_the_model(judge, blob, &case, recording, context);
}

fn of_the_model(
    judge: &mut Judge,
    blob: &Blob,
    case: &Attested<'_>,
    recording: &Recording,
    context: &Context<'_>,
) {
    let policy = recording.policy.metadata.unwrap_or_default();
    match context.now.or(recording.now) {
        Some(now) => {
            let verdict = blob.judge_model(case, now.date_naive(), &policy);
            for step in &verdict.steps {
                tell(judge, step);
            }
        }
        None => judge.skip(
            &registry::MDS_STATUS_EFFECTIVE,
            "no instant given, so nobody knows which reports are in force",
        ),
    }
}

/// Puts the outcome of a rule where it stands in this crate's table.
fn tell(judge: &mut Judge, step: &Step) {
    let Some(info) = registry::step(step.id) else {
        return;
    };
    let note = step.note.clone().unwrap_or_default();
    let found = match (&step.found, note.as_str()) {
        (Some(found), "") => found.clone(),
        (Some(found), note) => format!("{found} ({note})"),
        (None, note) => note.to_owned(),
    };
    let expected = step.expected.clone().unwrap_or_default();
    match step.outcome {
        Outcome::Pass if found.is_empty() => judge.pass(info),
        Outcome::Pass => judge.pass_with(info, found),
        Outcome::Fail => judge.fail(info, expected, found),
        Outcome::Warn => judge.warn(info, expected, found),
        Outcome::NotApplicable => judge.not_applicable(info, note),
        Outcome::NotEvaluated => judge.skip(info, note),
        Outcome::Observation => judge.observe(info, found),
    }
    match step.fails_in {
        Some(Strictness::FidoServer) => judge.fails_also_in(Profile::FidoServer),
        Some(Strictness::Strict) => judge.fails_also_in(Profile::Strict),
        Some(Strictness::Standard) | None => {}
    }
}
