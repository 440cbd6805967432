//! DER elements (X.690), read one at a time and each with its offset. Only the frame is read:
//! what a value means is the caller's business, so an element of an unknown kind is skipped
//! without losing what follows.

/// Class of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Defined by ASN.1 itself.
    Universal,
    /// Defined by an application.
    Application,
    /// Defined by the surrounding type.
    Context,
    /// Defined by an organisation.
    Private,
}

/// Universal tag numbers that callers here ask for.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u32 = 1;
    /// INTEGER.
    pub const INTEGER: u32 = 2;
    /// BIT STRING.
    pub const BIT_STRING: u32 = 3;
    /// OCTET STRING.
    pub const OCTET_STRING: u32 = 4;
    /// NULL.
    pub const NULL: u32 = 5;
    /// ENUMERATED.
    pub const ENUMERATED: u32 = 10;
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: u32 = 16;
    /// SET and SET OF.
    pub const SET: u32 = 17;
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Class of its tag.
    pub class: Class,
    /// Whether it consists of elements.
    pub constructed: bool,
    /// Number of its tag.
    pub number: u32,
    /// Where it begins.
    pub offset: usize,
    /// Where its contents begin.
    pub contents_offset: usize,
    /// Contents.
    pub contents: &'a [u8],
}

/// Why bytes are no DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct DerError {
    /// Where.
    pub offset: usize,
    /// What.
    pub kind: DerErrorKind,
}

/// What is wrong with an element's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DerErrorKind {
    /// The bytes end inside an element.
    #[error("the bytes end inside an element")]
    Truncated,
    /// A tag number that is not in its shortest form, or beyond 28 bits.
    #[error("a tag that is not DER")]
    Tag,
    /// A length that is indefinite, not in its shortest form, or beyond 32 bits.
    #[error("a length that is not DER")]
    Length,
}

impl<'a> Element<'a> {
    /// Whether it has a universal tag of this number.
    #[must_use]
    pub fn is(&self, number: u32) -> bool {
        let constructed = matches!(number, tag::SEQUENCE | tag::SET);
        self.class == Class::Universal && self.number == number && self.constructed == constructed
    }

    /// The elements that it consists of.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements {
            rest: self.contents,
            offset: self.contents_offset,
        }
    }

    /// Its contents as a number, when they are a minimal two's complement of at most 8 bytes.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        let (first, rest) = self.contents.split_first()?;
        let minimal = match (*first, rest.first()) {
            (0, Some(next)) => *next >= 0x80,
            (0xff, Some(next)) => *next < 0x80,
            _ => true,
        };
        if !minimal || rest.len() > 7 {
            return None;
        }
        let sign = if *first >= 0x80 { -1 } else { 0 };
        Some(
            self.contents
                .iter()
                .fold(sign, |value, byte| value << 8 | i64::from(*byte)),
        )
    }

    /// What it is, for people.
    #[must_use]
    pub fn kind(&self) -> String {
        let number = self.number;
        match (self.class, number) {
            (Class::Universal, tag::BOOLEAN) => "BOOLEAN".to_owned(),
            (Class::Universal, tag::INTEGER) => "INTEGER".to_owned(),
            (Class::Universal, tag::BIT_STRING) => "BIT STRING".to_owned(),
            (Class::Universal, tag::OCTET_STRING) => "OCTET STRING".to_owned(),
            (Class::Universal, tag::NULL) => "NULL".to_owned(),
            (Class::Universal, tag::ENUMERATED) => "ENUMERATED".to_owned(),
            (Class::Universal, tag::SEQUENCE) => "SEQUENCE".to_owned(),
            (Class::Universal, tag::SET) => "SET".to_owned(),
            (Class::Universal, _) => format!("universal tag {number}"),
            (Class::Application, _) => format!("[APPLICATION {number}]"),
            (Class::Context, _) => format!("[{number}]"),
            (Class::Private, _) => format!("[PRIVATE {number}]"),
        }
    }
}

