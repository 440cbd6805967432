//! Names of registered numbers and identifiers.

use x509_parser::asn1_rs::Oid;
use x509_parser::objects::{oid_registry, oid2abbrev};

/// A COSE algorithm (IANA COSE registry; `WebAuthn L3 §5.8.5`).
pub(super) fn algorithm(number: i64) -> Option<&'static str> {
    Some(match number {
        -7 => "ES256",
        -8 => "EdDSA",
        -9 => "ESP256",
        -19 => "Ed25519",
        -35 => "ES384",
        -36 => "ES512",
        -37 => "PS256",
        -38 => "PS384",
        -39 => "PS512",
        -47 => "ES256K",
        -48 => "ML-DSA-44",
        -49 => "ML-DSA-65",
        -50 => "ML-DSA-87",
        -51 => "ESP384",
        -52 => "ESP512",
        -53 => "Ed448",
        -257 => "RS256",
        -258 => "RS384",
        -259 => "RS512",
        -65535 => "RS1",
        _ => return None,
    })
}

/// A COSE key type.
pub(super) fn key_type(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "OKP",
        2 => "EC2",
        3 => "RSA",
        7 => "AKP",
        _ => return None,
    })
}

/// A COSE elliptic curve.
pub(super) fn curve(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "P-256",
        2 => "P-384",
        3 => "P-521",
        4 => "X25519",
        5 => "X448",
        6 => "Ed25519",
        7 => "Ed448",
        8 => "secp256k1",
        _ => return None,
    })
}

/// How many bytes a coordinate (or an OKP public key) on a COSE curve has.
pub(super) fn coordinate_length(curve: i64) -> Option<usize> {
    Some(match curve {
        1 | 4 | 6 | 8 => 32,
        2 => 48,
        3 => 66,
        5 => 56,
        7 => 57,
        _ => return None,
    })
}

/// An attestation statement format (IANA WebAuthn registry).
pub(super) fn format(identifier: &str) -> Option<&'static str> {
    Some(match identifier {
        "none" => "no attestation",
        "packed" => "WebAuthn-optimised",
        "tpm" => "a TPM certified the key",
        "android-key" => "Android key attestation",
        "android-safetynet" => "Android SafetyNet, deprecated",
        "fido-u2f" => "U2F authenticator",
        "apple" => "Apple anonymous attestation",
        "compound" => "several statements",
        _ => return None,
    })
}

/// Identifiers that certificates of authenticators use and no general registry has.
const IDENTIFIERS: &[(&str, &str)] = &[
    ("1.3.6.1.4.1.45724.1.1.2", "FIDO device serial number"),
    ("1.3.6.1.4.1.45724.1.1.4", "FIDO AAGUID"),
    ("1.3.6.1.4.1.45724.1.1.5", "FIDO firmware version"),
    ("1.3.6.1.4.1.45724.2.1.1", "FIDO transports"),
    ("1.3.6.1.4.1.41482.2", "Yubico device identifier"),
    ("1.3.6.1.4.1.11129.2.1.17", "Android KeyDescription"),
    (
        "1.3.6.1.4.1.11129.2.1.30",
        "Android provisioning information",
    ),
    ("1.2.840.113635.100.8.2", "Apple nonce"),
    ("1.2.840.113635.100.8.5", "Apple key attributes"),
    ("1.2.840.113635.100.8.7", "Apple device information"),
    ("1.3.6.1.4.1.311.21.36", "Microsoft TPM attestation"),
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.15", "keyUsage"),
    ("2.5.29.17", "subjectAltName"),
    ("2.5.29.18", "issuerAltName"),
    ("2.5.29.19", "basicConstraints"),
    ("2.5.29.20", "cRLNumber"),
    ("2.5.29.30", "nameConstraints"),
    ("2.5.29.31", "cRLDistributionPoints"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.37", "extKeyUsage"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
    ("2.23.133.2.1", "tpmManufacturer"),
    ("2.23.133.2.2", "tpmModel"),
    ("2.23.133.2.3", "tpmVersion"),
    ("2.23.133.8.3", "tcg-kp-AIKCertificate"),
    ("1.2.840.10045.2.1", "EC key"),
    ("1.2.840.10045.3.1.7", "P-256"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.2.840.113549.1.1.1", "RSA key"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// The name of an object identifier, when it has one.
pub(super) fn identifier(oid: &Oid<'_>) -> Option<String> {
    let dotted = oid.to_id_string();
    if let Some((_, name)) = IDENTIFIERS.iter().find(|(known, _)| *known == dotted) {
        return Some((*name).to_owned());
    }
    oid2abbrev(oid, oid_registry()).ok().map(str::to_owned)
}

/// The name of an object identifier, else its dotted form.
pub(super) fn identifier_or_dotted(oid: &Oid<'_>) -> String {
    identifier(oid).unwrap_or_else(|| oid.to_id_string())
}
