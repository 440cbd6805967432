//! The bytes behind the input: it may be raw, or hexadecimal, base64url, base64 or PEM.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// How bytes were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// As they are.
    Raw,
    /// Hexadecimal digits, with or without separators.
    Hexadecimal,
    /// Base64url.
    Base64Url,
    /// Base64 with the standard alphabet.
    Base64,
    /// PEM.
    Pem,
}

impl Encoding {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw bytes",
            Self::Hexadecimal => "hexadecimal",
            Self::Base64Url => "base64url",
            Self::Base64 => "base64",
            Self::Pem => "PEM",
        }
    }
}

/// One way to read the input.
pub(super) struct Reading<'a> {
    pub(super) encoding: Encoding,
    pub(super) bytes: Cow<'a, [u8]>,
    /// Further blocks of a PEM file.
    pub(super) more: Vec<Vec<u8>>,
}

// Pasted text has padding or not, and stray bits are shown by what they decode to.
const TOLERANT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, TOLERANT);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, TOLERANT);

/// Every way to read the input, the likelier first.
pub(super) fn readings(input: &[u8]) -> Vec<Reading<'_>> {
    let mut readings = Vec::new();
    if let Ok(text) = str::from_utf8(input) {
        let text = unquoted(text);
        readings.extend(pem(text));
        readings.extend(hexadecimal(text).map(|bytes| reading(Encoding::Hexadecimal, bytes)));
        readings.extend(base64_of(text));
        if text.len() < input.len() {
            readings.push(reading(Encoding::Raw, Cow::Borrowed(text.as_bytes())));
        }
    }
    readings.push(reading(Encoding::Raw, Cow::Borrowed(input)));
    readings
}

fn reading<'a>(encoding: Encoding, bytes: impl Into<Cow<'a, [u8]>>) -> Reading<'a> {
    Reading {
        encoding,
        bytes: bytes.into(),
        more: Vec::new(),
    }
}

/// The text without white space and quotation marks around it, as it comes from a JSON file.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inner.unwrap_or(text)
}

/// The blocks of a PEM text.
pub(super) fn pem(text: &str) -> Option<Reading<'static>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, from)) = rest.split_once("-----BEGIN ") {
        let (_, body) = from.split_once("-----")?;
        let (body, after) = body.split_once("-----END ").unwrap_or((body, ""));
        blocks.push(BASE64.decode(compact(body)).ok()?);
        rest = after;
    }
    let mut blocks = blocks.into_iter();
    Some(Reading {
        encoding: Encoding::Pem,
        bytes: blocks.next()?.into(),
        more: blocks.take(super::drawing::MAX_PARTS).collect(),
    })
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let mut digits = Vec::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol.to_digit(16) {
            Some(digit) => digits.push(u8::try_from(digit).ok()?),
            None if symbol.is_ascii_whitespace() || symbol == ':' => {}
            None => return None,
        }
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    (rest.is_empty() && !pairs.is_empty()).then(|| pairs.iter().map(|[a, b]| a << 4 | b).collect())
}

fn base64_of(text: &str) -> Option<Reading<'static>> {
    let text = compact(text);
    let url = BASE64_URL.decode(&text);
    let url = url.map(|bytes| reading(Encoding::Base64Url, bytes));
    let standard = || {
        let bytes = BASE64.decode(&text).ok()?;
        Some(reading(Encoding::Base64, bytes))
    };
    url.ok().or_else(standard)
}

fn compact(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

/// The bytes of a base64url or base64 text inside a document.
pub(super) fn base64_text(text: &str) -> Option<(Encoding, Vec<u8>)> {
    let found = base64_of(text)?;
    Some((found.encoding, found.bytes.into_owned()))
}
