//! Lines that no reader can read, as they turn up in real logs.

use crate::dice::Dice;
use crate::log::Line;

/// Makes a share of all lines unreadable, but never one that a label speaks of.
pub(crate) struct Spoiler {
    dice: Dice,
    /// Of a million lines.
    share: u32,
    /// Texts of this log and what is not a value of theirs.
    wrong: &'static [(&'static str, &'static str)],
    /// Lines that were spoiled.
    pub(crate) spoiled: u64,
}

/// Wrong values of the native form: members, and what stands there instead.
pub(crate) const NATIVE: &[(&str, &str)] = &[
    ("\"sign_count\":", "\"sign_count\":-7,\"was\":"),
    ("\"server_ms\":", "\"server_ms\":\"fast\",\"was\":"),
    ("\"asn\":", "\"asn\":{\"number\":64496},\"was\":"),
    ("\"ts\":\"2026-", "\"ts\":\"2062-"),
    ("\"kind\":\"", "\"kind\":\"passkey."),
    ("\"outcome\":", "\"result\":"),
    ("\"challenge_hash\":\"", "\"challenge_hash\":\"*"),
    ("\"aaguid\":\"", "\"aaguid\":\"x"),
];

/// Wrong values of Okta's form.
pub(crate) const OKTA: &[(&str, &str)] = &[
    ("\"published\":\"2026-", "\"published\":\"26-"),
    ("\"responseTime\":\"", "\"responseTime\":\"n/a"),
];

/// Wrong values of Keycloak's form.
pub(crate) const KEYCLOAK: &[(&str, &str)] = &[
    ("\"time\":", "\"time\":\"noon\",\"was\":"),
    (
        "\"public_key_credential_aaguid\":\"",
        "\"public_key_credential_aaguid\":\"x",
    ),
];

impl Spoiler {
    pub(crate) fn new(
        seed: u64,
        purpose: u64,
        share: u32,
        wrong: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            dice: Dice::new(seed, purpose),
            share,
            wrong,
            spoiled: 0,
        }
    }

    /// The line, or what is left of it.
    pub(crate) fn pass(&mut self, line: Line) -> Vec<u8> {
        if line.labelled || !self.dice.chance(self.share) {
            return line.bytes;
        }
        self.spoiled += 1;
        let bytes = line.bytes;
        match self.dice.below(10) {
            0..4 => self.cut(bytes),
            4..6 => self.bad_text(bytes),
            _ => self.bad_value(bytes),
        }
    }

    /// A writer that died in the middle of a line.
    fn cut(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let keep = bytes.len() * usize::try_from(self.dice.between(70, 98)).unwrap_or(80) / 100;
        bytes.truncate(keep);
        bytes
    }

    /// A byte that is not UTF-8, inside the last text.
    fn bad_text(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        if let Some(place) = bytes.iter().rposition(u8::is_ascii_alphanumeric)
            && let Some(byte) = bytes.get_mut(place)
        {
            *byte = 0xfe;
        }
        bytes
    }

    fn bad_value(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let (good, bad) = *self.dice.pick(&("", ""), self.wrong);
        let text = String::from_utf8_lossy(&bytes);
        if good.is_empty() || !text.contains(good) {
            return self.cut(bytes);
        }
        text.replacen(good, bad, 1).into_bytes()
    }
}
