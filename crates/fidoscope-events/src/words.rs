//! The closed vocabularies of the event table.

use crate::Column;

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

/// Columns of text that have a closed set of words, beside kind, outcome and ceremony. Another word
/// is kept as it is, and nothing that looks for one of these finds it.
pub const CLOSED: &[(Column, &[&str])] = &[
    (
        Column::Role,
        &["primary", "second_factor", "step_up", "recovery"],
    ),
    (
        Column::FailureSide,
        &["client", "server", "policy", "network", "unknown"],
    ),
    (
        Column::UserSegment,
        &[
            "admin",
            "workforce",
            "consumer",
            "service",
            "guest",
            "unknown",
        ],
    ),
    (
        Column::CredentialKind,
        &[
            "passkey_synced",
            "passkey_device_bound",
            "security_key",
            "platform",
            "u2f",
            "unknown",
        ],
    ),
    (
        Column::AttestationType,
        &["basic", "self", "attca", "anonca", "none"],
    ),
    (
        Column::AttestationTrust,
        &["trusted", "untrusted", "not_checked", "rejected"],
    ),
    (Column::Attachment, &["platform", "cross-platform"]),
    (
        Column::Transports,
        &["usb", "nfc", "ble", "smart-card", "hybrid", "internal"],
    ),
    (
        Column::UvRequired,
        &["required", "preferred", "discouraged"],
    ),
    (Column::DeviceClass, &["desktop", "mobile", "tablet", "bot"]),
    (
        Column::FallbackMethod,
        &[
            "password",
            "totp",
            "sms",
            "email",
            "push",
            "recovery_code",
            "tap",
        ],
    ),
];

/// The entry of `words` that equals `text`, with the lifetime of the list.
pub(crate) fn known(words: &'static [&'static str], text: &str) -> Option<&'static str> {
    words.iter().copied().find(|word| *word == text)
}
