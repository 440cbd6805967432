//! An input as a tape of decompressed bytes: cut at line ends, digested as it passes.

use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fidoscope_events::Unwrapping;
use sha2::{Digest, Sha256};

use super::unpack::{Compression, Unpacked, Unpacking, describe, unpack};

/// Bytes of the longest line that is read; of a longer one the place and the hash are kept.
pub const MAX_LINE: usize = 16 << 20;

/// A stretch of the input.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Offset of its first byte.
    pub(crate) offset: u64,
    /// Number of its first line, from 1.
    pub(crate) first_line: u64,
    /// What it is.
    pub(crate) content: Content,
    /// Where the tape stands after it.
    pub(crate) end: Mark,
}

/// What a piece holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Whole lines; the last one may lack its line break at the end of the input.
    Lines(Vec<u8>),
    /// A line that is too long to be held in memory.
    Oversize { length: u64, sha256: [u8; 32] },
}

/// A position on the tape and the digest of everything before it. Lines are counted by their ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) offset: u64,
    pub(crate) lines: u64,
    pub(crate) digest: [u8; 32],
}

/// Buffers that are done with and may be filled again: memory that has just been used is warm.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    fn buffers(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<u8> {
        self.buffers().pop().unwrap_or_default()
    }

    /// Gives a buffer back. Buffers of extraordinary lines are not kept.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut buffers = self.buffers();
        if buffers.len() < KEPT_BUFFERS && buffer.capacity() <= KEPT_CAPACITY {
            buffers.push(buffer);
        }
    }
}

const KEPT_BUFFERS: usize = 16;
const KEPT_CAPACITY: usize = 16 << 20;

/// The tape.
pub(crate) struct Tape<'r> {
    pool: Arc<Pool>,
    inner: Box<dyn Read + Send + 'r>,
    compression: Compression,
    unwrapping: Unwrapping,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
    offset: u64,
    lines: u64,
    ended: bool,
    /// The end is only where the input has got to by now.
    growing: bool,
    damage: Option<String>,
}

impl<'r> Tape<'r> {
    /// Starts a tape; fails when not even the first bytes can be read.
    pub(crate) fn new(raw: Box<dyn Read + Send + 'r>, how: Unpacking) -> std::io::Result<Self> {
        let Unpacked {
            compression,
            unwrapping,
            bytes,
        } = unpack(raw, how)?;
        Ok(Self {
            pool: Arc::default(),
            inner: bytes,
            compression,
            unwrapping,
            buffer: Vec::new(),
            hasher: blake3::Hasher::new(),
            offset: 0,
            lines: 0,
            ended: false,
            growing: false,
            damage: None,
        })
    }

    /// Goes on reading behind what was the end; a last line without a line break is left until it
    /// has one.
    pub(crate) fn grow(&mut self) {
        self.growing = true;
        self.unwrapping.grows(true);
        self.ended = self.damage.is_some();
    }

    /// The next end is the end.
    pub(crate) fn settle(&mut self) {
        self.growing = false;
        self.unwrapping.grows(false);
        self.ended = self.damage.is_some();
    }

    /// Whether more may come behind the end.
    pub(crate) const fn is_growing(&self) -> bool {
        self.growing
    }

    /// Where the tape stands.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether there is a line to read now, or so much of one that it is not worth waiting for.
    pub(crate) fn has_line(&mut self, length: usize) -> bool {
        let growing = self.growing;
        let window = self.peek(length);
        let enough = if growing { length } else { 1 };
        window.len() >= enough || memchr::memchr(b'\n', window).is_some()
    }

