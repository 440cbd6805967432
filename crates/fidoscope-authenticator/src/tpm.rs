//! TPM attestations before they are signed (WebAuthn L3 §8.3): everything that a TPM would say can
//! be set to something else. What is absent is what it should be.

use crate::algorithm::{Algorithm, Family, Hash};
use crate::error::Error;
use crate::pki::Identity;
use crate::signature::SignatureKind;
use aws_lc_rs::digest::{self, digest};
use ciborium::Value;
use fidoscope_webauthn::CoseKey;
use fidoscope_webauthn::cose::label;
use fidoscope_webauthn::tpm::{ATTEST_CERTIFY, GENERATED, algorithm};

/// `pubArea`: what a TPM says about the credential key. What is absent follows from that key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmPublicDraft {
    /// `nameAlg`, SHA-256 by default.
    pub name_algorithm: u16,
    /// `objectAttributes`, those of a signing key that never left the TPM.
    pub attributes: u32,
    /// `authPolicy`.
    pub auth_policy: Vec<u8>,
    /// Curve of an ECC key.
    pub curve: Option<u16>,
    /// X coordinate of an ECC key.
    pub x: Option<Vec<u8>>,
    /// Y coordinate of an ECC key.
    pub y: Option<Vec<u8>>,
    /// Exponent of an RSA key, 0 by default, which stands for 65537.
    pub exponent: u32,
    /// Modulus of an RSA key.
    pub modulus: Option<Vec<u8>>,
    /// Whether the length stands in front, which makes it a `TPM2B_PUBLIC`.
    pub sized: bool,
    /// Bytes after the structure.
    pub trailing: Vec<u8>,
}

impl Default for TpmPublicDraft {
    fn default() -> Self {
        Self {
            name_algorithm: algorithm::SHA256,
            attributes: 0x0006_0472,
            auth_policy: Vec::new(),
            curve: None,
            x: None,
            y: None,
            exponent: 0,
            modulus: None,
            sized: false,
            trailing: Vec::new(),
        }
    }
}

impl TpmPublicDraft {
    /// The structure about a COSE key.
    ///
    /// # Errors
    /// When the key is of a kind that a TPM does not have.
    pub fn to_bytes(&self, credential: &[u8]) -> Result<Vec<u8>, Error> {
        let key = CoseKey::decode(credential).map_err(|error| Error::Cbor(error.to_string()))?;
        let part = |own: &Option<Vec<u8>>, label| match own {
            Some(own) => own.clone(),
            None => key.bytes(label).unwrap_or_default().to_vec(),
        };
        let is_rsa = key.key_type() == Some(3);
        let kind = if is_rsa {
            algorithm::RSA
        } else {
            algorithm::ECC
        };
        let mut out = Vec::new();
        put(&mut out, [kind, self.name_algorithm]);
        out.extend(self.attributes.to_be_bytes());
        sized(&mut out, &self.auth_policy);
        if is_rsa {
            let modulus = part(&self.modulus, label::N);
            let bits = u16::try_from(modulus.len() * 8).unwrap_or(u16::MAX);
            put(&mut out, [algorithm::NULL, algorithm::NULL, bits]);
            out.extend(self.exponent.to_be_bytes());
            sized(&mut out, &modulus);
        } else {
            let curve = match (self.curve, key.curve()) {
                (Some(own), _) => own,
                (None, Some(1)) => 3,
                (None, Some(2)) => 4,
                (None, Some(3)) => 5,
                _ => return Err(Error::NoTpmKey),
            };
            put(&mut out, [algorithm::NULL, algorithm::NULL, curve]);
            put(&mut out, [algorithm::NULL]);
            sized(&mut out, &part(&self.x, label::X));
            sized(&mut out, &part(&self.y, label::Y));
        }
        out.extend(&self.trailing);
        if self.sized {
            let mut prefixed = Vec::new();
            sized(&mut prefixed, &out);
            out = prefixed;
        }
        Ok(out)
    }

    /// The name of the key: `nameAlg` and the digest of the structure by it.
    ///
    /// # Errors
    /// When the key is of a kind that a TPM does not have.
    pub fn name(&self, credential: &[u8]) -> Result<Vec<u8>, Error> {
        let hash = digest_of(self.name_algorithm);
        let mut name = self.name_algorithm.to_be_bytes().to_vec();
        name.extend_from_slice(digest(hash, &self.to_bytes(credential)?).as_ref());
        Ok(name)
    }
}

/// `certInfo`: what the TPM signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmAttestDraft {
    /// `magic`.
    pub magic: u32,
    /// `type`.
    pub kind: u16,
    /// `qualifiedSigner`.
    pub qualified_signer: Vec<u8>,
    /// `extraData`; the digest of what is attested when absent.
    pub extra_data: Option<Vec<u8>>,
    /// `clockInfo.safe`.
    pub safe: u8,
    /// `firmwareVersion`.
    pub firmware_version: u64,
    /// `attested.name`; the name of `pubArea` when absent.
    pub name: Option<Vec<u8>>,
    /// `attested.qualifiedName`.
    pub qualified_name: Vec<u8>,
    /// Bytes after the structure.
    pub trailing: Vec<u8>,
}

