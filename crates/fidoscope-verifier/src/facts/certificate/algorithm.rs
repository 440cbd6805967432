//! Signature algorithms of certificates, by their object identifiers.

use aws_lc_rs::digest;
use aws_lc_rs::signature as lc;
use fidoscope_webauthn::certificate::AlgorithmIdentifier;
use x509_parser::prelude::FromDer as _;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509;

use super::{ECDSA_WITH_SHA1, ED448, ED25519, ML_DSA};
use crate::facts::signature::{self, Algorithm, Curve, KeyKind, PublicKey};

/// The signature algorithm, given the issuer's key. Certificates may pair a curve with a hash
/// of another strength, which COSE does not.
pub(super) fn signature_algorithm(
    identifier: &AlgorithmIdentifier<'_>,
    key: &PublicKey<'_>,
) -> Option<Algorithm> {
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
    const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    let oid = identifier.kind;
    let ecdsa = |curve, number| {
        let (with, hash) = ecdsa(number, curve)?;
        Some(Algorithm {
            name: "ECDSA",
            key: KeyKind::Ec(curve, with, hash),
        })
    };
    let (last, family) = oid.split_last()?;
    match (family, last, key) {
        _ if oid == ED25519 => signature::algorithm(-8),
        _ if oid == ED448 => signature::algorithm(-53),
        // 1 stands for SHA-224 there, which nothing here verifies.
        (ECDSA, hash @ 2..=4, PublicKey::Ec { curve, .. }) => ecdsa(*curve, *hash),
        (_, _, PublicKey::Ec { curve, .. }) if oid == ECDSA_WITH_SHA1 => ecdsa(*curve, 1),
        (PKCS1, 5, PublicKey::Rsa { .. }) => signature::algorithm(-65535),
        (PKCS1, 10, PublicKey::Rsa { .. }) => pss(identifier),
        (PKCS1, 11, PublicKey::Rsa { .. }) => signature::algorithm(-257),
        (PKCS1, 12, PublicKey::Rsa { .. }) => signature::algorithm(-258),
        (PKCS1, 13, PublicKey::Rsa { .. }) => signature::algorithm(-259),
        _ => {
            let (.., number) = ML_DSA.iter().find(|(known, ..)| *known == oid)?;
            signature::algorithm(*number)
        }
    }
}

/// The salt is as long as the hash, and MGF1 uses the same hash.
fn pss(identifier: &AlgorithmIdentifier<'_>) -> Option<Algorithm> {
    let (_, identifier) = x509::AlgorithmIdentifier::from_der(identifier.der).ok()?;
    let SignatureAlgorithm::RSASSA_PSS(parameters) =
        SignatureAlgorithm::try_from(&identifier).ok()?
    else {
        return None;
    };
    const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
    let hash = parameters.hash_algorithm_oid().as_bytes();
    let mask = parameters.mask_gen_algorithm().ok()?;
    let (number, salt) = match hash.strip_prefix(SHA2)? {
        [1] => (-37, 32),
        [2] => (-38, 48),
        [3] => (-39, 64),
        _ => return None,
    };
    (mask.hash.as_bytes() == hash && parameters.salt_length() == salt)
        .then(|| signature::algorithm(number))?
}

/// ECDSA with SHA-1 (1), SHA-256 (2), SHA-384 (3) or SHA-512 (4).
fn ecdsa(
    hash: u8,
    curve: Curve,
) -> Option<(
    &'static lc::EcdsaVerificationAlgorithm,
    &'static digest::Algorithm,
)> {
    let with = match (curve, hash) {
        (Curve::P256, 1) => &lc::ECDSA_P256_SHA1_ASN1,
        (Curve::P521, 1) => &lc::ECDSA_P521_SHA1_ASN1,
        (Curve::Secp256k1, 2) => &lc::ECDSA_P256K1_SHA256_ASN1,
        (Curve::P256, 2) => &lc::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, 3) => &lc::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, 4) => &lc::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, 2) => &lc::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, 3) => &lc::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, 4) => &lc::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, 2) => &lc::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, 3) => &lc::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, 4) => &lc::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    };
    let hash = match hash {
        1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        2 => &digest::SHA256,
        3 => &digest::SHA384,
        _ => &digest::SHA512,
    };
    Some((with, hash))
}
