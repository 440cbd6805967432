//! Private keys in the `testKeys` member of a recording.

use super::ceremony::Unfit;
use crate::key::TestKey;
use fidoscope_webauthn::Recording;

/// The private key of the credential, if the recording has it.
pub(crate) fn credential_key(_recording: &Recording) -> Result<Option<TestKey>, Unfit> {
    Ok(None)
}
