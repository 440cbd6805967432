//! Reader, threads and commits side by side.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use deltalake::arrow::array::RecordBatch;
use fidoscope_events::Mapping;
use fidoscope_report::RawPlace;

use super::commit::{Committer, Step};
use super::decode::{Decoded, Decoder, SetAside};
use super::follower::Following;
use super::queue::{CloseOnDrop, Queue, Task};
use super::summary::{IngestSummary, Quarantined};
use super::tape::{Content, Mark, Pool, Tape, as_u64};
use super::{IngestObserver, IngestOptions};
use crate::StoreError;
use crate::schema::{date_text, event_file_schema};
use crate::store::{NewFile, Target, write};

/// Rows of one file at most, so that the last unit of an input also keeps all threads busy.
pub(super) const FILE_ROWS: usize = 1 << 16;

/// Bytes of a stretch, about a million events: so many of them are held by followers before they learn
/// which are stored. No unit is longer.
const STRETCH_BYTES: u64 = 512 << 20;

/// What an event weighs until it is stored, about as much as its line.
const EVENT_BYTES: u64 = 1 << 10;

enum Message {
    Decoded { number: u64, decoded: Box<Decoded> },
    Encoded { unit: u64, file: NewFile },
    EndOfInput { pieces: u64 },
    Failed(StoreError),
}

/// Reads the rest of the tape into the store.
pub(crate) fn run(
    tape: &mut Tape<'_>,
    mapping: &Mapping,
    options: &IngestOptions<'_>,
    committer: &mut Committer<'_>,
    summary: &mut IngestSummary,
    observer: &mut dyn IngestObserver,
) -> Result<(), StoreError> {
    let threads = options.threads.max(1);
    let piece_bytes = options.piece_bytes.max(1);
    let unit_bytes = options.unit_bytes.max(1);
    // Two units: one is decoded while the other is encoded.
    let queue = Queue::new(unit_bytes.saturating_mul(2));
    let followers = options.followers.iter();
    let followers: Vec<_> = followers.map(|follower| follower.follow()).collect();
    let (sender, receiver) = channel();
    let (input, target) = (committer.input(), committer.target());
    thread::scope(|scope| {
        let closer = CloseOnDrop(&queue);
        for _ in 0..threads {
            let sender = sender.clone();
            let decoder = Decoder::new(mapping, options, input);
            let hands = Hands {
                queue: &queue,
                decoder,
                target: &target,
                pool: tape.pool(),
                followers: &followers,
            };
            scope.spawn(move || hands.work(&sender));
        }
        let reader = &queue;
        scope.spawn(move || read(tape, piece_bytes, reader, &sender));
        let start = committer.start();
        let mut coordinator = Coordinator {
            queue: &queue,
            followers: &followers,
            options,
            committer,
            summary,
            observer,
            unit_bytes,
            cut: Cut::default(),
            expected: 0,
            early: BTreeMap::new(),
            open: Unit::starting(start),
            sealed: VecDeque::new(),
            next_unit: 0,
            pieces: None,
        };
        let done = coordinator.run(&receiver);
        coordinator.committer.show();
        drop(closer);
        done
    })
}

fn read(tape: &mut Tape<'_>, piece_bytes: usize, queue: &Queue, sender: &Sender<Message>) {
    let (mut pieces, mut cut) = (0, Cut::default());
    while let Some(piece) = tape.next_piece(piece_bytes) {
        let stretch = cut.stretch;
        cut.pass(piece.end.offset - piece.offset);
        if !queue.decode(pieces, stretch, piece) {
            return;
        }
        pieces += 1;
    }
    // Nobody listens any more only when the ingest has stopped for another reason.
    let _ = sender.send(Message::EndOfInput { pieces });
}

/// What a thread works with.
struct Hands<'a> {
    queue: &'a Queue,
    decoder: Decoder<'a>,
    target: &'a Target,
    pool: Arc<Pool>,
    followers: &'a [Box<dyn Following + 'a>],
}

