//! Pseudonyms: keyed hashes in the place of user identifiers, unless a store shall have more or less.

use std::fmt;

use crate::{Ids, Privacy, Users, hex};

/// The key that turns user identifiers into pseudonyms, and what is hidden under it.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
    privacy: Privacy,
    ids: Ids,
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
            ids: Ids::Plain,
        }
    }

    /// The same with another choice of what a store holds of people.
    #[must_use]
    pub const fn with_privacy(self, privacy: Privacy) -> Self {
        Self { privacy, ..self }
    }

    /// The same with another choice of how identifiers are made of the lines of a log.
    #[must_use]
    pub const fn with_ids(self, ids: Ids) -> Self {
        Self { ids, ..self }
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

    /// What stands for the identifier of a session: who has the session has the user.
    #[must_use]
    pub fn of_session(&self, identifier: &str) -> Option<String> {
        self.of_user(identifier)
    }

    /// Keyed hash of a user name, without regard to letter case; nothing where users are dropped.
    #[must_use]
    pub fn of_name(&self, name: &str) -> Option<[u8; 16]> {
        let hashed = || self.digest(&name.to_lowercase());
        (self.privacy.users != Users::Drop).then(hashed)
    }

    /// The identifier of an event whose log gives it none, from 128 bits of the hash of its record.
    #[must_use]
    pub fn of_record(&self, hash: [u8; 16]) -> [u8; 16] {
        let sealed = self.seal("event", &hash);
        sealed.map_or(hash, |sealed| first_16(&sealed))
    }

    /// What a log is known by, from 128 bits of the hash of its first bytes.
    #[must_use]
    pub fn of_beginning(&self, hash: [u8; 16]) -> [u8; 16] {
        let sealed = self.seal("beginning", &hash);
        sealed.map_or(hash, |sealed| first_16(&sealed))
    }

    /// What is stored of the hash of a log up to a position.
    #[must_use]
    pub fn of_digest(&self, hash: [u8; 32]) -> [u8; 32] {
        self.seal("digest", &hash).unwrap_or(hash)
    }

    /// What stands under the key for an identifier that [`Self::of_record`] made without one, alone or with
    /// the number that tells parts of one record apart. `None` for one of another form: the log gave it.
    #[must_use]
    pub fn of_plain_record(&self, identifier: &str) -> Option<String> {
        let (digits, part) = identifier.split_at_checked(32)?;
        let number = part.strip_prefix('/');
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !part.is_empty() && !number.is_some_and(is_number) {
            return None;
        }
        let hash = plain(digits)?;
        Some(hex::encode(&self.of_record(hash)) + part)
    }

    /// What stands under the key for the digits that [`Self::of_beginning`] made without one.
    #[must_use]
    pub fn of_plain_beginning(&self, digits: &str) -> Option<String> {
        Some(hex::encode(&self.of_beginning(plain(digits)?)))
    }

    /// A hash under the key, where identifiers are to be keyed: of a hash, so that what an older store has
    /// can be brought under the key without its logs. Each use has a beginning of its own, so that none
    /// says what another hides.
    fn seal(&self, purpose: &str, hash: &[u8]) -> Option<[u8; 32]> {
        if self.ids == Ids::Plain {
            return None;
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        // No identifier of a user begins so.
        hasher.update(b"\0fidoscope ");
        hasher.update(purpose.as_bytes());
        hasher.update(b"\0");
        Some(*hasher.update(hash).finalize().as_bytes())
    }

    /// What tells the key from others and gives away nothing of it: 32 hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let derived =
            blake3::derive_key("fidoscope: fingerprint of a key of pseudonyms", &self.key);
        hex::encode(&first_16(&derived))
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

/// The hash that was written in these digits, if it was written here: in lower case.
fn plain(digits: &str) -> Option<[u8; 16]> {
    let is_ours = !digits.bytes().any(|byte| byte.is_ascii_uppercase());
    is_ours.then(|| hex::decode(digits.as_bytes()))?
}

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// Another number of characters.
    #[error("64 hexadecimal digits expected, found {0} characters")]
    Length(usize),
    /// Something that is no digit.
    #[error("`{digits}` at character {at} is not hexadecimal")]
    Digits {
        /// The two characters with it.
        digits: String,
        /// Where they are, from 0.
        at: usize,
    },
}

/// A key from its text: 64 hexadecimal digits.
pub fn parse_key(text: &str) -> Result<[u8; 32], NoKey> {
    if text.len() != 64 {
        return Err(NoKey::Length(text.len()));
    }
    let mut key = [0; 32];
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        let digits = text.get(at..at + 2).unwrap_or_default();
        let [found] = hex::decode(digits.as_bytes()).ok_or_else(|| NoKey::Digits {
            digits: digits.to_owned(),
            at,
        })?;
        *byte = found;
    }
    Ok(key)
}

