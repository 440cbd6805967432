//! Lines as writers make them: one flat object, texts without escapes. Such a line is read in one
//! pass over its bytes. Whatever is different is left to the general reader, which knows all of
//! JSON and says what is wrong; where both read a line, they read the same.

use std::borrow::Cow;

use super::{FLAG_NAMES, KeyOrder, State};
use crate::assign::{Manner, assign, assign_boolean, assign_text, assign_whole};
use crate::value::Value;
use crate::{ColumnInfo, Text, Type};

/// Digits of a number that 64 bits hold for certain.
const INTEGER_DIGITS: usize = 18;
/// Digits of a number that a double holds exactly.
const EXACT_DIGITS: usize = 15;
/// Powers of ten that a double holds exactly, as far as the digits can need them.
const POWERS: [f64; EXACT_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Reads a plain line; `None` leaves the state half filled.
pub(super) fn read<'a>(line: &'a str, state: &mut State<'_, 'a, '_>) -> Option<()> {
    let mut reader = Reader { line, at: 0 };
    reader.take(b'{')?;
    let mut before = u8::MAX;
    loop {
        let info = reader.key(state.order, before)?;
        before = info.column.place();
        reader.take(b':')?;
        reader.member(state, info)?;
        match reader.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    (reader.at == line.len()).then_some(())
}

struct Reader<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if byte != b' ' {
                return Some(byte);
            }
        }
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let rest = self.line.as_bytes().get(self.at..).unwrap_or_default();
        let found = rest.starts_with(wanted.as_bytes());
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn key(&mut self, order: &mut KeyOrder, before: u8) -> Option<&'static ColumnInfo> {
        self.take(b'"')?;
        let start = self.at;
        let guess = order.guess(before)?;
        if self.takes(guess.name) && self.peek() == Some(b'"') {
            self.at += 1;
            return Some(guess);
        }
        self.at = start;
        let name = self.text()?;
        order.find(before, name)
    }

    /// Text up to its closing quote.
    fn text(&mut self) -> Option<&'a str> {
        let start = self.at;
        let rest = self.line.as_bytes().get(start..)?;
        let length = plain_length(rest)?;
        self.at = start + length + 1;
        self.line.get(start..start + length)
    }

    fn member(&mut self, state: &mut State<'_, 'a, '_>, info: &ColumnInfo) -> Option<()> {
        let bit = 1_u128.checked_shl(u32::from(info.column.place()))?;
        if state.seen & bit != 0 || info.given.is_refused() {
            return None;
        }
        state.seen |= bit;
        match (self.peek()?, info.holds) {
            (_, Type::Flags) => self.flags(state),
            (_, Type::Attrs) => None,
            (_, Type::AuthenticatorData | Type::AttestationObject | Type::ClientData) => {
                self.take(b'"')?;
                let text = self.text()?;
                state.raw.push((info.column, Cow::Borrowed(text)));
                Some(())
            }
            // Nearly all members are such, so they do not take the way of all values.
            (b'"', _) => {
                self.at += 1;
                let text = self.text()?;
                assign_text(
                    state.event,
                    info.column,
                    text,
                    Manner::NATIVE,
                    state.context,
                )
                .ok()
            }
            (b't' | b'f', Type::Boolean) => {
                let flag = self.takes("true");
                let known = flag || self.takes("false");
                (known && assign_boolean(state.event, info.column, flag)).then_some(())
            }
            (b'0'..=b'9', Type::Integer | Type::Counter) => {
                let (number, _) = self.whole()?;
                let is_whole = !matches!(self.peek()?, b'.' | b'e' | b'E');
                (is_whole && assign_whole(state.event, info.column, number)).then_some(())
            }
            _ => {
                let value = self.value()?;
                assign(
                    state.event,
                    info.column,
                    value,
                    Manner::NATIVE,
                    state.context,
                )
                .ok()
            }
        }
    }

    fn value(&mut self) -> Option<Value<'a>> {
        match self.next()? {
            b'"' => Some(Value::Text(Cow::Borrowed(self.text()?))),
            b'[' => self.list().map(Value::List),
            b't' => self.takes("rue").then_some(Value::Bool(true)),
            b'f' => self.takes("alse").then_some(Value::Bool(false)),
            b'n' => self.takes("ull").then_some(Value::Null),
            b'-' => self.number(true),
            b'0'..=b'9' => {
                self.at -= 1;
                self.number(false)
            }
            _ => None,
        }
    }

    fn list(&mut self) -> Option<Vec<Text<'a>>> {
        let mut list = Vec::new();
        loop {
            self.take(b'"')?;
            list.push(Cow::Borrowed(self.text()?));
            match self.next()? {
                b',' => {}
                b']' => return Some(list),
                _ => return None,
            }
        }
    }

    fn number(&mut self, negative: bool) -> Option<Value<'a>> {
        let (whole, digits) = self.whole()?;
        match self.peek()? {
            b'e' | b'E' => None,
            b'.' => {
                self.at += 1;
                let (number, scale) = self.digits(whole)?;
                let known = scale > 0 && digits + scale <= EXACT_DIGITS;
                let exponent = matches!(self.peek()?, b'e' | b'E');
                let number = exact(number) / POWERS.get(scale)?;
                let number = if negative { -number } else { number };
                (known && !exponent).then_some(Value::Float(number))
            }
            _ if negative && whole == 0 => None,
            _ => Some(Value::Integer(if negative { -whole } else { whole })),
        }
    }

    /// The whole part of a number, and its digits.
    fn whole(&mut self) -> Option<(i64, usize)> {
        let (whole, digits) = self.digits(0)?;
        let leading_zero =
            digits > 1 && whole < 10_i64.checked_pow(u32::try_from(digits).ok()? - 1)?;
        (digits > 0 && !leading_zero).then_some((whole, digits))
    }

    /// Digits appended to a number, and how many they are.
    fn digits(&mut self, mut number: i64) -> Option<(i64, usize)> {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number
                .checked_mul(10)?
                .checked_add(i64::from(digit - b'0'))?;
            self.at += 1;
        }
        let count = self.at - start;
        (count <= INTEGER_DIGITS).then_some((number, count))
    }

    fn flags(&mut self, state: &mut State<'_, 'a, '_>) -> Option<()> {
        self.take(b'{')?;
        let (mut flags, mut known) = (0, 0);
        loop {
            self.take(b'"')?;
            let name = self.text()?;
            self.take(b':')?;
            let (_, bit) = FLAG_NAMES.iter().find(|(flag, _)| *flag == name)?;
            if known & bit != 0 {
                return None;
            }
            match self.value()? {
                Value::Bool(true) => (flags, known) = (flags | bit, known | bit),
                Value::Bool(false) => known |= bit,
                _ => return None,
            }
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        state.event.flags = Some(flags);
        state.event.flags_known = Some(known);
        Some(())
    }
}

/// A number of at most fifteen digits as a double, exactly.
fn exact(number: i64) -> f64 {
    const BILLION: i64 = 1_000_000_000;
    let part = |part: i64| f64::from(u32::try_from(part).unwrap_or(u32::MAX));
    part(number / BILLION) * 1e9 + part(number % BILLION)
}

/// How many bytes stand before the closing quote; `None` when an escape or a control character
/// comes first.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            at += usize::try_from(found.trailing_zeros() / 8).ok()?;
            return (bytes.get(at) == Some(&b'"')).then_some(at);
        }
        at += 8;
    }
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    (rest.get(end) == Some(&b'"')).then_some(at + end)
}

/// The high bit of each byte that is a quote, a backslash or a control character. A borrow may mark
/// bytes after such a byte too, so only the first mark counts.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let quote = word ^ u64::from_le_bytes([b'"'; 8]);
    let backslash = word ^ u64::from_le_bytes([b'\\'; 8]);
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    let is_control = word.wrapping_sub(u64::from_le_bytes([0x20; 8])) & !word;
    (is_quote | is_backslash | is_control) & HIGH
}

#[cfg(test)]
mod tests;
