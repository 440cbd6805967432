//! Keys that follow from a seed, for every COSE algorithm.

mod ecdsa;
mod rsa;

use ecdsa::EcdsaKey;
use ml_dsa::signature::{Keypair as _, Signer as _};
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use sha2::{Digest, Sha256};

use self::rsa::{RsaKey, Size};
use crate::algorithm::{Algorithm, Family, Hash};
use crate::der;

/// A key pair derived from a seed and a label. It signs without randomness, so the same message
/// always yields the same signature: ECDSA by RFC 6979, PSS with a salt that follows from key and
/// message, ML-DSA in its deterministic variant.
#[derive(Clone)]
pub struct TestKey {
    algorithm: Algorithm,
    secret: Secret,
    public: Vec<u8>,
}

#[derive(Clone)]
enum Secret {
    Ecdsa(EcdsaKey),
    Ed25519([u8; 32]),
    Ed448([u8; 57]),
    Rsa { key: Box<RsaKey>, salt: [u8; 32] },
    MlDsa([u8; 32]),
}

impl TestKey {
    /// Derives the ES256 key that belongs to `seed` and `label`.
    #[must_use]
    pub fn derive(seed: &Seed, label: &str) -> Self {
        Self::derive_for(Algorithm::Es256, seed, label)
    }

    /// Derives the key of an algorithm that belongs to `seed` and `label`. Algorithms that need the
    /// same kind of key get the same key. RSA keys have 2048 bits and are made of few primes, so
    /// that one label in 66 shares its key with another.
    #[must_use]
    pub fn derive_for(algorithm: Algorithm, seed: &Seed, label: &str) -> Self {
        let secret = match algorithm.family() {
            Family::P256 | Family::P384 | Family::P521 | Family::Secp256k1 => {
                Secret::Ecdsa(EcdsaKey::derive(algorithm.family(), seed, label))
            }
            Family::Ed25519 => Secret::Ed25519(seed.bytes(&format!("ed25519/{label}"))),
            Family::Ed448 => {
                let mut secret = [0; 57];
                let start = seed.bytes(&format!("ed448/{label}"));
                for (byte, value) in secret.iter_mut().zip(Hash::Sha512.stream(&start)) {
                    *byte = value;
                }
                Secret::Ed448(secret)
            }
            Family::Rsa => Secret::rsa(seed, label, Size::Bits2048),
            Family::MlDsa44 | Family::MlDsa65 | Family::MlDsa87 => {
                Secret::MlDsa(seed.bytes(&format!("{}/{label}", algorithm.name())))
            }
        };
        Self::new(algorithm, secret)
    }

    /// Derives an RSA key of 1024 bits, as old authenticators and certificates have; `algorithm` is
    /// taken for an RSA one.
    #[must_use]
    pub fn derive_short_rsa(algorithm: Algorithm, seed: &Seed, label: &str) -> Self {
        Self::new(algorithm, Secret::rsa(seed, label, Size::Bits1024))
    }

    /// The key with this secret: a scalar, the seed of an Edwards or ML-DSA key, or the two primes
    /// of an RSA key one after the other. `None` when it is none of this algorithm.
    #[must_use]
    pub fn from_secret(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        let secret = match algorithm.family() {
            Family::P256 | Family::P384 | Family::P521 | Family::Secp256k1 => {
                Secret::Ecdsa(EcdsaKey::from_scalar(algorithm.family(), secret)?)
            }
            Family::Ed25519 => Secret::Ed25519(secret.try_into().ok()?),
            Family::Ed448 => Secret::Ed448(secret.try_into().ok()?),
            Family::Rsa => Secret::Rsa {
                key: Box::new(RsaKey::from_primes(secret)?),
                salt: [0; 32],
            },
            Family::MlDsa44 | Family::MlDsa65 | Family::MlDsa87 => {
                Secret::MlDsa(secret.try_into().ok()?)
            }
        };
        Some(Self::new(algorithm, secret))
    }

    /// The secret, as [`Self::from_secret`] takes it.
    #[must_use]
    pub fn secret(&self) -> Vec<u8> {
        match &self.secret {
            Secret::Ecdsa(key) => key.scalar(),
            Secret::Ed25519(secret) | Secret::MlDsa(secret) => secret.to_vec(),
            Secret::Ed448(secret) => secret.to_vec(),
            Secret::Rsa { key, .. } => key.primes(),
        }
    }

    fn new(algorithm: Algorithm, secret: Secret) -> Self {
        let public = secret.public(algorithm);
        Self {
            algorithm,
            secret,
            public,
        }
    }

