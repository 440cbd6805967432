//! What is counted, as data: the predicate of a counter is its definition.

/// What a counter counts rows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The event table, every `event_id` once. An event belongs to the window that holds its `ts`.
    Events,
    /// The ledger of ceremonies that [`crate::ledger_sql`] makes of the event table. A ceremony
    /// belongs to the window that holds its `closed_ts`, so that a closed window never changes.
    Ledger,
}

/// One number that an engine counts per source (and group).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// Registrations that have a start.
    RegistrationStarts,
    /// Registrations that have a start and an end that belong together.
    RegistrationPaired,
    /// Registrations that succeeded.
    RegistrationCompleted,
    /// Registrations whose response reached the server and was refused.
    RegistrationFailed,
    /// Registrations that were given up, or had no end when their timeout passed.
    RegistrationAbandoned,
    /// Registrations that still may end.
    RegistrationPending,
    /// Refused registrations where attestation was the reason.
    RegistrationAttestationRejected,
    /// Refused registrations of which the source does not say why.
    RegistrationUnexplained,
    /// Authentications that have a start.
    AuthenticationStarts,
    /// Authentications that have a start and an end that belong together.
    AuthenticationPaired,
    /// Authentications that succeeded.
    AuthenticationCompleted,
    /// Authentications whose response reached the server and was refused.
    AuthenticationFailed,
    /// Authentications that were given up, or had no end when their timeout passed.
    AuthenticationAbandoned,
    /// Authentications that still may end.
    AuthenticationPending,
    /// Refused authentications where the signature was the reason.
    AuthenticationSignatureFailed,
    /// Refused authentications of which the source does not say why.
    AuthenticationUnexplained,
    /// Successful interactive authentications.
    InteractiveAuthentications,
    /// Those of them that carry the time from challenge to verdict.
    InteractiveAuthenticationsTimed,
    /// Registration responses that the server handled.
    RegistrationsHandled,
    /// Those of them that carry the time of the handler.
    RegistrationsHandledTimed,
    /// Authentication responses that the server handled.
    AuthenticationsHandled,
    /// Those of them that carry the time of the handler.
    AuthenticationsHandledTimed,
    /// Recovery flows asked for, and support tickets about lost credentials.
    RecoveryRequests,
    /// Credentials removed or revoked.
    Revocations,
    /// Errors of credential synchronisation.
    SyncErrors,
}

impl Counter {
    /// Every counter.
    pub const ALL: [Self; 25] = [
        Self::RegistrationStarts,
        Self::RegistrationPaired,
        Self::RegistrationCompleted,
        Self::RegistrationFailed,
        Self::RegistrationAbandoned,
        Self::RegistrationPending,
        Self::RegistrationAttestationRejected,
        Self::RegistrationUnexplained,
        Self::AuthenticationStarts,
        Self::AuthenticationPaired,
        Self::AuthenticationCompleted,
        Self::AuthenticationFailed,
        Self::AuthenticationAbandoned,
        Self::AuthenticationPending,
        Self::AuthenticationSignatureFailed,
        Self::AuthenticationUnexplained,
        Self::InteractiveAuthentications,
        Self::InteractiveAuthenticationsTimed,
        Self::RegistrationsHandled,
        Self::RegistrationsHandledTimed,
        Self::AuthenticationsHandled,
        Self::AuthenticationsHandledTimed,
        Self::RecoveryRequests,
        Self::Revocations,
        Self::SyncErrors,
    ];

