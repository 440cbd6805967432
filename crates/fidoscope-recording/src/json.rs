//! JSON (RFC 8259) as programs write it: whole numbers, no characters by number. What is written
//! otherwise, and what is wrong, is left to a reader that knows everything and can explain it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// How deep values may nest here; a recording's own nest to five.
const MAX_DEPTH: u8 = 16;

/// Reads a document; `None` leaves it to the other reader, which reads the same from what is read
/// here.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    let value = T::deserialize(&mut reader).ok()?;
    reader.peek().is_none().then_some(value)
}

/// How many bytes come before a quote, a backslash or a control character, the bytes that a JSON
/// text cannot hold as they are.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let (eights, _) = bytes.as_chunks::<8>();
    let is_plain = |eight: &&[u8; 8]| !has_special(u64::from_le_bytes(**eight));
    let whole = 8 * eights.iter().take_while(is_plain).count();
    let rest = bytes.get(whole..).unwrap_or_default();
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    whole + rest.iter().position(special).unwrap_or(rest.len())
}

/// Whether one of eight bytes is special: the highest bit of a byte is set where it was below what
/// is subtracted, and of others only after such a one.
#[inline]
fn has_special(eight: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    let is_zero = |eight: u64| eight.wrapping_sub(ONES) & !eight;
    let is_control = eight.wrapping_sub(SPACES) & !eight;
    let found = is_zero(eight ^ QUOTES) | is_zero(eight ^ BACKSLASHES) | is_control;
    found & (ONES << 7) != 0
}

/// Something that the other reader must look at.
#[derive(Debug)]
struct Unusual;

impl fmt::Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unusual JSON")
    }
}

impl std::error::Error for Unusual {}

impl de::Error for Unusual {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

impl<'de> Reader<'de> {
    /// The next byte that is no white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Unusual> {
        if self.peek() != Some(byte) {
            return Err(Unusual);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Result<Cow<'de, str>, Unusual> {
        self.expect(b'"')?;
        let piece = self.piece()?;
        match self.next() {
            Some(b'"') => Ok(Cow::Borrowed(piece)),
            Some(b'\\') => self.escaped(piece).map(Cow::Owned),
            _ => Err(Unusual),
        }
    }

    /// A string that cannot have an escape.
    #[inline]
    fn name(&mut self) -> Result<&'de str, Unusual> {
        match self.string()? {
            Cow::Borrowed(name) => Ok(name),
            Cow::Owned(_) => Err(Unusual),
        }
    }

