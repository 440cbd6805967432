//! Structures of a TPM 2.0 (TPM 2.0 Library Part 2) that an attestation statement carries, read as
//! far as the bytes go. Neither decoder fails as a whole: what is wrong is kept with its byte
//! offset, and everything before it stays usable.

mod read;

use std::fmt;

use read::Reader;

/// Numbers of algorithms (TPM 2.0 Library Part 2 §6.3).
pub mod algorithm {
    /// RSA.
    pub const RSA: u16 = 0x0001;
    /// SHA-1.
    pub const SHA1: u16 = 0x0004;
    /// XOR obfuscation, a symmetric scheme with a hash and no mode.
    pub const XOR: u16 = 0x000a;
    /// SHA-256.
    pub const SHA256: u16 = 0x000b;
    /// SHA-384.
    pub const SHA384: u16 = 0x000c;
    /// SHA-512.
    pub const SHA512: u16 = 0x000d;
    /// None of all.
    pub const NULL: u16 = 0x0010;
    /// RSASSA-PKCS1-v1_5.
    pub const RSASSA: u16 = 0x0014;
    /// RSAES-PKCS1-v1_5, a scheme without a hash.
    pub const RSAES: u16 = 0x0015;
    /// RSASSA-PSS.
    pub const RSAPSS: u16 = 0x0016;
    /// ECDSA.
    pub const ECDSA: u16 = 0x0018;
    /// ECDAA, a scheme with a hash and a count.
    pub const ECDAA: u16 = 0x001a;
    /// Elliptic curves.
    pub const ECC: u16 = 0x0023;
    /// SHA3-256.
    pub const SHA3_256: u16 = 0x0027;
    /// SHA3-384.
    pub const SHA3_384: u16 = 0x0028;
    /// SHA3-512.
    pub const SHA3_512: u16 = 0x0029;
}

/// `TPM_GENERATED_VALUE`: the first bytes of everything that a TPM says about itself.
pub const GENERATED: u32 = 0xff54_4347;
/// `TPM_ST_ATTEST_CERTIFY`: the type of an attestation of another object.
pub const ATTEST_CERTIFY: u16 = 0x8017;

/// What is wrong with a structure, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TpmProblem {
    /// The bytes end inside a member.
    #[error("{member} at offset {offset} needs {needed} bytes, {left} are left")]
    Truncated {
        /// Which member.
        member: &'static str,
        /// Where it starts.
        offset: usize,
        /// How many bytes it needs.
        needed: usize,
        /// How many are left.
        left: usize,
    },
    /// Bytes after the last member.
    #[error("{count} bytes left over at offset {offset}")]
    Trailing {
        /// Where they start.
        offset: usize,
        /// How many.
        count: usize,
    },
    /// A type whose layout is not known here, so that nothing behind it can be read.
    #[error("type 0x{kind:04x} at offset {offset}")]
    Kind {
        /// The number.
        kind: u16,
        /// Where it stands.
        offset: usize,
    },
}

/// `TPMT_PUBLIC` (§12.2.4): the public part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmPublic<'a> {
    /// The bytes as received; the name of the key is their digest.
    pub bytes: &'a [u8],
    /// `type`: RSA or ECC for a key that signs.
    pub kind: Option<u16>,
    /// `nameAlg`.
    pub name_algorithm: Option<u16>,
    /// `objectAttributes`.
    pub attributes: Option<u32>,
    /// `authPolicy`.
    pub auth_policy: Option<&'a [u8]>,
    /// `parameters` and `unique`; absent when they are not complete.
    pub key: Option<TpmKey<'a>>,
    /// What is wrong; reading stops there.
    pub problem: Option<TpmProblem>,
}

/// Parameters and key of a `TPMT_PUBLIC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TpmKey<'a> {
    /// `TPMS_RSA_PARMS` and `TPM2B_PUBLIC_KEY_RSA`.
    Rsa {
        /// Signature scheme; [`algorithm::NULL`] leaves it to the caller.
        scheme: u16,
        /// Length of the modulus in bits.
        bits: u16,
        /// Public exponent; 0 stands for 65537.
        exponent: u32,
        /// Modulus.
        modulus: &'a [u8],
    },
    /// `TPMS_ECC_PARMS` and `TPMS_ECC_POINT`.
    Ecc {
        /// Signature scheme; [`algorithm::NULL`] leaves it to the caller.
        scheme: u16,
        /// Curve (§6.4): 3 for P-256, 4 for P-384, 5 for P-521.
        curve: u16,
        /// X coordinate, which may lack leading zeros.
        x: &'a [u8],
        /// Y coordinate, which may lack leading zeros.
        y: &'a [u8],
    },
}

/// `TPMS_ATTEST` (§10.12.12) of the type "certify".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmAttest<'a> {
    /// The bytes as received; the statement's signature covers them.
    pub bytes: &'a [u8],
    /// `magic`.
    pub magic: Option<u32>,
    /// `type`.
    pub kind: Option<u16>,
    /// `qualifiedSigner`.
    pub qualified_signer: Option<&'a [u8]>,
    /// `extraData`.
    pub extra_data: Option<&'a [u8]>,
    /// `clockInfo`.
    pub clock: Option<TpmClock>,
    /// `firmwareVersion`.
    pub firmware_version: Option<u64>,
    /// `attested.certify.name`; absent when the type is another.
    pub name: Option<&'a [u8]>,
    /// `attested.certify.qualifiedName`; absent when the type is another.
    pub qualified_name: Option<&'a [u8]>,
    /// What is wrong; reading stops there.
    pub problem: Option<TpmProblem>,
}

