//! Certificates: only what the rules ask about.

mod algorithm;
mod tolerant;
mod words;

use std::borrow::Cow;

use fidoscope_webauthn::certificate as form;
use fidoscope_webauthn::certificate::AlgorithmIdentifier;
pub(crate) use fidoscope_webauthn::certificate::Extension;
use fidoscope_webauthn::der::{Element, Elements, tag};
use x509_parser::extensions::{GeneralName, KeyUsage, SubjectAlternativeName};
use x509_parser::prelude::{FromDer, X509Error};

use self::algorithm::signature_algorithm;
use super::rsa;
use super::signature::{self, Curve, MlDsa, PublicKey, SignatureError};

/// A certificate and the bytes that it came from.
pub(crate) struct Certificate<'a> {
    pub(crate) der: &'a [u8],
    pub(crate) parts: form::Certificate<'a>,
    /// Written as most are, so that its words are easily found.
    is_usual: bool,
}

/// Attributes of the subject that packed attestation asks for.
#[derive(Clone, Copy)]
pub(crate) enum Attribute {
    Country,
    Organization,
    OrganizationalUnit,
    CommonName,
}

impl Attribute {
    fn identifier(self) -> &'static [u8] {
        match self {
            Self::Country => words::COUNTRY,
            Self::Organization => words::ORGANIZATION,
            Self::OrganizationalUnit => words::ORGANIZATIONAL_UNIT,
            Self::CommonName => words::COMMON_NAME,
        }
    }
}

// Identifiers as in DER, without tag and length.
pub(crate) const AAGUID: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0xe5, 0x1c, 1, 1, 4];
pub(crate) const FIRMWARE_VERSION: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0xe5, 0x1c, 1, 1, 5];
pub(crate) const SERIAL_NUMBER: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0xe5, 0x1c, 1, 1, 2];
pub(crate) const KEY_DESCRIPTION: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 1, 17];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
/// Critical extensions that path validation processes: key usage, basic constraints, certificate
/// policies (nothing is demanded of them), extended key usage (attestation has none of its own).
const PROCESSED: [&[u8]; 4] = [
    KEY_USAGE,
    BASIC_CONSTRAINTS,
    &[0x55, 0x1d, 32],
    &[0x55, 0x1d, 37],
];
const SHA1_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
const ECDSA_WITH_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const RSA_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const ED448: &[u8] = &[0x2b, 0x65, 0x71];
// The same identifiers for key and signature (RFC 9881 §2).
const ML_DSA: [(&[u8], MlDsa, i64); 3] = [
    (
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11],
        MlDsa::MlDsa44,
        -48,
    ),
    (
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12],
        MlDsa::MlDsa65,
        -49,
    ),
    (
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x13],
        MlDsa::MlDsa87,
        -50,
    ),
];
const CURVES: [(&[u8], Curve); 4] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], Curve::P256),
    (&[0x2b, 0x81, 4, 0, 0x22], Curve::P384),
    (&[0x2b, 0x81, 4, 0, 0x23], Curve::P521),
    (&[0x2b, 0x81, 4, 0, 0x0a], Curve::Secp256k1),
];

impl<'a> Certificate<'a> {
    /// Reads a certificate; bytes after it are not allowed.
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, String> {
        let certificate = Self::parse_tolerant(der)?;
        match certificate.parts.unused_bits {
            0 => Ok(certificate),
            bits => Err(format!(
                "no certificate: a signature with {bits} unused bits"
            )),
        }
    }

    /// The same for certificates of early U2F authenticators, which count the unused bits of their
    /// signature wrongly. They are read as if they did not; [`Self::oddities`] speaks of it.
    pub(crate) fn parse_tolerant(der: &'a [u8]) -> Result<Self, String> {
        let usual = form::Certificate::read(der);
        Ok(Self {
            der,
            is_usual: usual.is_some(),
            parts: usual.map_or_else(|| tolerant::read(der), Ok)?,
        })
    }

    pub(crate) fn is_version_3(&self) -> bool {
        self.parts.version == 2
    }

    /// The number of its version, as people count them.
    pub(crate) fn version(&self) -> u32 {
        self.parts.version.saturating_add(1)
    }