    /// What stands up to the next special byte.
    #[inline]
    fn piece(&mut self) -> Result<&'de str, Unusual> {
        let rest = self.text.get(self.at..).ok_or(Unusual)?;
        let length = plain(rest.as_bytes());
        self.at += length;
        rest.get(..length).ok_or(Unusual)
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.text.as_bytes().get(self.at).copied();
        self.at += 1;
        byte
    }

    /// A string whose first backslash was just read: certificates in PEM have lines. Characters by
    /// number are left to the other reader.
    #[cold]
    fn escaped(&mut self, before: &str) -> Result<String, Unusual> {
        let mut text = before.to_owned();
        loop {
            text.push(match self.next() {
                Some(b'n') => '\n',
                Some(b'r') => '\r',
                Some(b't') => '\t',
                Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
                _ => return Err(Unusual),
            });
            text.push_str(self.piece()?);
            match self.next() {
                Some(b'"') => return Ok(text),
                Some(b'\\') => {}
                _ => return Err(Unusual),
            }
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), Unusual> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Unusual);
        }
        self.at += word.len();
        Ok(())
    }

    /// A whole number of at most 18 digits.
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unusual> {
        let is_negative = self.peek() == Some(b'-');
        self.at += usize::from(is_negative);
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at_checked(length).ok_or(Unusual)?;
        match (digits, rest.first()) {
            // Fractions and exponents, leading zeros and minus nothing.
            (_, Some(b'.' | b'e' | b'E')) | ([b'0', _, ..] | [], _) => return Err(Unusual),
            ([b'0'], _) if is_negative => return Err(Unusual),
            _ if length > 18 => return Err(Unusual),
            _ => self.at += length,
        }
        let digit = |number: i64, digit: &u8| number * 10 + i64::from(digit - b'0');
        let number = digits.iter().fold(0, digit);
        match u64::try_from(number) {
            Ok(number) if !is_negative => visitor.visit_u64(number),
            _ => visitor.visit_i64(-number),
        }
    }

    /// What stands between two brackets, read to its end.
    fn nested<T>(
        &mut self,
        end: u8,
        read: impl FnOnce(Inside<'_, 'de>) -> Result<T, Unusual>,
    ) -> Result<T, Unusual> {
        if self.depth >= MAX_DEPTH {
            return Err(Unusual);
        }
        self.at += 1;
        self.depth += 1;
        let value = read(Inside {
            reader: self,
            end,
            is_first: true,
        })?;
        self.depth -= 1;
        self.expect(end)?;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unusual;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        match self.peek() {
            Some(b'"') => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Some(b'{') => self.nested(b'}', |inside| visitor.visit_map(inside)),
            Some(b'[') => self.nested(b']', |inside| visitor.visit_seq(inside)),
            Some(b't') => self.literal("true").and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => {
                let read = self.literal("false");
                read.and_then(|()| visitor.visit_bool(false))
            }
            Some(b'n') => self.literal("null").and_then(|()| visitor.visit_unit()),
            _ => self.number(visitor),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unusual> {
        match self.peek() {
            Some(b'n') => self.literal("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unusual> {
        visitor.visit_newtype_struct(self)
    }

    /// An array in the place of an object: serde would take its items for members in their order.
    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unusual> {
        match self.peek() {
            Some(b'[') => Err(Unusual),
            _ => self.deserialize_any(visitor),
        }
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unusual> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.name()?))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Members of an object or items of an array.
struct Inside<'r, 'de> {
    reader: &'r mut Reader<'de>,
    end: u8,
    is_first: bool,
}

impl Inside<'_, '_> {
    /// Whether there is another one, which a comma parts from the one before.
    #[inline]
    fn has_more(&mut self) -> Result<bool, Unusual> {
        if self.reader.peek() == Some(self.end) {
            return Ok(false);
        }
        if !self.is_first {
            self.reader.expect(b',')?;
        }
        self.is_first = false;
        // Nothing but a value begins with what comes then.
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Unusual;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unusual> {
        match self.has_more()? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Unusual;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unusual> {
        if !self.has_more()? {
            return Ok(None);
        }
        let key = BorrowedStrDeserializer::<Unusual>::new(self.reader.name()?);
        seed.deserialize(key).map(Some)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unusual> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::Recording;

    /// What is read here is what `serde_json` reads.
    #[track_caller]
    fn check(text: &str, is_read: bool) {
        let read: Option<Value> = read(text);
        assert_eq!(read.is_some(), is_read, "{text}");
        if let Some(read) = read {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), read);
        }
    }

    #[test]
    fn usual_documents_are_read() {
        check(
            r#"{"a":[1,-7,0,{"b":null}],"c":"\"é\n\\ \/\t\r","d":[true,false,{}]}"#,
            true,
        );
        check(
            r#" { "a" : [ 1 , -7 , 0 , { "b" : null } ] , "c" : "é" , "d" : [ true , false , { } ] } "#,
            true,
        );
        check(r#"{"a":1,"a":2}"#, true);
        check("123456789012345678", true);
        check("[]", true);
    }

    #[test]
    fn other_documents_are_left() {
        for text in [
            "",
            " ",
            "{",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "nul",
            "nulll",
            "truefalse",
            "[] []",
            "\"a",
            "\"\t\"",
            "\"\\b\"",
            "\"\\u0041\"",
            "\"\\",
            "{\"\\n\":1}",
            "1.5",
            "1e3",
            "01",
            "-0",
            "-",
            "1234567890123456789",
            "+1",
            "\u{feff}1",
        ] {
            check(text, false);
        }
        let deep = format!("{}{}", "[".repeat(17), "]".repeat(17));
        check(&deep, false);
    }

    #[test]
    fn special_bytes_are_found_everywhere() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0, b'\n', 0x1f] {
                let mut bytes = vec![0xc3; 40];
                bytes[length] = special;
                assert_eq!(plain(&bytes), length);
                bytes[length..].fill(special);
                assert_eq!(plain(&bytes), length);
            }
        }
        assert_eq!(plain(b" !#[]~\x7f\x80\xff a b c"), 15);
    }

    const RECORDING: &str = include_str!("../../../datasets/ceremonies/registration-packed.json");

    #[test]
    fn recordings_are_read_alike() {
        let recording: Recording = serde_json::from_str(RECORDING).unwrap();
        assert_eq!(read(RECORDING).as_ref(), Some(&recording));
        let compact = serde_json::to_string(&recording).unwrap();
        assert_eq!(read(&compact), Some(recording));
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_alike(text in r#"[\[\]{},:"a1\-0 .\\tn]{0,12}"#) {
            if let Some(read) = read::<Value>(&text) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(read));
            }
        }

        #[test]
        fn changed_recordings_are_read_alike(
            at in any::<prop::sample::Index>(),
            length in 0_usize..9,
            with in prop::sample::select(vec!["", "\"", "}", "]", ",", "null", "{}", "[]", "7", "\"id\"", "-1", " "]),
        ) {
            let text = RECORDING;
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(end));
            let changed = format!("{}{with}{}", &text[..at], &text[end..]);
            if let Some(read) = read::<Recording>(&changed) {
                prop_assert_eq!(serde_json::from_str::<Recording>(&changed).ok(), Some(read));
            }
        }
    }
}
