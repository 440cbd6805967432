//! Predicates on events: kinds, and what else must hold.
//!
//! They are data, so that who asks which kinds a measure rests on and who writes its SQL read the same
//! line. As in SQL, what is not known makes a predicate unknown, and a row counts where it is true.

/// One way for an event to fulfil a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Kinds of event, any of them; none for any event.
    pub kinds: &'static [&'static str],
    /// SQL of what else must hold; empty for nothing.
    pub and: &'static str,
}

/// A condition on a row of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Cases of which one must hold.
    Any(&'static [Case]),
    /// A condition that is known at run time only, as SQL.
    Sql(String),
}

const fn kinds(kinds: &'static [&'static str]) -> Case {
    Case { kinds, and: "" }
}

const fn any_kind(and: &'static str) -> Case {
    Case { kinds: &[], and }
}

const REGISTRATION_ENDS: &[&str] = &["registration.completed", "registration.failed"];
const AUTHENTICATION_ENDS: &[&str] = &["authentication.completed", "authentication.failed"];
const SUCCEEDED: &str = "outcome = 'success'";

/// Events that start a ceremony.
pub const STARTS: Predicate = Predicate::Any(&[kinds(&[
    "registration.started",
    "authentication.started",
    "challenge.issued",
])]);

/// Events with which a ceremony succeeds.
pub const COMPLETES: Predicate = Predicate::Any(&[kinds(&[
    "registration.completed",
    "authentication.completed",
])]);

/// Events that say that a response reached the server and was refused.
pub const FAILS: Predicate = Predicate::Any(&[kinds(&[
    "registration.failed",
    "authentication.failed",
    "attestation.rejected",
])]);

/// Events that say that a ceremony was given up.
pub const LEAVES: Predicate = Predicate::Any(&[kinds(&["ceremony.abandoned"])]);

/// Events that are of a registration whatever their column `ceremony` says.
pub const REGISTERS: Predicate = Predicate::Any(&[kinds(&[
    "registration.started",
    "registration.completed",
    "registration.failed",
    "attestation.rejected",
])]);

/// Events that say why a ceremony was refused.
pub const EXPLAINS: Predicate = Predicate::Any(&[
    any_kind(
        "failure_reason IS NOT NULL OR signature_verified IS NOT NULL \
         OR attestation_trust = 'rejected'",
    ),
    kinds(&["attestation.rejected"]),
]);

/// Events that refuse an attestation.
pub const REJECTS_ATTESTATION: Predicate = Predicate::Any(&[
    kinds(&["attestation.rejected"]),
    any_kind(
        "attestation_trust = 'rejected' OR failure_reason LIKE 'attestation%' \
         OR failure_reason IN ('aaguid_not_allowed', 'authenticator_compromised_mds')",
    ),
]);

/// Events whose signature did not verify.
pub const MISTRUSTS_SIGNATURE: Predicate = Predicate::Any(&[any_kind(
    "NOT signature_verified OR failure_reason = 'signature_invalid'",
)]);

/// Authentications that were refused.
pub const FAILS_AUTHENTICATION: Predicate = Predicate::Any(&[kinds(&["authentication.failed"])]);

/// Events whose signature was good, as far as their source says.
pub const SIGNED: Predicate =
    Predicate::Any(&[any_kind(SUCCEEDED), any_kind("signature_verified IS TRUE")]);

/// Authentications that succeeded.
pub const AUTHENTICATES: Predicate = Predicate::Any(&[Case {
    kinds: &["authentication.completed"],
    and: SUCCEEDED,
}]);

/// Those of them in which a person waited.
pub const INTERACTIVE: Predicate = Predicate::Any(&[Case {
    kinds: &["authentication.completed"],
    and: "outcome = 'success' AND NOT coalesce(conditional_ui, false)",
}]);

/// Those of them that carry the time from challenge to verdict.
pub const INTERACTIVE_TIMED: Predicate = Predicate::Any(&[Case {
    kinds: &["authentication.completed"],
    and: "outcome = 'success' AND NOT coalesce(conditional_ui, false) AND ceremony_ms IS NOT NULL",
}]);

