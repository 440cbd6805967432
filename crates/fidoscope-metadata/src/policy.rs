//! Choices that the specification leaves to a relying party.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What implementers of the FIDO Metadata Service disagree on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataPolicy {
    /// Which status reports count against a model; every one in force when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<ReportPolicy>,
    /// Whether models that their vendor retired are accepted; they are not when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_retired: Option<bool>,
    /// Whether a BLOB past its `nextUpdate` is refused; it is warned of when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject_stale: Option<bool>,
}

impl MetadataPolicy {
    /// Takes over from a general policy what this one leaves open.
    pub fn complete(&mut self, general: &Self) {
        // By name, so that no member can be forgotten.
        let Self {
            reports,
            accept_retired,
            reject_stale,
        } = *general;
        self.reports = self.reports.or(reports);
        self.accept_retired = self.accept_retired.or(accept_retired);
        self.reject_stale = self.reject_stale.or(reject_stale);
    }
}

/// Which status reports of a model count against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportPolicy {
    /// Every one in force.
    #[default]
    InForce,
    /// Those of the latest day.
    Current,
}
