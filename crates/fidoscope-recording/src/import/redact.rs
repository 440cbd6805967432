//! Takes what names a person out of a recording. Signatures do not cover it, so verdicts stay.

use aws_lc_rs::digest::{SHA256, digest};
use fidoscope_webauthn::base64url;

use crate::{Recording, ResponseBody};

/// Drops the account's names and the relying party's reason, and puts a hash in the place of every
/// user handle, the same one for the same handle, so that rules that compare handles still hold.
pub fn redact(recording: &mut Recording) {
    if let Some(user) = &mut recording.options.user {
        user.name = None;
        user.display_name = None;
        hide(&mut user.id);
    }
    for handle in [
        recording
            .user
            .as_mut()
            .and_then(|user| user.handle.as_mut()),
        recording
            .record
            .as_mut()
            .and_then(|record| record.user_handle.as_mut()),
    ]
    .into_iter()
    .flatten()
    {
        hide(handle);
    }
    if let Some(credential) = recording.response.credential_mut()
        && let ResponseBody::Object(response) = &mut credential.response
        && let Some(handle) = response.user_handle.text().map(str::to_owned)
    {
        let mut handle = handle;
        hide(&mut handle);
        response.user_handle = handle.into();
    }
    if let Some(decision) = &mut recording.decision {
        decision.reason = None;
    }
    recording.source = None;
}

/// The hash of a handle's bytes; what is no base64url stays, as a rule complains about it.
fn hide(handle: &mut String) {
    if let Ok(bytes) = base64url::decode(handle) {
        *handle = base64url::encode(digest(&SHA256, &bytes).as_ref());
    }
}
