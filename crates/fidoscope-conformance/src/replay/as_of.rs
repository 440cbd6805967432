//! A registration judged by the metadata that was in force when it took place.

use chrono::SecondsFormat;
use fidoscope_recording::{Kind, Recording};
use fidoscope_report::{AsOf, AsOfDifference};
use fidoscope_verifier::{Assessor, Context, Enrolment, Trace, verify};
use fidoscope_webauthn::{AttestationObject, AuthenticatorData, base64url};

use super::decided_by;

/// Judges a registration as of its own time, and says in what that differs from `trace`. Nothing
/// can be said of a recording without a time, or of a time from which no BLOB is known.
pub(super) fn judge(
    recording: &Recording,
    context: &Context<'_>,
    trace: &Trace,
    assessor: &Assessor<'_>,
) -> Option<AsOf> {
    if recording.kind != Kind::Registration {
        return None;
    }
    let at = recording.recorded_at.or(recording.now)?;
    let blob = assessor.in_force(at)?;
    let then = verify(
        recording,
        &Context {
            now: Some(at),
            metadata: Some(blob),
            ..*context
        },
    );
    let mut differences = of_the_model(recording, at, assessor);
    let outcome = |trace: &Trace| {
        let step = decided_by(trace).map(|step| format!(" at {step}"));
        format!("{}{}", trace.verdict.word(), step.unwrap_or_default())
    };
    let (before, now) = (outcome(&then), outcome(trace));
    if before != now {
        differences.push(AsOfDifference {
            what: "verdict".to_owned(),
            then: before,
            now,
        });
    }
    Some(AsOf {
        at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
        blob_no: blob.no(),
        verdict: then.verdict,
        step: decided_by(&then).map(str::to_owned),
        differences,
    })
}

/// What the two BLOBs say of the model.
fn of_the_model(
    recording: &Recording,
    at: chrono::DateTime<chrono::Utc>,
    assessor: &Assessor<'_>,
) -> Vec<AsOfDifference> {
    let response = recording.response.credential();
    let response = response.and_then(|credential| credential.authenticator_response());
    let object = response
        .and_then(|response| response.attestation_object.text())
        .and_then(|text| base64url::decode(text).ok());
    let aaguid = object.and_then(|bytes| {
        let object = AttestationObject::decode(&bytes).ok()?;
        let data = object.authenticator_data()?.as_bytes()?;
        Some(AuthenticatorData::decode(data).attested?.aaguid)
    });
    let model = Enrolment {
        aaguid,
        registered_at: Some(at),
        ..Enrolment::default()
    };
    let found = assessor.assess(&model).differences();
    let difference = found.into_iter().map(|found| AsOfDifference {
        what: found.what.to_string(),
        then: found.then,
        now: found.now,
    });
    difference.collect()
}