/// The text of a key.
#[must_use]
pub fn key_text(key: &[u8; 32]) -> String {
    hex::encode(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = parse_key(text).map(|key| format!("{:02x}{:02x}", key[0], key[31]));
        assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn keys() {
        check(&"0f".repeat(32), "0f0f");
        check(&key_text(&[0xa7; 32]), "a7a7");
        check("0f", "64 hexadecimal digits expected, found 2 characters");
        check("", "64 hexadecimal digits expected, found 0 characters");
        check(
            &format!("zz{}", "0f".repeat(31)),
            "`zz` at character 0 is not hexadecimal",
        );
        check(
            &format!("é{}", "0f".repeat(31)),
            "`é` at character 0 is not hexadecimal",
        );
    }

    /// Identifiers of records and of inputs, under a key or not.
    #[test]
    fn who_has_no_key_cannot_make_an_identifier() {
        let (one, other) = (Pseudonyms::new([7; 32]), Pseudonyms::new([8; 32]));
        assert_eq!(one.of_record([5; 16]), [5; 16]);
        assert_eq!(one.of_beginning([5; 16]), [5; 16]);
        assert_eq!(one.of_digest([5; 32]), [5; 32]);
        let (one, other) = (one.with_ids(Ids::Keyed), other.with_ids(Ids::Keyed));
        assert_eq!(one.of_record([5; 16]), one.of_record([5; 16]));
        assert_ne!(one.of_record([5; 16]), [5; 16]);
        assert_ne!(one.of_record([5; 16]), one.of_record([6; 16]));
        assert_ne!(one.of_record([5; 16]), other.of_record([5; 16]));
        assert_ne!(one.of_beginning([5; 16]), other.of_beginning([5; 16]));
        assert_ne!(one.of_digest([5; 32]), other.of_digest([5; 32]));
        // The uses of one key have nothing in common.
        assert_ne!(one.of_record([5; 16]), one.of_beginning([5; 16]));
    }

    /// What a store of old has for the identifier of an event, and the hash that it was made of.
    #[track_caller]
    fn check_plain(identifier: &str, hash: Option<([u8; 16], &str)>) {
        let keyed = Pseudonyms::new([7; 32]).with_ids(Ids::Keyed);
        let expected = hash.map(|(hash, part)| hex::encode(&keyed.of_record(hash)) + part);
        assert_eq!(keyed.of_plain_record(identifier), expected, "{identifier}");
    }

    #[test]
    fn an_identifier_that_was_made_here_is_known_by_its_form() {
        let digits = "a0".repeat(16);
        check_plain(&digits, Some(([0xa0; 16], "")));
        check_plain(&format!("{digits}/2"), Some(([0xa0; 16], "/2")));
        check_plain(&format!("{digits}/12"), Some(([0xa0; 16], "/12")));
        for other in [
            "",
            "e-1",
            &digits[..30],
            &digits.to_uppercase(),
            &format!("{digits}0"),
            &format!("{digits}/"),
            &format!("{digits}/x"),
            &format!("{digits}/+2"),
            &format!("{}é", &digits[..31]),
            "a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0",
        ] {
            check_plain(other, None);
        }
        let keyed = Pseudonyms::new([7; 32]).with_ids(Ids::Keyed);
        let beginning = hex::encode(&keyed.of_beginning([0xa0; 16]));
        assert_eq!(keyed.of_plain_beginning(&digits), Some(beginning));
        assert_eq!(keyed.of_plain_beginning(&digits[..30]), None);
    }

    #[test]
    fn fingerprints_tell_keys_apart() {
        let [one, other] = [[7; 32], [8; 32]].map(|key| Pseudonyms::new(key).fingerprint());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert_ne!(one, key_text(&[7; 32])[..32]);
    }

    #[test]
    fn a_session_is_hidden_as_its_user_is() {
        let of = |users| {
            let privacy = Privacy {
                users,
                ..Privacy::default()
            };
            let pseudonyms = Pseudonyms::new([7; 32]).with_privacy(privacy);
            pseudonyms.of_session("s-1")
        };
        assert_eq!(of(Users::Keep).as_deref(), Some("s-1"));
        assert_eq!(of(Users::Hash).map(|text| text.len()), Some(32));
        assert_eq!(of(Users::Drop), None);
    }
}
