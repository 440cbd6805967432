//! What an input goes through before it is lines: decompression, and the form of a table or the carrier
//! that its lines are wrapped in.

use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fidoscope_events::{CsvLines, Unwrapped, Unwrapping};
use flate2::bufread::GzDecoder;

use super::tape::as_u64;

/// Decompressed bytes that nobody asks about: less than this harms nothing.
const HARMLESS: u64 = 16 << 20;

/// How an input is compressed, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

impl Compression {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    fn of(magic: &[u8]) -> Self {
        match magic {
            // RFC 1952 §2.3.1.
            [0x1f, 0x8b, ..] => Self::Gzip,
            // RFC 8878 §3.1.1 and §3.1.2: a frame, or one to be skipped, by which pzstd begins.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// What the lines of an input may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Records, bare or in a carrier that is told by their beginning.
    #[default]
    Records,
    /// Records as a sender framed them: nothing is taken off.
    Framed,
    /// The records of a table (CSV).
    Table,
}

/// How an input is to be taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unpacking {
    /// What its lines may be.
    pub(crate) form: Form,
    /// Decompressed bytes for each byte of the input at most; 0 for any number.
    pub(crate) max_expansion: u64,
}

/// Whether something that begins so is compressed; four bytes tell.
#[must_use]
pub fn is_compressed(head: &[u8]) -> bool {
    Compression::of(head) != Compression::Plain
}

/// The bytes of something that may be compressed, however long they become.
pub fn decompressed<'r>(
    mut input: impl BufRead + Send + 'r,
) -> std::io::Result<Box<dyn BufRead + Send + 'r>> {
    Ok(match Compression::of(input.fill_buf()?) {
        Compression::Plain => Box::new(input),
        Compression::Gzip => Box::new(BufReader::new(Gunzip::new(input))),
        Compression::Zstd => Box::new(BufReader::new(zstd::Decoder::with_buffer(input)?)),
    })
}

/// Bytes that are lines.
pub(crate) struct Unpacked<'r> {
    pub(crate) compression: Compression,
    /// What is known of its carrier, and whether it still grows.
    pub(crate) unwrapping: Unwrapping,
    pub(crate) bytes: Box<dyn Read + Send + 'r>,
}

/// Unpacks an input; fails when not even its first bytes can be read.
pub(crate) fn unpack<'r>(
    mut raw: Box<dyn Read + Send + 'r>,
    how: Unpacking,
) -> std::io::Result<Unpacked<'r>> {
    let mut magic = Vec::with_capacity(4);
    (&mut raw).take(4).read_to_end(&mut magic)?;
    let compression = Compression::of(&magic);
    let taken = Arc::new(AtomicU64::new(0));
    let whole = Metered {
        input: Cursor::new(magic).chain(raw),
        taken: Arc::clone(&taken),
    };
    let bounded = |input: Box<dyn Read + Send + 'r>| {
        Box::new(Bounded {
            input,
            taken: Arc::clone(&taken),
            given: 0,
            limit: how.max_expansion,
        })
    };
    let bytes: Box<dyn Read + Send + 'r> = match compression {
        Compression::Plain => Box::new(whole.input),
        Compression::Gzip => {
            let whole = BufReader::with_capacity(1 << 17, whole);
            bounded(Box::new(Gunzip::new(whole)))
        }
        Compression::Zstd => bounded(Box::new(zstd::stream::read::Decoder::new(whole)?)),
    };
    let unwrapping = Unwrapping::default();
    let bytes = match how.form {
        Form::Records => Box::new(Unwrapped::new(bytes, unwrapping.clone())),
        Form::Framed => bytes,
        Form::Table => Box::new(CsvLines::new(bytes)?),
    };
    Ok(Unpacked {
        compression,
        unwrapping,
        bytes,
    })
}

/// A gzip stream: its members one after the other (RFC 1952 §2.2). Zeros behind a member, with which blocks
/// and tapes are filled up, are no member; gzip passes over them as well.
struct Gunzip<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Gunzip<R> {
    fn new(input: R) -> Self {
        Self(Some(GzDecoder::new(input)))
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let rest = self.0.take().map(GzDecoder::into_inner);
            self.0 = rest.map(behind_zeros).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// The member behind some zeros; `None` at the end.
fn behind_zeros<R: BufRead>(mut input: R) -> std::io::Result<Option<GzDecoder<R>>> {
    loop {
        let held = input.fill_buf()?;
        let zeros = held.iter().take_while(|byte| **byte == 0).count();
        if held.is_empty() {
            return Ok(None);
        }
        if zeros < held.len() {
            input.consume(zeros);
            return Ok(Some(GzDecoder::new(input)));
        }
        input.consume(zeros);
    }
}

/// Counts what is read.
struct Metered<R> {
    input: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.taken.fetch_add(as_u64(read), Ordering::Relaxed);
        Ok(read)
    }
}

/// Refuses to go on where little has become too much.
struct Bounded<R> {
    input: R,
    taken: Arc<AtomicU64>,
    given: u64,
    limit: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let taken = self.taken.load(Ordering::Relaxed);
        let most = taken.saturating_mul(self.limit).max(HARMLESS);
        if self.limit > 0 && self.given > most {
            let why = format!(
                "{taken} compressed bytes have become {}: more than {} times as many, which no log does; see --max-expansion",
                self.given, self.limit
            );
            return Err(Error::new(ErrorKind::FileTooLarge, why));
        }
        let read = self.input.read(buffer)?;
        self.given += as_u64(read);
        Ok(read)
    }
}

/// Why an input could not be read further.
pub(crate) fn describe(error: &Error, compression: Compression) -> String {
    match (error.kind(), compression) {
        (ErrorKind::FileTooLarge, _) => format!("reading stopped: {error}"),
        (ErrorKind::UnexpectedEof, Compression::Gzip) => "the gzip stream is cut off".to_owned(),
        (ErrorKind::UnexpectedEof, Compression::Zstd) => "the zstd stream is cut off".to_owned(),
        (_, Compression::Plain) => format!("reading stopped: {error}"),
        (_, compression) => format!("the {} stream is damaged: {error}", compression.name()),
    }
}
