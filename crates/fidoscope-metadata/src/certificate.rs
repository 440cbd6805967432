//! The few fields of a certificate that evidence speaks of.

use crate::blob::hex;
use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;

/// A parsed certificate.
pub(crate) struct Certificate<'a>(X509Certificate<'a>);

/// The kind of a public key, as far as an algorithm of JWS cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    Ec(usize),
    Other,
}

impl<'a> Certificate<'a> {
    pub(crate) fn parse(der: &'a [u8]) -> Option<Self> {
        X509Certificate::from_der(der)
            .ok()
            .map(|(_, certificate)| Self(certificate))
    }

    /// Parses a certificate and tells how many bytes follow it.
    pub(crate) fn parse_prefix(der: &'a [u8]) -> Option<(Self, usize)> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        Some((Self(certificate), rest.len()))
    }

    /// Its common name, else its whole subject.
    pub(crate) fn name(&self) -> String {
        let subject = self.0.subject();
        let common_name = subject
            .iter_common_name()
            .find_map(|name| name.as_str().ok());
        let name = common_name.map_or_else(|| subject.to_string(), str::to_owned);
        crate::members::shortened(&name)
    }

    /// The common names and organisations of its subject, in lower case.
    pub(crate) fn owners(&self) -> Vec<String> {
        let subject = self.0.subject();
        let names = subject
            .iter_common_name()
            .chain(subject.iter_organization());
        names
            .filter_map(|name| name.as_str().ok())
            .map(str::to_lowercase)
            .collect()
    }

    pub(crate) fn not_before(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.0.validity().not_before.timestamp(), 0)
    }

    pub(crate) fn not_after(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.0.validity().not_after.timestamp(), 0)
    }

    /// The DNS names it is for.
    pub(crate) fn dns_names(&self) -> Vec<String> {
        let Ok(Some(names)) = self.0.subject_alternative_name() else {
            return Vec::new();
        };
        let dns = names
            .value
            .general_names
            .iter()
            .filter_map(|name| match name {
                x509_parser::extensions::GeneralName::DNSName(name) => {
                    Some(crate::members::shortened(name))
                }
                _ => None,
            });
        dns.collect()
    }

    /// The key as `subjectPublicKey` carries it: an RSA key in PKCS#1 form, or a point.
    pub(crate) fn key(&self) -> &[u8] {
        &self.0.public_key().subject_public_key.data
    }

    /// SHA-1 over the value of the key's bit string, hexadecimal (RFC 5280 §4.2.1.2, method 1).
    pub(crate) fn key_identifier(&self) -> String {
        hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.key()).as_ref())
    }

    /// The firmware that an attestation certificate tells of (`WebAuthn L3 §8.2.1`).
    pub(crate) fn firmware_version(&self) -> Option<u64> {
        const FIRMWARE_VERSION: &str = "1.3.6.1.4.1.45724.1.1.5";
        let mut extensions = self.0.extensions().iter();
        let found = extensions.find(|e| e.oid.to_id_string() == FIRMWARE_VERSION)?;
        let (_, number) = x509_parser::der_parser::parse_der(found.value).ok()?;
        number.as_u64().ok()
    }

    pub(crate) fn key_kind(&self) -> KeyKind {
        match self.0.public_key().parsed() {
            Ok(PublicKey::RSA(_)) => KeyKind::Rsa,
            Ok(PublicKey::EC(point)) => KeyKind::Ec(point.key_size()),
            _ => KeyKind::Other,
        }
    }

    /// Whether its key usage, if it has one, lets it sign certificates (RFC 5280 §6.1.4 n).
    pub(crate) fn may_sign(&self) -> bool {
        match self.0.key_usage() {
            Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
            // There twice, or no bit string: it says nothing that could be relied on.
            Err(_) => false,
        }
    }

    /// Why it does not count at `now`, if its dates say so.
    pub(crate) fn outside_validity(&self, now: DateTime<Utc>) -> Option<String> {
        let date = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        if let Some(after) = self.not_after().filter(|after| now > *after) {
            return Some(format!(
                "certificate `{}` expired {}",
                self.name(),
                date(after)
            ));
        }
        let before = self.not_before().filter(|before| now < *before)?;
        Some(format!(
            "certificate `{}` is valid from {}",
            self.name(),
            date(before)
        ))
    }

    /// Whether it is of the version without extensions.
    pub(crate) fn is_version_1(&self) -> bool {
        self.0.version() == X509Version::V1
    }

    /// What RFC 5280 §4.1.2.2 would not let a serial number be.
    pub(crate) fn serial_oddity(&self) -> Option<String> {
        let serial = self.0.raw_serial();
        let negative = serial.first().is_some_and(|first| first & 0x80 != 0);
        if serial.iter().all(|byte| *byte == 0) {
            Some("is zero".to_owned())
        } else if negative {
            Some("is negative".to_owned())
        } else if serial.len() > 20 {
            Some(format!("has {} octets, more than 20", serial.len()))
        } else {
            None
        }
    }

    /// Identifiers of the extensions that are known but not encoded as they should be.
    pub(crate) fn unreadable_extensions(&self) -> Vec<String> {
        let unreadable = self.0.extensions().iter().filter(|extension| {
            matches!(
                extension.parsed_extension(),
                ParsedExtension::ParseError { .. }
            )
        });
        unreadable
            .map(|extension| extension.oid.to_string())
            .collect()
    }
}
