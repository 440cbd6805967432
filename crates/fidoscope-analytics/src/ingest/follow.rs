//! An input that grows while it is read.
//!
//! The tape stays where it is between two looks, so that nothing is read twice; what is stored of
//! the input is verified once, when it is opened. Each look commits what has come since, up to the
//! last line break.

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_events::Mapping;

use super::commit::Committer;
use super::position::{self, Described, Names, PREFIX, Position};
use super::tape::Tape;
use super::unpack::Unpacking;
use super::{IngestObserver, IngestOptions, IngestSummary, Input, choose, pipeline};
use crate::store::Table;
use crate::{StoreError, Tables};

#[cfg(test)]
mod tests;

/// Looks at a stream that is shorter than what streams are told apart by, before it is taken for
/// what it is now. A stream that is sent again comes quickly.
const PATIENCE: u32 = 5;

/// Looks without anything new, after which the tables are closed.
const QUIET: u32 = 16;

/// Age of opened tables: one that others write to, and this input seldom does, must not fall behind
/// what is left of its log.
const REOPEN: TimeDelta = TimeDelta::minutes(10);

/// An input that is followed.
pub struct Follow<'s> {
    store: &'s Tables,
    options: IngestOptions<'s>,
    path: String,
    source_id: Option<String>,
    tape: Tape<'s>,
    prefix: Vec<u8>,
    known: Option<Known<'s>>,
    summary: IngestSummary,
    looks: u32,
    quiet: u32,
}

/// An input whose place in the store is known.
struct Known<'s> {
    mapping: &'s Mapping,
    position: Position,
    committer: Option<Committer<'s>>,
    /// When the tables were opened.
    opened: DateTime<Utc>,
}

impl std::fmt::Debug for Follow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// Opens an input that grows. Its reader gives nothing where there is nothing yet. It must not
    /// be compressed, and have some bytes to begin with.
    pub fn follow<'s>(
        &'s self,
        input: Input<'s>,
        options: &IngestOptions<'s>,
    ) -> Result<Follow<'s>, StoreError> {
        let Input {
            path,
            reader,
            source_id,
            form,
        } = input;
        let how = Unpacking {
            form,
            max_expansion: options.max_expansion,
        };
        let mut tape = Tape::new(reader, how).map_err(|source| StoreError::Input {
            path: path.clone(),
            source,
        })?;
        tape.grow();
        let summary = IngestSummary {
            path: path.clone(),
            compression: tape.compression().name(),
            ..IngestSummary::default()
        };
        Ok(Follow {
            store: self,
            options: self.settled_options(options)?,
            path,
            source_id,
            tape,
            prefix: Vec::new(),
            known: None,
            summary,
            looks: 0,
            quiet: 0,
        })
    }
}

impl<'s> Follow<'s> {
    /// Says of a stream that it holds from the first look on what it held before, so that there is
    /// nothing to wait for.
    #[must_use]
    pub const fn kept(mut self) -> Self {
        self.looks = PATIENCE;
        self
    }

    /// Reads and commits what has come since the last look, and says how many bytes that was. After
    /// an error the input has to be opened again.
    pub fn look(
        &mut self,
        now: DateTime<Utc>,
        observer: &mut dyn IngestObserver,
    ) -> Result<u64, StoreError> {
        self.tape.grow();
        self.read(now, observer)
    }

    /// Reads the rest, a last line without a line break as well, and says what was in the input.
    pub fn finish(
        mut self,
        now: DateTime<Utc>,
        observer: &mut dyn IngestObserver,
    ) -> Result<IngestSummary, StoreError> {
        self.tape.settle();
        self.read(now, observer)?;
        Ok(self.summary)
    }

    /// What was in the input so far.
    #[must_use]
    pub const fn summary(&self) -> &IngestSummary {
        &self.summary
    }

    /// Bytes of the input that are committed, and those before them that were found in the store.
    #[must_use]
    pub const fn committed(&self) -> u64 {
        self.tape.offset()
    }

    fn read(
        &mut self,
        now: DateTime<Utc>,
        observer: &mut dyn IngestObserver,
    ) -> Result<u64, StoreError> {
        self.options.now = now;
        let before = self.summary.bytes;
        if self.tape.has_line(self.options.piece_bytes) {
            if self.known.is_none() {
                self.known = self.open()?;
            }
            // Opening has passed over what is stored.
            if self.known.is_some() && self.tape.has_line(self.options.piece_bytes) {
                self.store_lines(observer)?;
            }
        }
        let read = self.summary.bytes - before;
        self.quiet = if read > 0 {
            0
        } else {
            self.quiet.saturating_add(1)
        };
        if self.quiet >= QUIET
            && let Some(known) = &mut self.known
        {
            known.committer = None;
        }
        self.summary.damage = self.tape.damage().map(str::to_owned);
        Ok(read)
    }

    /// Finds out what the input is and how far it is stored; `None` while that cannot be told.
    fn open(&mut self) -> Result<Option<Known<'s>>, StoreError> {
        let growing = self.tape.is_growing();
        self.looks += 1;
        if self.prefix.len() < PREFIX && self.tape.offset() == 0 {
            self.prefix = self.tape.peek(PREFIX).to_vec();
        }
        let short = self.source_id.is_some() && self.prefix.len() < PREFIX;
        if growing && short && self.looks < PATIENCE {
            return Ok(None);
        }
        let Some(mapping) = choose(&self.path, &mut self.tape, &self.options)? else {
            return Ok(None);
        };
        let (tape, prefix) = (&mut self.tape, &self.prefix);
        let names = Names {
            source_id: self.source_id.as_deref(),
            pseudonyms: &self.options.pseudonyms,
        };
        let found = position::find_from(self.store, tape, prefix, names, growing)?;
        let Some(position) = found else {
            return Ok(None);
        };
        mapping.source().clone_into(&mut self.summary.source);
        self.summary.input = Some(position.variant.input);
        self.summary.skipped_bytes = position.start.offset;
        self.summary.skipped_lines = position.start.lines;
        self.summary.skipped_events = position.events;
        Ok(Some(Known {
            mapping,
            position,
            committer: None,
            opened: self.options.now,
        }))
    }

    fn store_lines(&mut self, observer: &mut dyn IngestObserver) -> Result<(), StoreError> {
        let Some(known) = &mut self.known else {
            return Ok(());
        };
        let observed = self.options.now.timestamp_micros();
        let mut committer = match known.committer.take() {
            Some(committer) => committer,
            None => {
                known.opened = self.options.now;
                let about = Described {
                    path: self.path.clone().into(),
                    source: known.mapping.source(),
                    mapping_version: known.mapping.version(),
                    compression: self.tape.compression().name(),
                    observed,
                    pseudonyms: self.options.pseudonyms.clone(),
                };
                Committer::new(self.store, known.position.clone(), about)?
            }
        };
        committer.at(observed);
        pipeline::run(
            &mut self.tape,
            known.mapping,
            &self.options,
            &mut committer,
            &mut self.summary,
            observer,
        )?;
        known.position = committer.position().clone();
        let fresh = self.options.now - known.opened < REOPEN;
        known.committer = fresh.then_some(committer);
        if !fresh {
            Table::ALL
                .iter()
                .for_each(|table| self.store.forget(*table));
        }
        Ok(())
    }
}
