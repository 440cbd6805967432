//! The metadata BLOB that a recording names, judged as the recording wants.

use chrono::{DateTime, Utc};
use fidoscope_metadata::{AnchorError, Anchors, Blob, BlobError, BlobVerdict, Options, Step};
use fidoscope_recording::{BlobReference, Recording};

/// What is said of a BLOB as a whole. Without anchors in the reference nothing is: then its digest
/// vouches for it.
///
/// # Errors
/// When the reference's anchors are no certificates.
pub fn judge_blob(
    opened: Result<&Blob, &BlobError>,
    reference: &BlobReference,
    recording: &Recording,
    now: DateTime<Utc>,
) -> Result<Vec<Step>, AnchorError> {
    if reference.anchors.is_empty() {
        return Ok(Vec::new());
    }
    let blob = match opened {
        Ok(blob) => blob,
        Err(error) => return Ok(BlobVerdict::unopened(error).steps),
    };
    let anchors = Anchors::from_pem(reference.anchors.join("\n").as_bytes())?;
    let policy = recording.policy.metadata.unwrap_or_default();
    let options = Options {
        crls: reference
            .crls
            .iter()
            .map(|list| list.clone().into_bytes())
            .collect(),
        cached_no: reference.have_no,
        previous: None,
        reject_stale: policy.reject_stale == Some(true),
        blob_url: reference.url.clone(),
    };
    Ok(blob.verify(&anchors, now, &options).steps)
}
