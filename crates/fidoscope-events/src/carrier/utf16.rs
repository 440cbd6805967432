//! UTF-16, as PowerShell's `>` and Windows' editors write it.

/// Order of the bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// Order that the first bytes show: by their mark (Unicode 23.8), or by the zeros beside the first
    /// two signs of a text that begins in ASCII.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] | [1..0x80, 0, 1..0x80, 0, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] | [0, 1..0x80, 0, 1..0x80, ..] => Some(Self::Big),
            _ => None,
        }
    }
}

/// Decoder that is given its bytes bit by bit.
#[derive(Debug)]
pub(super) struct Utf16 {
    order: Order,
    begun: bool,
    /// First byte of a unit whose second has not come.
    odd: Option<u8>,
    /// First half of a pair of surrogates whose second has not come.
    high: Option<u16>,
}

impl Utf16 {
    pub(super) const fn new(order: Order) -> Self {
        Self {
            order,
            begun: false,
            odd: None,
            high: None,
        }
    }

    /// Appends the text in UTF-8. What is no character becomes U+FFFD, so that the line is seen to be
    /// damaged and its neighbours are not.
    pub(super) fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let mut units: Vec<u16> = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.high.take());
        for &byte in bytes {
            match self.odd.take() {
                None => self.odd = Some(byte),
                Some(first) => units.push(match self.order {
                    Order::Little => u16::from_le_bytes([first, byte]),
                    Order::Big => u16::from_be_bytes([first, byte]),
                }),
            }
        }
        if let Some(0xd800..0xdc00) = units.last() {
            self.high = units.pop();
        }
        let mut buffer = [0; 4];
        for unit in char::decode_utf16(units) {
            let sign = unit.unwrap_or(char::REPLACEMENT_CHARACTER);
            if sign != '\u{feff}' || self.begun {
                text.extend_from_slice(sign.encode_utf8(&mut buffer).as_bytes());
            }
            self.begun = true;
        }
    }
}