impl Hands<'_> {
    fn work(mut self, sender: &Sender<Message>) {
        // A thread that panics must not leave the others waiting for its result.
        let alarm = Alarm(sender);
        while let Some(task) = self.queue.next() {
            let message = self.run(task);
            if sender
                .send(message.unwrap_or_else(Message::Failed))
                .is_err()
            {
                break;
            }
        }
        drop(alarm);
    }

    fn run(&mut self, task: Task) -> Result<Message, StoreError> {
        match task {
            Task::Decode {
                number,
                stretch,
                piece,
            } => {
                let mut followers = self.followers.iter();
                let decoded = self.decoder.decode(&piece, |events| {
                    followers.try_for_each(|follower| follower.decoded(stretch, events))
                })?;
                if let Content::Lines(buffer) = piece.content {
                    self.pool.give(buffer);
                }
                Ok(Message::Decoded {
                    number,
                    decoded: Box::new(decoded),
                })
            }
            Task::Encode { unit, day, batches } => {
                let date = Some(date_text(day));
                let file = write(self.target, &event_file_schema(), date, &batches)?;
                Ok(Message::Encoded { unit, file })
            }
        }
    }
}

struct Alarm<'s>(&'s Sender<Message>);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self
                .0
                .send(Message::Failed(StoreError::Stopped { part: "decoder" }));
        }
    }
}

/// Where an input is cut into stretches, whatever is in them: reader and coordinator cut alike.
#[derive(Default)]
struct Cut {
    held: u64,
    stretch: u64,
}

impl Cut {
    /// Passes a piece; says which stretch ends with it.
    const fn pass(&mut self, bytes: u64) -> Option<u64> {
        self.held += bytes;
        if self.held < STRETCH_BYTES {
            return None;
        }
        self.held = 0;
        self.stretch += 1;
        Some(self.stretch - 1)
    }
}

/// Pieces that are committed together.
struct Unit {
    number: u64,
    /// The stretch that ends with it.
    ends: Option<u64>,
    end: Mark,
    looked_at: u64,
    bytes: u64,
    /// What is held of them, in bytes; much less than they were where few lines are events.
    weight: u64,
    events: u64,
    days: BTreeMap<i64, Vec<RecordBatch>>,
    set_aside: Vec<SetAside>,
    files: Vec<NewFile>,
    pending: usize,
}

impl Unit {
    const fn starting(at: Mark) -> Self {
        Self {
            number: 0,
            ends: None,
            end: at,
            looked_at: at.offset,
            bytes: 0,
            weight: 0,
            events: 0,
            days: BTreeMap::new(),
            set_aside: Vec::new(),
            files: Vec::new(),
            pending: 0,
        }
    }
}

struct Coordinator<'c, 's, 'q> {
    queue: &'q Queue,
    followers: &'q [Box<dyn Following + 'q>],
    options: &'c IngestOptions<'c>,
    committer: &'c mut Committer<'s>,
    summary: &'c mut IngestSummary,
    observer: &'c mut dyn IngestObserver,
    /// A unit is full when it weighs so much.
    unit_bytes: u64,
    cut: Cut,
    /// Number of the next piece, and those that came before their turn.
    expected: u64,
    early: BTreeMap<u64, Decoded>,
    open: Unit,
    sealed: VecDeque<Unit>,
    next_unit: u64,
    /// How many pieces there are, once that is known.
    pieces: Option<u64>,
}

