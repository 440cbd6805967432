//! The limited verification algorithm of client data (`WebAuthn L3 §5.8.1.2`): a comparison of
//! bytes for relying parties without a JSON parser. Steps are judged by the JSON path; where this
//! one differs, a relying party that took the other path would have refused the ceremony.

use std::borrow::Cow;

use fidoscope_webauthn::{ClientData, Field};

/// The offset from which client data is not what the serialization of `§5.8.1.1` makes of its
/// values; `None` when it is. Members that come after the known ones are free.
pub(crate) fn departure(bytes: &[u8], data: &ClientData<'_>) -> Option<usize> {
    if data.is_plain {
        return None;
    }
    let mut rest = Rest { bytes, at: 0 };
    match rest.compare(data) {
        Some(()) => None,
        None => Some(rest.at),
    }
}

struct Rest<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Rest<'_> {
    fn compare(&mut self, data: &ClientData<'_>) -> Option<()> {
        self.literal(b"{\"type\":")?;
        self.text(&data.kind)?;
        self.literal(b",\"challenge\":")?;
        self.text(&data.challenge)?;
        self.literal(b",\"origin\":")?;
        self.text(&data.origin)?;
        self.literal(b",\"crossOrigin\":")?;
        match data.cross_origin {
            Field::Bool(true) => self.literal(b"true")?,
            _ => self.literal(b"false")?,
        }
        if !data.top_origin.is_missing() {
            self.literal(b",\"topOrigin\":")?;
            self.text(&data.top_origin)?;
        }
        match self.bytes.get(self.at..)? {
            [b'}'] | [b',', ..] => Some(()),
            _ => None,
        }
    }

    fn literal(&mut self, wanted: &[u8]) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(wanted).then_some(())?;
        self.at += wanted.len();
        Some(())
    }

    /// `CCDToString`: only the quote, the backslash and control characters are escaped.
    fn text(&mut self, field: &Field<'_>) -> Option<()> {
        self.literal(b"\"")?;
        // What needs no escape is compared in one piece; what a parser could borrow had none.
        if let Field::Text(Cow::Borrowed(plain)) = field {
            self.literal(plain.as_bytes())?;
            return self.literal(b"\"");
        }
        let mut plain = field.text()?;
        let special = |b: u8| b < b' ' || b == b'"' || b == b'\\';
        while let Some(at) = plain.bytes().position(special) {
            let (before, after) = plain.split_at(at);
            self.literal(before.as_bytes())?;
            let mut characters = after.chars();
            match characters.next()? {
                '"' => self.literal(b"\\\"")?,
                '\\' => self.literal(b"\\\\")?,
                control => self.literal(format!("\\u{:04x}", u32::from(control)).as_bytes())?,
            }
            plain = characters.as_str();
        }
        self.literal(plain.as_bytes())?;
        self.literal(b"\"")
    }
}

#[cfg(test)]
mod tests;
