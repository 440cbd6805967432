//! CBOR (RFC 8949), read strictly: one data item from the front of a buffer, borrowed where it can
//! be, with the place of everything that CTAP2's canonical form would not allow. A map type of a
//! library would lose duplicates and the consumed length, which verdicts depend on.

mod fault;
mod outline;

use std::borrow::Cow;

pub use fault::{CborError, CborErrorKind, Irregularity, IrregularityKind};
pub use outline::{Content, Item, Outline, outline};

/// How deep items may nest; WebAuthn's own structures need five levels.
pub const MAX_DEPTH: usize = 8;

/// A data item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value<'a> {
    /// Major types 0 and 1.
    Integer(i128),
    /// Major type 2.
    Bytes(Cow<'a, [u8]>),
    /// Major type 3.
    Text(Cow<'a, str>),
    /// Major type 4.
    Array(Vec<Value<'a>>),
    /// Major type 5, entries in the order in which they came.
    Map(Vec<Entry<'a>>),
    /// Major type 6.
    Tag(u64, Box<Value<'a>>),
    /// `false` and `true`.
    Bool(bool),
    /// `null`.
    Null,
    /// Other simple values, `undefined` (23) among them.
    Simple(u8),
    /// A floating-point number: the bits of its 64-bit form.
    Float(u64),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry<'a> {
    /// Key.
    pub key: Value<'a>,
    /// Value.
    pub value: Value<'a>,
    /// Where the key starts.
    pub offset: usize,
    /// Where the value starts.
    pub value_offset: usize,
}

impl<'a> Value<'a> {
    /// Name of the type, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "integer",
            Self::Bytes(_) => "byte string",
            Self::Text(_) => "text",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Tag(..) => "tag",
            Self::Bool(_) => "boolean",
            Self::Null => "null",
            Self::Simple(_) => "simple value",
            Self::Float(_) => "float",
        }
    }

    /// The number, when it is one of 64 bits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The bytes, when it is a byte string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text, when it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, when it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry<'a>]> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, when it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The value under a text key, when it is a map; the first one of duplicates.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value<'a>> {
        let entry = self
            .as_map()?
            .iter()
            .find(|entry| entry.key.as_text() == Some(name))?;
        Some(&entry.value)
    }
}

/// One item and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The item.
    pub value: Value<'a>,
    /// How many bytes it took.
    pub consumed: usize,
    /// What CTAP2 canonical form does not allow, in the order in which it came.
    pub irregularities: Vec<Irregularity>,
}

impl Decoded<'_> {
    /// The first duplicate key.
    #[must_use]
    pub fn duplicate_key(&self) -> Option<Irregularity> {
        self.irregularities
            .iter()
            .copied()
            .find(|i| i.kind == IrregularityKind::DuplicateKey)
    }

    /// The first departure from canonical form other than a duplicate key.
    #[must_use]
    pub fn not_canonical(&self) -> Option<Irregularity> {
        self.irregularities
            .iter()
            .copied()
            .find(|i| i.kind != IrregularityKind::DuplicateKey)
    }
}

/// Reads one item from the front of `bytes`.
///
/// # Errors
/// The first place where the bytes are not well formed or not valid.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, CborError> {
    decode_at(bytes, 0)
}

