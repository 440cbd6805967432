//! Reads a log into the store, exactly once.
//!
//! An input is a tape of decompressed bytes. It is cut into pieces of whole lines, which the
//! threads decode; pieces add up to units, and the events of a unit are written to one file for
//! each day and committed in one go, together with the position of the tape. Three commits make a
//! step: `inputs` announces the digest of everything up to the new position, `quarantine` takes
//! the lines that cannot be read, `events` takes the events. The position in `events` is the one
//! that counts; whatever a killed process left behind it is recognised and not repeated.

use std::io::Read;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use fidoscope_events::{Catalogue, Mapping, Misfit, Pseudonyms, is_csv};

use crate::{StoreError, Tables};

mod apart;
mod commit;
mod decode;
mod follow;
mod follower;
mod oddities;
mod pipeline;
mod position;
mod quarantine;
mod queue;
mod summary;
mod tape;
#[cfg(test)]
mod tests;
mod unpack;

#[doc(hidden)]
pub use apart::write_apart_from_a_store;
pub use follow::Follow;
pub use follower::{Follower, Following, Versions};
pub use oddities::Oddities;
pub(crate) use position::{application, input_of};
pub(crate) use quarantine::FILES as RAW_FILES;
pub use summary::{IngestSummary, Quarantined};
pub use tape::MAX_LINE;
pub use unpack::{decompressed, is_compressed};

use commit::Committer;
use position::Described;
use tape::Tape;
use unpack::{Form, Unpacking};

/// A log to read.
pub struct Input<'r> {
    path: String,
    reader: Box<dyn Read + Send + 'r>,
    source_id: Option<String>,
    form: Form,
}

impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<'r> Input<'r> {
    /// A file, by the name that the user gave it. It may be gzip or zstd; it is a table where its
    /// name says so (`.csv`, `.tsv.gz`).
    pub fn new(path: impl Into<String>, reader: impl Read + Send + 'r) -> Self {
        let path = path.into();
        let form = if is_csv(&path) {
            Form::Table
        } else {
            Form::Records
        };
        Self {
            form,
            path,
            reader: Box::new(reader),
            source_id: None,
        }
    }

    /// A table (CSV) whatever its name: the first record names the members of the others.
    #[must_use]
    pub fn as_table(self) -> Self {
        Self {
            form: Form::Table,
            ..self
        }
    }

    /// Records that lie as their sender framed them, one a line: no carrier is looked for.
    #[must_use]
    pub fn framed(self) -> Self {
        Self {
            form: Form::Framed,
            ..self
        }
    }

    /// A stream that has no name of its own, e.g. standard input: streams with different
    /// identifiers are different inputs, also when they begin alike.
    #[must_use]
    pub fn with_source_id(self, source_id: impl Into<String>) -> Self {
        Self {
            source_id: Some(source_id.into()),
            ..self
        }
    }
}

/// Which mapping reads the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceChoice {
    /// The one that recognises the first lines.
    Auto,
    /// The one of this name.
    Named(String),
}

/// How to ingest.
#[derive(Clone)]
pub struct IngestOptions<'a> {
    /// The time of the ingest.
    pub now: DateTime<Utc>,
    /// Threads that decode and write.
    pub threads: usize,
    /// Which mapping reads the lines.
    pub source: SourceChoice,
    /// The mappings there are.
    pub catalogue: &'a Catalogue,
    /// The key of the pseudonyms.
    pub pseudonyms: Pseudonyms,
    /// Decompressed bytes that one thread decodes at a time.
    pub piece_bytes: usize,
    /// Decompressed bytes that are committed at a time; of lines that are no events there may be many
    /// more, up to 512 MiB.
    pub unit_bytes: u64,
    /// Tables that follow the events, and see them while they are decoded.
    pub followers: &'a [&'a dyn Follower],
    /// Decompressed bytes that are read for each byte of a compressed input at most; 0 for any
    /// number.
    pub max_expansion: u64,
    /// Whether a record that cannot be read is kept whatever its size: the input is the only copy of
    /// it. Otherwise more than 1 MiB of it are kept by place, length and hash.
    pub keep_whole: bool,
}

impl std::fmt::Debug for IngestOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IngestOptions")
            .field("now", &self.now)
            .field("threads", &self.threads)
            .field("source", &self.source)
            .field("unit_bytes", &self.unit_bytes)
            .finish_non_exhaustive()
    }
}

impl<'a> IngestOptions<'a> {
    /// Two threads, any source, pieces and units of a size that suits a large file.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue, pseudonyms: &Pseudonyms, now: DateTime<Utc>) -> Self {
        Self {
            now,
            threads: 2,
            source: SourceChoice::Auto,
            catalogue,
            pseudonyms: pseudonyms.clone(),
            piece_bytes: 4 << 20,
            unit_bytes: 64 << 20,
            followers: &[],
            max_expansion: 250,
            keep_whole: false,
        }
    }
}

/// How far a step of an ingest has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The event files are written, nothing is committed.
    FilesWritten,
    /// The step is announced in `inputs`.
    Announced,
    /// The lines that cannot be read are in `quarantine`.
    QuarantineCommitted,
    /// The events are in `events`: the step is done.
    EventsCommitted,
}

/// Is told how an ingest gets on, and may stop it: what is committed stays, and the next ingest of
/// the same input goes on from there.
pub trait IngestObserver {
    /// So many decompressed bytes have been decoded, so many events were in them.
    fn progress(&mut self, bytes: u64, events: u64) -> ControlFlow<()> {
        let _ = (bytes, events);
        ControlFlow::Continue(())
    }

    /// A step has reached a stage.
    fn reached(&mut self, stage: Stage) -> ControlFlow<()> {
        let _ = stage;
        ControlFlow::Continue(())
    }
}

