//! X.509 certificates (RFC 5280 §4.1) that are written as X.690 wants DER, read in one pass: every
//! part is a piece of the bytes that came in, so its place is known and nothing is copied.
//!
//! Certificates are also written otherwise, and readers that forgive more exist. What such a reader
//! finds in a certificate that this one reads is the same.

use chrono::NaiveDate;

use crate::der::element;

/// Tags of X.690 §8, with class and form.
mod tag {
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(super) const UTF8_STRING: u8 = 0x0c;
    pub(super) const NUMERIC_STRING: u8 = 0x12;
    pub(super) const PRINTABLE_STRING: u8 = 0x13;
    pub(super) const IA5_STRING: u8 = 0x16;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const VERSION: u8 = 0xa0;
    pub(super) const EXTENSIONS: u8 = 0xa3;
}

/// The parts of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// What is signed: the whole element.
    pub signed: &'a [u8],
    /// The version as it is written: 0 stands for version 1, also where none is written.
    pub version: u32,
    /// The contents of the serial number.
    pub serial: &'a [u8],
    /// The name of the issuer: the whole element.
    pub issuer: &'a [u8],
    /// First second of validity, since 1970.
    pub not_before: i64,
    /// Last second of validity, since 1970.
    pub not_after: i64,
    /// The name of the subject: the whole element.
    pub subject: &'a [u8],
    /// The attributes of the subject, in their order.
    pub attributes: Vec<Attribute<'a>>,
    /// The key of the subject.
    pub key: SubjectKey<'a>,
    /// Extensions, in their order.
    pub extensions: Vec<Extension<'a>>,
    /// What the certificate is signed with.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The signature.
    pub signature: &'a [u8],
    /// How many bits of the signature it says are unused.
    pub unused_bits: u8,
}

/// An attribute of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Contents of its object identifier.
    pub kind: &'a [u8],
    /// Its value, where that is text.
    pub text: &'a str,
}

/// A `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectKey<'a> {
    /// The whole element.
    pub der: &'a [u8],
    /// Contents of the algorithm's object identifier.
    pub algorithm: &'a [u8],
    /// Contents of the algorithm's parameters.
    pub parameters: Option<&'a [u8]>,
    /// The key.
    pub bits: &'a [u8],
}

/// An extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Contents of its object identifier.
    pub kind: &'a [u8],
    /// Whether it is critical.
    pub critical: bool,
    /// Its value: what the octet string holds.
    pub value: &'a [u8],
}

/// An `AlgorithmIdentifier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// The whole element.
    pub der: &'a [u8],
    /// Contents of its object identifier.
    pub kind: &'a [u8],
    /// Contents of its parameters.
    pub parameters: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate. `None` for bytes that are none, for one that has a form which DER or
    /// RFC 5280 does not allow, and for one that is rare: with a unique identifier (`§4.1.2.8`), a
    /// name of several values in one place or of texts in old character sets, or 64 KiB long.
    #[must_use]
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut outer = Parts(der);
        let mut whole = Parts(outer.last(tag::SEQUENCE)?);
        let (signed, contents) = whole.whole(tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::next(&mut whole)?;
        let (unused_bits, signature) = whole.last(tag::BIT_STRING)?.split_first()?;
        let mut parts = Parts(contents);
        let version = parts.version()?;
        let serial = parts.take(tag::INTEGER).filter(|serial| is_der(serial))?;
        // Nobody signs the algorithm beside the signed part, so it has its one form (`§4.1.1.2`).
        let same = AlgorithmIdentifier::next(&mut parts)?;
        let (issuer, names) = parts.whole(tag::SEQUENCE)?;
        name(names, |_| ())?;
        let mut validity = Parts(parts.take(tag::SEQUENCE)?);
        let (not_before, not_after) = (validity.instant()?, validity.instant()?);
        let (subject, names) = parts.whole(tag::SEQUENCE)?;
        let mut attributes = Vec::with_capacity(if names.is_empty() { 0 } else { 6 });
        name(names, |attribute| attributes.push(attribute))?;
        let key = SubjectKey::next(&mut parts)?;
        let extensions = parts.extensions()?;
        (validity.0.is_empty() && same.der == algorithm.der).then_some(Self {
            signed,
            version,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            attributes,
            key,
            extensions,
            algorithm,
            signature,
            unused_bits: *unused_bits,
        })
    }
}

