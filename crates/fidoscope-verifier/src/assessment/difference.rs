//! Where the metadata of the past and the newest disagree about a registration.

use std::fmt;

use super::{Assessment, View};

/// Something in which the two judgements differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In what.
    pub what: DifferenceIn,
    /// What was said then.
    pub then: String,
    /// What is said now.
    pub now: String,
}

/// In what two judgements can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifferenceIn {
    /// Whether the model is listed.
    Listing,
    /// The reports in force.
    Statuses,
    /// The certification level.
    Level,
    /// Trust in the attestation.
    Trust,
}

impl Assessment<'_> {
    /// Where the metadata of the past and the newest disagree; nothing where either is unknown.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        let (Some(earlier), Some(newest)) = (&self.earlier, &self.newest) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut compare = |what, then: String, now: String| {
            if then != now {
                found.push(Difference { what, then, now });
            }
        };
        compare(
            DifferenceIn::Listing,
            listing(&earlier.view),
            listing(newest),
        );
        compare(
            DifferenceIn::Statuses,
            statuses(&earlier.view),
            statuses(newest),
        );
        compare(DifferenceIn::Level, level(&earlier.view), level(newest));
        let (then, now) = (&earlier.trust, &self.trust);
        if then.trust != now.trust {
            let words = |verdict: &super::TrustVerdict| {
                format!("{} ({}: {})", verdict.trust, verdict.step, verdict.reason)
            };
            compare(DifferenceIn::Trust, words(then), words(now));
        }
        found
    }
}

fn listing(view: &View<'_>) -> String {
    if view.is_listed() {
        "listed"
    } else {
        "not listed"
    }
    .to_owned()
}

fn level(view: &View<'_>) -> String {
    view.level
        .map_or_else(|| "none".to_owned(), |level| level.to_string())
}

/// The words of the reports in force, each once, without an order that BLOBs do not keep.
fn statuses(view: &View<'_>) -> String {
    let mut words: Vec<String> = view.statuses.iter().map(|r| r.status.to_string()).collect();
    words.sort();
    words.dedup();
    if words.is_empty() {
        return "none".to_owned();
    }
    words.join(", ")
}

impl fmt::Display for DifferenceIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Listing => "listing",
            Self::Statuses => "statuses",
            Self::Level => "level",
            Self::Trust => "trust",
        })
    }
}