impl Default for TpmAttestDraft {
    fn default() -> Self {
        Self {
            magic: GENERATED,
            kind: ATTEST_CERTIFY,
            qualified_signer: Vec::new(),
            extra_data: None,
            safe: 1,
            firmware_version: 0x0007_0002_0000_0000,
            name: None,
            qualified_name: Vec::new(),
            trailing: Vec::new(),
        }
    }
}

impl TpmAttestDraft {
    fn to_bytes(&self, extra_data: &[u8], name: &[u8]) -> Vec<u8> {
        let mut out = self.magic.to_be_bytes().to_vec();
        put(&mut out, [self.kind]);
        sized(&mut out, &self.qualified_signer);
        sized(&mut out, self.extra_data.as_deref().unwrap_or(extra_data));
        out.extend(86_400_000_u64.to_be_bytes());
        out.extend([7_u32, 2].map(u32::to_be_bytes).concat());
        out.push(self.safe);
        out.extend(self.firmware_version.to_be_bytes());
        sized(&mut out, self.name.as_deref().unwrap_or(name));
        sized(&mut out, &self.qualified_name);
        out.extend(&self.trailing);
        out
    }
}

/// A tpm statement before the attestation key signs it.
#[derive(Clone, Debug)]
pub struct TpmDraft {
    /// The attestation key and its certificates.
    pub identity: Identity,
    /// `ver`.
    pub version: String,
    /// `pubArea`.
    pub public: TpmPublicDraft,
    /// `certInfo`.
    pub attest: TpmAttestDraft,
    /// Whether the signature is wrapped in a `TPMT_SIGNATURE`.
    pub wrapped: bool,
}

impl TpmDraft {
    /// A statement without fault.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            version: "2.0".to_owned(),
            public: TpmPublicDraft::default(),
            attest: TpmAttestDraft::default(),
            wrapped: false,
        }
    }

    /// Signs, and returns the statement about a COSE key.
    ///
    /// # Errors
    /// When the key is of a kind that a TPM does not have.
    pub fn statement(
        &self,
        credential: &[u8],
        authenticator_data: &[u8],
        client_data_hash: &[u8; 32],
        signature: SignatureKind,
    ) -> Result<Value, Error> {
        let attested = [authenticator_data, client_data_hash].concat();
        let key = &self.identity.key;
        let extra_data = key
            .algorithm()
            .hash()
            .map(|hash| digest(digest_of(tpm_number(hash)), &attested));
        let extra_data = extra_data.as_ref().map_or(&[][..], AsRef::as_ref);
        let name = self.public.name(credential)?;
        let attest = self.attest.to_bytes(extra_data, &name);
        let bare = signature.apply(key.sign(&attest));
        let signature = match key.algorithm().hash() {
            Some(hash) if self.wrapped => wrapped(&bare, key.algorithm(), hash),
            _ => bare,
        };
        let x5c = self.identity.x5c.iter().cloned().map(Value::Bytes);
        Ok(Value::Map(vec![
            ("alg".into(), key.algorithm().number().into()),
            ("sig".into(), Value::Bytes(signature)),
            ("ver".into(), self.version.clone().into()),
            ("x5c".into(), Value::Array(x5c.collect())),
            (
                "pubArea".into(),
                Value::Bytes(self.public.to_bytes(credential)?),
            ),
            ("certInfo".into(), Value::Bytes(attest)),
        ]))
    }
}

/// A signature as a `TPMT_SIGNATURE`: scheme, hash and the signature or its two numbers.
fn wrapped(signature: &[u8], by: Algorithm, hash: Hash) -> Vec<u8> {
    let mut out = Vec::new();
    if by.family() == Family::Rsa {
        let scheme = if by.is_pss() {
            algorithm::RSAPSS
        } else {
            algorithm::RSASSA
        };
        put(&mut out, [scheme, tpm_number(hash)]);
        sized(&mut out, signature);
        return out;
    }
    put(&mut out, [algorithm::ECDSA, tpm_number(hash)]);
    let outer = fidoscope_webauthn::der::Elements::new(signature).flatten();
    for number in outer.flat_map(|outer| outer.elements().flatten()) {
        sized(&mut out, number.contents);
    }
    out
}

fn tpm_number(hash: Hash) -> u16 {
    match hash {
        Hash::Sha1 => algorithm::SHA1,
        Hash::Sha256 => algorithm::SHA256,
        Hash::Sha384 => algorithm::SHA384,
        Hash::Sha512 => algorithm::SHA512,
    }
}

/// The digest by a TPM's number of a hash; an unknown one is taken for SHA-256.
fn digest_of(number: u16) -> &'static digest::Algorithm {
    match number {
        algorithm::SHA1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        algorithm::SHA384 => &digest::SHA384,
        algorithm::SHA512 => &digest::SHA512,
        _ => &digest::SHA256,
    }
}

fn put<const N: usize>(out: &mut Vec<u8>, numbers: [u16; N]) {
    for number in numbers {
        out.extend(number.to_be_bytes());
    }
}

/// A `TPM2B`: length and bytes.
fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(bytes);
}
