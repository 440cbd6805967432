//! Extension outputs (`WebAuthn L3 §7.1 step 28`, `§7.2 step 23`). Level 2 checks them before the
//! cryptography, Level 3 last.

use fidoscope_webauthn::{AuthenticatorData, Credential, ExtensionPolicy, Recording};

use crate::judge::Judge;
use crate::registry::StepInfo;

/// Reads `clientExtensionResults`; nothing about it can fail.
pub(crate) fn results(judge: &mut Judge, credential: &Credential, step: &'static StepInfo) {
    match &credential.client_extension_results {
        Some(value) if value.is_object() => judge.pass(step),
        Some(_) => judge.observe(step, "clientExtensionResults is no object"),
        None => judge.observe(step, "no clientExtensionResults"),
    }
}

/// Judges outputs that nobody asked for.
pub(crate) fn judge(
    judge: &mut Judge,
    recording: &Recording,
    credential: &Credential,
    data: Option<&AuthenticatorData<'_>>,
    step: &'static StepInfo,
) {
    let asked = recording.options.extensions.as_ref();
    let client = credential
        .client_extension_results
        .as_ref()
        .and_then(|value| value.as_object());
    let authenticator = data
        .and_then(|data| data.extensions.as_ref())
        .and_then(|e| e.names());
    let client_names = client
        .into_iter()
        .flat_map(|results| results.keys().map(String::as_str));
    let unsolicited: Vec<&str> = client_names
        .chain(authenticator.into_iter().flatten())
        .filter(|name| !asked.is_some_and(|asked| asked.contains_key(*name)))
        .collect();
    match (unsolicited.as_slice(), recording.policy.extensions) {
        ([], _) => judge.pass(step),
        (names, Some(ExtensionPolicy::RejectUnsolicited)) => {
            judge.fail(
                step,
                "outputs of extensions that were asked for",
                names.join(", "),
            );
        }
        (names, _) => judge.observe(step, format!("nobody asked for {}", names.join(", "))),
    }
}
