//! What a store holds of people.

use clap::ValueEnum;
use fidoscope_events::{Addresses, Users};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Pii {
    /// User identifiers as the source wrote them
    Keep,
    /// Keyed hashes of user identifiers; the key is in the store, or in --pii-key
    Hash,
    /// No user identifiers
    Drop,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Ip {
    /// Whole addresses
    Keep,
    /// Networks: 24 bits of IPv4, 48 of IPv6
    Truncate,
    /// No addresses
    Drop,
}

impl From<Pii> for Users {
    fn from(pii: Pii) -> Self {
        match pii {
            Pii::Keep => Self::Keep,
            Pii::Hash => Self::Hash,
            Pii::Drop => Self::Drop,
        }
    }
}

impl From<Ip> for Addresses {
    fn from(ip: Ip) -> Self {
        match ip {
            Ip::Keep => Self::Keep,
            Ip::Truncate => Self::Truncate,
            Ip::Drop => Self::Drop,
        }
    }
}
