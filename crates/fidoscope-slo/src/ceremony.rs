//! The two ceremonies, and what is counted of each.

use crate::Counter;

/// Which of the two ceremonies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ceremony {
    /// `create`: registration, WebAuthn L3 §7.1.
    Registration,
    /// `get`: authentication, WebAuthn L3 §7.2.
    Authentication,
}

/// The counters of one ceremony.
pub(crate) struct Names {
    pub(crate) noun: &'static str,
    pub(crate) started_kind: &'static str,
    pub(crate) completed_kind: &'static str,
    pub(crate) failed_kind: &'static str,
    pub(crate) starts: Counter,
    pub(crate) paired: Counter,
    pub(crate) completed: Counter,
    pub(crate) failed: Counter,
    pub(crate) abandoned: Counter,
    pub(crate) pending: Counter,
    pub(crate) unexplained: Counter,
}

impl Names {
    /// The kinds with which a ceremony ends.
    pub(crate) const fn end_kinds(&self) -> [&'static str; 2] {
        [self.completed_kind, self.failed_kind]
    }

    /// The kinds that say that a ceremony was refused.
    pub(crate) const fn refused_kinds(&self) -> &'static [&'static str] {
        match self.starts {
            Counter::RegistrationStarts => &["registration.failed", "attestation.rejected"],
            _ => &["authentication.failed"],
        }
    }
}

impl Ceremony {
    pub(crate) fn names(self) -> Names {
        match self {
            Self::Registration => Names {
                noun: "registration",
                started_kind: "registration.started",
                completed_kind: "registration.completed",
                failed_kind: "registration.failed",
                starts: Counter::RegistrationStarts,
                paired: Counter::RegistrationPaired,
                completed: Counter::RegistrationCompleted,
                failed: Counter::RegistrationFailed,
                abandoned: Counter::RegistrationAbandoned,
                pending: Counter::RegistrationPending,
                unexplained: Counter::RegistrationUnexplained,
            },
            Self::Authentication => Names {
                noun: "authentication",
                started_kind: "authentication.started",
                completed_kind: "authentication.completed",
                failed_kind: "authentication.failed",
                starts: Counter::AuthenticationStarts,
                paired: Counter::AuthenticationPaired,
                completed: Counter::AuthenticationCompleted,
                failed: Counter::AuthenticationFailed,
                abandoned: Counter::AuthenticationAbandoned,
                pending: Counter::AuthenticationPending,
                unexplained: Counter::AuthenticationUnexplained,
            },
        }
    }
}
