//! A piece of lines in, a batch of events and the records that cannot be read out.

use std::ops::Range;

use deltalake::arrow::array::{RecordBatch, UInt64Array};
use deltalake::arrow::compute::take_record_batch;
use fidoscope_events::{Context, Line, Mapping, Rejection, Scratch};
use sha2::{Digest, Sha256};

use super::IngestOptions;
use super::summary::Counts;
use super::tape::{Content, MAX_LINE, Mark, Piece, as_u64};
use crate::StoreError;
use crate::schema::{EventColumns, Place, day_of};

/// Longest record whose bytes are kept in the table of the quarantine.
pub(crate) const MAX_KEPT: usize = 1 << 20;

/// A record that cannot be read.
#[derive(Debug)]
pub(crate) struct SetAside {
    /// Where the record is: of a line that is one record, the line.
    pub(crate) place: Place,
    pub(crate) rejection: Rejection,
    pub(crate) raw: Option<Vec<u8>>,
    /// Of a record whose bytes are not kept in the table.
    pub(crate) sha256: Option<[u8; 32]>,
    /// The last line of an input that lacks its line break: it may still be growing.
    pub(crate) unfinished: bool,
}

/// What came of a piece.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Events of one day each, in the order of the days.
    pub(crate) days: Vec<(i64, RecordBatch)>,
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) counts: Counts,
    pub(crate) bytes: u64,
    pub(crate) end: Mark,
}

/// Decodes pieces; one for each thread.
pub(crate) struct Decoder<'a> {
    mapping: &'a Mapping,
    is_open: bool,
    context: Context<'a>,
    scratch: Scratch,
    columns: EventColumns,
    input: i64,
    observed: i64,
    keep_whole: bool,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(mapping: &'a Mapping, options: &'a IngestOptions<'_>, input: i64) -> Self {
        Self {
            mapping,
            is_open: mapping.is_open(),
            context: Context::new(&options.pseudonyms, options.now),
            scratch: Scratch::new(),
            columns: EventColumns::default(),
            input,
            observed: options.now.timestamp_micros(),
            keep_whole: options.keep_whole,
        }
    }

    /// Decodes a piece; `see` is shown all its events at once.
    pub(crate) fn decode(
        &mut self,
        piece: &Piece,
        see: impl FnOnce(&RecordBatch) -> Result<(), StoreError>,
    ) -> Result<Decoded, StoreError> {
        let mut work = Work::default();
        match &piece.content {
            Content::Lines(bytes) => self.lines(piece, bytes, &mut work),
            Content::Oversize { length, sha256 } => {
                work.counts.lines += 1;
                work.counts.records += 1;
                work.set_aside.push(too_long(piece, *length, *sha256));
            }
        }
        let batch = self.columns.finish(self.input, self.observed)?;
        see(&batch)?;
        Ok(Decoded {
            days: by_day(&batch, &work.days)?,
            set_aside: work.set_aside,
            counts: work.counts,
            bytes: piece.end.offset - piece.offset,
            end: piece.end,
        })
    }

    fn lines(&mut self, piece: &Piece, bytes: &[u8], work: &mut Work) {
        let mut start = 0;
        let mut number = piece.first_line;
        while start < bytes.len() {
            let rest = bytes.get(start..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest);
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let step = line.len() + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let place = Place {
                line: as_i64(number),
                offset: as_i64(piece.offset + as_u64(start)),
                length: as_i64(as_u64(line.len())),
            };
            let rejections = self.line(line, place, work);
            // A line that has given events is done with, whatever comes behind it.
            let unfinished = end.is_none() && self.scratch.tally().mapped == 0;
            for rejection in rejections {
                let record = self.set_aside(line, place, rejection, unfinished);
                work.set_aside.push(record);
            }
            start += step;
            number += 1;
        }
    }

    /// Decodes a line; gives what of it cannot be read.
    fn line(&mut self, line: &[u8], place: Place, work: &mut Work) -> Vec<Rejection> {
        let (columns, days, counts) = (&mut self.columns, &mut work.days, &mut work.counts);
        let is_open = self.is_open;
        counts.lines += 1;
        let line_is = self
            .mapping
            .decode(line, &self.context, &mut self.scratch, &mut |event| {
                columns.push(event, place);
                days.push(day_of(event.ts));
                counts.kind(&event.kind);
                counts.oddities.look(event, is_open);
            });
        let tally = self.scratch.tally();
        counts.unknown_keys += u64::from(tally.unknown_keys);
        if line_is == Line::Blank {
            counts.blank += 1;
            return Vec::new();
        }
        counts.records += u64::from(tally.records());
        match line_is {
            Line::Mapped(_) => counts.mapped += 1,
            Line::Shadow => counts.shadows += 1,
            Line::Other => counts.other += 1,
            Line::Prefiltered => counts.prefiltered += 1,
            Line::Blank => {}
            Line::Rejected(rejections) => {
                counts.mapped += u64::from(tally.mapped > 0);
                return rejections;
            }
        }
        Vec::new()
    }

    fn set_aside(
        &self,
        line: &[u8],
        mut place: Place,
        rejection: Rejection,
        unfinished: bool,
    ) -> SetAside {
        let bytes = rejection.bytes(line);
        if let Some(within) = &rejection.record {
            place.offset += as_i64(as_u64(within.bytes.start));
            place.length = as_i64(as_u64(bytes.len()));
        }
        let small = bytes.len() <= MAX_KEPT;
        SetAside {
            place,
            raw: (small || self.keep_whole).then(|| bytes.to_vec()),
            sha256: (!small).then(|| Sha256::digest(bytes).into()),
            rejection,
            unfinished,
        }
    }
}

#[derive(Default)]
struct Work {
    days: Vec<i64>,
    set_aside: Vec<SetAside>,
    counts: Counts,
}

fn too_long(piece: &Piece, length: u64, sha256: [u8; 32]) -> SetAside {
    SetAside {
        place: Place {
            line: as_i64(piece.first_line),
            offset: as_i64(piece.offset),
            length: as_i64(length),
        },
        rejection: Rejection {
            code: "line_too_long",
            message: format!("the line has {length} bytes; at most {MAX_LINE} are read"),
            field: None,
            offset_in_line: None,
            record: None,
        },
        raw: None,
        sha256: Some(sha256),
        unfinished: false,
    }
}

/// Splits a batch by day: without copying when each day is one run, which a log usually is.
fn by_day(batch: &RecordBatch, days: &[i64]) -> Result<Vec<(i64, RecordBatch)>, StoreError> {
    let mut runs: Vec<(i64, Range<usize>)> = Vec::new();
    for (row, day) in days.iter().enumerate() {
        match runs.last_mut() {
            Some((last, range)) if last == day => range.end = row + 1,
            _ => runs.push((*day, row..row + 1)),
        }
    }
    runs.sort_by_key(|(day, range)| (*day, range.start));
    let mut parts = Vec::new();
    for same in runs.chunk_by(|(a, _), (b, _)| a == b) {
        let part = match same {
            [(_, range)] => batch.slice(range.start, range.len()),
            many => {
                let rows = many.iter().flat_map(|(_, range)| range.clone()).map(as_u64);
                take_record_batch(batch, &UInt64Array::from_iter_values(rows))?
            }
        };
        parts.extend(same.first().map(|(day, _)| (*day, part)));
    }
    Ok(parts)
}

/// Offsets and lines fit: 2^63 bytes is more than any file system holds.
pub(crate) fn as_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