    /// The algorithm it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The same key for another algorithm; which kind of key that needs is not looked at.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Signs `message` as COSE has it: ECDSA as a DER `Ecdsa-Sig-Value`, others as they are.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_as(self.algorithm, message).unwrap_or_default()
    }

    /// Signs with the hash and the padding of another algorithm; `None` when this kind of key
    /// cannot sign so.
    #[must_use]
    pub fn sign_as(&self, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
        match &self.secret {
            Secret::Ecdsa(key) => Some(key.sign(algorithm.hash()?, message)?.der),
            Secret::Rsa { key, .. } if !algorithm.is_pss() => {
                Some(key.sign_pkcs1(algorithm.hash()?, message))
            }
            Secret::Rsa { .. } => {
                let hash = algorithm.hash()?;
                self.sign_pss(hash, hash, hash.len(), message)
            }
            Secret::Ed25519(secret) => {
                use ed25519_dalek::Signer as _;
                let key = ed25519_dalek::SigningKey::from_bytes(secret);
                Some(key.sign(message).to_bytes().to_vec())
            }
            Secret::Ed448(secret) => {
                let key = ed448_goldilocks_plus::SigningKey::from_bytes(&(*secret).into());
                Some(key.sign_raw(message).to_bytes().to_vec())
            }
            Secret::MlDsa(seed) => match algorithm {
                Algorithm::MlDsa44 => Some(ml_dsa_signature::<MlDsa44>(seed, message)),
                Algorithm::MlDsa65 => Some(ml_dsa_signature::<MlDsa65>(seed, message)),
                Algorithm::MlDsa87 => Some(ml_dsa_signature::<MlDsa87>(seed, message)),
                _ => None,
            },
        }
    }

    /// RSASSA-PSS with a mask of another hash and a salt of any length; `None` for other keys.
    #[must_use]
    pub fn sign_pss(&self, hash: Hash, mask: Hash, salt: usize, message: &[u8]) -> Option<Vec<u8>> {
        let Secret::Rsa { key, salt: seed } = &self.secret else {
            return None;
        };
        let source = [seed.as_slice(), message].concat();
        let salt: Vec<u8> = hash.stream(&source).take(salt).collect();
        Some(key.sign_pss(hash, mask, &salt, message))
    }

    /// ECDSA as a DER `Ecdsa-Sig-Value`, and what the algorithm makes with other keys.
    #[must_use]
    pub fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        self.sign(message)
    }

    /// ECDSA as the fixed-length `r || s` of JWS; no bytes with other keys.
    #[must_use]
    pub fn sign_fixed(&self, message: &[u8]) -> Vec<u8> {
        let Secret::Ecdsa(key) = &self.secret else {
            return Vec::new();
        };
        let signed = self
            .algorithm
            .hash()
            .and_then(|hash| key.sign(hash, message));
        signed.map(|signed| signed.fixed).unwrap_or_default()
    }

    /// The public key as the bit string of a certificate holds it: an uncompressed point
    /// `04 || x || y`, an `RSAPublicKey`, or the bytes of an Edwards or ML-DSA key.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        &self.public
    }

    /// The x coordinate of an ECDSA key; of others, no bytes.
    #[must_use]
    pub fn x(&self) -> &[u8] {
        self.coordinates().0
    }

    /// The y coordinate of an ECDSA key; of others, no bytes.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        self.coordinates().1
    }

    fn coordinates(&self) -> (&[u8], &[u8]) {
        match (&self.secret, self.public.split_first()) {
            (Secret::Ecdsa(_), Some((_, both))) => {
                both.split_at_checked(both.len() / 2).unwrap_or_default()
            }
            _ => Default::default(),
        }
    }

    /// Modulus and exponent of an RSA key.
    #[must_use]
    pub fn rsa_parts(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        match &self.secret {
            Secret::Rsa { key, .. } => Some((key.modulus(), RsaKey::exponent())),
            _ => None,
        }
    }

    /// `SubjectPublicKeyInfo` of the key, DER.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        let bits = [&[0], self.point()].concat();
        let identifier = self.algorithm.family().identifier();
        let bits = der::element(der::BIT_STRING, &bits);
        der::element(der::SEQUENCE, &[identifier, bits.as_slice()].concat())
    }
}

impl Secret {
    fn rsa(seed: &Seed, label: &str, size: Size) -> Self {
        Self::Rsa {
            key: Box::new(RsaKey::derive(seed, label, size)),
            salt: seed.bytes(&format!("salt/{label}")),
        }
    }