/// `TPMS_CLOCK_INFO` (§10.11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TpmClock {
    /// Milliseconds that the TPM was powered.
    pub clock: u64,
    /// Resets of the TPM.
    pub reset_count: u32,
    /// Resumptions since the last reset.
    pub restart_count: u32,
    /// Whether `clock` never ran ahead; 0 and 1 are defined.
    pub safe: u8,
}

/// `TPMT_SIGNATURE` (§11.3.4): the signature of a scheme, wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TpmSignature<'a> {
    /// `TPMS_SIGNATURE_RSA`.
    Rsa {
        /// [`algorithm::RSASSA`] or [`algorithm::RSAPSS`].
        scheme: u16,
        /// Hash.
        hash: u16,
        /// The signature.
        signature: &'a [u8],
    },
    /// `TPMS_SIGNATURE_ECC`.
    Ecdsa {
        /// Hash.
        hash: u16,
        /// `r`, big-endian.
        r: &'a [u8],
        /// `s`, big-endian.
        s: &'a [u8],
    },
}

impl<'a> TpmPublic<'a> {
    /// Reads a `TPMT_PUBLIC` as far as it goes.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Self {
        let mut public = Self {
            bytes,
            kind: None,
            name_algorithm: None,
            attributes: None,
            auth_policy: None,
            key: None,
            problem: None,
        };
        let mut reader = Reader::new(bytes);
        let read = public.read(&mut reader);
        public.problem = read.and_then(|()| reader.end()).err();
        public
    }

    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), TpmProblem> {
        let kind = reader.u16("type")?;
        self.kind = Some(kind);
        self.name_algorithm = Some(reader.u16("nameAlg")?);
        self.attributes = Some(reader.u32("objectAttributes")?);
        self.auth_policy = Some(reader.sized("authPolicy")?);
        self.key = Some(match kind {
            algorithm::RSA => {
                reader.symmetric()?;
                TpmKey::Rsa {
                    scheme: reader.scheme("scheme")?,
                    bits: reader.u16("keyBits")?,
                    exponent: reader.u32("exponent")?,
                    modulus: reader.sized("unique")?,
                }
            }
            algorithm::ECC => {
                reader.symmetric()?;
                let scheme = reader.scheme("scheme")?;
                let curve = reader.u16("curveID")?;
                reader.scheme("kdf")?;
                TpmKey::Ecc {
                    scheme,
                    curve,
                    x: reader.sized("unique.x")?,
                    y: reader.sized("unique.y")?,
                }
            }
            kind => return Err(TpmProblem::Kind { kind, offset: 0 }),
        });
        Ok(())
    }
}

impl<'a> TpmAttest<'a> {
    /// Reads a `TPMS_ATTEST` as far as it goes.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Self {
        let mut attest = Self {
            bytes,
            magic: None,
            kind: None,
            qualified_signer: None,
            extra_data: None,
            clock: None,
            firmware_version: None,
            name: None,
            qualified_name: None,
            problem: None,
        };
        let mut reader = Reader::new(bytes);
        let read = attest.read(&mut reader);
        attest.problem = read.and_then(|()| reader.end()).err();
        attest
    }

    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), TpmProblem> {
        self.magic = Some(reader.u32("magic")?);
        let offset = reader.offset();
        let kind = reader.u16("type")?;
        self.kind = Some(kind);
        self.qualified_signer = Some(reader.sized("qualifiedSigner")?);
        self.extra_data = Some(reader.sized("extraData")?);
        self.clock = Some(TpmClock {
            clock: reader.u64("clockInfo.clock")?,
            reset_count: reader.u32("clockInfo.resetCount")?,
            restart_count: reader.u32("clockInfo.restartCount")?,
            safe: reader.u8("clockInfo.safe")?,
        });
        self.firmware_version = Some(reader.u64("firmwareVersion")?);
        if kind != ATTEST_CERTIFY {
            return Err(TpmProblem::Kind { kind, offset });
        }
        self.name = Some(reader.sized("attested.name")?);
        self.qualified_name = Some(reader.sized("attested.qualifiedName")?);
        Ok(())
    }
}

impl<'a> TpmSignature<'a> {
    /// Reads a `TPMT_SIGNATURE`; `None` unless the bytes are exactly one of RSA or ECDSA.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let signature = Self::read(&mut reader).ok()?;
        reader.end().ok()?;
        Some(signature)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, TpmProblem> {
        match reader.u16("sigAlg")? {
            scheme @ (algorithm::RSASSA | algorithm::RSAPSS) => Ok(Self::Rsa {
                scheme,
                hash: reader.u16("hash")?,
                signature: reader.sized("sig")?,
            }),
            algorithm::ECDSA => Ok(Self::Ecdsa {
                hash: reader.u16("hash")?,
                r: reader.sized("signatureR")?,
                s: reader.sized("signatureS")?,
            }),
            kind => Err(TpmProblem::Kind { kind, offset: 0 }),
        }
    }
}

impl fmt::Display for TpmKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits, exponent, .. } => write!(f, "RSA, {bits} bits, exponent {exponent}"),
            Self::Ecc { curve, .. } => write!(f, "ECC, curve 0x{curve:04x}"),
        }
    }
}

#[cfg(test)]
mod tests;
