//! What the exception of a client says about a ceremony that it did not complete.

use fidoscope_recording::{Kind, Recording};

use super::causes::Cause;

/// The cause that the exception stands for (`WebAuthn L3 §5.1.3`, `§5.1.4`, "Exceptions").
pub(super) fn cause(recording: &Recording) -> Option<Cause> {
    let name = recording.response.refusal()?.to_string();
    let (why, usual) = match (name.as_str(), recording.kind) {
        ("NotAllowedError", _) => (
            "The user cancelled, the time ran out, or there was no suitable authenticator; clients \
             give one name to all of them so that pages learn nothing about the user",
            "Offer the user another try; look at the timeout when many end like this",
        ),
        ("InvalidStateError", Kind::Registration) => (
            "The authenticator holds a credential of excludeCredentials already, and the user agreed \
             to tell",
            "Tell the user that this authenticator is registered; there is nothing to mend",
        ),
        ("SecurityError", _) => (
            "The RP ID does not suit the origin of the page, or the page is not in a secure context",
            "Use an RP ID that is the page's domain or a parent of it, and serve the page over https",
        ),
        ("AbortError", _) => (
            "The page took its request back with an AbortSignal, for instance because it began \
             another",
            "Begin no second request while one is open, unless it replaces a conditional one",
        ),
        ("NotSupportedError", Kind::Registration) => (
            "No entry of pubKeyCredParams is of type public-key with an algorithm that the \
             authenticator has",
            "Offer the algorithms -7 and -257",
        ),
        ("ConstraintError", Kind::Registration) => (
            "A discoverable credential or user verification was required, and the authenticator \
             cannot do it",
            "Ask for it as \"preferred\", or have the user take another authenticator",
        ),
        ("TypeError" | "DataError" | "EncodingError", _) => (
            "The options could not be read: a member is missing or of another type, such as text \
             where the API wants bytes",
            "Make the options with PublicKeyCredential.parseCreationOptionsFromJSON() or \
             parseRequestOptionsFromJSON()",
        ),
        ("no credential", _) => (
            "There is neither a credential nor the name of an exception: a client answers null when it \
             finds nothing and may not ask the user, and pages write null for an exception that they \
             caught",
            "Record the name of the exception with which the promise was rejected",
        ),
        _ => return None,
    };
    Some(Cause::with(why, usual))
}
