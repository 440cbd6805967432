//! Hexadecimal text.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal text of some bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
    let mut text = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    // Digits are ASCII, so nothing is ever lost here.
    String::from_utf8(text).unwrap_or_default()
}

/// Exactly `N` bytes from hexadecimal text; `None` when the text is anything else.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

/// The 16 bytes of a UUID, with or without hyphens and braces.
pub(crate) fn uuid(text: &str) -> Option<[u8; 16]> {
    let text = text
        .trim()
        .trim_start_matches('{')
        .trim_end_matches('}')
        .as_bytes();
    let mut digits = [0; 32];
    let mut places = digits.iter_mut();
    for (index, byte) in text.iter().enumerate() {
        if *byte == b'-' && matches!(index, 8 | 13 | 18 | 23) {
            continue;
        }
        *places.next()? = *byte;
    }
    if places.next().is_some() {
        None
    } else {
        decode(&digits)
    }
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// UUID text of 16 bytes.
pub(crate) fn uuid_text(bytes: [u8; 16]) -> String {
    let digits = encode(&bytes);
    let mut text = String::with_capacity(36);
    for (index, digit) in digits.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}
