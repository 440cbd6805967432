//! The spool: what was accepted and is not in the store yet, on disk before the answer goes out.
//!
//! A spool is a folder of segments, files of lines. A body is written as its lines and an empty line
//! behind them, so that a body that was cut off in the middle, and hence was never answered, is
//! recognised and dropped.
//!
//! Writing is quick and syncing is slow, and one sync keeps all that was written before it. So bodies are
//! written one after the other under one lock, and synced under another: while one thread waits for the
//! disk, others write, and the next sync is for all of them. What is not synced yet is not accepted:
//! neither is it answered, nor does the follower see it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of a segment, after which another one is begun.
const SEGMENT: u64 = 8 << 20;

/// Name of the file that only one process locks at a time.
const LOCK: &str = "lock";

/// Age of a segment, after which another one is begun.
const AGE: Duration = Duration::from_secs(60);

/// For how long a disk that has failed is not to be relied on.
const FAILURE: Duration = Duration::from_secs(30);

/// Which mapping reads the lines of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Events,
    Otlp,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Events, Self::Otlp];

    const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Otlp => "otlp",
        }
    }
}

/// Why a body was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// So much waits for the store that no more is taken.
    Full,
    /// The disk.
    Io(io::Error),
}

/// A file of accepted lines.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    /// Bytes that were accepted.
    acked: Arc<AtomicU64>,
    /// Nothing more comes.
    closed: Arc<AtomicBool>,
}

impl Segment {
    pub(crate) fn length(&self) -> u64 {
        self.acked.load(Ordering::Acquire)
    }

    /// Its bytes as far as they were accepted.
    pub(crate) fn reader(&self) -> io::Result<impl Read + Send + 'static> {
        Ok(Accepted {
            file: File::open(&self.path)?,
            acked: Arc::clone(&self.acked),
            at: 0,
        })
    }

    /// Asked before its length is, so that a closed segment has its final length.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

struct Accepted {
    file: File,
    acked: Arc<AtomicU64>,
    at: u64,
}

impl Read for Accepted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = self.acked.load(Ordering::Acquire).saturating_sub(self.at);
        let read = (&mut self.file).take(left).read(to)?;
        self.at += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

/// A segment that is being written. It is closed when nobody holds it any more: neither the spool, to
/// write another body, nor a thread that has written one and waits for the disk.
struct Open {
    file: File,
    segment: Segment,
    /// Bytes of whole bodies that were written. It grows under the lock of the spool's state.
    written: AtomicU64,
    /// Whether a sync has failed: what was not synced before is lost, and nothing is added.
    failed: Mutex<bool>,
    begun: Instant,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.segment.closed.store(true, Ordering::Release);
    }
}

#[derive(Default)]
struct State {
    open: [Option<Arc<Open>>; 2],
    /// Segments that the follower has not heard of yet.
    new: Vec<Segment>,
    newest: u64,
    /// When the disk has last failed.
    failed: Option<Instant>,
    /// What was accepted before is in the store.
    settled: Option<Instant>,
}

/// The spool of a store. Only one process has it at a time.
pub(crate) struct Spool {
    folder: PathBuf,
    state: Mutex<State>,
    /// Bytes that were accepted and are not in the store yet.
    pending: AtomicU64,
    limit: u64,
    _lock: File,
}

/// A spool that is only read, and that nobody else has meanwhile.
pub(crate) struct Resting {
    segments: Vec<PathBuf>,
    _lock: Option<File>,
}

