//! One thing that somebody does, before any log has words for it.

use crate::fleet::{Credential, Segment};
use crate::place::{Device, Place};

/// Why something failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// Canonical code.
    pub(crate) code: &'static str,
    /// `client`, `server`, `policy`, `network` or `unknown`.
    pub(crate) side: &'static str,
    /// The words of the relying party.
    pub(crate) words: &'static str,
    pub(crate) share: u32,
}

/// How a ceremony ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Success,
    Failure(&'static Reason),
    /// The attestation was not accepted.
    Rejection(&'static Reason),
    /// Nothing comes back.
    Silence,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    SignIn(Ending),
    Registration(Ending),
    /// A page with passkey autofill is loaded: a challenge that nobody may ever answer.
    PageLoad,
    /// Recovery is asked for and, after so many milliseconds, done.
    Recovery(Option<u32>),
    Removal,
    Fallback(&'static str),
    SyncSignal,
    Ticket,
    PromptSkipped,
    /// Something that has nothing to do with passkeys.
    Unrelated(u32),
}

/// Somebody does something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Act {
    /// When it begins, milliseconds of the epoch.
    pub(crate) at: i64,
    /// Unique in its log.
    pub(crate) id: u64,
    pub(crate) what: What,
    pub(crate) user: [u8; 16],
    pub(crate) segment: Segment,
    pub(crate) credential: Credential,
    pub(crate) place: &'static Place,
    pub(crate) host: u8,
    pub(crate) device: &'static Device,
    /// Where the authenticator was, as the browser saw it.
    pub(crate) transport: &'static str,
    /// First half of the challenge's digest.
    pub(crate) challenge: [u8; 16],
    /// When the challenge was issued.
    pub(crate) issued: i64,
    /// Names the ceremony; the identifier of the act that issued the challenge.
    pub(crate) ceremony: u64,
    /// From the challenge to its answer.
    pub(crate) took_ms: u32,
    /// In the server's handler, microseconds.
    pub(crate) server_us: u32,
    /// Counter before and after.
    pub(crate) stored: u32,
    pub(crate) count: u32,
    pub(crate) user_verified: bool,
    pub(crate) conditional: bool,
    /// Whether the start is written to the log too.
    pub(crate) started: bool,
    /// Whether a careless log shipper delivers the last line twice.
    pub(crate) twice: bool,
    /// Whether a label speaks of it, so that its lines stay readable.
    pub(crate) labelled: bool,
}

impl Act {
    /// When it is over.
    pub(crate) fn end(&self) -> i64 {
        self.at + i64::from(self.took_ms)
    }
}

const fn reason(code: &'static str, side: &'static str, words: &'static str, share: u32) -> Reason {
    Reason {
        code,
        side,
        words,
        share,
    }
}

/// Why sign-ins fail on an ordinary day.
pub(crate) const SIGN_IN_REASONS: [Reason; 7] = [
    reason(
        "client_not_allowed_or_cancelled",
        "client",
        "NotAllowedError: The operation either timed out or was not allowed.",
        46,
    ),
    reason(
        "challenge_missing_or_expired",
        "server",
        "No challenge is open for this session",
        20,
    ),
    reason(
        "user_not_verified",
        "client",
        "User verification required, but user could not be verified",
        12,
    ),
    reason("credential_unknown", "unknown", "Unknown credential", 14),
    reason(
        "signature_invalid",
        "server",
        "Could not verify authentication signature",
        3,
    ),
    reason(
        "origin_mismatch",
        "client",
        "Unexpected authentication response origin",
        3,
    ),
    reason(
        "user_handle_mismatch",
        "server",
        "User handle does not own the credential",
        2,
    ),
];

/// Why registrations fail on an ordinary day.
pub(crate) const REGISTRATION_REASONS: [Reason; 4] = [
    reason(
        "client_not_allowed_or_cancelled",
        "client",
        "NotAllowedError: The operation either timed out or was not allowed.",
        55,
    ),
    reason(
        "credential_already_registered",
        "client",
        "InvalidStateError: The authenticator was previously registered",
        25,
    ),
    reason(
        "challenge_missing_or_expired",
        "server",
        "No challenge is open for this session",
        15,
    ),
    reason(
        "origin_mismatch",
        "client",
        "Unexpected registration response origin",
        5,
    ),
];

/// Why attestation is refused now and then.
pub(crate) const REFUSED: Reason = reason(
    "aaguid_not_allowed",
    "policy",
    "AAGUID was not expected value",
    1,
);

/// Why the attestation of one model is refused while the incident lasts.
pub(crate) const UNTRUSTED: Reason = reason(
    "attestation_untrusted",
    "policy",
    "Certificate chain could not be validated: no trust anchor for the issuer",
    1,
);
