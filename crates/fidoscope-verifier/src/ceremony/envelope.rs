//! The JSON around the signed bytes: `env.*`. What it yields are the facts of every later rule.

use std::borrow::Cow;

use fidoscope_recording::{
    AuthenticatorResponse, Credential, CredentialBody, Kind, Member, Recording,
};
use fidoscope_webauthn::base64url;

use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::registry::StepInfo;

/// Bytes that the response carried; a member that was wrong is absent.
#[derive(Default)]
pub(crate) struct Envelope<'r> {
    pub(crate) credential: Option<&'r Credential>,
    pub(crate) response: Option<&'r AuthenticatorResponse>,
    /// `rawId`, exact base64url: one text for the same bytes, so that texts can be compared.
    pub(crate) raw_id: Option<&'r str>,
    pub(crate) client_data: Option<Vec<u8>>,
    pub(crate) attestation_object: Option<Vec<u8>>,
    pub(crate) authenticator_data: Option<Vec<u8>>,
    pub(crate) signature: Option<Vec<u8>>,
    /// The user handle, exact base64url.
    pub(crate) user_handle: Option<&'r str>,
}

/// `WebAuthn L3 §7.1 step 2`, `§7.2 step 2`: where the client's promise was rejected, or came to no
/// credential, the relying party aborts the ceremony, and no later step has anything to look at.
pub(crate) fn is_refusal(
    judge: &mut Judge,
    recording: &Recording,
    step: &'static StepInfo,
) -> bool {
    let Some(refusal) = recording.response.refusal() else {
        judge.pass(step);
        return false;
    };
    judge.fail(
        step,
        "a credential",
        format!("the client refused: {refusal}"),
    );
    true
}

/// Judges the envelope and decodes what is inside.
pub(crate) fn open<'r>(judge: &mut Judge, body: &'r CredentialBody, kind: Kind) -> Envelope<'r> {
    let mut envelope = Envelope::default();
    let credential = match body {
        CredentialBody::Object(credential) => credential,
        CredentialBody::Other(value) => {
            let found = if value.is_array() {
                "array"
            } else {
                "no object"
            };
            judge.fail(&step::ENV_JSON, "a JSON object", found);
            return envelope;
        }
    };
    envelope.credential = Some(credential);
    let inner = credential.authenticator_response();
    envelope.response = inner;
    let twice = inner
        .into_iter()
        .flat_map(|r| &r.duplicates)
        .chain(&credential.duplicates)
        .next();
    match twice {
        None => judge.pass(&step::ENV_JSON),
        Some(name) => judge.lint(
            &step::ENV_JSON,
            "every member once",
            format!("`{name}` came twice"),
        ),
    }
    match credential.kind.text() {
        Some("public-key") => judge.pass(&step::ENV_TYPE),
        _ => judge.fail(&step::ENV_TYPE, "\"public-key\"", show(&credential.kind)),
    }
    match inner {
        Some(response) => members(judge, response, kind, &mut envelope),
        None => judge.fail(
            &step::ENV_RESPONSE,
            "`response`, an object",
            credential.response.kind(),
        ),
    }
    ids(judge, credential, &mut envelope);
    if let (Some(response), Kind::Authentication) = (inner, kind) {
        user_handle(judge, response, &mut envelope);
    }
    envelope
}

/// Which response the members make: the wrong one belongs to the step about its type.
pub(crate) fn is_assertion(response: &AuthenticatorResponse) -> bool {
    response.attestation_object.is_missing()
        && !response.authenticator_data.is_missing()
        && !response.signature.is_missing()
}

fn ids<'r>(judge: &mut Judge, credential: &'r Credential, envelope: &mut Envelope<'r>) {
    let raw = length("rawId", &credential.raw_id);
    let alike = credential.id.text().is_some() && credential.id == credential.raw_id;
    let id = match &raw {
        Ok(_) if alike => Ok(()),
        _ => length("id", &credential.id).map(drop),
    };
    match (id, &raw) {
        (Err(found), _) => judge.fail(&step::ENV_ID, "`id`, unpadded base64url", found),
        (Ok(()), Ok(_)) if alike => judge.pass(&step::ENV_ID),
        (Ok(()), Ok(_)) => judge.fail(&step::ENV_ID, "`id` and `rawId` alike", "different bytes"),
        (Ok(()), Err(found)) => {
            judge.fail(&step::ENV_ID, "`rawId`, unpadded base64url", found.clone());
        }
    }
    envelope.raw_id = credential.raw_id.text().filter(|_| raw.is_ok());
}

fn members(
    judge: &mut Judge,
    response: &AuthenticatorResponse,
    kind: Kind,
    envelope: &mut Envelope<'_>,
) {
    let mark = judge.mark();
    let registration = match kind {
        Kind::Registration => !is_assertion(response),
        Kind::Authentication => !response.attestation_object.is_missing(),
    };
    let mut take = |name: &'static str, member: &Member| match bytes(name, member) {
        Ok(bytes) if !bytes.is_empty() => Some(bytes),
        Ok(_) => {
            judge.fail(
                &step::ENV_RESPONSE,
                format!("`{name}`, not empty"),
                "no bytes",
            );
            None
        }
        Err(found) => {
            judge.fail(
                &step::ENV_RESPONSE,
                format!("`{name}`, unpadded base64url"),
                found,
            );
            None
        }
    };
    envelope.client_data = take("clientDataJSON", &response.client_data_json);
    if registration {
        envelope.attestation_object = take("attestationObject", &response.attestation_object);
    } else {
        envelope.authenticator_data = take("authenticatorData", &response.authenticator_data);
        envelope.signature = take("signature", &response.signature);
    }
    if judge.failed_since(mark).is_none() {
        judge.pass(&step::ENV_RESPONSE);
    }
}

fn user_handle<'r>(
    judge: &mut Judge,
    response: &'r AuthenticatorResponse,
    envelope: &mut Envelope<'r>,
) {
    if response.user_handle.is_missing() || response.user_handle.kind() == "null" {
        judge.not_applicable(&step::ENV_USER_HANDLE, "no user handle");
        return;
    }
    match length("userHandle", &response.user_handle) {
        Ok(length) => {
            if (1..=64).contains(&length) {
                judge.pass(&step::ENV_USER_HANDLE);
            } else {
                let found = format!("{length} bytes");
                judge.lint(&step::ENV_USER_HANDLE, "1 to 64 bytes", found);
            }
            envelope.user_handle = response.user_handle.text();
        }
        Err(found) => judge.fail(&step::ENV_USER_HANDLE, "unpadded base64url", found),
    }
}

fn bytes(name: &str, member: &Member) -> Result<Vec<u8>, Cow<'static, str>> {
    decoded(name, member, base64url::decode)
}

/// For members of which only the text counts later.
fn length(name: &str, member: &Member) -> Result<usize, Cow<'static, str>> {
    decoded(name, member, base64url::decoded_len)
}

fn decoded<T>(
    name: &str,
    member: &Member,
    decode: fn(&str) -> Result<T, base64url::Base64UrlError>,
) -> Result<T, Cow<'static, str>> {
    match member {
        Member::Text(text) => decode(text).map_err(|error| format!("{name}: {error}").into()),
        other => Err(other.kind().into()),
    }
}

fn show(member: &Member) -> Cow<'static, str> {
    match member.text() {
        Some(text) => format!("{text:?}").into(),
        None => member.kind().into(),
    }
}
