//! Unsigned copies that the JSON of a registration may carry (`WebAuthn L3 §5.2.1.1`). The
//! attestation object counts; a copy that differs is a fault in the profile `strict` only.

use fidoscope_recording::{AuthenticatorResponse, Member};
use fidoscope_webauthn::{AuthenticatorData, base64url};
use serde_json::Value;

use crate::facts::cose;
use crate::facts::signature::PublicKey;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// Compares the copies with what is attested.
pub(crate) fn judge(
    judge: &mut Judge,
    data: &AuthenticatorData<'_>,
    response: &AuthenticatorResponse,
) {
    let AuthenticatorResponse {
        authenticator_data,
        public_key,
        public_key_algorithm,
        ..
    } = response;
    if authenticator_data.is_missing() && public_key.is_missing() && public_key_algorithm.is_none()
    {
        return judge.not_applicable(&step::ENV_COPIES, "the response carries no copies");
    }
    let key = data.attested.as_ref().and_then(|found| found.key.as_ref());
    let algorithm = key.and_then(fidoscope_webauthn::CoseKey::algorithm);
    let same_data = match authenticator_data {
        Member::Missing => true,
        copy => copy.text() == Some(&base64url::encode(data.bytes)),
    };
    let same_algorithm = public_key_algorithm
        .as_ref()
        .is_none_or(|copy| copy.as_i64() == algorithm);
    let same_key = match public_key {
        // Clients leave out, or say null for, a key that they cannot express.
        Member::Missing | Member::Other(Value::Null) => true,
        copy => holds(copy, key.and_then(cose::public_key).as_ref()),
    };
    let compared = [
        ("authenticatorData", same_data),
        ("publicKey", same_key),
        ("publicKeyAlgorithm", same_algorithm),
    ];
    let differ: Vec<&str> = compared
        .iter()
        .filter(|(_, same)| !same)
        .map(|(name, _)| *name)
        .collect();
    if differ.is_empty() {
        judge.pass(&step::ENV_COPIES);
    } else {
        let expected = "copies that say what the attestation object says";
        let found = format!("others: {}", differ.join(", "));
        judge.lint(&step::ENV_COPIES, expected, found);
    }
}

/// Whether a `SubjectPublicKeyInfo` is one of this key: its bit string comes last.
fn holds(copy: &Member, key: Option<&PublicKey<'_>>) -> bool {
    let Some(Ok(info)) = copy.text().map(base64url::decode) else {
        return false;
    };
    match key {
        Some(PublicKey::Ec { point, .. }) => info.ends_with(point),
        Some(
            PublicKey::Ed25519(bytes) | PublicKey::Ed448(bytes) | PublicKey::MlDsa { bytes, .. },
        ) => info.ends_with(bytes),
        Some(PublicKey::Rsa { n, e }) => {
            info.ends_with(e) && info.windows(n.len().max(1)).any(|part| part == *n)
        }
        None => false,
    }
}