    /// Values of a subject attribute; one that is not text counts as empty.
    pub(crate) fn subject_values(&self, attribute: Attribute) -> impl Iterator<Item = &'a str> {
        let wanted = attribute.identifier();
        let attributes = self.parts.attributes.iter();
        let values = attributes.filter(move |attribute| attribute.kind == wanted);
        values.map(|attribute| attribute.text)
    }

    /// True when the subject says that the certificate was made for tests.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.subject_values(Attribute::Organization)
            .any(|value| value.to_ascii_lowercase().contains("fidoscope test"))
    }

    /// The host names that it is for; the common name where it lists none (RFC 6125 §6.4.4).
    pub(crate) fn hosts(&self) -> Vec<String> {
        let names: Option<SubjectAlternativeName<'_>> = self.only(ALTERNATIVE_NAME);
        let dns = names.iter().flat_map(|names| &names.general_names);
        let dns: Vec<String> = dns
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect();
        if dns.is_empty() {
            let names = self.subject_values(Attribute::CommonName);
            names.map(str::to_owned).collect()
        } else {
            dns
        }
    }

    pub(crate) fn extension(&self, oid: &[u8]) -> Option<&Extension<'a>> {
        self.parts.extensions.iter().find(|e| e.kind == oid)
    }

    /// An extension that stands there once and can be read.
    fn only<T: FromDer<'a, X509Error>>(&self, oid: &[u8]) -> Option<T> {
        let mut found = self.parts.extensions.iter().filter(|e| e.kind == oid);
        let extension = found.next().filter(|_| found.next().is_none())?;
        T::from_der(extension.value).ok().map(|(_, value)| value)
    }

    /// The CA flag and path length of basic constraints; `None` without the extension. A flag that
    /// is not written as DER wants it counts; [`Self::oddities`] speaks of it.
    pub(crate) fn basic_constraints(&self) -> Result<Option<(bool, Option<u32>)>, String> {
        let found = self.constraints()?;
        Ok(found.map(|found| (found.ca, found.path_length)))
    }

    fn constraints(&self) -> Result<Option<Constraints>, String> {
        let extensions = self.parts.extensions.iter();
        let mut found = extensions.filter(|extension| extension.kind == BASIC_CONSTRAINTS);
        let Some(extension) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() {
            return Err("basic constraints twice".to_owned());
        }
        Constraints::read(extension.value).map(Some)
    }

    /// What is not written as DER wants it, and is read nevertheless.
    pub(crate) fn oddities(&self) -> Vec<String> {
        let mut odd = Vec::new();
        let bits = self.parts.unused_bits;
        if bits != 0 {
            odd.push(format!("a signature with {bits} unused bits"));
        }
        match self.constraints() {
            Ok(Some(found)) if !found.is_der => {
                odd.push("basic constraints that are not DER".to_owned());
            }
            Ok(_) => {}
            Err(problem) => odd.push(format!("basic constraints that cannot be read: {problem}")),
        }
        odd
    }

    /// What is weak by today's measure. The signature on an anchor is nobody's concern; its version
    /// is, because without extensions nothing says that it is a CA.
    pub(crate) fn weaknesses(&self, is_anchor: bool) -> Vec<String> {
        let mut weak = self.weak_key();
        if !self.is_version_3() {
            weak.push(format!("X.509 version {}", self.version()));
        }
        let algorithm = self.parts.algorithm.kind;
        if !is_anchor && [SHA1_WITH_RSA, ECDSA_WITH_SHA1].contains(&algorithm) {
            weak.push("a SHA-1 signature".to_owned());
        }
        weak
    }

    fn weak_key(&self) -> Vec<String> {
        let bits = match self.key() {
            Some(PublicKey::Rsa { n, .. }) => rsa::bits(n),
            _ => return Vec::new(),
        };
        let weak = (bits < 2048).then(|| format!("an RSA key of {bits} bits"));
        weak.into_iter().collect()
    }

    /// The serial number as it is written, hexadecimal.
    pub(crate) fn serial_hex(&self) -> String {
        hex::encode(self.parts.serial)
    }

    /// An extension that stands there twice (RFC 5280 §4.2).
    pub(crate) fn repeated_extension(&self) -> Option<String> {
        let extensions = &self.parts.extensions;
        let repeated = extensions.iter().enumerate().find(|(at, extension)| {
            let before = extensions.get(..*at).unwrap_or_default();
            before.iter().any(|other| other.kind == extension.kind)
        });
        repeated.map(|(_, extension)| words::identifier(extension.kind))
    }

    /// Whether the key may sign certificates; `None` without a key usage extension.
    pub(crate) fn may_sign_certificates(&self) -> Option<bool> {
        let usage: KeyUsage = self.only(KEY_USAGE)?;
        Some(usage.key_cert_sign())
    }

    /// Whether the key may sign revocation lists; `None` without a key usage extension.
    pub(crate) fn may_sign_lists(&self) -> Option<bool> {
        let usage: KeyUsage = self.only(KEY_USAGE)?;
        Some(usage.crl_sign())
    }

    pub(crate) fn key(&self) -> Option<PublicKey<'a>> {
        let form::SubjectKey {
            algorithm,
            parameters,
            bits,
            ..
        } = self.parts.key;
        if algorithm == EC_KEY {
            let parameters = parameters?;
            let (_, curve) = CURVES.iter().find(|(oid, _)| *oid == parameters)?;
            return Some(PublicKey::Ec {
                curve: *curve,
                point: Cow::Borrowed(bits),
            });
        }
        match algorithm {
            RSA_KEY => rsa::parts(bits).map(|(n, e)| PublicKey::Rsa { n, e }),
            ED25519 => Some(PublicKey::Ed25519(bits)),
            ED448 => Some(PublicKey::Ed448(bits)),
            _ => {
                let (_, set, _) = ML_DSA.iter().find(|(oid, ..)| *oid == algorithm)?;
                Some(PublicKey::MlDsa {
                    set: *set,
                    bytes: bits,
                })
            }
        }
    }

    /// Whether `issuer`'s key made the signature on this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> Result<(), Unsigned> {
        let parts = &self.parts;
        issuer.has_signed(parts.signed, &parts.algorithm, parts.signature)
    }

    /// Whether the key made a signature over `signed`, a certificate's or revocation list's.
    pub(crate) fn has_signed(
        &self,
        signed: &[u8],
        identifier: &AlgorithmIdentifier<'_>,
        signature: &[u8],
    ) -> Result<(), Unsigned> {
        let unsupported = |what: String| Unsigned::Unsupported(what);
        let key = self
            .key()
            .ok_or_else(|| unsupported("the issuer's key is of an unsupported kind".to_owned()))?;
        let algorithm = signature_algorithm(identifier, &key).ok_or_else(|| {
            let oid = words::identifier(identifier.kind);
            let kind = signature::describe(&key);
            unsupported(format!(
                "unsupported signature algorithm {oid} with the issuer's {kind}"
            ))
        })?;
        match signature::verify_with(algorithm, &key, signed, signature) {
            Ok(_) => Ok(()),
            Err(SignatureError::UnsupportedKey(found)) => Err(unsupported(found)),
            Err(_) => Err(Unsigned::Invalid),
        }
    }

    /// A critical extension that path validation here does not process.
    pub(crate) fn unprocessed_critical_extension(&self) -> Option<String> {
        let mut extensions = self.parts.extensions.iter();
        let found = extensions.find(|e| e.critical && !PROCESSED.contains(&e.kind))?;
        Some(words::identifier(found.kind))
    }
}

