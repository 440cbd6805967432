//! What a line turned out to be.

use chrono::{DateTime, TimeDelta, Utc};

use crate::Pseudonyms;

/// 2012-01-01T00:00:00Z, before which nobody logged WebAuthn.
const EARLIEST: i64 = 1_325_376_000_000_000;

/// What decoding needs to know besides the line.
#[derive(Clone, Debug)]
pub struct Context<'k> {
    pub(crate) pseudonyms: &'k Pseudonyms,
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

impl<'k> Context<'k> {
    /// A context; events more than a day after `now` are rejected.
    #[must_use]
    pub fn new(pseudonyms: &'k Pseudonyms, now: DateTime<Utc>) -> Self {
        let latest = now
            .checked_add_signed(TimeDelta::hours(24))
            .map_or(i64::MAX, |time| time.timestamp_micros());
        Self {
            pseudonyms,
            earliest: EARLIEST,
            latest,
        }
    }
}

/// A line without the mark of the order of bytes that some programs put before the first one.
pub(crate) fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

/// What was in one line besides its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that became events.
    pub mapped: u32,
    /// Records that repeat an event under another type.
    pub shadow: u32,
    /// Records of the source that are not about passkeys.
    pub other: u32,
    /// Keys of a native line that are no column; they went to `attrs`.
    pub unknown_keys: u32,
}

/// Working memory of decoding: keep one per thread and pass it to every call.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(crate) tally: Tally,
    pub(crate) order: crate::native::KeyOrder,
    pub(crate) verdicts: crate::glance::Verdicts,
}

impl Scratch {
    /// Fresh working memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the last decoded line held.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }
}

/// What a line turned out to be.
///
/// A line with several records (an array, an envelope) is taken as a whole: when one record is
/// rejected, no event of the line is emitted and the whole line is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// So many events were emitted.
    Mapped(u32),
    /// It repeats an event that the source also logs under another type.
    Shadow,
    /// It is from the right source, and not about passkeys.
    Other,
    /// It lacks what a line of interest has, so it was not read.
    Prefiltered,
    /// It holds nothing but white space.
    Blank,
    /// It cannot be read.
    Rejected(Rejection),
}

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Stable word, e.g. `wrong_type`.
    pub code: &'static str,
    /// One sentence without a full stop.
    pub message: String,
    /// Path of the field inside the record.
    pub field: Option<String>,
    /// Byte of the line at which the trouble starts, from 0.
    pub offset_in_line: Option<u64>,
}
