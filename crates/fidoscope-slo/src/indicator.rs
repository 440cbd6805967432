//! The ten indicators, as data.

use fidoscope_report::{Comparison, Target, Unit};

use crate::Ceremony;
use crate::measure::{self, Measure};

/// A quantile of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Indicator that it is for.
    pub indicator: &'static str,
    /// Which quantile, 0.5 for the median.
    pub quantile: f64,
    /// What one of the events is called.
    pub subject: &'static str,
    /// Counts the events that the quantile is about.
    pub relevant: &'static Measure,
    /// Counts those that carry the column; of none there is no quantile.
    pub timed: &'static Measure,
    /// The latencies of those, in buckets.
    pub latencies: &'static Measure,
}

impl Latency {
    /// Column in milliseconds.
    #[must_use]
    pub fn column(self) -> &'static str {
        self.latencies.latency.unwrap_or_default()
    }

    /// The kinds of event of which one has to be there.
    pub(crate) fn handled(self) -> Vec<&'static str> {
        self.relevant.predicate.kinds()
    }
}

/// How an indicator is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Formula {
    /// Share of ceremonies that succeeded; one row per basis of the denominator.
    Success(Ceremony),
    /// Share of submitted ceremonies that were refused for the reason that `measure` counts, among
    /// those of which the source says how they ended.
    Refused {
        /// Which ceremony.
        ceremony: Ceremony,
        /// Counts those refused for the reason.
        measure: &'static Measure,
    },
    /// A quantile over all supporting sources together.
    Quantile(Latency),
    /// Number of events.
    Events {
        /// Counts them; a source that can log one of its kinds supports the indicator.
        measure: &'static Measure,
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
    pub formula: Formula,
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
        formula: Formula::Success(Ceremony::Registration),
    },
    Indicator {
        id: "M2",
        name: "authentication success rate",
        meaning: "Authentications that succeeded, of all that ended; lost keys and users who \
                  cancel lower it.",
        unit: Unit::Ratio,
        target: at_least(0.99),
        formula: Formula::Success(Ceremony::Authentication),
    },
    Indicator {
        id: "M3",
        name: "time to authenticate",
        meaning: "Median from challenge issued to response verified, of successful interactive \
                  authentications; human time and network included.",
        unit: Unit::Milliseconds,
        target: below(1000.0),
        formula: Formula::Quantile(Latency {
            indicator: "M3",
            quantile: 0.5,
            subject: "successful interactive authentication",
            relevant: measure::INTERACTIVE_AUTHENTICATIONS,
            timed: measure::INTERACTIVE_AUTHENTICATIONS_TIMED,
            latencies: measure::INTERACTIVE_AUTHENTICATIONS_MS,
        }),
    },
    Indicator {
        id: "M4",
        name: "attestation rejection rate",
        meaning: "Registrations refused because of attestation, of submitted registrations; a \
                  strict policy raises it by design.",
        unit: Unit::Ratio,
        target: below(0.005),
        formula: Formula::Refused {
            ceremony: Ceremony::Registration,
            measure: measure::REGISTRATION_ATTESTATION_REJECTED,
        },
    },
    Indicator {
        id: "M5",
        name: "recovery requests",
        meaning: "Recovery flows asked for and tickets about lost credentials in the period.",
        unit: Unit::Count,
        target: None,
        formula: Formula::Events {
            measure: measure::RECOVERY_REQUESTS,
        },
    },
    Indicator {
        id: "M6",
        name: "create latency P95",
        meaning: "95th percentile of the server's time to handle a registration response.",
        unit: Unit::Milliseconds,
        target: below(200.0),
        formula: Formula::Quantile(Latency {
            indicator: "M6",
            quantile: 0.95,
            subject: "registration response",
            relevant: measure::REGISTRATIONS_HANDLED,
            timed: measure::REGISTRATIONS_HANDLED_TIMED,
            latencies: measure::REGISTRATIONS_HANDLED_MS,
        }),
    },
    Indicator {
        id: "M7",
        name: "verify latency P95",
        meaning: "95th percentile of the server's time to handle an authentication response.",
        unit: Unit::Milliseconds,
        target: below(200.0),
        formula: Formula::Quantile(Latency {
            indicator: "M7",
            quantile: 0.95,
            subject: "authentication response",
            relevant: measure::AUTHENTICATIONS_HANDLED,
            timed: measure::AUTHENTICATIONS_HANDLED_TIMED,
            latencies: measure::AUTHENTICATIONS_HANDLED_MS,
        }),
    },
    Indicator {
        id: "M8",
        name: "credential revocations",
        meaning: "Credentials removed or revoked in the period; rotation looks alike.",
        unit: Unit::Count,
        target: None,
        formula: Formula::Events {
            measure: measure::REVOCATIONS,
        },
    },
    Indicator {
        id: "M9",
        name: "failed signature verifications",
        meaning: "Authentications refused because of the signature, of submitted ones; practice \
                  says near 0, the number 0.1 % is our reading of it.",
        unit: Unit::Ratio,
        target: below(0.001),
        formula: Formula::Refused {
            ceremony: Ceremony::Authentication,
            measure: measure::AUTHENTICATION_SIGNATURE_FAILED,
        },
    },
    Indicator {
        id: "M10",
        name: "multi-device sync errors",
        meaning: "Errors of credential synchronisation in the period: often the provider's outage.",
        unit: Unit::Count,
        target: None,
        formula: Formula::Events {
            measure: measure::SYNC_ERRORS,
        },
    },
];
