//! DER, written: only the few types that attestations need, and nothing is checked.

/// Tag of INTEGER.
pub const INTEGER: u8 = 0x02;
/// Tag of BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// Tag of OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Tag of NULL.
pub const NULL: u8 = 0x05;
/// Tag of ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// Tag of SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// Tag of SET.
pub const SET: u8 = 0x31;

/// An element of a universal tag.
#[must_use]
pub fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    framed(&[tag], contents)
}

/// An element of an explicit context tag, however high its number.
#[must_use]
pub fn context(number: u32, contents: &[u8]) -> Vec<u8> {
    let low = |number: u32| u8::try_from(number & 0x7f).unwrap_or_default();
    if number < 31 {
        return framed(&[0xa0 | low(number)], contents);
    }
    let mut digits = vec![low(number)];
    let mut rest = number >> 7;
    while rest > 0 {
        digits.push(0x80 | low(rest));
        rest >>= 7;
    }
    digits.push(0xbf);
    digits.reverse();
    framed(&digits, contents)
}

/// A number in the shortest two's complement.
#[must_use]
pub fn integer(tag: u8, value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut digits = bytes.as_slice();
    while let [first, rest @ ..] = digits
        && let Some(next) = rest.first()
        && matches!((*first, next & 0x80), (0, 0) | (0xff, 0x80))
    {
        digits = rest;
    }
    element(tag, digits)
}

fn framed(tag: &[u8], contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    let mut out = tag.to_vec();
    match digits {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        _ => {
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(contents);
    out
}
