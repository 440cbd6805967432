//! Unpadded base64url, the only encoding of binary that WebAuthn's JSON knows.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::general_purpose::NO_PAD;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::URL_SAFE_NO_PAD as ENGINE;
use base64::{DecodeError, Engine as _};

/// Why a text is not unpadded base64url. Offsets count bytes of the text from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Base64UrlError {
    /// Padding, which this encoding leaves out.
    #[error("padding `=` at offset {offset}")]
    Padding {
        /// Where the padding starts.
        offset: usize,
    },
    /// A character of the standard alphabet (`+` or `/`) instead of `-` or `_`.
    #[error("`{symbol}` of the standard base64 alphabet at offset {offset}")]
    StandardAlphabet {
        /// Where it stands.
        offset: usize,
        /// The character.
        symbol: char,
    },
    /// A byte of no base64 alphabet.
    #[error("byte 0x{byte:02x} at offset {offset} is not base64url")]
    Symbol {
        /// Where it stands.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// A length that no sequence of bytes encodes to.
    #[error("{length} characters cannot be base64url")]
    Length {
        /// The length of the text.
        length: usize,
    },
    /// Bits beyond the last byte are not zero, so the text is not the canonical one.
    #[error("non-zero bits after the last byte, at offset {offset}")]
    TrailingBits {
        /// Where the last symbol stands.
        offset: usize,
    },
}

impl Base64UrlError {
    /// Where the text stops being base64url; absent when only its length is wrong.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Padding { offset }
            | Self::StandardAlphabet { offset, .. }
            | Self::Symbol { offset, .. }
            | Self::TrailingBits { offset } => Some(*offset),
            Self::Length { .. } => None,
        }
    }
}

/// Encodes bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Decodes a text exactly: no padding, no white space, no other alphabet, no stray bits.
///
/// # Errors
/// What is wrong and where.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64UrlError> {
    let mut bytes = Vec::with_capacity(base64::decoded_len_estimate(text.len()));
    match ENGINE.decode_vec(text, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(explain(error, text)),
    }
}

/// How many bytes a text encodes, as exactly as [`decode`] but without keeping them.
///
/// # Errors
/// What is wrong and where.
pub fn decoded_len(text: &str) -> Result<usize, Base64UrlError> {
    let symbols = text.as_bytes();
    let (whole, rest) = (symbols.len() / 4, symbols.len() % 4);
    // Without a way out of it, the loop waits for no symbol.
    let all = symbols.iter().fold(0, |all, symbol| all | value(*symbol));
    let known = all & UNKNOWN == 0;
    let last = symbols.last().copied().map_or(0, value);
    match rest {
        0 if known => Ok(3 * whole),
        2 if known && last & 0x0f == 0 => Ok(3 * whole + 1),
        3 if known && last & 0x03 == 0 => Ok(3 * whole + 2),
        _ => decode(text).map(|bytes| bytes.len()),
    }
}

/// The value of bytes that are no symbol; other values have six bits.
const UNKNOWN: u8 = 0x80;

/// The value of every byte.
static VALUES: [u8; 256] = values();

fn value(symbol: u8) -> u8 {
    VALUES.get(usize::from(symbol)).copied().unwrap_or(UNKNOWN)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
#[expect(clippy::as_conversions, reason = "evaluated by the compiler")]
const fn values() -> [u8; 256] {
    let symbols = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut values = [UNKNOWN; 256];
    let mut at = 0;
    while at < 64 {
        values[symbols[at as usize] as usize] = at;
        at += 1;
    }
    values
}

fn explain(error: DecodeError, text: &str) -> Base64UrlError {
    match error {
        DecodeError::InvalidByte(offset, byte) => symbol(offset, byte),
        DecodeError::InvalidLength(length) => Base64UrlError::Length { length },
        DecodeError::InvalidLastSymbol { offset, .. } => Base64UrlError::TrailingBits { offset },
        DecodeError::InvalidPadding => Base64UrlError::Padding {
            offset: text.find('=').unwrap_or(text.len()),
        },
    }
}

fn symbol(offset: usize, byte: u8) -> Base64UrlError {
    match byte {
        b'=' => Base64UrlError::Padding { offset },
        b'+' | b'/' => Base64UrlError::StandardAlphabet {
            offset,
            symbol: char::from(byte),
        },
        _ => Base64UrlError::Symbol { offset, byte },
    }
}

/// Vector instructions where the machine has them: most of what a judgement reads is this text.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> =
    std::sync::LazyLock::new(|| base64::engine::Simd::url_safe(NO_PAD));

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[u8], &str>) {
        let found = decode(text).map_err(|e| e.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
        let length = decoded_len(text).map_err(|e| e.to_string());
        assert_eq!(
            length.as_ref().map_err(String::as_str).copied(),
            expected.map(<[u8]>::len)
        );
    }

    #[test]
    fn only_canonical_base64url_decodes() {
        check("", Ok(b""));
        check("-_8", Ok(&[0xfb, 0xff]));
        check("AA==", Err("padding `=` at offset 2"));
        check(
            "+_8",
            Err("`+` of the standard base64 alphabet at offset 0"),
        );
        check("AA\nA", Err("byte 0x0a at offset 2 is not base64url"));
        check("AAAAA", Err("5 characters cannot be base64url"));
        check("-_9", Err("non-zero bits after the last byte, at offset 2"));
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decoded_len(&encode(&bytes)), Ok(bytes.len()));
            prop_assert_eq!(decode(&encode(&bytes)), Ok(bytes));
        }

        #[test]
        fn what_decodes_is_canonical(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            prop_assert_eq!(decoded_len(&text), decode(&text).map(|bytes| bytes.len()));
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
