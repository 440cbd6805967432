//! Apple attestations before their certificate is issued (WebAuthn L3 §8.8).

use crate::der;
use crate::error::Error;
use crate::key::{TestKey, sha256};
use crate::pki::{CertificateExtension, LeafOptions, TestPki};
use ciborium::Value;

/// The extension that binds the certificate to a ceremony.
const NONCE: &[u64] = &[1, 2, 840, 113_635, 100, 8, 2];

/// How the nonce stands in the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceForm {
    /// `SEQUENCE { [1] { OCTET STRING } }`, as Apple writes it.
    Tagged,
    /// `SEQUENCE { OCTET STRING }`.
    Untagged,
    /// `OCTET STRING`.
    Bare,
    /// Not at all.
    Absent,
}

/// An apple statement before its certificate is issued.
#[derive(Clone, Debug)]
pub struct AppleDraft {
    /// Who certifies the key.
    pub pki: TestPki,
    /// Nonce; the digest of what is attested when absent.
    pub nonce: Option<Vec<u8>>,
    /// How the nonce is written.
    pub form: NonceForm,
    /// The rest of the certificate.
    pub leaf: LeafOptions,
    /// Key that is certified, when it is not the credential's.
    pub subject: Option<TestKey>,
    /// Whether `x5c` is there.
    pub certified: bool,
}

impl AppleDraft {
    /// A statement without fault, certified by `pki`.
    #[must_use]
    pub fn new(pki: TestPki) -> Self {
        let leaf = LeafOptions::apple(pki.validity());
        Self {
            pki,
            nonce: None,
            form: NonceForm::Tagged,
            leaf,
            subject: None,
            certified: true,
        }
    }

    /// Issues the certificate of `credential` and returns the statement.
    ///
    /// # Errors
    /// When the certificate cannot be written.
    pub fn statement(
        &self,
        credential: &TestKey,
        authenticator_data: &[u8],
        client_data_hash: &[u8; 32],
    ) -> Result<Value, Error> {
        if !self.certified {
            return Ok(Value::Map(Vec::new()));
        }
        let expected = sha256(&[authenticator_data, client_data_hash].concat());
        let nonce = self.nonce.as_deref().unwrap_or(&expected);
        let mut leaf = self.leaf.clone();
        leaf.extensions
            .extend(self.form.write(nonce).map(|value| CertificateExtension {
                oid: NONCE.to_vec(),
                critical: false,
                value,
            }));
        let key = self.subject.as_ref().unwrap_or(credential);
        let x5c = self.pki.certify(key.clone(), &leaf)?.x5c;
        let x5c = x5c.into_iter().map(Value::Bytes).collect();
        Ok(Value::Map(vec![("x5c".into(), Value::Array(x5c))]))
    }
}

impl NonceForm {
    fn write(self, nonce: &[u8]) -> Option<Vec<u8>> {
        let octets = der::element(der::OCTET_STRING, nonce);
        match self {
            Self::Tagged => Some(der::element(der::SEQUENCE, &der::context(1, &octets))),
            Self::Untagged => Some(der::element(der::SEQUENCE, &octets)),
            Self::Bare => Some(octets),
            Self::Absent => None,
        }
    }
}
