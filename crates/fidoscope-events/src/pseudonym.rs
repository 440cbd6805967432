//! Pseudonyms: keyed hashes in the place of user identifiers.

use std::fmt;

use crate::hex;

/// The key that turns user identifiers into pseudonyms.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    /// Pseudonyms under a key. The same key gives the same pseudonym to the same identifier.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Pseudonym of a user identifier: 32 hexadecimal digits.
    #[must_use]
    pub fn of_user(&self, identifier: &str) -> String {
        hex::encode(&self.digest(identifier))
    }

    /// Keyed hash of a user name, without regard to letter case.
    #[must_use]
    pub fn of_name(&self, name: &str) -> [u8; 16] {
        self.digest(&name.to_lowercase())
    }

    fn digest(&self, text: &str) -> [u8; 16] {
        first_16(blake3::keyed_hash(&self.key, text.as_bytes()).as_bytes())
    }
}

/// The key never shows in a log or a test failure.
impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

/// The first 16 bytes of a digest.
pub(crate) fn first_16(digest: &[u8; 32]) -> [u8; 16] {
    digest.first_chunk().copied().unwrap_or_default()
}