/// Splits the contents of the element at the front of some bytes from what follows it: for those who
/// know the byte that its tag is, with class and form, and expect less than 64 KiB.
#[inline]
#[must_use]
pub fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    // A length has its shortest form (X.690 §10.1).
    let (found, length, rest) = match bytes {
        [found, length @ 0..=0x7f, rest @ ..] => (found, usize::from(*length), rest),
        [found, 0x81, length @ 0x80..=0xff, rest @ ..] => (found, usize::from(*length), rest),
        [found, 0x82, high @ 1..=0xff, low, rest @ ..] => {
            (found, usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    (*found == tag).then_some(())?;
    rest.split_at_checked(length)
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Elements<'a> {
    /// The elements of some bytes; offsets count from their beginning.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
        }
    }

    /// Where the next element would begin.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// When the bytes at hand are no DER element; reading cannot go on then.
    pub fn read(&mut self) -> Result<Option<Element<'a>>, DerError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        let fault = |kind| DerError { offset, kind };
        let frame = Frame::read(self.rest).map_err(fault)?;
        let after = self.rest.get(frame.header..).unwrap_or_default();
        let (contents, rest) = after
            .split_at_checked(frame.length)
            .ok_or_else(|| fault(DerErrorKind::Truncated))?;
        let contents_offset = offset.saturating_add(frame.header);
        self.rest = rest;
        self.offset = contents_offset.saturating_add(frame.length);
        Ok(Some(Element {
            class: frame.class,
            constructed: frame.constructed,
            number: frame.number,
            offset,
            contents_offset,
            contents,
        }))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, DerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        if matches!(read, Some(Err(_))) {
            self.rest = &[];
        }
        read
    }
}

/// Tag and length of an element.
struct Frame {
    class: Class,
    constructed: bool,
    number: u32,
    header: usize,
    length: usize,
}

impl Frame {
    fn read(bytes: &[u8]) -> Result<Self, DerErrorKind> {
        let (&first, mut rest) = bytes.split_first().ok_or(DerErrorKind::Truncated)?;
        let class = match first >> 6 {
            0 => Class::Universal,
            1 => Class::Application,
            2 => Class::Context,
            _ => Class::Private,
        };
        let number = match first & 0x1f {
            0x1f => high_number(&mut rest)?,
            low => u32::from(low),
        };
        let length = length(&mut rest)?;
        Ok(Self {
            class,
            constructed: first & 0x20 != 0,
            number,
            header: bytes.len().saturating_sub(rest.len()),
            length,
        })
    }
}

fn take(rest: &mut &[u8]) -> Result<u8, DerErrorKind> {
    let (&byte, after) = rest.split_first().ok_or(DerErrorKind::Truncated)?;
    *rest = after;
    Ok(byte)
}

/// A tag number above 30: base 128, shortest form.
fn high_number(rest: &mut &[u8]) -> Result<u32, DerErrorKind> {
    let mut number = 0_u32;
    for position in 0..4 {
        let byte = take(rest)?;
        if position == 0 && byte == 0x80 {
            return Err(DerErrorKind::Tag);
        }
        number = number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return if number > 30 {
                Ok(number)
            } else {
                Err(DerErrorKind::Tag)
            };
        }
    }
    Err(DerErrorKind::Tag)
}

fn length(rest: &mut &[u8]) -> Result<usize, DerErrorKind> {
    let first = take(rest)?;
    if first < 0x80 {
        return Ok(usize::from(first));
    }
    let count = first & 0x7f;
    if count == 0 || count > 4 {
        return Err(DerErrorKind::Length);
    }
    let mut length = 0_usize;
    for position in 0..count {
        let byte = take(rest)?;
        if position == 0 && byte == 0 {
            return Err(DerErrorKind::Length);
        }
        length = length << 8 | usize::from(byte);
    }
    if length < 0x80 {
        return Err(DerErrorKind::Length);
    }
    Ok(length)
}

#[cfg(test)]
mod tests;
