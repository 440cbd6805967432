//! The last step of a certificate: what its builder would not write is written here, and signed.

use crate::algorithm::Algorithm;
use crate::der;
use crate::key::TestKey;
use crate::signature::SignatureKind;
use fidoscope_webauthn::der::{Class, Element, Elements};

/// How a certificate is written and signed; the default is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// X.509 version: 1, 2 or 3. The older ones have no extensions.
    pub version: u8,
    /// Common name of the issuer that it claims; the true issuer's when absent.
    pub issuer_name: Option<String>,
    /// The issuer's signature.
    pub signature: SignatureKind,
    /// How many bits of the signature it says are unused; early U2F certificates said so wrongly.
    pub unused_bits: u8,
    /// Signed with SHA-1, as was usual until 2017; by ECDSA and RSA keys only.
    pub sha1: bool,
}

impl Default for Finish {
    fn default() -> Self {
        Self {
            version: 3,
            issuer_name: None,
            signature: SignatureKind::Genuine,
            unused_bits: 0,
            sha1: false,
        }
    }
}

impl Finish {
    /// Rewrites a certificate for `subject` that is right but for this, and but for keys that its
    /// builder has no name for.
    pub(crate) fn apply(
        &self,
        certificate: Vec<u8>,
        subject: &TestKey,
        issuer: &TestKey,
    ) -> Vec<u8> {
        let untouched = Self {
            issuer_name: self.issuer_name.clone(),
            ..Self::default()
        };
        let known = |key: &TestKey| key.certificate_algorithm().is_some();
        if *self == untouched && known(subject) && known(issuer) {
            return certificate;
        }
        let parts = members(&certificate);
        let [tbs, algorithm, _] = parts.as_slice() else {
            return certificate;
        };
        let algorithm = match issuer.signature_identifier(self.sha1) {
            Some(own) => own.to_vec(),
            None => der::element(der::SEQUENCE, algorithm.contents),
        };
        let tbs = self.signed_part(tbs, &algorithm, &subject.spki_der());
        let with = match (self.sha1, issuer.certificate_algorithm()) {
            (true, _) => Algorithm::Rs1,
            (false, Some((_, usual))) => usual,
            (false, None) => issuer.algorithm(),
        };
        let signature = issuer.sign_as(with, &tbs).unwrap_or_default();
        let signature = self.signature.apply(signature);
        let bits = [&[self.unused_bits], signature.as_slice()].concat();
        let bits = der::element(der::BIT_STRING, &bits);
        der::element(der::SEQUENCE, &[tbs, algorithm, bits].concat())
    }

    /// The signed part in another version, with another algorithm and key.
    fn signed_part(&self, tbs: &Element<'_>, algorithm: &[u8], key: &[u8]) -> Vec<u8> {
        // Serial number, algorithm, issuer, validity, subject, key (RFC 5280 §4.1).
        const ALGORITHM: usize = 1;
        const KEY: usize = 5;
        let version = match self.version {
            1 => Vec::new(),
            other => {
                let number = i64::from(other).saturating_sub(1);
                der::context(0, &der::integer(der::INTEGER, number))
            }
        };
        let mut contents = version;
        let mut place = 0;
        for member in tbs.elements().flatten() {
            let tagged = member.class == Class::Context;
            if tagged && (member.number == 0 || self.version < 3) {
                continue;
            }
            let own = match place {
                ALGORITHM => Some(algorithm),
                KEY => Some(key),
                _ => None,
            };
            place += 1;
            if let Some(own) = own {
                contents.extend_from_slice(own);
                continue;
            }
            let start = member.offset.saturating_sub(tbs.contents_offset);
            let end = member.contents_offset.saturating_add(member.contents.len());
            let end = end.saturating_sub(tbs.contents_offset);
            contents.extend_from_slice(tbs.contents.get(start..end).unwrap_or_default());
        }
        der::element(der::SEQUENCE, &contents)
    }
}

/// What a certificate consists of: the signed part, the algorithm and the signature.
fn members(certificate: &[u8]) -> Vec<Element<'_>> {
    let outer = Elements::new(certificate).flatten().next();
    outer.map_or_else(Vec::new, |outer| outer.elements().flatten().collect())
}
