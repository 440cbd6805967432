//! Service level indicators of passkey ceremonies: definitions and exact arithmetic.
//!
//! The ten indicators M1 to M10 are data ([`indicators`]), and so is what has to be counted for
//! them: the [`measure`]s of one registry over the event table and over the ledger of ceremonies ([`ledger_sql`]), and
//! [`Latency`] quantiles. An engine counts, [`evaluate`] decides. It never makes 0 or 100 % out of
//! silence: a source that cannot log something is named instead.

mod ceremony;
mod evaluate;
mod indicator;
mod inputs;
mod ledger;
pub mod measure;
mod share;
mod support;

pub use ceremony::Ceremony;

pub use evaluate::evaluate;
pub use indicator::{Formula, Indicator, Latency, indicators};
pub use inputs::{CountRow, Inputs, Loggable, QuantileRow, SourceInput};
pub use ledger::{
    DEFAULT_TIMEOUT_MS, GRACE_MS, MAX_TIMEOUT_MS, ledger_sql, ledger_sql_at, ledger_sql_of,
};
pub use measure::{Measure, Relation};
pub use share::{Share, successes};
pub use support::{State, Support, at_most, support};