impl Resting {
    /// The spool in a folder, as an earlier process left it; one without segments where there is none.
    pub(crate) fn find(folder: &Path) -> io::Result<Self> {
        let lock = match File::open(folder.join(LOCK)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self {
                    segments: Vec::new(),
                    _lock: None,
                });
            }
            Err(error) => return Err(error),
        };
        hold(&lock)?;
        let mut segments = names(folder)?;
        segments.retain(|path| parse(path).is_some());
        Ok(Self {
            segments,
            _lock: Some(lock),
        })
    }

    /// Whether nothing is in it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Copies the segments to another folder; they are on disk when this returns.
    pub(crate) fn copy_to(&self, folder: &Path) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        for from in &self.segments {
            let to = folder.join(from.file_name().unwrap_or_default());
            // With its permissions: for the owner only.
            fs::copy(from, &to)?;
            File::open(&to)?.sync_all()?;
        }
        File::open(folder)?.sync_all()
    }
}

/// Keeps other processes from a spool.
fn hold(lock: &File) -> io::Result<()> {
    let held = lock.try_lock();
    held.map_err(|_| io::Error::other("another process serves this store"))
}

/// The files of a spool, in order.
fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let names = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut names: Vec<PathBuf> = names.collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

impl Spool {
    /// Opens the spool in a folder, with what an earlier process left there. `limit` bytes may wait
    /// for the store; `now` in microseconds makes the names of segments unique.
    pub(crate) fn open(folder: &Path, limit: u64, now: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let lock = File::create(folder.join(LOCK))?;
        hold(&lock)?;
        let mut state = State {
            newest: now,
            settled: Some(Instant::now()),
            ..State::default()
        };
        let mut pending = 0;
        for path in names(folder)? {
            if let Some((kind, number)) = parse(&path) {
                state.newest = state.newest.max(number);
                let length = whole_bodies(&path)?;
                pending += length;
                state.new.push(Segment {
                    path,
                    kind,
                    acked: Arc::new(AtomicU64::new(length)),
                    closed: Arc::new(AtomicBool::new(true)),
                });
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            state: Mutex::new(state),
            pending: AtomicU64::new(pending),
            limit,
            _lock: lock,
        })
    }

    /// Takes the lines of a body; they are on disk when this returns.
    pub(crate) fn append(&self, kind: Kind, lines: &[u8]) -> Result<(), Refused> {
        if lines.is_empty() {
            return Ok(());
        }
        let end: &[u8] = if lines.ends_with(b"\n") {
            b"\n"
        } else {
            b"\n\n"
        };
        let body = [lines, end].concat();
        let kept = self.write(kind, &body).and_then(|(open, end)| {
            let synced = open.sync(end);
            if synced.is_err() {
                self.give_up(&open, &body);
            }
            synced.map_err(Refused::Io)
        });
        match kept {
            Err(Refused::Full) => {}
            _ => self.state().failed = kept.is_err().then(Instant::now),
        }
        kept
    }

    /// Writes a body, without waiting for the disk; gives the segment, and where in it the body ends.
    fn write(&self, kind: Kind, body: &[u8]) -> Result<(Arc<Open>, u64), Refused> {
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let mut state = self.state();
        if self.waiting().saturating_add(length) > self.limit {
            return Err(Refused::Full);
        }
        let place = usize::from(kind == Kind::Otlp);
        let held = state.open.get_mut(place).and_then(Option::take);
        let open = match held {
            Some(open) => open,
            None => {
                let number = state.newest + 1;
                let open = self.begin(kind, number).map_err(Refused::Io)?;
                state.newest = number;
                state.new.push(open.segment.clone());
                Arc::new(open)
            }
        };
        let before = open.written.load(Ordering::Acquire);
        if let Err(error) = (&open.file).write_all(body) {
            // What was written half is cut off again. If not even that works, the next start does it.
            let _ = open.file.set_len(before);
            return Err(Refused::Io(error));
        }
        let end = before + length;
        open.written.store(end, Ordering::Release);
        self.pending.fetch_add(length, Ordering::Relaxed);
        if let Some(slot) = state.open.get_mut(place)
            && end < SEGMENT
        {
            *slot = Some(Arc::clone(&open));
        }
        Ok((open, end))
    }

