//! The time that a page looks at.

use chrono::{DateTime, TimeDelta, Utc};

use crate::Window;

/// Where the time that a page looks at begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// So long before its end.
    Before(Window),
    /// At a fixed time.
    At(DateTime<Utc>),
}

/// A span of time, and how it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// How its beginning was said.
    pub start: Start,
    /// Its first moment.
    pub since: DateTime<Utc>,
    /// Its end, which is not part of it.
    pub until: DateTime<Utc>,
}

impl Period {
    /// The span that starts there and ends at `until`.
    #[must_use]
    pub fn new(start: Start, until: DateTime<Utc>) -> Self {
        let since = match start {
            Start::At(since) => since,
            Start::Before(window) => TimeDelta::try_seconds(window.0)
                .and_then(|length| until.checked_sub_signed(length))
                .unwrap_or(DateTime::UNIX_EPOCH),
        };
        Self {
            start,
            since,
            until,
        }
    }

    /// Its length.
    pub(crate) fn window(&self) -> Window {
        Window((self.until - self.since).num_seconds())
    }

    /// The whole of it: `last 6 h to 2026-08-05 00:00 UTC`.
    pub(crate) fn words(&self) -> String {
        let until = self.until.format("%Y-%m-%d %H:%M");
        format!("{} to {until} UTC", self.brief())
    }

    /// How it was asked for: `last 6 h`.
    pub(crate) fn brief(&self) -> String {
        match self.start {
            Start::Before(window) => format!("last {}", window.words()),
            Start::At(since) => since.format("%Y-%m-%d %H:%M").to_string(),
        }
    }

    /// As part of a sentence: `in the last 6 h`.
    pub(crate) fn adverb(&self) -> String {
        match self.start {
            Start::Before(_) => format!("in the {}", self.brief()),
            Start::At(_) => format!("from {}", self.words()),
        }
    }
}
