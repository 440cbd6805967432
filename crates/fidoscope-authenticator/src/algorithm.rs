//! The COSE algorithms that test keys sign with.

/// A signature algorithm of the COSE registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// The same, fully specified (RFC 9864).
    Esp256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// The same, fully specified.
    Esp384,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// The same, fully specified.
    Esp512,
    /// ECDSA over secp256k1 with SHA-256.
    Es256k,
    /// `EdDSA`; its curve is Ed25519.
    EdDsa,
    /// The same, fully specified.
    Ed25519,
    /// Ed448, fully specified.
    Ed448,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PKCS1-v1_5 with SHA-1, as old TPMs have it.
    Rs1,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 20] = [
        Self::Es256,
        Self::Esp256,
        Self::Es384,
        Self::Esp384,
        Self::Es512,
        Self::Esp512,
        Self::Es256k,
        Self::EdDsa,
        Self::Ed25519,
        Self::Ed448,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Rs1,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// Its number in the COSE registry.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Esp256 => -9,
            Self::Es384 => -35,
            Self::Esp384 => -51,
            Self::Es512 => -36,
            Self::Esp512 => -52,
            Self::Es256k => -47,
            Self::EdDsa => -8,
            Self::Ed25519 => -19,
            Self::Ed448 => -53,
            Self::Rs256 => -257,
            Self::Rs384 => -258,
            Self::Rs512 => -259,
            Self::Rs1 => -65535,
            Self::Ps256 => -37,
            Self::Ps384 => -38,
            Self::Ps512 => -39,
            Self::MlDsa44 => -48,
            Self::MlDsa65 => -49,
            Self::MlDsa87 => -50,
        }
    }

    /// Its name in the COSE registry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Esp256 => "ESP256",
            Self::Es384 => "ES384",
            Self::Esp384 => "ESP384",
            Self::Es512 => "ES512",
            Self::Esp512 => "ESP512",
            Self::Es256k => "ES256K",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Rs1 => "RS1",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Key type and curve of a COSE key that signs with it (RFC 9053 §7).
    #[must_use]
    pub const fn cose_key_type(self) -> (i64, Option<i64>) {
        self.family().cose()
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Es256 | Self::Esp256 => Family::P256,
            Self::Es384 | Self::Esp384 => Family::P384,
            Self::Es512 | Self::Esp512 => Family::P521,
            Self::Es256k => Family::Secp256k1,
            Self::EdDsa | Self::Ed25519 => Family::Ed25519,
            Self::Ed448 => Family::Ed448,
            Self::MlDsa44 => Family::MlDsa44,
            Self::MlDsa65 => Family::MlDsa65,
            Self::MlDsa87 => Family::MlDsa87,
            _ => Family::Rsa,
        }
    }

    /// The hash of an ECDSA or RSA algorithm.
    pub(crate) const fn hash(self) -> Option<Hash> {
        match self {
            Self::Rs1 => Some(Hash::Sha1),
            Self::Es256 | Self::Esp256 | Self::Es256k | Self::Rs256 | Self::Ps256 => {
                Some(Hash::Sha256)
            }
            Self::Es384 | Self::Esp384 | Self::Rs384 | Self::Ps384 => Some(Hash::Sha384),
            Self::Es512 | Self::Esp512 | Self::Rs512 | Self::Ps512 => Some(Hash::Sha512),
            _ => None,
        }
    }

    pub(crate) const fn is_pss(self) -> bool {
        matches!(self, Self::Ps256 | Self::Ps384 | Self::Ps512)
    }
}

/// What kind of key an algorithm needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    P256,
    P384,
    P521,
    Secp256k1,
    Ed25519,
    Ed448,
    Rsa,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl Family {
    /// Key type and curve of a COSE key.
    pub(crate) const fn cose(self) -> (i64, Option<i64>) {
        match self {
            Self::P256 => (2, Some(1)),
            Self::P384 => (2, Some(2)),
            Self::P521 => (2, Some(3)),
            Self::Secp256k1 => (2, Some(8)),
            Self::Ed25519 => (1, Some(6)),
            Self::Ed448 => (1, Some(7)),
            Self::Rsa => (3, None),
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => (7, None),
        }
    }

    /// The `AlgorithmIdentifier` of a key in a certificate, DER.
    pub(crate) const fn identifier(self) -> &'static [u8] {
        match self {
            Self::P256 => b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
            Self::P384 => b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
            Self::P521 => b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23",
            Self::Secp256k1 => b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a",
            Self::Ed25519 => b"\x30\x05\x06\x03\x2b\x65\x70",
            Self::Ed448 => b"\x30\x05\x06\x03\x2b\x65\x71",
            Self::Rsa => b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00",
            Self::MlDsa44 => b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11",
            Self::MlDsa65 => b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12",
            Self::MlDsa87 => b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x13",
        }
    }
}

/// A hash function of ECDSA and RSA signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}