/// Responses to registrations.
pub const HANDLES_REGISTRATION: Predicate = Predicate::Any(&[kinds(REGISTRATION_ENDS)]);

/// Those of them that carry the time of the handler.
pub const HANDLES_REGISTRATION_TIMED: Predicate = Predicate::Any(&[Case {
    kinds: REGISTRATION_ENDS,
    and: "server_ms IS NOT NULL",
}]);

/// Responses to authentications.
pub const HANDLES_AUTHENTICATION: Predicate = Predicate::Any(&[kinds(AUTHENTICATION_ENDS)]);

/// Those of them that carry the time of the handler.
pub const HANDLES_AUTHENTICATION_TIMED: Predicate = Predicate::Any(&[Case {
    kinds: AUTHENTICATION_ENDS,
    and: "server_ms IS NOT NULL",
}]);

/// Recovery flows asked for.
pub const ASKS_FOR_RECOVERY: Predicate = Predicate::Any(&[kinds(&["recovery.requested"])]);

/// Recovery flows asked for, and support tickets about lost credentials.
pub const RECOVERS: Predicate = Predicate::Any(&[
    kinds(&["recovery.requested"]),
    Case {
        kinds: &["support.ticket"],
        and: "ticket_category IN ('recovery', 'lost_credential', 'lost_device')",
    },
]);

/// Sign-ins by something else than a passkey.
pub const FALLS_BACK: Predicate = Predicate::Any(&[kinds(&["fallback.used"])]);

/// Credentials removed or revoked.
pub const REVOKES: Predicate =
    Predicate::Any(&[kinds(&["credential.removed", "credential.revoked"])]);

/// Errors of credential synchronisation.
pub const FAILS_TO_SYNC: Predicate = Predicate::Any(&[kinds(&["sync.error"])]);

impl Predicate {
    /// SQL, in brackets where that matters.
    #[must_use]
    pub fn sql(&self) -> String {
        match self {
            Self::Sql(sql) => format!("({sql})"),
            Self::Any(cases) => {
                let cases: Vec<String> = cases.iter().map(Case::sql).collect();
                format!("({})", cases.join(" OR "))
            }
        }
    }

    /// SQL condition that an event is of a kind that one of some predicates names.
    #[must_use]
    pub fn any_kind_of(predicates: &[Self]) -> String {
        let kinds: Vec<&str> = predicates.iter().flat_map(Self::kinds).collect();
        format!("kind IN ('{}')", kinds.join("', '"))
    }

    /// The kinds of event that it names, in the order of its cases.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        match self {
            Self::Sql(_) => Vec::new(),
            Self::Any(cases) => cases.iter().flat_map(|case| case.kinds).copied().collect(),
        }
    }
}

impl Case {
    fn sql(&self) -> String {
        let kinds = match self.kinds {
            [] => return self.and.to_owned(),
            [kind] => format!("kind = '{kind}'"),
            kinds => format!("kind IN ('{}')", kinds.join("', '")),
        };
        match self.and {
            "" => kinds,
            and => format!("{kinds} AND ({and})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(predicate: &Predicate, sql: &str, kinds: &[&str]) {
        assert_eq!(predicate.sql(), sql);
        assert_eq!(predicate.kinds(), kinds);
    }

    #[test]
    fn a_predicate_is_its_cases() {
        check(&FAILS_TO_SYNC, "(kind = 'sync.error')", &["sync.error"]);
        check(
            &RECOVERS,
            "(kind = 'recovery.requested' OR kind = 'support.ticket' AND \
             (ticket_category IN ('recovery', 'lost_credential', 'lost_device')))",
            &["recovery.requested", "support.ticket"],
        );
        check(
            &SIGNED,
            "(outcome = 'success' OR signature_verified IS TRUE)",
            &[],
        );
        let own = Predicate::Sql("a OR b".to_owned());
        check(&own, "(a OR b)", &[]);
    }
}
