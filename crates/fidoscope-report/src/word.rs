//! The words for states, the same in every format.

use crate::{Basis, Level, Mismatch, PracticeState, Severity, SliStatus, Status, Unit, Verdict};

macro_rules! words {
    ($($type:ident { $($variant:ident => $word:literal),+ $(,)? })+) => {$(
        impl $type {
            /// The word for it, as JSON has it too.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    )+};
}

words! {
    Basis { Started => "started", Submitted => "submitted" }
    Unit { Ratio => "ratio", Milliseconds => "milliseconds", Count => "count" }
    SliStatus { Met => "met", Missed => "missed", NoTarget => "no-target", NoData => "no-data" }
    Level {
        Informational => "informational", Low => "low", Medium => "medium", High => "high",
        Critical => "critical",
    }
    Status {
        Pass => "pass", Fail => "fail", Warn => "warn", NotApplicable => "not-applicable",
        NotEvaluated => "not-evaluated", Observation => "observation",
    }
    Verdict { Accept => "accept", Reject => "reject", Indeterminate => "indeterminate" }
    Mismatch {
        Verdict => "verdict", Step => "step", RpAccepted => "rp-accepted",
        RpRejected => "rp-rejected",
    }
    PracticeState {
        Kept => "kept", NotKept => "not-kept", Shown => "shown", NotEvaluated => "not-evaluated",
    }
    Severity { Note => "note", Warning => "warning", Error => "error" }
}

#[cfg(test)]
mod tests {
    use crate::{Level, SliStatus, Status};

    #[test]
    fn words_are_those_of_json() {
        let json = |value| serde_json::to_value(value).unwrap();
        assert_eq!(json(Status::NotEvaluated), Status::NotEvaluated.word());
        assert_eq!(
            serde_json::to_value(SliStatus::NoData).unwrap(),
            SliStatus::NoData.word()
        );
        assert_eq!(
            serde_json::to_value(Level::Critical).unwrap(),
            Level::Critical.word()
        );
    }
}
