//! Signatures of every COSE algorithm in scope.

use std::borrow::Cow;

use aws_lc_rs::digest;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey};

pub(crate) use super::curve::Curve;
pub(crate) use super::der::ecdsa_der;
use super::edwards::{self, Ed448Error};
use super::{der, rsa};

/// A public key, ready to verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey<'a> {
    /// An elliptic-curve point, uncompressed.
    Ec { curve: Curve, point: Cow<'a, [u8]> },
    /// An Ed25519 key.
    Ed25519(&'a [u8]),
    /// An Ed448 key.
    Ed448(&'a [u8]),
    /// Modulus and exponent, without leading zeros.
    Rsa { n: &'a [u8], e: &'a [u8] },
    /// An ML-DSA key.
    MlDsa { set: MlDsa, bytes: &'a [u8] },
}

/// A parameter set of ML-DSA (FIPS 204 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MlDsa {
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl MlDsa {
    /// Length of a public key in bytes.
    pub(crate) fn key_len(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    fn signature_len(self) -> usize {
        match self {
            Self::MlDsa44 => 2420,
            Self::MlDsa65 => 3309,
            Self::MlDsa87 => 4627,
        }
    }

    fn verification(self) -> &'static lc::PqdsaVerificationAlgorithm {
        match self {
            Self::MlDsa44 => &lc::ML_DSA_44,
            Self::MlDsa65 => &lc::ML_DSA_65,
            Self::MlDsa87 => &lc::ML_DSA_87,
        }
    }
}

/// A signature algorithm by its COSE number.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    pub(crate) name: &'static str,
    pub(crate) key: KeyKind,
}

/// The kind of key that an algorithm takes, and what else it fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Ec(
        Curve,
        &'static lc::EcdsaVerificationAlgorithm,
        &'static digest::Algorithm,
    ),
    Ed25519,
    Ed448,
    Rsa(&'static lc::RsaParameters),
    MlDsa(MlDsa),
}

/// Why a signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    /// The algorithm is not among those that this crate verifies.
    Unsupported(i64),
    /// The key is one that the backend does not verify with; nothing is known of the signature.
    UnsupportedKey(String),
    /// The key is of another kind than the algorithm needs, or none at all.
    KeyMismatch(String),
    /// The ECDSA signature is not strict DER in range.
    Der(&'static str),
    /// The signature has not the one length that the algorithm and the key allow.
    Length(usize),
    /// The signature does not verify.
    Invalid,
}

/// The algorithm with this COSE number, when signatures of it can be verified here. The salt of a
/// PSS signature is as long as its hash, which MGF1 uses too (RFC 8230 §2).
pub(crate) fn algorithm(number: i64) -> Option<Algorithm> {
    use KeyKind::{Ec, Ed448, Ed25519, Rsa};
    let (name, key) = match number {
        -7 => (
            "ES256",
            Ec(Curve::P256, &lc::ECDSA_P256_SHA256_ASN1, &digest::SHA256),
        ),
        -9 => (
            "ESP256",
            Ec(Curve::P256, &lc::ECDSA_P256_SHA256_ASN1, &digest::SHA256),
        ),
        -35 => (
            "ES384",
            Ec(Curve::P384, &lc::ECDSA_P384_SHA384_ASN1, &digest::SHA384),
        ),
        -51 => (
            "ESP384",
            Ec(Curve::P384, &lc::ECDSA_P384_SHA384_ASN1, &digest::SHA384),
        ),
        -36 => (
            "ES512",
            Ec(Curve::P521, &lc::ECDSA_P521_SHA512_ASN1, &digest::SHA512),
        ),
        -52 => (
            "ESP512",
            Ec(Curve::P521, &lc::ECDSA_P521_SHA512_ASN1, &digest::SHA512),
        ),
        -47 => (
            "ES256K",
            Ec(
                Curve::Secp256k1,
                &lc::ECDSA_P256K1_SHA256_ASN1,
                &digest::SHA256,
            ),
        ),
        -8 => ("EdDSA", Ed25519),
        -19 => ("Ed25519", Ed25519),
        -53 => ("Ed448", Ed448),
        // Old authenticators and certificates have RSA keys of 1024 bits; `cose.rsa` speaks of them.
        -257 => (
            "RS256",
            Rsa(&lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        ),
        -258 => ("RS384", Rsa(&lc::RSA_PKCS1_2048_8192_SHA384)),
        -259 => (
            "RS512",
            Rsa(&lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        ),
        -37 => ("PS256", Rsa(&lc::RSA_PSS_2048_8192_SHA256)),
        -38 => ("PS384", Rsa(&lc::RSA_PSS_2048_8192_SHA384)),
        -39 => ("PS512", Rsa(&lc::RSA_PSS_2048_8192_SHA512)),
        -65535 => (
            "RS1",
            Rsa(&lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        ),
        -48 => ("ML-DSA-44", KeyKind::MlDsa(MlDsa::MlDsa44)),
        -49 => ("ML-DSA-65", KeyKind::MlDsa(MlDsa::MlDsa65)),
        -50 => ("ML-DSA-87", KeyKind::MlDsa(MlDsa::MlDsa87)),
        _ => return None,
    };
    Some(Algorithm { name, key })
}

/// Verifies a signature over `message` by the COSE number of its algorithm.
pub(crate) fn verify(
    number: i64,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<&'static str, SignatureError> {
    let algorithm = algorithm(number).ok_or(SignatureError::Unsupported(number))?;
    verify_with(algorithm, key, message, signature)
}

/// Verifies a signature over `message`.
pub(crate) fn verify_with(
    algorithm: Algorithm,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<&'static str, SignatureError> {
    let verified = match (algorithm.key, key) {
        (KeyKind::Ec(wanted, with, hash), PublicKey::Ec { curve, point }) if wanted == *curve => {
            // An empty signature is no matter of form.
            if !signature.is_empty() {
                der::ecdsa_signature(signature, wanted.order()).map_err(SignatureError::Der)?;
            }
            // Hashed here, the backend need not set up a context for a message of one part.
            let hash = digest::digest(hash, message);
            curve.with_key(point, |key| {
                UnparsedPublicKey::new(with, key).verify_digest(&hash, signature)
            })
        }
        (KeyKind::Ed25519, PublicKey::Ed25519(bytes)) => {
            length(signature, 64)?;
            UnparsedPublicKey::new(&lc::ED25519, bytes).verify(message, signature)
        }
        (KeyKind::Ed448, PublicKey::Ed448(bytes)) => {
            length(signature, edwards::ED448_SIGNATURE)?;
            return ed448(bytes, message, signature).map(|()| algorithm.name);
        }
        (KeyKind::Rsa(with), PublicKey::Rsa { n, e }) => {
            if let Some((_, found)) = rsa::fault(n, e) {
                let found = format!("an RSA key with {found}");
                return Err(SignatureError::KeyMismatch(found));
            }
            rsa::check(n, e, with).map_err(SignatureError::UnsupportedKey)?;
            // RFC 8017 §8.1.2 and §8.2.2, step 1: as long as the modulus, zeros included.
            length(signature, n.len())?;
            RsaPublicKeyComponents { n, e }.verify(with, message, signature)
        }
        (KeyKind::MlDsa(wanted), PublicKey::MlDsa { set, bytes }) if wanted == *set => {
            length(signature, wanted.signature_len())?;
            UnparsedPublicKey::new(wanted.verification(), bytes).verify(message, signature)
        }
        _ => {
            let found = describe(key);
            return Err(SignatureError::KeyMismatch(format!(
                "{found} for {}",
                algorithm.name
            )));
        }
    };
    verified.map(|()| algorithm.name).map_err(|_| refused(key))
}

fn length(signature: &[u8], wanted: usize) -> Result<(), SignatureError> {
    if signature.len() == wanted {
        Ok(())
    } else {
        Err(SignatureError::Length(wanted))
    }
}

fn ed448(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    edwards::verify_ed448(key, message, signature).map_err(|error| match error {
        Ed448Error::Key => {
            let found = "an Ed448 key that is outside the group of large prime order";
            SignatureError::UnsupportedKey(found.to_owned())
        }
        Ed448Error::Invalid => refused(&PublicKey::Ed448(key)),
    })
}

/// The backend says no without a reason; it has one when the key is no key.
fn refused(key: &PublicKey<'_>) -> SignatureError {
    let mismatch = |found: String| SignatureError::KeyMismatch(found);
    match key {
        PublicKey::Ec { curve, point } if !curve.contains(point) => {
            mismatch(format!("coordinates of no point of {}", curve.name()))
        }
        PublicKey::Ed25519(bytes) if edwards::ed25519(bytes).is_none() => {
            mismatch("bytes of no Ed25519 key".to_owned())
        }
        PublicKey::Ed448(bytes) if edwards::ed448(bytes).is_none() => {
            mismatch("bytes of no Ed448 key".to_owned())
        }
        PublicKey::MlDsa { set, bytes } if bytes.len() != set.key_len() => {
            mismatch(format!("an ML-DSA key of {} bytes", bytes.len()))
        }
        _ => SignatureError::Invalid,
    }
}

/// Whether two keys are the same; numbers of RSA keys have lost their leading zeros before.
pub(crate) fn same_key(left: &PublicKey<'_>, right: &PublicKey<'_>) -> bool {
    left == right
}

/// What a key is, for people.
pub(crate) fn describe(key: &PublicKey<'_>) -> &'static str {
    match key {
        PublicKey::Ec { curve, .. } => match curve {
            Curve::P256 => "P-256 key",
            Curve::P384 => "P-384 key",
            Curve::P521 => "P-521 key",
            Curve::Secp256k1 => "secp256k1 key",
        },
        PublicKey::Ed25519(_) => "Ed25519 key",
        PublicKey::Ed448(_) => "Ed448 key",
        PublicKey::Rsa { .. } => "RSA key",
        PublicKey::MlDsa { set, .. } => match set {
            MlDsa::MlDsa44 => "ML-DSA-44 key",
            MlDsa::MlDsa65 => "ML-DSA-65 key",
            MlDsa::MlDsa87 => "ML-DSA-87 key",
        },
    }
}

#[cfg(test)]
mod tests;