/// A time in the validity of what is otherwise laid out as a certificate, as it is written, when no
/// clock can show it: 29 February 2017.
#[must_use]
pub fn impossible_time(der: &[u8]) -> Option<&str> {
    let mut whole = Parts(Parts(der).take(tag::SEQUENCE)?);
    let mut parts = Parts(whole.take(tag::SEQUENCE)?);
    parts.version()?;
    parts.take(tag::INTEGER)?;
    for _ in ["algorithm", "issuer"] {
        parts.take(tag::SEQUENCE)?;
    }
    let mut validity = Parts(parts.take(tag::SEQUENCE)?);
    for _ in ["notBefore", "notAfter"] {
        let mut time = Parts(validity.0);
        let tag = *validity.0.first()?;
        let written = validity.take(tag)?;
        let is_time = matches!(tag, tag::UTC_TIME | tag::GENERALIZED_TIME);
        if is_time && time.instant().is_none() {
            return str::from_utf8(written).ok();
        }
    }
    None
}

impl<'a> AlgorithmIdentifier<'a> {
    /// `RFC 5280 §4.1.1.2`, at the front of some bytes; what follows is not looked at.
    #[must_use]
    pub fn read(der: &'a [u8]) -> Option<Self> {
        Self::next(&mut Parts(der))
    }

    fn next(parts: &mut Parts<'a>) -> Option<Self> {
        let (der, contents) = parts.whole(tag::SEQUENCE)?;
        let mut parts = Parts(contents);
        let kind = parts.identifier()?;
        let parameters = match parts.0.first() {
            None => None,
            // Another byte of the tag would follow.
            Some(tag) if tag & 0x1f == 0x1f => return None,
            Some(tag) => Some(parts.last(*tag)?),
        };
        Some(Self {
            der,
            kind,
            parameters,
        })
    }
}

impl<'a> SubjectKey<'a> {
    /// `RFC 5280 §4.1.2.7`.
    fn next(parts: &mut Parts<'a>) -> Option<Self> {
        let (der, contents) = parts.whole(tag::SEQUENCE)?;
        let mut parts = Parts(contents);
        let algorithm = AlgorithmIdentifier::next(&mut parts)?;
        // Keys are whole bytes.
        let (0, bits) = parts.last(tag::BIT_STRING)?.split_first()? else {
            return None;
        };
        Some(Self {
            der,
            algorithm: algorithm.kind,
            parameters: algorithm.parameters,
            bits,
        })
    }
}

