//! What detections could see of the events that they looked at.

use serde::Serialize;

use crate::number;

/// What one rule could see: no finding of a rule that sees nothing is no good news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleSight {
    /// Identifier of the rule.
    pub rule_id: String,
    /// Its name, else its title.
    pub rule: String,
    /// Events that it looked at.
    pub events: u64,
    /// Those on which it could say neither yes nor no, because something is unknown in them.
    pub undecided: u64,
    /// Columns that it would need and that some or all of these events do not have.
    pub missing: Vec<String>,
    /// Kinds of event that it is about and of which there is none.
    pub absent: Vec<String>,
    /// Whether it could match none of the events, whatever had happened.
    pub blind: bool,
}

impl RuleSight {
    /// Whether it judged each event that it looked at, and there were some.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        !self.blind && self.undecided == 0
    }

    /// What it could not see, as a sentence without its full stop; none where it saw all.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let verb = if self.blind {
            "is blind"
        } else {
            "could not judge all"
        };
        (!self.is_whole()).then(|| format!("{} {verb}: {}", self.rule, self.reason()))
    }

    /// `blind`, or that it saw a part.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        if self.blind {
            Self::BLIND
        } else {
            Self::IN_PART
        }
    }

    /// The word for a rule that could match nothing.
    pub const BLIND: &'static str = "blind";

    /// The word for a rule that could not say yes or no of every event.
    pub const IN_PART: &'static str = "in part";

    /// Why it could not judge every event.
    #[must_use]
    pub fn reason(&self) -> String {
        let missing = self.missing.join(", ");
        if self.events == 0 {
            "there are no events".to_owned()
        } else if !self.absent.is_empty() {
            let absent = self.absent.join(" or ");
            format!("there is no event of the kind {absent}")
        } else if self.blind && missing.is_empty() {
            "no event says what it asks for".to_owned()
        } else if self.blind {
            format!("no event has {missing}")
        } else {
            format!(
                "neither yes nor no on {} of {} events, which do not have {missing}",
                number::count(self.undecided),
                number::count(self.events),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl FnOnce(&mut RuleSight), expected: Option<&str>) {
        let mut sight = RuleSight {
            rule_id: "6f0a3c5e-2b1d-4c8a-9e47-51d0c8a7b301".to_owned(),
            rule: "counter-did-not-increase".to_owned(),
            events: 1200,
            undecided: 0,
            missing: Vec::new(),
            absent: Vec::new(),
            blind: false,
        };
        change(&mut sight);
        assert_eq!(sight.words().as_deref(), expected);
    }

    #[test]
    fn what_was_not_seen_is_told() {
        check(|_| {}, None);
        check(
            |sight| {
                sight.undecided = 1100;
                sight.missing = vec!["sign_count".to_owned()];
            },
            Some(
                "counter-did-not-increase could not judge all: neither yes nor no on 1 100 of \
                 1 200 events, which do not have sign_count",
            ),
        );
        check(
            |sight| {
                sight.blind = true;
                sight.missing = vec!["credential_id".to_owned(), "sign_count".to_owned()];
            },
            Some("counter-did-not-increase is blind: no event has credential_id, sign_count"),
        );
        check(
            |sight| {
                sight.blind = true;
                sight.absent = vec!["authentication.completed".to_owned()];
            },
            Some(
                "counter-did-not-increase is blind: there is no event of the kind \
                 authentication.completed",
            ),
        );
        check(
            |sight| {
                sight.blind = true;
                sight.events = 0;
            },
            Some("counter-did-not-increase is blind: there are no events"),
        );
    }
}
