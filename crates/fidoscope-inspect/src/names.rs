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

/// An algorithm of a TPM (TPM 2.0 Library Part 2 §6.3).
pub(super) fn tpm_algorithm(number: u16) -> Option<&'static str> {
    Some(match number {
        0x0001 => "RSA",
        0x0004 => "SHA-1",
        0x0006 => "AES",
        0x000b => "SHA-256",
        0x000c => "SHA-384",
        0x000d => "SHA-512",
        0x0010 => "none",
        0x0014 => "RSASSA",
        0x0015 => "RSAES",
        0x0016 => "RSAPSS",
        0x0018 => "ECDSA",
        0x001a => "ECDAA",
        0x0023 => "ECC",
        0x0027 => "SHA3-256",
        0x0028 => "SHA3-384",
        0x0029 => "SHA3-512",
        _ => return None,
    })
}

/// A curve of a TPM (TPM 2.0 Library Part 2 §6.4).
pub(super) fn tpm_curve(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "P-192",
        2 => "P-224",
        3 => "P-256",
        4 => "P-384",
        5 => "P-521",
        _ => return None,
    })
}

/// Attributes of an object in a TPM (TPM 2.0 Library Part 2 §8.3).
pub(super) fn tpm_attributes(bits: u32) -> String {
    const NAMES: [(u32, &str); 11] = [
        (1, "fixedTPM"),
        (2, "stClear"),
        (4, "fixedParent"),
        (5, "sensitiveDataOrigin"),
        (6, "userWithAuth"),
        (7, "adminWithPolicy"),
        (10, "noDA"),
        (11, "encryptedDuplication"),
        (16, "restricted"),
        (17, "decrypt"),
        (18, "sign"),
    ];
    let set = NAMES.iter().filter(|(bit, _)| bits >> bit & 1 == 1);
    let set: Vec<_> = set.map(|(_, name)| *name).collect();
    if set.is_empty() {
        "none".to_owned()
    } else {
        set.join(", ")
    }
}

/// A tag of an Android authorization list.
pub(super) fn authorization(tag: u32) -> Option<&'static str> {
    Some(match tag {
        1 => "purpose",
        2 => "algorithm",
        3 => "keySize",
        4 => "blockMode",
        5 => "digest",
        6 => "padding",
        7 => "callerNonce",
        8 => "minMacLength",
        10 => "ecCurve",
        200 => "rsaPublicExponent",
        203 => "mgfDigest",
        303 => "rollbackResistance",
        305 => "earlyBootOnly",
        400 => "activeDateTime",
        401 => "originationExpireDateTime",
        402 => "usageExpireDateTime",
        405 => "usageCountLimit",
        503 => "noAuthRequired",
        504 => "userAuthType",
        505 => "authTimeout",
        506 => "allowWhileOnBody",
        507 => "trustedUserPresenceRequired",
        508 => "trustedConfirmationRequired",
        509 => "unlockedDeviceRequired",
        600 => "allApplications",
        601 => "applicationId",
        701 => "creationDateTime",
        702 => "origin",
        703 => "rollbackResistant",
        704 => "rootOfTrust",
        705 => "osVersion",
        706 => "osPatchLevel",
        709 => "attestationApplicationId",
        710 => "attestationIdBrand",
        711 => "attestationIdDevice",
        712 => "attestationIdProduct",
        713 => "attestationIdSerial",
        714 => "attestationIdImei",
        715 => "attestationIdMeid",
        716 => "attestationIdManufacturer",
        717 => "attestationIdModel",
        718 => "vendorPatchLevel",
        719 => "bootPatchLevel",
        720 => "deviceUniqueAttestation",
        723 => "attestationIdSecondImei",
        724 => "moduleHash",
        _ => return None,
    })
}

/// What an Android key may be used for.
pub(super) fn purpose(number: i64) -> Option<&'static str> {
    Some(match number {
        0 => "encrypt",
        1 => "decrypt",
        2 => "sign",
        3 => "verify",
        5 => "wrap key",
        6 => "agree key",
        7 => "attest key",
        _ => return None,
    })
}

/// Where an Android key comes from.
pub(super) fn key_origin(number: i64) -> Option<&'static str> {
    Some(match number {
        0 => "generated",
        1 => "derived",
        2 => "imported",
        4 => "securely imported",
        _ => return None,
    })
}
