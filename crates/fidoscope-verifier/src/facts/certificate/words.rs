//! What a certificate says, for people.

use std::borrow::Cow;

use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::Validity;

use super::{Certificate, tolerant};

// Identifiers of attributes (RFC 4519 §2), as in DER.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(super) const COUNTRY: &[u8] = &[0x55, 4, 6];
pub(super) const ORGANIZATION: &[u8] = &[0x55, 4, 10];
pub(super) const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 4, 11];
/// Those that most names are made of, by their short names (RFC 4514 §3).
const USUAL: [(&[u8], &str); 6] = [
    (COMMON_NAME, "CN"),
    (COUNTRY, "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
];

impl Certificate<'_> {
    /// The name of the subject.
    pub(crate) fn subject(&self) -> String {
        self.usual_subject()
            .or_else(|| tolerant::in_words(self.der, |read| read.subject.to_string()))
            .unwrap_or_default()
    }

    /// The name of the issuer.
    pub(crate) fn issuer(&self) -> String {
        tolerant::in_words(self.der, |read| read.issuer.to_string()).unwrap_or_default()
    }

    /// From when to when it is valid.
    pub(crate) fn period(&self) -> String {
        let words = |read: &Validity| format!("from {} to {}", read.not_before, read.not_after);
        tolerant::in_words(self.der, |read| words(&read.validity)).unwrap_or_default()
    }

    /// The name of a subject that has attributes with a short name only, one in a place.
    fn usual_subject(&self) -> Option<String> {
        let mut name = String::with_capacity(self.parts.subject.len());
        for attribute in self.is_usual.then_some(&self.parts.attributes)? {
            let mut usual = USUAL.iter();
            let (_, short) = usual.find(|(kind, _)| *kind == attribute.kind)?;
            let before = if name.is_empty() { "" } else { ", " };
            name.extend([before, short, "=", attribute.text]);
        }
        Some(name)
    }
}

/// An object identifier in dots.
pub(super) fn identifier(contents: &[u8]) -> String {
    Oid::new(Cow::Borrowed(contents)).to_id_string()
}
