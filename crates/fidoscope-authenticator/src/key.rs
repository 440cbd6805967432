//! A P-256 key that follows from a seed.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use sha2::{Digest, Sha256};

/// A P-256 key pair derived from a seed and a label; it signs by RFC 6979, so the same
/// message always yields the same signature.
#[derive(Clone)]
pub struct TestKey {
    signing: SigningKey,
    point: Vec<u8>,
}

impl TestKey {
    /// Derives the key that belongs to `seed` and `label`.
    #[must_use]
    pub fn derive(seed: &Seed, label: &str) -> Self {
        let mut attempt = 0_u32;
        loop {
            let candidate = seed.bytes(&format!("p256/{label}/{attempt}"));
            // A digest is outside the scalar field once in 2^32 labels; then the next one counts.
            if let Ok(signing) = SigningKey::from_slice(&candidate) {
                let point = signing.verifying_key().to_sec1_point(false);
                let point = point.as_bytes().to_vec();
                return Self { signing, point };
            }
            attempt = attempt.wrapping_add(1);
        }
    }

    /// ECDSA with SHA-256 over `message`, as a DER `Ecdsa-Sig-Value`.
    #[must_use]
    pub fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.signing.sign(message);
        signature.as_bytes().to_vec()
    }

    /// ECDSA with SHA-256 over `message`, as the 64 bytes `r || s` of JWS.
    #[must_use]
    pub fn sign_fixed(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.signing.sign(message);
        signature.to_vec()
    }

    /// The uncompressed point `04 || x || y`.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// The x coordinate, 32 bytes.
    #[must_use]
    pub fn x(&self) -> &[u8] {
        self.point.get(1..33).unwrap_or_default()
    }

    /// The y coordinate, 32 bytes.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        self.point.get(33..65).unwrap_or_default()
    }

    /// `SubjectPublicKeyInfo` of the key, DER.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        rcgen::PublicKeyData::subject_public_key_info(self)
    }
}

impl std::fmt::Debug for TestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestKey").finish_non_exhaustive()
    }
}

impl rcgen::PublicKeyData for TestKey {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for TestKey {
    fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.sign_der(msg))
    }
}

/// Where all randomness of this crate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed for a number and a purpose; two purposes share nothing.
    #[must_use]
    pub fn new(number: u64, purpose: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"fidoscope-authenticator/1\0")
            .chain_update(number.to_be_bytes())
            .chain_update(purpose.as_bytes())
            .finalize();
        Self(digest.into())
    }

    /// A seed below this one.
    #[must_use]
    pub fn child(&self, label: &str) -> Self {
        Self(self.bytes(&format!("child/{label}")))
    }

    /// 32 bytes that belong to `label`.
    #[must_use]
    pub fn bytes(&self, label: &str) -> [u8; 32] {
        let digest = Sha256::new()
            .chain_update(self.0)
            .chain_update(label.as_bytes())
            .finalize();
        digest.into()
    }
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
