//! The ten indicators, as data.

use fidoscope_report::{Comparison, Target, Unit};

use crate::{Ceremony, Counter};

/// A quantile of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Indicator that it is for.
    pub indicator: &'static str,
    /// Column in milliseconds.
    pub column: &'static str,
    /// Which quantile, 0.5 for the median.
    pub quantile: f64,
    /// What one of the events is called.
    pub subject: &'static str,
    /// Counts the events that the quantile is about.
    pub relevant: Counter,
    /// Counts those that carry the column; its predicate chooses the rows of the quantile.
    pub timed: Counter,
}

impl Latency {
    /// The kinds of event of which one has to be there.
    pub(crate) const fn handled(self) -> &'static [&'static str] {
        match self.relevant {
            Counter::RegistrationsHandled => &["registration.completed", "registration.failed"],
            Counter::AuthenticationsHandled => {
                &["authentication.completed", "authentication.failed"]
            }
            _ => &["authentication.completed"],
        }
    }
}

/// How an indicator is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Share of ceremonies that succeeded; one row per basis of the denominator.
    Success(Ceremony),
    /// Share of submitted ceremonies that were refused for the reason that `counter` counts, among
    /// those of which the source says how they ended.
    Refused {
        /// Which ceremony.
        ceremony: Ceremony,
        /// Counts those refused for the reason.
        counter: Counter,
    },
    /// A quantile over all supporting sources together.
    Quantile(Latency),
    /// Number of events.
    Events {
        /// Counts them.
        counter: Counter,
        /// A source that can log one of these supports the indicator.
        kinds: &'static [&'static str],
    },
}

/// The definition of an indicator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Indicator {
    /// `M1` to `M10`.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// What it says and how it is measured, in one sentence.
    pub meaning: &'static str,
    /// Unit of value and target.
    pub unit: Unit,
    /// Starting target; a trend has none.
    pub target: Option<Target>,
    /// How it is measured.
    pub measure: Measure,
}

/// M1 to M10, in order.
#[must_use]
pub fn indicators() -> &'static [Indicator] {
    &INDICATORS
}

const fn at_least(value: f64) -> Option<Target> {
    Some(Target {
        comparison: Comparison::AtLeast,
        value,
    })
}

const fn below(value: f64) -> Option<Target> {
    Some(Target {
        comparison: Comparison::Below,
        value,
    })
}

static INDICATORS: [Indicator; 10] = [
    Indicator {
        id: "M1",
        name: "registration success rate",
        meaning: "Registrations that succeeded, of all that ended; browser-side failures never \
                  reach a server and show as abandoned starts only.",
        unit: Unit::Ratio,
        target: at_least(0.98),
        measure: Measure::Success(Ceremony::Registration),
    },
    Indicator {
        id: "M2",
        name: "authentication success rate",
        meaning: "Authentications that succeeded, of all that ended; lost keys and users who \
                  cancel lower it.",
        unit: Unit::Ratio,
        target: at_least(0.99),
        measure: Measure::Success(Ceremony::Authentication),
    },
    Indicator {
        id: "M3",
        name: "time to authenticate",
        meaning: "Median from challenge issued to response verified, of successful interactive \
                  authentications; human time and network included.",
        unit: Unit::Milliseconds,
        target: below(1000.0),
        measure: Measure::Quantile(Latency {
            indicator: "M3",
            column: "ceremony_ms",
            quantile: 0.5,
            subject: "successful interactive authentication",
            relevant: Counter::InteractiveAuthentications,
            timed: Counter::InteractiveAuthenticationsTimed,
        }),
    },
    Indicator {
        id: "M4",
        name: "attestation rejection rate",
        meaning: "Registrations refused because of attestation, of submitted registrations; a \
                  strict policy raises it by design.",
        unit: Unit::Ratio,
        target: below(0.005),
        measure: Measure::Refused {
            ceremony: Ceremony::Registration,
            counter: Counter::RegistrationAttestationRejected,
        },
    },
    Indicator {
        id: "M5",
        name: "recovery requests",
        meaning: "Recovery flows asked for and tickets about lost credentials in the period.",
        unit: Unit::Count,
        target: None,
        measure: Measure::Events {
            counter: Counter::RecoveryRequests,
            kinds: &["recovery.requested", "support.ticket"],
        },
    },
    Indicator {
        id: "M6",
        name: "create latency P95",
        meaning: "95th percentile of the server's time to handle a registration response.",
        unit: Unit::Milliseconds,
        target: below(200.0),
        measure: Measure::Quantile(Latency {
            indicator: "M6",
            column: "server_ms",
            quantile: 0.95,
            subject: "registration response",
            relevant: Counter::RegistrationsHandled,
            timed: Counter::RegistrationsHandledTimed,
        }),
    },
    Indicator {
        id: "M7",
        name: "verify latency P95",
        meaning: "95th percentile of the server's time to handle an authentication response.",
        unit: Unit::Milliseconds,
        target: below(200.0),
        measure: Measure::Quantile(Latency {
            indicator: "M7",
            column: "server_ms",
            quantile: 0.95,
            subject: "authentication response",
            relevant: Counter::AuthenticationsHandled,
            timed: Counter::AuthenticationsHandledTimed,
        }),
    },
    Indicator {
        id: "M8",
        name: "credential revocations",
        meaning: "Credentials removed or revoked in the period; rotation looks alike.",
        unit: Unit::Count,
        target: None,
        measure: Measure::Events {
            counter: Counter::Revocations,
            kinds: &["credential.removed", "credential.revoked"],
        },
    },
    Indicator {
        id: "M9",
        name: "failed signature verifications",
        meaning: "Authentications refused because of the signature, of submitted ones; practice \
                  says near 0, the number 0.1 % is our reading of it.",
        unit: Unit::Ratio,
        target: below(0.001),
        measure: Measure::Refused {
            ceremony: Ceremony::Authentication,
            counter: Counter::AuthenticationSignatureFailed,
        },
    },
    Indicator {
        id: "M10",
        name: "multi-device sync errors",
        meaning: "Errors of credential synchronisation in the period: often the provider's outage.",
        unit: Unit::Count,
        target: None,
        measure: Measure::Events {
            counter: Counter::SyncErrors,
            kinds: &["sync.error"],
        },
    },
];