    /// Name of the column that holds the count.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.definition().0
    }

    /// What rows are counted.
    #[must_use]
    pub fn relation(self) -> Relation {
        self.definition().1
    }

    /// SQL condition on a row of the relation; a row counts where it is true.
    #[must_use]
    pub fn predicate(self) -> &'static str {
        self.definition().2
    }

    /// All counters of one relation.
    pub fn of(relation: Relation) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |counter| counter.relation() == relation)
    }

    fn definition(self) -> (&'static str, Relation, &'static str) {
        match self {
            Self::RegistrationStarts
            | Self::RegistrationPaired
            | Self::RegistrationCompleted
            | Self::RegistrationFailed
            | Self::RegistrationAbandoned
            | Self::RegistrationPending
            | Self::RegistrationAttestationRejected
            | Self::RegistrationUnexplained => self.registration(),
            Self::AuthenticationStarts
            | Self::AuthenticationPaired
            | Self::AuthenticationCompleted
            | Self::AuthenticationFailed
            | Self::AuthenticationAbandoned
            | Self::AuthenticationPending
            | Self::AuthenticationSignatureFailed
            | Self::AuthenticationUnexplained => self.authentication(),
            _ => self.event(),
        }
    }

    fn registration(self) -> (&'static str, Relation, &'static str) {
        let (name, predicate) = match self {
            Self::RegistrationStarts => {
                ("registration_starts", "ceremony = 'create' and has_start")
            }
            Self::RegistrationPaired => (
                "registration_paired",
                "ceremony = 'create' and has_start and has_end",
            ),
            Self::RegistrationCompleted => (
                "registration_completed",
                "ceremony = 'create' and state = 'completed'",
            ),
            Self::RegistrationAbandoned => (
                "registration_abandoned",
                "ceremony = 'create' and state = 'abandoned'",
            ),
            Self::RegistrationPending => (
                "registration_pending",
                "ceremony = 'create' and state = 'pending'",
            ),
            Self::RegistrationAttestationRejected => (
                "registration_attestation_rejected",
                "ceremony = 'create' and state = 'failed' and attestation_rejected",
            ),
            Self::RegistrationUnexplained => (
                "registration_unexplained",
                "ceremony = 'create' and state = 'failed' and not explained",
            ),
            _ => (
                "registration_failed",
                "ceremony = 'create' and state = 'failed'",
            ),
        };
        (name, Relation::Ledger, predicate)
    }

    fn authentication(self) -> (&'static str, Relation, &'static str) {
        let (name, predicate) = match self {
            Self::AuthenticationStarts => {
                ("authentication_starts", "ceremony = 'get' and has_start")
            }
            Self::AuthenticationPaired => (
                "authentication_paired",
                "ceremony = 'get' and has_start and has_end",
            ),
            Self::AuthenticationCompleted => (
                "authentication_completed",
                "ceremony = 'get' and state = 'completed'",
            ),
            Self::AuthenticationAbandoned => (
                "authentication_abandoned",
                "ceremony = 'get' and state = 'abandoned'",
            ),
            Self::AuthenticationPending => (
                "authentication_pending",
                "ceremony = 'get' and state = 'pending'",
            ),
            Self::AuthenticationSignatureFailed => (
                "authentication_signature_failed",
                "ceremony = 'get' and state = 'failed' and signature_failed",
            ),
            Self::AuthenticationUnexplained => (
                "authentication_unexplained",
                "ceremony = 'get' and state = 'failed' and not explained",
            ),
            _ => (
                "authentication_failed",
                "ceremony = 'get' and state = 'failed'",
            ),
        };
        (name, Relation::Ledger, predicate)
    }

    fn event(self) -> (&'static str, Relation, &'static str) {
        let (name, predicate) = match self {
            Self::InteractiveAuthentications => (
                "interactive_authentications",
                "kind = 'authentication.completed' and outcome = 'success' \
                 and not coalesce(conditional_ui, false)",
            ),
            Self::InteractiveAuthenticationsTimed => (
                "interactive_authentications_timed",
                "kind = 'authentication.completed' and outcome = 'success' \
                 and not coalesce(conditional_ui, false) and ceremony_ms is not null",
            ),
            Self::RegistrationsHandled => (
                "registrations_handled",
                "kind in ('registration.completed', 'registration.failed')",
            ),
            Self::RegistrationsHandledTimed => (
                "registrations_handled_timed",
                "kind in ('registration.completed', 'registration.failed') \
                 and server_ms is not null",
            ),
            Self::AuthenticationsHandled => (
                "authentications_handled",
                "kind in ('authentication.completed', 'authentication.failed')",
            ),
            Self::AuthenticationsHandledTimed => (
                "authentications_handled_timed",
                "kind in ('authentication.completed', 'authentication.failed') \
                 and server_ms is not null",
            ),
            Self::RecoveryRequests => (
                "recovery_requests",
                "kind = 'recovery.requested' or (kind = 'support.ticket' and \
                 ticket_category in ('recovery', 'lost_credential', 'lost_device'))",
            ),
            Self::Revocations => (
                "revocations",
                "kind in ('credential.removed', 'credential.revoked')",
            ),
            _ => ("sync_errors", "kind = 'sync.error'"),
        };
        (name, Relation::Events, predicate)
    }
}
