//! The closed vocabularies of the event table.

/// Every canonical kind.
pub const KINDS: &[&str] = &[
    "registration.started",
    "registration.completed",
    "registration.failed",
    "authentication.started",
    "authentication.completed",
    "authentication.failed",
    "ceremony.abandoned",
    "challenge.issued",
    "credential.removed",
    "credential.revoked",
    "credential.suspended",
    "credential.updated",
    "credential.snapshot",
    "recovery.requested",
    "recovery.completed",
    "recovery_code.used",
    "fallback.used",
    "attestation.rejected",
    "prompt.shown",
    "prompt.skipped",
    "sync.signal",
    "sync.error",
    "support.ticket",
    "policy.changed",
    "session.started",
    "session.ended",
    "other",
];

/// Every outcome.
pub const OUTCOMES: &[&str] = &["success", "failure", "abandoned", "challenge", "unknown"];

/// Every value of `ceremony`.
pub const CEREMONIES: &[&str] = &["create", "get", "none"];

/// The entry of `words` that equals `text`, with the lifetime of the list.
pub(crate) fn known(words: &'static [&'static str], text: &str) -> Option<&'static str> {
    words.iter().copied().find(|word| *word == text)
}