/// Elements one after the other, of tags below 31.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    /// The contents of the next element.
    #[inline]
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (contents, rest) = element(self.0, tag)?;
        self.0 = rest;
        Some(contents)
    }

    /// The contents of an element that nothing follows.
    #[inline]
    fn last(&mut self, tag: u8) -> Option<&'a [u8]> {
        let contents = self.take(tag)?;
        self.0.is_empty().then_some(contents)
    }

    /// The next element, and its contents.
    #[inline]
    fn whole(&mut self, tag: u8) -> Option<(&'a [u8], &'a [u8])> {
        let before = self.0;
        let contents = self.take(tag)?;
        let length = before.len().checked_sub(self.0.len())?;
        Some((before.get(..length)?, contents))
    }

    /// An object identifier: its last number ends with it (X.690 §8.19.2).
    #[inline]
    fn identifier(&mut self) -> Option<&'a [u8]> {
        let contents = self.take(tag::OBJECT_IDENTIFIER)?;
        (*contents.last()? < 0x80).then_some(contents)
    }

    /// `RFC 5280 §4.1.2.1`; X.690 §11.5 leaves a default out.
    fn version(&mut self) -> Option<u32> {
        if self.0.first() != Some(&tag::VERSION) {
            return Some(0);
        }
        match self.take(tag::VERSION)? {
            [tag::INTEGER, 1, version @ 1..=2] => Some(u32::from(*version)),
            _ => None,
        }
    }

    /// `RFC 5280 §4.1.2.5`, as seconds since 1970.
    fn instant(&mut self) -> Option<i64> {
        if self.0.first() == Some(&tag::UTC_TIME) {
            let (year, rest) = self.take(tag::UTC_TIME)?.split_first_chunk()?;
            let year = two(*year)?;
            let century = if year >= 50 { 1900 } else { 2000 };
            return seconds(century + year, rest);
        }
        let (century, rest) = self.take(tag::GENERALIZED_TIME)?.split_first_chunk()?;
        let (year, rest) = rest.split_first_chunk()?;
        seconds(two(*century)? * 100 + two(*year)?, rest)
    }

    /// `RFC 5280 §4.1.2.9`, the last part of what is signed.
    fn extensions(&mut self) -> Option<Vec<Extension<'a>>> {
        if self.0.is_empty() {
            return Some(Vec::new());
        }
        let mut list = Parts(Parts(self.last(tag::EXTENSIONS)?).last(tag::SEQUENCE)?);
        let mut extensions = Vec::with_capacity(8);
        while !list.0.is_empty() {
            let mut parts = Parts(list.take(tag::SEQUENCE)?);
            let kind = parts.identifier()?;
            let critical = parts.0.first() == Some(&tag::BOOLEAN);
            // X.690 §11.1 and §11.5: only true is written, with all bits set.
            if critical && parts.take(tag::BOOLEAN)? != [0xff] {
                return None;
            }
            let value = parts.last(tag::OCTET_STRING)?;
            extensions.push(Extension {
                kind,
                critical,
                value,
            });
        }
        Some(extensions)
    }
}

/// Looks at every attribute of a name (`RFC 5280 §4.1.2.4`), one in a place.
fn name<'a>(contents: &'a [u8], mut each: impl FnMut(Attribute<'a>)) -> Option<()> {
    let mut places = Parts(contents);
    while !places.0.is_empty() {
        let mut pair = Parts(Parts(places.take(tag::SET)?).last(tag::SEQUENCE)?);
        let kind = pair.identifier()?;
        let tag
        @ (tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | tag::NUMERIC_STRING) =
            *pair.0.first()?
        else {
            return None;
        };
        let text = str::from_utf8(pair.last(tag)?).ok()?;
        each(Attribute { kind, text });
    }
    Some(())
}

/// Whether the contents of an integer are as short as they can be (X.690 §8.3.2).
fn is_der(integer: &[u8]) -> bool {
    match integer {
        [] => false,
        [0, next, ..] => *next >= 0x80,
        [0xff, next, ..] => *next < 0x80,
        _ => true,
    }
}

/// Month to second of a year (`RFC 5280 §4.1.2.5.1` and `§4.1.2.5.2`: always with seconds, never
/// with fractions of them, in Greenwich).
fn seconds(year: u32, rest: &[u8]) -> Option<i64> {
    let [m1, m2, d1, d2, h1, h2, i1, i2, s1, s2, b'Z'] = *rest else {
        return None;
    };
    let year = i32::try_from(year).ok()?;
    let day = NaiveDate::from_ymd_opt(year, two([m1, m2])?, two([d1, d2])?)?;
    let time = day.and_hms_opt(two([h1, h2])?, two([i1, i2])?, two([s1, s2])?)?;
    Some(time.and_utc().timestamp())
}

fn two([tens, ones]: [u8; 2]) -> Option<u32> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests;