/// Reads one item of `bytes` that starts at `start`; all offsets count from the buffer's front.
///
/// # Errors
/// The first place where the bytes are not well formed or not valid.
pub fn decode_at(bytes: &[u8], start: usize) -> Result<Decoded<'_>, CborError> {
    let mut reader = Reader {
        bytes,
        at: start,
        irregularities: Vec::new(),
    };
    let value = reader.item(0)?;
    Ok(Decoded {
        value,
        consumed: reader.at - start,
        irregularities: reader.irregularities,
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    irregularities: Vec<Irregularity>,
}

/// The argument of an item's head.
#[derive(Clone, Copy)]
enum Argument {
    Number(u64),
    Indefinite,
}

impl<'a> Reader<'a> {
    fn item(&mut self, depth: usize) -> Result<Value<'a>, CborError> {
        let start = self.at;
        let first = self.byte()?;
        if first >> 5 == 7 {
            return self.simple(first, start);
        }
        let argument = self.argument(first, start)?;
        if depth >= MAX_DEPTH && first >> 5 >= 4 {
            return Err(error(CborErrorKind::Depth, start));
        }
        match (first >> 5, argument) {
            (0, Argument::Number(number)) => Ok(Value::Integer(number.into())),
            (1, Argument::Number(number)) => Ok(Value::Integer(-1 - i128::from(number))),
            (2, Argument::Number(length)) => {
                Ok(Value::Bytes(Cow::Borrowed(self.take(length, start)?)))
            }
            (2, Argument::Indefinite) => Ok(Value::Bytes(Cow::Owned(self.chunks(2)?))),
            (3, Argument::Number(length)) => {
                let text = str::from_utf8(self.take(length, start)?);
                text.map(|text| Value::Text(Cow::Borrowed(text)))
                    .map_err(|_| error(CborErrorKind::Utf8, start))
            }
            (3, Argument::Indefinite) => String::from_utf8(self.chunks(3)?)
                .map(|text| Value::Text(Cow::Owned(text)))
                .map_err(|_| error(CborErrorKind::Utf8, start)),
            (4, argument) => self.array(argument, start, depth),
            (5, argument) => self.map(argument, start, depth),
            (6, Argument::Number(tag)) => {
                self.note(IrregularityKind::Tag, start);
                Ok(Value::Tag(tag, Box::new(self.item(depth + 1)?)))
            }
            _ => Err(error(CborErrorKind::Reserved { byte: first }, start)),
        }
    }

    fn argument(&mut self, first: u8, start: usize) -> Result<Argument, CborError> {
        let (number, least) = match first & 0x1f {
            short @ 0..=23 => return Ok(Argument::Number(short.into())),
            24 => (u64::from(self.byte()?), 24),
            25 => (u64::from(u16::from_be_bytes(self.array_of()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.array_of()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.array_of()?), 1 << 32),
            31 if matches!(first >> 5, 2..=5) => {
                self.note(IrregularityKind::IndefiniteLength, start);
                return Ok(Argument::Indefinite);
            }
            _ => return Err(error(CborErrorKind::Reserved { byte: first }, start)),
        };
        if number < least {
            self.note(IrregularityKind::LongForm, start);
        }
        Ok(Argument::Number(number))
    }

    fn simple(&mut self, first: u8, start: usize) -> Result<Value<'a>, CborError> {
        Ok(match first & 0x1f {
            20 => Value::Bool(false),
            21 => Value::Bool(true),
            22 => Value::Null,
            short @ 0..=23 => Value::Simple(short),
            24 => match self.byte()? {
                byte @ 32.. => Value::Simple(byte),
                _ => return Err(error(CborErrorKind::Reserved { byte: first }, start)),
            },
            25 => Value::Float(half(u16::from_be_bytes(self.array_of()?)).to_bits()),
            26 => Value::Float(f64::from(f32::from_be_bytes(self.array_of()?)).to_bits()),
            27 => Value::Float(f64::from_be_bytes(self.array_of()?).to_bits()),
            31 => return Err(error(CborErrorKind::Break, start)),
            _ => return Err(error(CborErrorKind::Reserved { byte: first }, start)),
        })
    }

    fn array(
        &mut self,
        argument: Argument,
        start: usize,
        depth: usize,
    ) -> Result<Value<'a>, CborError> {
        let mut items = Vec::new();
        let mut left = self.count(argument, 1, start)?;
        while self.more(&mut left) {
            items.push(self.item(depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    fn map(
        &mut self,
        argument: Argument,
        start: usize,
        depth: usize,
    ) -> Result<Value<'a>, CborError> {
        let mut left = self.count(argument, 2, start)?;
        // The declared count is bounded by the input; still reserve only for ordinary maps.
        let mut entries: Vec<Entry<'a>> =
            Vec::with_capacity(left.map_or(0, |count| usize::try_from(count.min(8)).unwrap_or(0)));
        let mut sorted = true;
        let mut before: &[u8] = &[];
        while self.more(&mut left) {
            let offset = self.at;
            let key = self.item(depth + 1)?;
            let raw = self.bytes.get(offset..self.at).unwrap_or_default();
            if !entries.is_empty() && !in_order(before, raw) {
                sorted = false;
                if before != raw {
                    self.note(IrregularityKind::UnsortedKey, offset);
                }
            }
            before = raw;
            let value_offset = self.at;
            let value = self.item(depth + 1)?;
            entries.push(Entry {
                key,
                value,
                offset,
                value_offset,
            });
        }
        // Keys in strict canonical order can only repeat when one of them is in a longer form.
        if !sorted || self.irregularities.iter().any(|i| i.offset > start) {
            self.find_duplicates(&entries);
        }
        Ok(Value::Map(entries))
    }

    fn find_duplicates(&mut self, entries: &[Entry<'a>]) {
        let mut keys: Vec<(&Value<'a>, usize)> = entries
            .iter()
            .map(|entry| (&entry.key, entry.offset))
            .collect();
        keys.sort();
        for pair in keys.array_windows::<2>() {
            if pair[0].0 == pair[1].0 {
                self.note(IrregularityKind::DuplicateKey, pair[1].1);
            }
        }
    }

    /// How many items follow, after checking that so many can fit; `None` for "until the break".
    fn count(
        &self,
        argument: Argument,
        bytes_each: u64,
        start: usize,
    ) -> Result<Option<u64>, CborError> {
        let Argument::Number(declared) = argument else {
            return Ok(None);
        };
        let left = self.bytes.len().saturating_sub(self.at);
        let room = u64::try_from(left).unwrap_or(u64::MAX);
        if declared.saturating_mul(bytes_each) > room {
            return Err(error(CborErrorKind::Length { declared, left }, start));
        }
        Ok(Some(declared))
    }

    fn more(&mut self, left: &mut Option<u64>) -> bool {
        match left {
            Some(0) => false,
            Some(count) => {
                *count -= 1;
                true
            }
            None => {
                let ends = self.bytes.get(self.at) == Some(&0xff);
                self.at += usize::from(ends);
                !ends
            }
        }
    }

    fn chunks(&mut self, major: u8) -> Result<Vec<u8>, CborError> {
        let mut whole = Vec::new();
        loop {
            let start = self.at;
            let first = self.byte()?;
            if first == 0xff {
                return Ok(whole);
            }
            if first >> 5 != major {
                return Err(error(CborErrorKind::Chunk, start));
            }
            match self.argument(first, start)? {
                Argument::Number(length) => whole.extend_from_slice(self.take(length, start)?),
                Argument::Indefinite => return Err(error(CborErrorKind::Chunk, start)),
            }
        }
    }

    fn take(&mut self, length: u64, start: usize) -> Result<&'a [u8], CborError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = usize::try_from(length)
            .ok()
            .and_then(|length| rest.get(..length));
        let taken = taken.ok_or_else(|| {
            error(
                CborErrorKind::Length {
                    declared: length,
                    left: rest.len(),
                },
                start,
            )
        })?;
        self.at += taken.len();
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, CborError> {
        let byte = self.bytes.get(self.at).copied();
        let byte = byte.ok_or_else(|| error(CborErrorKind::Truncated, self.bytes.len()))?;
        self.at += 1;
        Ok(byte)
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let chunk = self
            .bytes
            .get(self.at..)
            .and_then(<[u8]>::first_chunk::<N>)
            .copied();
        let chunk = chunk.ok_or_else(|| error(CborErrorKind::Truncated, self.bytes.len()))?;
        self.at += N;
        Ok(chunk)
    }

    fn note(&mut self, kind: IrregularityKind, offset: usize) {
        self.irregularities.push(Irregularity { kind, offset });
    }
}

/// Whether a key comes after another one in canonical order.
fn in_order(before: &[u8], after: &[u8]) -> bool {
    match (before, after) {
        // Small numbers, as in keys of COSE.
        ([before], [after]) => before < after,
        _ => canonical_order(before) < canonical_order(after),
    }
}

/// Order of keys in CTAP2 canonical form: major type, then length, then bytes.
fn canonical_order(raw: &[u8]) -> (Option<u8>, usize, &[u8]) {
    (raw.first().map(|byte| byte >> 5), raw.len(), raw)
}

/// A half-precision number, RFC 8949 appendix D.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let mantissa = f64::from(bits & 0x3ff);
    let size = match exponent {
        0 => mantissa * 2_f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn error(kind: CborErrorKind, offset: usize) -> CborError {
    CborError { kind, offset }
}

#[cfg(test)]
mod tests;
