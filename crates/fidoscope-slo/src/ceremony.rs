//! The two ceremonies, and what is counted of each.

use crate::Measure;
use crate::measure;

/// Which of the two ceremonies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ceremony {
    /// `create`: registration, WebAuthn L3 §7.1.
    Registration,
    /// `get`: authentication, WebAuthn L3 §7.2.
    Authentication,
}

/// The measures of one ceremony.
pub(crate) struct Names {
    pub(crate) noun: &'static str,
    pub(crate) started_kind: &'static str,
    pub(crate) completed_kind: &'static str,
    pub(crate) failed_kind: &'static str,
    /// The kinds that say that it was refused.
    pub(crate) refused_kinds: &'static [&'static str],
    pub(crate) starts: &'static Measure,
    pub(crate) paired: &'static Measure,
    pub(crate) completed: &'static Measure,
    pub(crate) failed: &'static Measure,
    pub(crate) abandoned: &'static Measure,
    pub(crate) pending: &'static Measure,
    pub(crate) unexplained: &'static Measure,
}

impl Names {
    /// The kinds with which a ceremony ends.
    pub(crate) const fn end_kinds(&self) -> [&'static str; 2] {
        [self.completed_kind, self.failed_kind]
    }
}

impl Ceremony {
    /// What the ledger calls it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Registration => "create",
            Self::Authentication => "get",
        }
    }

    pub(crate) fn names(self) -> Names {
        match self {
            Self::Registration => Names {
                noun: "registration",
                started_kind: "registration.started",
                completed_kind: "registration.completed",
                failed_kind: "registration.failed",
                refused_kinds: &["registration.failed", "attestation.rejected"],
                starts: measure::REGISTRATION_STARTS,
                paired: measure::REGISTRATION_PAIRED,
                completed: measure::REGISTRATION_COMPLETED,
                failed: measure::REGISTRATION_FAILED,
                abandoned: measure::REGISTRATION_ABANDONED,
                pending: measure::REGISTRATION_PENDING,
                unexplained: measure::REGISTRATION_UNEXPLAINED,
            },
            Self::Authentication => Names {
                noun: "authentication",
                started_kind: "authentication.started",
                completed_kind: "authentication.completed",
                failed_kind: "authentication.failed",
                refused_kinds: &["authentication.failed"],
                starts: measure::AUTHENTICATION_STARTS,
                paired: measure::AUTHENTICATION_PAIRED,
                completed: measure::AUTHENTICATION_COMPLETED,
                failed: measure::AUTHENTICATION_FAILED,
                abandoned: measure::AUTHENTICATION_ABANDONED,
                pending: measure::AUTHENTICATION_PENDING,
                unexplained: measure::AUTHENTICATION_UNEXPLAINED,
            },
        }
    }
}
