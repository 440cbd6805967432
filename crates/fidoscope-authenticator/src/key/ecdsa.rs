//! ECDSA by RFC 6979, over any of the curves and with any of the hashes.

use p256::ecdsa::signature::DigestSigner;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::Seed;
use crate::algorithm::{Family, Hash};

/// An ECDSA key.
#[derive(Clone)]
pub(crate) enum EcdsaKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
}

/// Signs over the digest of a message: DER, or both numbers at fixed length.
macro_rules! sign {
    ($curve:ident, $key:expr, $hash:ty, $message:expr) => {{
        let signature: $curve::ecdsa::Signature = $key.sign_digest(|digest: &mut $hash| {
            digest.update($message);
        });
        Signed {
            der: signature.to_der().as_bytes().to_vec(),
            fixed: signature.to_bytes().to_vec(),
        }
    }};
    ($curve:ident, $key:expr, $message:expr, by $by:expr) => {
        match $by {
            Hash::Sha256 => sign!($curve, $key, Sha256, $message),
            Hash::Sha384 => sign!($curve, $key, Sha384, $message),
            Hash::Sha512 => sign!($curve, $key, Sha512, $message),
            // Hashed here: the curves' crates take hash functions of SHA-2 only.
            Hash::Sha1 => {
                use $curve::ecdsa::signature::hazmat::PrehashSigner as _;
                let hash = Hash::Sha1.of(&[$message]);
                let signature: $curve::ecdsa::Signature = $key.sign_prehash(hash.as_ref()).ok()?;
                Signed {
                    der: signature.to_der().as_bytes().to_vec(),
                    fixed: signature.to_bytes().to_vec(),
                }
            }
        }
    };
}

/// A signature in both forms.
pub(crate) struct Signed {
    /// `Ecdsa-Sig-Value`, DER.
    pub(crate) der: Vec<u8>,
    /// `r || s`.
    pub(crate) fixed: Vec<u8>,
}

impl EcdsaKey {
    /// The key of a curve; a family without one counts as P-256.
    pub(crate) fn derive(family: Family, seed: &Seed, label: &str) -> Self {
        let first = Candidates { seed, label };
        match family {
            Family::P384 => Self::P384(first.of("p384", |wide| {
                p384::ecdsa::SigningKey::from_slice(wide.get(..48)?).ok()
            })),
            Family::P521 => Self::P521(first.of("p521", |wide| {
                let mut secret: [u8; 66] = *wide.first_chunk()?;
                // Of the 528 bits 521 count.
                secret[0] &= 1;
                p521::ecdsa::SigningKey::from_slice(&secret).ok()
            })),
            Family::Secp256k1 => Self::Secp256k1(first.of("secp256k1", |wide| {
                k256::ecdsa::SigningKey::from_slice(wide.get(..32)?).ok()
            })),
            _ => Self::P256(first.of("p256", |wide| {
                p256::ecdsa::SigningKey::from_slice(wide.get(..32)?).ok()
            })),
        }
    }

    /// The key of a scalar; `None` when it is outside the field.
    pub(crate) fn from_scalar(family: Family, scalar: &[u8]) -> Option<Self> {
        Some(match family {
            Family::P384 => Self::P384(p384::ecdsa::SigningKey::from_slice(scalar).ok()?),
            Family::P521 => Self::P521(p521::ecdsa::SigningKey::from_slice(scalar).ok()?),
            Family::Secp256k1 => Self::Secp256k1(k256::ecdsa::SigningKey::from_slice(scalar).ok()?),
            _ => Self::P256(p256::ecdsa::SigningKey::from_slice(scalar).ok()?),
        })
    }

    /// The scalar.
    pub(crate) fn scalar(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.to_bytes().to_vec(),
            Self::P384(key) => key.to_bytes().to_vec(),
            Self::P521(key) => key.to_bytes().to_vec(),
            Self::Secp256k1(key) => key.to_bytes().to_vec(),
        }
    }

    /// The uncompressed point.
    pub(crate) fn point(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P384(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    /// `None` where the curve's crate does not sign such a hash.
    pub(crate) fn sign(&self, hash: Hash, message: &[u8]) -> Option<Signed> {
        Some(match self {
            Self::P256(key) => sign!(p256, key, message, by hash),
            Self::P384(key) => sign!(p384, key, message, by hash),
            Self::P521(key) => sign!(p521, key, message, by hash),
            Self::Secp256k1(key) => sign!(k256, key, message, by hash),
        })
    }
}

/// Bytes that might be a secret key: one in 2^32 digests, or fewer, is outside the scalar field.
struct Candidates<'s> {
    seed: &'s Seed,
    label: &'s str,
}

impl Candidates<'_> {
    fn of<K>(&self, curve: &str, read: impl Fn(&[u8]) -> Option<K>) -> K {
        let mut attempt = 0_u32;
        loop {
            let bytes = self
                .seed
                .bytes(&format!("{curve}/{}/{attempt}", self.label));
            let more = Hash::Sha512.stream(&bytes).take(64);
            let wide: Vec<u8> = bytes.into_iter().chain(more).collect();
            if let Some(key) = read(&wide) {
                return key;
            }
            attempt = attempt.wrapping_add(1);
        }
    }
}
