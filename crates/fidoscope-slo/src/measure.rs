//! The registry of measures: what is counted, each defined once.
//!
//! A line of [`all`]'s table is a measure. An engine counts it, keeps it under its name, and knows by
//! its [`Measure::definition`] whether what it has kept is what the measure means today. What tells
//! events apart stands in [`predicate`]; whoever tests a kind of event in SQL takes it from there.

use std::borrow::Cow;
use std::cmp::Ordering;

use fidoscope_report::Unit;

use crate::{Ceremony, ledger_sql_of};

pub mod predicate;

use predicate::{Case, Predicate};

/// Rows that a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The event table, every `event_id` once. An event belongs to the window that holds its `ts`.
    Events,
    /// The ledger of ceremonies that [`crate::ledger_sql`] makes of the event table. A ceremony
    /// belongs to the window that holds its `closed_ts`, so that a closed window never changes.
    Ledger,
}

/// A number, or a distribution of numbers, that an engine counts per source and group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Name, also of the column that holds it.
    pub name: Cow<'static, str>,
    /// Rows that are counted.
    pub relation: Relation,
    /// The ceremony that it is about; of the ledger, only its rows are counted.
    pub ceremony: Option<Ceremony>,
    /// Condition on a row; a row counts where it is true.
    pub predicate: Predicate,
    /// Column of milliseconds whose values are kept apart, in buckets; without one, rows are counted.
    pub latency: Option<&'static str>,
    /// Unit of what comes of it.
    pub unit: Unit,
    /// Whether a closed window never changes it. What is still pending depends on when one asks.
    pub settles: bool,
}

impl PartialOrd for Measure {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Measure {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl Measure {
    /// A count of rows whose condition is known at run time only.
    #[must_use]
    pub fn of_rows(name: &str, relation: Relation, sql: &str) -> Self {
        Self {
            name: Cow::Owned(name.to_owned()),
            relation,
            ceremony: None,
            predicate: Predicate::Sql(sql.to_owned()),
            latency: None,
            unit: Unit::Count,
            settles: true,
        }
    }

    /// SQL condition on a row of the relation.
    #[must_use]
    pub fn condition(&self) -> String {
        let predicate = self.predicate.sql();
        match (self.relation, self.ceremony) {
            (Relation::Ledger, Some(ceremony)) => {
                format!("ceremony = '{}' AND {predicate}", ceremony.word())
            }
            _ => predicate,
        }
    }