    /// Where the buffers of pieces go when they are done with.
    pub(crate) fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool)
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.compression
    }

    /// Name of what the lines are wrapped in, once their beginning was read.
    pub(crate) fn carrier(&self) -> Option<&'static str> {
        self.unwrapping.carrier()
    }

    /// Why reading stopped before the end, if it did.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Where the tape stands.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            offset: self.offset,
            lines: self.lines,
            digest: *self.hasher.finalize().as_bytes(),
        }
    }

    /// Up to `length` bytes from where the tape stands; fewer only at the end.
    pub(crate) fn peek(&mut self, length: usize) -> &[u8] {
        while self.buffer.len() < length && !self.ended {
            let missing = length - self.buffer.len();
            self.fill(missing);
        }
        self.buffer.get(..length).unwrap_or(&self.buffer)
    }

    /// Digest of everything up to `length` bytes from here, if there is that much.
    pub(crate) fn digest_ahead(&mut self, length: usize) -> Option<[u8; 32]> {
        let mut hasher = self.hasher.clone();
        let ahead = self.peek(length);
        (ahead.len() == length).then(|| *hasher.update(ahead).finalize().as_bytes())
    }

    /// Passes over bytes that are known to be stored.
    pub(crate) fn skip(&mut self, length: usize) {
        let length = length.min(self.buffer.len());
        let (passed, _) = self.buffer.split_at(length);
        self.hasher.update(passed);
        self.lines += newlines(passed);
        self.offset += as_u64(length);
        self.buffer.drain(..length);
    }

    fn fill(&mut self, length: usize) {
        let before = self.buffer.len();
        let limit = as_u64(length);
        self.buffer.reserve(length);
        match self
            .inner
            .by_ref()
            .take(limit)
            .read_to_end(&mut self.buffer)
        {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) => {
                self.ended = true;
                self.damage = Some(describe(&error, self.compression));
            }
        }
        debug_assert!(self.buffer.len() - before <= length, "take limits the read");
    }

    /// The next whole lines, about `length` bytes of them. At the end of an undamaged input the
    /// last line may lack its line break.
    pub(crate) fn next_piece(&mut self, length: usize) -> Option<Piece> {
        let mut wanted = length;
        loop {
            let window = self.peek(wanted);
            if window.is_empty() {
                return None;
            }
            if let Some(last) = memchr::memrchr(b'\n', window) {
                return Some(self.cut(last + 1));
            }
            let seen = window.len();
            if self.growing && self.ended && seen == self.buffer.len() && seen <= MAX_LINE {
                return None;
            }
            if self.ended && seen == self.buffer.len() {
                let whole = self.damage.is_none();
                return (whole && seen <= MAX_LINE)
                    .then(|| self.cut(seen))
                    .or_else(|| whole.then(|| self.oversize()).flatten());
            }
            if seen > MAX_LINE {
                return self.oversize();
            }
            wanted = (wanted * 2).min(MAX_LINE + 1).max(seen + 1);
        }
    }

    fn cut(&mut self, length: usize) -> Piece {
        let mut rest = self.pool.take();
        rest.extend_from_slice(self.buffer.get(length..).unwrap_or_default());
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        bytes.truncate(length);
        let (offset, first_line) = (self.offset, self.lines + 1);
        self.hasher.update(&bytes);
        self.lines += newlines(&bytes);
        self.offset += as_u64(bytes.len());
        Piece {
            offset,
            first_line,
            content: Content::Lines(bytes),
            end: self.mark(),
        }
    }

    /// Passes over one endless line; nothing comes of it when the input is damaged inside it.
    fn oversize(&mut self) -> Option<Piece> {
        let (offset, first_line) = (self.offset, self.lines + 1);
        let mut sha256 = Sha256::new();
        let mut length = 0;
        loop {
            if self.peek(1 << 20).is_empty() {
                if self.damage.is_some() {
                    return None;
                }
                break;
            }
            let end = memchr::memchr(b'\n', &self.buffer);
            let body = end.unwrap_or(self.buffer.len());
            if let Some(body) = self.buffer.get(..body) {
                sha256.update(body);
            }
            length += as_u64(body);
            self.skip(body + usize::from(end.is_some()));
            if end.is_some() {
                break;
            }
        }
        let content = Content::Oversize {
            length,
            sha256: sha256.finalize().into(),
        };
        Some(Piece {
            offset,
            first_line,
            content,
            end: self.mark(),
        })
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    as_u64(memchr::memchr_iter(b'\n', bytes).count())
}

/// Sizes fit: no machine has an address space beyond 64 bits.
pub(crate) fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