/// An observer that lets everything pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl IngestObserver for Silent {}

impl Tables {
    /// Reads an input into the store. What an earlier ingest has stored is passed over.
    ///
    /// A damaged input (a gzip stream that is cut off) is read as far as it goes; the summary says
    /// so, and after a repair the same call stores the rest.
    pub fn ingest(
        &self,
        input: Input<'_>,
        options: &IngestOptions<'_>,
        observer: &mut dyn IngestObserver,
    ) -> Result<IngestSummary, StoreError> {
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
        let mapping = choose(&path, &mut tape, options)?;
        let options = &self.settled_options(options)?;
        let mut summary = IngestSummary {
            path: path.clone(),
            source: mapping
                .map(|mapping| mapping.source().to_owned())
                .unwrap_or_default(),
            compression: tape.compression().name(),
            ..IngestSummary::default()
        };
        let position = position::find(self, &mut tape, source_id.as_deref(), &options.pseudonyms)?;
        let misfit = mapping.and_then(|mapping| misfit(mapping, &mut tape, options));
        if let (Some(mapping), Some(position)) = (mapping, position) {
            summary.input = Some(position.variant.input);
            summary.skipped_bytes = position.start.offset;
            summary.skipped_lines = position.start.lines;
            summary.skipped_events = position.events;
            let about = Described {
                path: path.as_str().into(),
                source: mapping.source(),
                mapping_version: mapping.version(),
                compression: tape.compression().name(),
                observed: options.now.timestamp_micros(),
                pseudonyms: options.pseudonyms.clone(),
            };
            let mut committer = Committer::new(self, position, about)?;
            pipeline::run(
                &mut tape,
                mapping,
                options,
                &mut committer,
                &mut summary,
                observer,
            )?;
        }
        summary.damage = tape.damage().map(str::to_owned);
        let is_known = summary.skipped_events + summary.mapped + summary.shadows > 0;
        summary.misfit = misfit.filter(|_| !is_known);
        Ok(summary)
    }

    /// The options with the pseudonyms as this store has them; refuses those under another key.
    fn settled_options<'a>(
        &self,
        options: &IngestOptions<'a>,
    ) -> Result<IngestOptions<'a>, StoreError> {
        Ok(IngestOptions {
            pseudonyms: self.settle_key(&options.pseudonyms)?,
            ..options.clone()
        })
    }
}

/// Bytes of the beginning that a mapping is chosen by.
const SAMPLE: usize = 64 << 10;

/// What is wrong with a mapping that the user named.
fn misfit(mapping: &Mapping, tape: &mut Tape<'_>, options: &IngestOptions<'_>) -> Option<Misfit> {
    if options.source == SourceChoice::Auto {
        return None;
    }
    let Beginning::Content(start) = beginning(tape) else {
        return None;
    };
    let sample = sample(tape, start);
    let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').collect();
    options.catalogue.misfit(mapping, &lines)
}

/// What an input begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// Nothing else than blank lines, and its end.
    Empty,
    /// More blank lines than are looked through.
    Blank,
    /// Something, behind so many bytes of blank lines.
    Content(usize),
}

/// Looks for the first line that is not blank; a mark of the order of bytes is blank too.
fn beginning(tape: &mut Tape<'_>) -> Beginning {
    let mut room = SAMPLE;
    loop {
        let window = tape.peek(room);
        let marked = window.strip_prefix(b"\xef\xbb\xbf").unwrap_or(window);
        let content = marked.trim_ascii_start();
        if !content.is_empty() {
            return Beginning::Content(window.len() - content.len());
        }
        if window.len() < room {
            return Beginning::Empty;
        }
        if room >= tape::MAX_LINE {
            return Beginning::Blank;
        }
        room = (room * 2).min(tape::MAX_LINE);
    }
}

/// Whole lines from `start` on, or the beginning of one.
fn sample<'t>(tape: &'t mut Tape<'_>, start: usize) -> &'t [u8] {
    let from = |window: &'t [u8]| window.get(start..).unwrap_or_default();
    let short = !tape
        .peek(start + SAMPLE)
        .get(start..)
        .unwrap_or_default()
        .contains(&b'\n');
    let room = if short { tape::MAX_LINE } else { SAMPLE };
    from(tape.peek(start + room))
}

/// The mapping for the lines; `None` for an input without content.
fn choose<'a>(
    path: &str,
    tape: &mut Tape<'_>,
    options: &IngestOptions<'a>,
) -> Result<Option<&'a Mapping>, StoreError> {
    let known = || {
        let names: Vec<&str> = options.catalogue.iter().map(Mapping::source).collect();
        names.join(", ")
    };
    match &options.source {
        SourceChoice::Named(name) => {
            let mapping = options.catalogue.get(name);
            let mapping = mapping.ok_or_else(|| StoreError::NoSuchMapping {
                name: name.clone(),
                known: known(),
            })?;
            Ok((beginning(tape) != Beginning::Empty).then_some(mapping))
        }
        SourceChoice::Auto => {
            let sample = match beginning(tape) {
                Beginning::Empty => return Ok(None),
                Beginning::Blank => {
                    return Err(StoreError::Blank {
                        path: path.to_owned(),
                        bytes: tape::MAX_LINE,
                    });
                }
                Beginning::Content(start) => sample(tape, start),
            };
            let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').collect();
            match options.catalogue.detect(&lines).map(|found| found.mapping) {
                Some(mapping) => Ok(Some(mapping)),
                None => Err(StoreError::UnknownSource {
                    path: path.to_owned(),
                    carrier: tape.carrier(),
                    known: known(),
                }),
            }
        }
    }
}
