//! One JSON object, written straight into bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Timelike};

/// A JSON object under construction. Members keep the order in which they are given.
#[derive(Default)]
pub(crate) struct Object {
    bytes: Vec<u8>,
}

impl Object {
    /// An empty object.
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.push(b'{');
        Self { bytes }
    }

    /// The finished object.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(b'}');
        self.bytes
    }

    /// A member with a text.
    pub(crate) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        self.quoted(value);
        self
    }

    /// A member with a text, when there is one.
    pub(crate) fn text_if(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.text(key, value);
        }
        self
    }

    /// A member with bytes as base64url without padding.
    pub(crate) fn binary(&mut self, key: &str, value: &[u8]) -> &mut Self {
        self.key(key);
        self.bytes.push(b'"');
        let start = self.bytes.len();
        self.bytes.resize(start + value.len().div_ceil(3) * 4, 0);
        let room = self.bytes.get_mut(start..).unwrap_or_default();
        let written = URL_SAFE_NO_PAD
            .encode_slice(value, room)
            .unwrap_or_default();
        self.bytes.truncate(start + written);
        self.bytes.push(b'"');
        self
    }

    /// A member with a whole number.
    pub(crate) fn number(&mut self, key: &str, value: i64) -> &mut Self {
        self.key(key);
        if value < 0 {
            self.bytes.push(b'-');
        }
        self.digits(value.unsigned_abs(), 1);
        self
    }

    /// A member with thousandths, written with three decimals.
    pub(crate) fn thousandths(&mut self, key: &str, value: u32) -> &mut Self {
        self.key(key);
        self.digits(u64::from(value / 1000), 1);
        self.bytes.push(b'.');
        self.digits(u64::from(value % 1000), 3);
        self
    }

    /// A member that is true or false.
    pub(crate) fn boolean(&mut self, key: &str, value: bool) -> &mut Self {
        let text = if value { "true" } else { "false" };
        self.raw(key, text)
    }

    /// A member that is null.
    pub(crate) fn null(&mut self, key: &str) -> &mut Self {
        self.raw(key, "null")
    }

    /// A member with JSON that is written already.
    pub(crate) fn raw(&mut self, key: &str, json: &str) -> &mut Self {
        self.key(key);
        self.bytes.extend_from_slice(json.as_bytes());
        self
    }

    /// A member with a list of texts.
    pub(crate) fn texts(&mut self, key: &str, values: &[&str]) -> &mut Self {
        self.key(key);
        self.bytes.push(b'[');
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                self.bytes.push(b',');
            }
            self.quoted(value);
        }
        self.bytes.push(b']');
        self
    }

    /// A member with an object.
    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.key(key);
        self.bytes.push(b'{');
        fill(self);
        self.bytes.push(b'}');
        self
    }

    /// A member with a list of one object for each fill.
    pub(crate) fn objects(&mut self, key: &str, fills: &[&dyn Fn(&mut Self)]) -> &mut Self {
        self.key(key);
        self.bytes.push(b'[');
        for (place, fill) in fills.iter().enumerate() {
            if place > 0 {
                self.bytes.push(b',');
            }
            self.bytes.push(b'{');
            fill(self);
            self.bytes.push(b'}');
        }
        self.bytes.push(b']');
        self
    }

    /// A member with an instant (RFC 3339, milliseconds, UTC).
    pub(crate) fn instant(&mut self, key: &str, at_ms: i64) -> &mut Self {
        self.key(key);
        self.bytes.push(b'"');
        let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
        self.digits(u64::from(at.year().unsigned_abs()), 4);
        for (mark, value) in [
            (b'-', at.month()),
            (b'-', at.day()),
            (b'T', at.hour()),
            (b':', at.minute()),
            (b':', at.second()),
        ] {
            self.bytes.push(mark);
            self.digits(u64::from(value), 2);
        }
        self.bytes.push(b'.');
        self.digits(u64::from(at.timestamp_subsec_millis()), 3);
        self.bytes.extend_from_slice(b"Z\"");
        self
    }

    fn key(&mut self, key: &str) {
        if !matches!(self.bytes.last(), Some(b'{' | b'[')) {
            self.bytes.push(b',');
        }
        self.quoted(key);
        self.bytes.push(b':');
    }

    fn quoted(&mut self, text: &str) {
        self.bytes.push(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
                0..0x20 => {
                    self.bytes.extend_from_slice(b"\\u00");
                    self.bytes.extend_from_slice(&hexadecimal(byte));
                }
                _ => self.bytes.push(byte),
            }
        }
        self.bytes.push(b'"');
    }

    fn digits(&mut self, value: u64, least: usize) {
        let mut room = [b'0'; 20];
        let mut left = value;
        let mut used = 0;
        for place in room.iter_mut().rev() {
            *place = b'0' + u8::try_from(left % 10).unwrap_or_default();
            left /= 10;
            used += 1;
            if left == 0 {
                break;
            }
        }
        let start = room.len() - used.max(least);
        self.bytes
            .extend_from_slice(room.get(start..).unwrap_or_default());
    }
}

/// A byte as two hexadecimal digits.
pub(crate) fn hexadecimal(byte: u8) -> [u8; 2] {
    let digit = |value: u8| {
        if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        }
    };
    [digit(byte >> 4), digit(byte & 15)]
}

/// Bytes as the text of a UUID: 8-4-4-4-12 hexadecimal digits.
pub(crate) fn uuid(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (place, &byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.extend(hexadecimal(byte).map(char::from));
    }
    text
}

#[cfg(test)]
mod tests;