impl Coordinator<'_, '_, '_> {
    fn run(&mut self, receiver: &Receiver<Message>) -> Result<(), StoreError> {
        loop {
            match receiver.recv() {
                Ok(Message::Decoded { number, decoded }) => {
                    self.early.insert(number, *decoded);
                }
                Ok(Message::Encoded { unit, file }) => self.encoded(unit, file),
                Ok(Message::EndOfInput { pieces }) => self.pieces = Some(pieces),
                Ok(Message::Failed(error)) => return Err(error),
                Err(_) => return Err(StoreError::Stopped { part: "decoder" }),
            }
            while let Some(decoded) = self.early.remove(&self.expected) {
                self.expected += 1;
                if self.take(decoded).is_break() {
                    return Err(StoreError::Interrupted);
                }
            }
            if self.pieces == Some(self.expected) && self.open.bytes > 0 {
                self.seal(None);
            }
            self.commit_ready()?;
            if self.pieces == Some(self.expected) && self.sealed.is_empty() {
                return self.pass_on(self.cut.stretch);
            }
        }
    }

    fn encoded(&mut self, number: u64, file: NewFile) {
        if let Some(unit) = self.sealed.iter_mut().find(|unit| unit.number == number) {
            unit.files.push(file);
            unit.pending -= 1;
        }
    }

    fn take(&mut self, decoded: Decoded) -> ControlFlow<()> {
        let weight = weight(&decoded);
        let Decoded {
            days,
            set_aside,
            counts,
            bytes,
            end,
        } = decoded;
        let unit = &mut self.open;
        unit.bytes += bytes;
        unit.weight += weight;
        unit.looked_at = end.offset;
        unit.events += counts.events();
        for (day, batch) in days {
            unit.days.entry(day).or_default().push(batch);
        }
        if !set_aside.iter().any(|line| line.unfinished) {
            unit.end = end;
        }
        for line in set_aside {
            if !self.committer.has(&line) {
                count(self.summary, self.committer.path(), &line);
                unit.set_aside.push(line);
            }
        }
        self.summary.bytes += bytes;
        self.summary.add(counts);
        self.queue.done(bytes - weight);
        let stretch = self.cut.pass(bytes);
        if stretch.is_some() || self.open.weight >= self.unit_bytes {
            self.seal(stretch);
        }
        self.observer
            .progress(self.summary.bytes, self.summary.events)
    }

    /// Hands the events of the open unit to the threads, a day at a time.
    fn seal(&mut self, ends: Option<u64>) {
        let next = Unit::starting(self.open.end);
        let mut unit = std::mem::replace(&mut self.open, next);
        unit.number = self.next_unit;
        unit.ends = ends;
        self.next_unit += 1;
        for (day, batches) in std::mem::take(&mut unit.days) {
            for batches in files_of(batches) {
                unit.pending += 1;
                self.queue.encode(unit.number, day, batches);
            }
        }
        self.sealed.push_back(unit);
    }

    fn commit_ready(&mut self) -> Result<(), StoreError> {
        while self.sealed.front().is_some_and(|unit| unit.pending == 0) {
            let Some(mut unit) = self.sealed.pop_front() else {
                break;
            };
            unit.files.sort_by(|a, b| a.path.cmp(&b.path));
            let step = Step {
                end: unit.end,
                looked_at: unit.looked_at,
                events: unit.events,
                set_aside: unit.set_aside,
                files: unit.files,
            };
            self.queue.done(unit.weight);
            if self.committer.commit(step, self.observer)?.is_break() {
                return Err(StoreError::Interrupted);
            }
            if let Some(stretch) = unit.ends {
                self.pass_on(stretch)?;
            }
        }
        Ok(())
    }

    /// Tells the followers that the events of a stretch are stored.
    fn pass_on(&mut self, stretch: u64) -> Result<(), StoreError> {
        let (versions, now) = (self.committer.stored(), self.options.now);
        let mut followers = self.followers.iter();
        followers.try_for_each(|follower| follower.committed(stretch, versions, now))
    }
}

/// What is left of a piece when it is decoded, in bytes; at most what it was.
fn weight(decoded: &Decoded) -> u64 {
    let kept = decoded
        .set_aside
        .iter()
        .filter_map(|line| line.raw.as_ref());
    let kept: usize = kept.map(Vec::len).sum();
    let events = decoded.counts.events().saturating_mul(EVENT_BYTES);
    decoded.bytes.min(events.saturating_add(as_u64(kept)))
}

/// Cuts the batches of a day into files of a bounded number of rows.
fn files_of(batches: Vec<RecordBatch>) -> Vec<Vec<RecordBatch>> {
    let mut files: Vec<(usize, Vec<RecordBatch>)> = Vec::new();
    for batch in batches {
        let rows = batch.num_rows();
        match files.last_mut() {
            Some((held, file)) if *held + rows <= FILE_ROWS => {
                *held += rows;
                file.push(batch);
            }
            _ => files.push((rows, vec![batch])),
        }
    }
    files.into_iter().map(|(_, file)| file).collect()
}

fn count(summary: &mut IngestSummary, path: &str, line: &SetAside) {
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    let reason = summary
        .quarantined
        .entry(line.rejection.code)
        .or_insert_with(|| Quarantined {
            count: 0,
            first: RawPlace {
                path: path.to_owned(),
                line: number(line.place.line),
                offset: number(line.place.offset),
                length: number(line.place.length),
            },
            message: line.rejection.message.clone(),
            field: line.rejection.field.clone(),
        });
    reason.count += 1;
}
