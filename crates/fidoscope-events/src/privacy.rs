//! How much of a person gets into the store.

use serde::{Deserialize, Serialize};

/// What becomes of the identifiers of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Users {
    /// They stay as the source wrote them.
    Keep,
    /// A keyed hash stands in their place.
    #[default]
    Hash,
    /// They are unknown to the store.
    Drop,
}

/// What becomes of the addresses of clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addresses {
    /// They stay.
    #[default]
    Keep,
    /// Their network stays: 24 bits of version 4, 48 of version 6.
    Truncate,
    /// They are unknown to the store.
    Drop,
}

/// What a store holds of people. One choice for a whole store, because half of a user's events under
/// one name and half under another would be worth less than either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Identifiers of users.
    #[serde(default)]
    pub users: Users,
    /// Addresses of clients.
    #[serde(default)]
    pub addresses: Addresses,
}

/// How a store makes identifiers of the lines of a log.
///
/// A hash of a line that anybody can compute undoes the pseudonym in it: who reads the store and knows
/// the line but for the name of its user tries the names until the hash agrees. Under a key only its
/// holder can try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ids {
    /// Hashes without a key, as all stores of old have them.
    #[default]
    Plain,
    /// Hashes under the key of the pseudonyms.
    Keyed,
}

impl Ids {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Keyed => "keyed",
        }
    }
}

impl Addresses {
    /// What stays of an address, IPv4 mapped.
    pub(crate) fn of(self, address: [u8; 16]) -> Option<[u8; 16]> {
        const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
        let known = if address.starts_with(&MAPPED) { 15 } else { 6 };
        match self {
            Self::Keep => Some(address),
            Self::Truncate => {
                let mut network = address;
                network.iter_mut().skip(known).for_each(|byte| *byte = 0);
                Some(network)
            }
            Self::Drop => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ip;

    #[track_caller]
    fn check(addresses: Addresses, text: &str, expected: Option<&str>) {
        let address = ip::parse(text).unwrap();
        assert_eq!(addresses.of(address).map(ip::format).as_deref(), expected);
    }

    #[test]
    fn networks() {
        check(Addresses::Keep, "198.51.100.7", Some("198.51.100.7"));
        check(Addresses::Truncate, "198.51.100.7", Some("198.51.100.0"));
        check(
            Addresses::Truncate,
            "2001:db8:1:2:3:4:5:6",
            Some("2001:db8:1::"),
        );
        check(Addresses::Drop, "198.51.100.7", None);
    }
}
