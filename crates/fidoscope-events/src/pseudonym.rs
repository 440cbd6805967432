//! Pseudonyms: keyed hashes in the place of user identifiers, unless a store shall have more or less.

use std::fmt;

use crate::{Privacy, Users, hex};

/// The key that turns user identifiers into pseudonyms.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
    privacy: Privacy,
}

impl Pseudonyms {
    /// Pseudonyms under a key. The same key gives the same pseudonym to the same identifier.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            privacy: Privacy {
                users: Users::Hash,
                addresses: crate::Addresses::Keep,
            },
        }
    }

    /// The same with another choice of what a store holds of people.
    #[must_use]
    pub const fn with_privacy(self, privacy: Privacy) -> Self {
        Self { privacy, ..self }
    }

    /// What a store holds of people.
    #[must_use]
    pub const fn privacy(&self) -> Privacy {
        self.privacy
    }

    /// What stands for a user identifier: its pseudonym of 32 hexadecimal digits, itself, or nothing.
    #[must_use]
    pub fn of_user(&self, identifier: &str) -> Option<String> {
        match self.privacy.users {
            Users::Keep => Some(identifier.to_owned()),
            Users::Hash => Some(hex::encode(&self.digest(identifier))),
            Users::Drop => None,
        }
    }

    /// Keyed hash of a user name, without regard to letter case; nothing where users are dropped.
    #[must_use]
    pub fn of_name(&self, name: &str) -> Option<[u8; 16]> {
        let hashed = || self.digest(&name.to_lowercase());
        (self.privacy.users != Users::Drop).then(hashed)
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