/// Basic constraints (RFC 5280 §4.2.1.9).
struct Constraints {
    ca: bool,
    path_length: Option<u32>,
    /// False when the flag is written as BER allows and DER does not.
    is_der: bool,
}

impl Constraints {
    fn read(value: &[u8]) -> Result<Self, String> {
        let mut outer = Elements::new(value);
        let sequence = outer.read().map_err(|error| error.to_string())?;
        let sequence = sequence.filter(|sequence| sequence.is(tag::SEQUENCE));
        let sequence = sequence.ok_or("no SEQUENCE")?;
        let mut members: Vec<Element<'_>> = Vec::new();
        for member in sequence.elements().take(3) {
            members.push(member.map_err(|error| error.to_string())?);
        }
        let (flag, rest) = match members.as_slice() {
            [flag, rest @ ..] if flag.is(tag::BOOLEAN) => (Some(flag), rest),
            rest => (None, rest),
        };
        // A flag of false is left out in DER, one of true has all bits set.
        let (ca, is_der) = match flag.map(|flag| flag.contents) {
            None => (false, true),
            Some([0xff]) => (true, true),
            Some([0]) => (false, false),
            Some([_]) => (true, false),
            Some(other) => return Err(format!("a BOOLEAN of {} bytes", other.len())),
        };
        let path_length = match rest {
            [] => None,
            [length] if length.is(tag::INTEGER) => {
                let length = length
                    .integer()
                    .and_then(|length| u32::try_from(length).ok());
                Some(length.ok_or("a path length that is no small number")?)
            }
            [other, ..] => return Err(format!("{} where a path length belongs", other.kind())),
        };
        let is_der = is_der && outer.offset() == value.len();
        Ok(Self {
            ca,
            path_length,
            is_der,
        })
    }
}

/// Why a certificate is not known to be signed by another's key.
pub(crate) enum Unsigned {
    /// Nothing is known: the algorithm or the key cannot be verified with here.
    Unsupported(String),
    /// That key did not make this signature.
    Invalid,
}

#[cfg(test)]
mod tests;
