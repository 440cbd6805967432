//! Text in the encodings in which shells and editors save it. Windows PowerShell writes UTF-16 where
//! a command's output is sent to a file, and other programs put a byte order mark before UTF-8
//! (RFC 8259 §8.1 lets a reader of JSON pass over it).

use std::borrow::Cow;

/// The text in UTF-8 and without a byte order mark. UTF-16 is told by its mark or, as every text
/// that is read here begins with ASCII, by a zero beside the first letter. Everything else is left as
/// it is, UTF-8 or not.
#[must_use]
pub fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
        [1..=0x7f, 0, ..] => from_utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7f, ..] => from_utf16(bytes, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// Text from pairs of bytes. Half a character, and a byte without its other, become U+FFFD, which no
/// format allows where it would matter.
fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, [u8]> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let characters = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    let odd = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    let text: String = characters.chain(odd).collect();
    Cow::Owned(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(String::from_utf8_lossy(&utf8(bytes)), expected);
    }

    #[test]
    fn texts_of_windows_are_read() {
        check(b"{}", "{}");
        check(b"\xef\xbb\xbf{}", "{}");
        check(b"\xff\xfe{\0}\0", "{}");
        check(b"\xfe\xff\0{\0}", "{}");
        check(b"{\0}\0", "{}");
        check(b"\0{\0}", "{}");
        check(b"\xff\xfe{\0=\xd8\x11\xdd}\0", "{\u{1f511}}");
    }

    #[test]
    fn broken_text_stays_broken() {
        check(b"\xff\xfe{\0=\xd8}\0", "{\u{fffd}}");
        check(b"\xff\xfe{\0}", "{\u{fffd}");
        check(b"\xff{}", "\u{fffd}{}");
        check(b"", "");
    }

    proptest! {
        #[test]
        fn any_text_survives_utf_16(text in "[ -~]\\PC{0,40}") {
            let little = text.encode_utf16().flat_map(u16::to_le_bytes);
            let big = text.encode_utf16().flat_map(u16::to_be_bytes);
            let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(little).collect();
            let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(big).collect();
            for bytes in [&little, &big, &text.clone().into_bytes()] {
                prop_assert_eq!(&*utf8(bytes), text.as_bytes());
            }
            prop_assert_eq!(&*utf8(&little[2..]), text.as_bytes());
        }
    }
}
