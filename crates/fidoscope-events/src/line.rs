//! What a line turned out to be, and the records in it.

use std::ops::Range;

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
    /// Records that cannot be read; a line that cannot be read as a whole counts as one.
    pub rejected: u32,
    /// Keys of a native line that are no column; they went to `attrs`.
    pub unknown_keys: u32,
}

impl Tally {
    /// Records in the line, whatever became of them; at least the line itself.
    #[must_use]
    pub const fn records(self) -> u32 {
        let read = self.mapped.saturating_add(self.shadow);
        let all = read
            .saturating_add(self.other)
            .saturating_add(self.rejected);
        if all == 0 { 1 } else { all }
    }
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
/// A line may hold many records (an array, an envelope, an export of telemetry). A record that cannot
/// be read is rejected alone: the events of its neighbours are emitted, and the [`Tally`] counts them.
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
    /// Records of it cannot be read: these, in their order. Where the line itself cannot be read it
    /// is the only one.
    Rejected(Vec<Rejection>),
}

/// Why a record cannot be read.
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
    /// Where in the line the record is; absent where the record is the line.
    pub record: Option<Within>,
}

/// Where in a line a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// Its path, e.g. `resourceLogs[0].scopeLogs[0].logRecords[3]`.
    pub path: String,
    /// Its bytes.
    pub bytes: Range<usize>,
}

impl Rejection {
    /// The bytes of the record, of a line that was decoded.
    #[must_use]
    pub fn bytes<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        let within = self.record.as_ref();
        within
            .and_then(|within| line.get(within.bytes.clone()))
            .unwrap_or(line)
    }

    /// Counts from another beginning of the line, `before` bytes earlier.
    fn move_by(&mut self, before: usize) {
        if let Some(offset) = &mut self.offset_in_line {
            *offset += u64::try_from(before).unwrap_or(0);
        }
        if let Some(Within { bytes, .. }) = &mut self.record {
            *bytes = bytes.start + before..bytes.end + before;
        }
    }
}

impl Line {
    /// A line that cannot be read.
    pub(crate) fn rejected(why: Rejection) -> Self {
        Self::Rejected(vec![why])
    }

    /// The same line behind `before` more bytes.
    pub(crate) fn behind(mut self, before: usize) -> Self {
        if let (Self::Rejected(rejections), 1..) = (&mut self, before) {
            rejections.iter_mut().for_each(|why| why.move_by(before));
        }
        self
    }
}
