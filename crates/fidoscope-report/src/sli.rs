//! A service level indicator with everything needed to trust or distrust it.

use serde::Serialize;

/// Which ceremonies make the denominator; the two are never mixed in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Every ceremony that was started (challenge issued).
    Started,
    /// Only ceremonies whose response reached the server.
    Submitted,
}

/// Unit of an indicator's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Share between 0 and 1.
    Ratio,
    /// Milliseconds.
    Milliseconds,
    /// Number of events in the window.
    Count,
}

/// Which side of the target is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Good when the value is at least the target.
    AtLeast,
    /// Good when the value is below the target.
    Below,
}

/// A target, e.g. at least 0.98.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Target {
    /// Which side is good.
    pub comparison: Comparison,
    /// The value in the indicator's unit.
    pub value: f64,
}

/// Whether the target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SliStatus {
    /// Target met.
    Met,
    /// Target missed.
    Missed,
    /// A trend without a target.
    NoTarget,
    /// The data cannot say.
    NoData,
}

/// One row of the indicator table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sli {
    /// `M1` to `M10`.
    pub id: String,
    /// Name, e.g. `registration success rate`.
    pub name: String,
    /// Value of the `--by` column that this row is about.
    pub group: Option<String>,
    /// Basis of the denominator, for ratios over ceremonies.
    pub basis: Option<Basis>,
    /// The value; absent when the data cannot say.
    pub value: Option<f64>,
    /// Unit of value and target.
    pub unit: Unit,
    /// The target, when the indicator has one.
    pub target: Option<Target>,
    /// Whether it is met.
    pub status: SliStatus,
    /// How many events or ceremonies the value rests on.
    pub sample: u64,
    /// Share (0 to 1) of the relevant events that carried what the indicator needs.
    pub coverage: Option<f64>,
    /// Sources that the value rests on.
    pub sources: Vec<String>,
    /// Why there is no value, or what was left out: `no data: okta does not log sign_count`.
    pub note: Option<String>,
}