    fn public(&self, algorithm: Algorithm) -> Vec<u8> {
        match self {
            Self::Ecdsa(key) => key.point(),
            Self::Ed25519(secret) => {
                let key = ed25519_dalek::SigningKey::from_bytes(secret);
                key.verifying_key().to_bytes().to_vec()
            }
            Self::Ed448(secret) => {
                let key = ed448_goldilocks_plus::SigningKey::from_bytes(&(*secret).into());
                key.verifying_key().to_bytes().to_vec()
            }
            Self::Rsa { key, .. } => {
                // A leading zero keeps a number positive whose first bit is set.
                let numbers = [key.modulus(), RsaKey::exponent()].map(|number| {
                    let sign = number.first().is_some_and(|first| *first >= 0x80);
                    let zero: &[u8] = if sign { &[0] } else { &[] };
                    der::element(der::INTEGER, &[zero, number.as_slice()].concat())
                });
                der::element(der::SEQUENCE, &numbers.concat())
            }
            Self::MlDsa(seed) => match algorithm {
                Algorithm::MlDsa44 => ml_dsa_key::<MlDsa44>(seed),
                Algorithm::MlDsa65 => ml_dsa_key::<MlDsa65>(seed),
                _ => ml_dsa_key::<MlDsa87>(seed),
            },
        }
    }
}

fn ml_dsa_signature<P: MlDsaParams>(seed: &[u8; 32], message: &[u8]) -> Vec<u8> {
    let key = ml_dsa::SigningKey::<P>::from_seed(&(*seed).into());
    key.sign(message).encode().to_vec()
}

fn ml_dsa_key<P: MlDsaParams>(seed: &[u8; 32]) -> Vec<u8> {
    let key = ml_dsa::SigningKey::<P>::from_seed(&(*seed).into());
    key.verifying_key().encode().to_vec()
}

impl std::fmt::Debug for TestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Certificates name the algorithms that have an identifier among those of web certificates.
impl rcgen::PublicKeyData for TestKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.certificate_algorithm()
            .map_or(&rcgen::PKCS_ECDSA_P256_SHA256, |(algorithm, _)| algorithm)
    }
}

impl rcgen::SigningKey for TestKey {
    fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self.certificate_algorithm() {
            Some((_, algorithm)) => self
                .sign_as(algorithm, msg)
                .ok_or(rcgen::Error::UnsupportedSignatureAlgorithm),
            // Signed when its algorithm has been written in, too.
            None => Ok(Vec::new()),
        }
    }
}

impl TestKey {
    /// How a certificate names the key and what the key signs certificates with; `None` when the
    /// builder of certificates has no name for it, so that `Finish` writes it.
    pub(crate) fn certificate_algorithm(
        &self,
    ) -> Option<(&'static rcgen::SignatureAlgorithm, Algorithm)> {
        let algorithm: &rcgen::SignatureAlgorithm =
            match (self.algorithm.family(), self.algorithm.hash()) {
                (Family::P256, _) => &rcgen::PKCS_ECDSA_P256_SHA256,
                (Family::P384, _) => &rcgen::PKCS_ECDSA_P384_SHA384,
                (Family::P521, _) => &rcgen::PKCS_ECDSA_P521_SHA512,
                (Family::Ed25519, _) => &rcgen::PKCS_ED25519,
                (Family::Rsa, Some(Hash::Sha384)) => &rcgen::PKCS_RSA_SHA384,
                (Family::Rsa, Some(Hash::Sha512)) => &rcgen::PKCS_RSA_SHA512,
                (Family::Rsa, _) => &rcgen::PKCS_RSA_SHA256,
                _ => return None,
            };
        let signs = match (self.algorithm.family(), self.algorithm.hash()) {
            (Family::Rsa, Some(Hash::Sha384)) => Algorithm::Rs384,
            (Family::Rsa, Some(Hash::Sha512)) => Algorithm::Rs512,
            (Family::Rsa, _) => Algorithm::Rs256,
            _ => self.algorithm,
        };
        Some((algorithm, signs))
    }

    /// The `AlgorithmIdentifier` of a signature by this key, DER; `None` where the builder of
    /// certificates writes it.
    pub(crate) fn signature_identifier(&self, sha1: bool) -> Option<&'static [u8]> {
        let family = self.algorithm.family();
        match (family, sha1) {
            (Family::Rsa, true) => {
                Some(b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00")
            }
            (Family::P256 | Family::P384 | Family::P521 | Family::Secp256k1, true) => {
                Some(b"\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01")
            }
            (Family::Secp256k1, false) => Some(b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
            // Key and signature have one name (RFC 8410 §3, RFC 9881 §2).
            (Family::Ed448 | Family::MlDsa44 | Family::MlDsa65 | Family::MlDsa87, _) => {
                Some(family.identifier())
            }
            (Family::P256 | Family::P384 | Family::P521 | Family::Ed25519 | Family::Rsa, _) => None,
        }
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
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests;
