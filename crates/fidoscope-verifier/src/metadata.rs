//! What a metadata BLOB says about the model of a registration: `mds.*`. The BLOB itself, its
//! signature and its age, was judged when it was opened; a ceremony that is judged without one says
//! nothing about these steps.

use fidoscope_metadata::Blob;
use fidoscope_webauthn::AttestedCredentialData;

use crate::judge::Judge;
use crate::registry as step;
use crate::registry::StepInfo;

/// Rules about a model's reports and statement. A BLOB gives a replay its anchors; these rules need
/// the day of judgement and the reports in force on it, which is the work of an audit.
static OF_THE_MODEL: [&StepInfo; 11] = [
    &step::MDS_STATUS_REVOKED,
    &step::MDS_STATUS_RETIRED,
    &step::MDS_STATUS_ATT_KEY_COMPROMISE,
    &step::MDS_STATUS_UV_BYPASS,
    &step::MDS_STATUS_REMOTE_COMPROMISE,
    &step::MDS_STATUS_PHYSICAL_COMPROMISE,
    &step::MDS_STATUS_UPDATE_AVAILABLE,
    &step::MDS_STMT_ATT_TYPES,
    &step::MDS_STMT_ALGS,
    &step::MDS_STMT_VERSION,
    &step::MDS_STMT_MULTI_DEVICE,
];

/// Says what the BLOB was good for.
pub(crate) fn judge(judge: &mut Judge, blob: Option<&Blob>, attested: &AttestedCredentialData<'_>) {
    let Some(blob) = blob else { return };
    if attested.aaguid.is_zero() {
        let found = "no model, so no entry";
        return judge.pass_with(&step::MDS_ENTRY_ZERO_AAGUID, found);
    }
    let Some(entry) = blob.entry(&attested.aaguid) else {
        return judge.skip(
            &step::MDS_ENTRY_IDENTITY,
            "the BLOB has no entry of the model",
        );
    };
    judge.pass_with(&step::MDS_ENTRY_IDENTITY, attested.aaguid.to_string());
    let roots = format!("{} anchors", entry.attestation_roots().len());
    judge.pass_with(&step::MDS_STMT_ROOTS, roots);
    for step in OF_THE_MODEL {
        judge.skip(step, "a replay takes anchors from the BLOB, no reports");
    }
}