    /// All that its numbers depend on: the rows of its relation, its condition and its column.
    /// Where lines are broken does not matter.
    #[must_use]
    pub fn definition(&self) -> String {
        let rows = match self.relation {
            Relation::Events => "events".to_owned(),
            Relation::Ledger => {
                let ledger = ledger_sql_of("events", &[], &["slot"], "now");
                ledger.split_whitespace().collect::<Vec<_>>().join(" ")
            }
        };
        let column = self.latency.unwrap_or("rows");
        format!("{column} of {rows} where {}", self.condition())
    }
}

const fn ledger(name: &'static str, ceremony: Ceremony, and: &'static [Case]) -> Measure {
    Measure {
        name: Cow::Borrowed(name),
        relation: Relation::Ledger,
        ceremony: Some(ceremony),
        predicate: Predicate::Any(and),
        latency: None,
        unit: Unit::Count,
        settles: true,
    }
}

/// A count that depends on when one asks.
const fn open(name: &'static str, ceremony: Ceremony, and: &'static [Case]) -> Measure {
    Measure {
        name: Cow::Borrowed(name),
        relation: Relation::Ledger,
        ceremony: Some(ceremony),
        predicate: Predicate::Any(and),
        latency: None,
        unit: Unit::Count,
        settles: false,
    }
}

const fn events(name: &'static str, predicate: Predicate) -> Measure {
    Measure {
        name: Cow::Borrowed(name),
        relation: Relation::Events,
        ceremony: None,
        predicate,
        latency: None,
        unit: Unit::Count,
        settles: true,
    }
}

const fn latencies(name: &'static str, predicate: Predicate, column: &'static str) -> Measure {
    Measure {
        name: Cow::Borrowed(name),
        relation: Relation::Events,
        ceremony: None,
        predicate,
        latency: Some(column),
        unit: Unit::Milliseconds,
        settles: true,
    }
}

/// What a row of the ledger has to be.
macro_rules! being {
    ($and:literal) => {
        &[Case {
            kinds: &[],
            and: $and,
        }]
    };
}

/// Makes a constant of each measure, and the list of all.
macro_rules! registry {
    ($($(#[$doc:meta])* $constant:ident = $measure:expr;)*) => {
        $($(#[$doc])* pub const $constant: &Measure = &$measure;)*

        /// Every measure that indicators and panels are made of.
        pub const ALL: &[&Measure] = &[$($constant),*];
    };
}

use Ceremony::{Authentication, Registration};

registry! {
    /// Registrations that have a start.
    REGISTRATION_STARTS = ledger("registration_starts", Registration, being!("has_start"));
    /// Registrations that have a start and an end that belong together.
    REGISTRATION_PAIRED =
        ledger("registration_paired", Registration, being!("has_start AND has_end"));
    /// Registrations that succeeded.
    REGISTRATION_COMPLETED =
        ledger("registration_completed", Registration, being!("state = 'completed'"));
    /// Registrations whose response reached the server and was refused.
    REGISTRATION_FAILED =
        ledger("registration_failed", Registration, being!("state = 'failed'"));
    /// Registrations that were given up, or had no end when their timeout passed.
    REGISTRATION_ABANDONED =
        ledger("registration_abandoned", Registration, being!("state = 'abandoned'"));
    /// Registrations that still may end.
    REGISTRATION_PENDING = open("registration_pending", Registration, being!("state = 'pending'"));
    /// Refused registrations where attestation was the reason.
    REGISTRATION_ATTESTATION_REJECTED = ledger(
        "registration_attestation_rejected",
        Registration,
        being!("state = 'failed' AND attestation_rejected")
    );
    /// Refused registrations of which the source does not say why.
    REGISTRATION_UNEXPLAINED = ledger(
        "registration_unexplained",
        Registration,
        being!("state = 'failed' AND NOT explained")
    );
    /// Authentications that have a start.
    AUTHENTICATION_STARTS = ledger("authentication_starts", Authentication, being!("has_start"));
    /// Authentications that have a start and an end that belong together.
    AUTHENTICATION_PAIRED =
        ledger("authentication_paired", Authentication, being!("has_start AND has_end"));
    /// Authentications that succeeded.
    AUTHENTICATION_COMPLETED =
        ledger("authentication_completed", Authentication, being!("state = 'completed'"));
    /// Authentications whose response reached the server and was refused.
    AUTHENTICATION_FAILED =
        ledger("authentication_failed", Authentication, being!("state = 'failed'"));
    /// Authentications that were given up, or had no end when their timeout passed.
    AUTHENTICATION_ABANDONED =
        ledger("authentication_abandoned", Authentication, being!("state = 'abandoned'"));
    /// Authentications that still may end.
    AUTHENTICATION_PENDING =
        open("authentication_pending", Authentication, being!("state = 'pending'"));
    /// Refused authentications where the signature was the reason.
    AUTHENTICATION_SIGNATURE_FAILED = ledger(
        "authentication_signature_failed",
        Authentication,
        being!("state = 'failed' AND signature_failed")
    );
    /// Refused authentications of which the source does not say why.
    AUTHENTICATION_UNEXPLAINED = ledger(
        "authentication_unexplained",
        Authentication,
        being!("state = 'failed' AND NOT explained")
    );
    /// Successful interactive authentications.
    INTERACTIVE_AUTHENTICATIONS = events("interactive_authentications", predicate::INTERACTIVE);
    /// Those of them that carry the time from challenge to verdict.
    INTERACTIVE_AUTHENTICATIONS_TIMED =
        events("interactive_authentications_timed", predicate::INTERACTIVE_TIMED);
    /// Registration responses that the server handled.
    REGISTRATIONS_HANDLED = events("registrations_handled", predicate::HANDLES_REGISTRATION);
    /// Those of them that carry the time of the handler.
    REGISTRATIONS_HANDLED_TIMED =
        events("registrations_handled_timed", predicate::HANDLES_REGISTRATION_TIMED);
    /// Authentication responses that the server handled.
    AUTHENTICATIONS_HANDLED = events("authentications_handled", predicate::HANDLES_AUTHENTICATION);
    /// Those of them that carry the time of the handler.
    AUTHENTICATIONS_HANDLED_TIMED =
        events("authentications_handled_timed", predicate::HANDLES_AUTHENTICATION_TIMED);
    /// Recovery flows asked for, and support tickets about lost credentials.
    RECOVERY_REQUESTS = events("recovery_requests", predicate::RECOVERS);
    /// Credentials removed or revoked.
    REVOCATIONS = events("revocations", predicate::REVOKES);
    /// Errors of credential synchronisation.
    SYNC_ERRORS = events("sync_errors", predicate::FAILS_TO_SYNC);
    /// Times from challenge to verdict of successful interactive authentications.
    INTERACTIVE_AUTHENTICATIONS_MS =
        latencies("interactive_authentications_ms", predicate::INTERACTIVE_TIMED, "ceremony_ms");
    /// Times in which the server handled registration responses.
    REGISTRATIONS_HANDLED_MS =
        latencies("registrations_handled_ms", predicate::HANDLES_REGISTRATION_TIMED, "server_ms");
    /// Times in which the server handled authentication responses.
    AUTHENTICATIONS_HANDLED_MS = latencies(
        "authentications_handled_ms",
        predicate::HANDLES_AUTHENTICATION_TIMED,
        "server_ms"
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_measure_is_what_its_definition_says() {
        let definitions: BTreeSet<String> = ALL.iter().map(|of| of.definition()).collect();
        let names: BTreeSet<&str> = ALL.iter().map(|of| of.name.as_ref()).collect();
        // A count and the distribution of a column are apart even where their rows are the same.
        assert_eq!((definitions.len(), names.len()), (ALL.len(), ALL.len()));
        assert_eq!(
            SYNC_ERRORS.definition(),
            "rows of events where (kind = 'sync.error')"
        );
        let abandoned = REGISTRATION_ABANDONED.definition();
        let end = "FROM joined where ceremony = 'create' AND (state = 'abandoned')";
        assert!(
            abandoned.starts_with("rows of WITH marked AS ( SELECT slot, "),
            "{abandoned}"
        );
        assert!(abandoned.ends_with(end), "{abandoned}");
    }

    #[test]
    fn every_state_that_a_measure_asks_for_is_one_that_the_ledger_gives() {
        let sql = crate::ledger_sql("events", None, DateTime::UNIX_EPOCH);
        for measure in ALL.iter().filter(|of| of.relation == Relation::Ledger) {
            let condition = measure.condition();
            let state = condition.split("state = ").nth(1);
            let state = state.and_then(|rest| rest.split([' ', ')']).next());
            assert!(
                state.is_none_or(|state| sql.contains(&format!("THEN {state}"))
                    || sql.contains(&format!("ELSE {state}"))),
                "{}",
                measure.name
            );
        }
    }
}