    /// Ends a segment that could not be synced, without a body that is not accepted.
    fn give_up(&self, open: &Arc<Open>, body: &[u8]) {
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
        self.pending.fetch_sub(length, Ordering::Relaxed);
        let mut state = self.state();
        for slot in &mut state.open {
            if slot.as_ref().is_some_and(|held| Arc::ptr_eq(held, open)) {
                *slot = None;
            }
        }
        // Nobody writes to it now. If it cannot be cut off, the next start finds whole bodies whose senders
        // have been told to send them again.
        let _ = open.file.set_len(open.segment.length());
    }

    fn begin(&self, kind: Kind, number: u64) -> io::Result<Open> {
        let name = format!("{}-{number:020}.ndjson", kind.name());
        let path = self.folder.join(name);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        // Lines are as they came, with all that they say of people.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        // The name has to last as well as the content.
        File::open(&self.folder)?.sync_all()?;
        Ok(Open {
            file,
            segment: Segment {
                path,
                kind,
                acked: Arc::default(),
                closed: Arc::default(),
            },
            written: AtomicU64::new(0),
            failed: Mutex::new(false),
            begun: Instant::now(),
        })
    }

    /// Segments that came since the last call.
    pub(crate) fn new_segments(&self) -> Vec<Segment> {
        std::mem::take(&mut self.state().new)
    }

    /// Ends segments that are old, or all of them.
    pub(crate) fn close(&self, all: bool) {
        for slot in &mut self.state().open {
            if slot
                .as_ref()
                .is_some_and(|open| all || open.begun.elapsed() >= AGE)
            {
                *slot = None;
            }
        }
    }

    /// Everything that was accepted before a time is in the store.
    pub(crate) fn settled(&self, before: Instant) {
        self.state().settled = Some(before);
    }

    /// Bytes that were accepted and are not in the store yet.
    pub(crate) fn waiting(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    /// Bytes that may wait for the store.
    pub(crate) const fn limit(&self) -> u64 {
        self.limit
    }

    /// Age of what has waited longest, at most.
    pub(crate) fn lag(&self) -> Duration {
        let settled = self.state().settled;
        match self.waiting() {
            0 => Duration::ZERO,
            _ => settled.map_or(Duration::ZERO, |settled| settled.elapsed()),
        }
    }

    /// Whether the disk has failed a moment ago.
    pub(crate) fn failed_lately(&self) -> bool {
        let failed = self.state().failed;
        failed.is_some_and(|failed| failed.elapsed() < FAILURE)
    }

    /// So many accepted bytes are in the store now.
    pub(crate) fn stored(&self, bytes: u64) {
        self.pending.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// No method panics while it holds the lock, so a poisoned lock still guards sound data.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Waits until the segment is on disk up to an end of a body.
    fn sync(&self, end: u64) -> io::Result<()> {
        // No thread panics while it holds the lock.
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.segment.length() >= end {
            return Ok(());
        }
        if *failed {
            return Err(io::Error::other("what was written was not kept"));
        }
        let written = self.written.load(Ordering::Acquire);
        let synced = self.file.sync_data();
        match &synced {
            Ok(()) => self.segment.acked.store(written, Ordering::Release),
            Err(_) => *failed = true,
        }
        synced
    }
}

fn parse(path: &Path) -> Option<(Kind, u64)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".ndjson")?;
    let (kind, number) = name.split_once('-')?;
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
    Some((kind, number.parse().ok()?))
}

/// Cuts off a body that was not written to its end, and gives the length of the others.
fn whole_bodies(path: &Path) -> io::Result<u64> {
    let bytes = fs::read(path)?;
    let end = bytes.windows(2).rposition(|pair| pair == b"\n\n");
    let length = end.map_or(0, |end| end + 2);
    let length = u64::try_from(length).unwrap_or(0);
    OpenOptions::new().write(true).open(path)?.set_len(length)?;
    Ok(length)
}

#[cfg(test)]
mod tests;
