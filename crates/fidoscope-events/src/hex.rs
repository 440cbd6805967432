//! Hexadecimal text.

/// Lower-case hexadecimal text of some bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len() * 2];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [letter(byte >> 4), letter(byte & 15)];
    }
    // Digits are ASCII, so nothing is ever lost here.
    String::from_utf8(text).unwrap_or_default()
}

/// Arithmetic instead of a table, so that many are made at once.
const fn letter(half: u8) -> u8 {
    half + b'0' + if half > 9 { b'a' - b'9' - 1 } else { 0 }
}

/// Exactly `N` bytes from hexadecimal text; `None` when the text is anything else.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut all = 0;
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (value(*high), value(*low));
        all |= high | low;
        *byte = (high << 4) | (low & 15);
    }
    (all & NO_DIGIT == 0).then_some(bytes)
}

/// The 16 bytes of a UUID, with or without hyphens and braces.
pub(crate) fn uuid(text: &str) -> Option<[u8; 16]> {
    let bytes = text.as_bytes();
    if let Some(digits) = plain_uuid(bytes) {
        return decode(&digits);
    }
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

/// The digits of a UUID in its usual form, 36 bytes with four hyphens.
fn plain_uuid(text: &[u8]) -> Option<[u8; 32]> {
    let (time, rest) = text.split_first_chunk::<8>()?;
    let ([b'-', middle @ .., b'-'], rest) = rest.split_first_chunk::<6>()? else {
        return None;
    };
    let (version, rest) = rest.split_first_chunk::<4>()?;
    let ([b'-', variant @ .., b'-'], node) = rest.split_first_chunk::<6>()? else {
        return None;
    };
    let node: &[u8; 12] = node.try_into().ok()?;
    let mut digits = [0; 32];
    let parts: [&[u8]; 5] = [time, middle, version, variant, node];
    let mut rest = digits.as_mut_slice();
    for part in parts {
        let (to, after) = rest.split_at_mut_checked(part.len())?;
        to.copy_from_slice(part);
        rest = after;
    }
    Some(digits)
}

/// What no digit is worth.
const NO_DIGIT: u8 = 0x80;

/// What a byte is worth as a digit; without branches, so that many are read at once.
const fn value(byte: u8) -> u8 {
    let digit = byte.wrapping_sub(b'0');
    let letter = (byte | 0x20).wrapping_sub(b'a');
    if digit < 10 {
        digit
    } else if letter < 6 {
        letter + 10
    } else {
        NO_DIGIT
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
