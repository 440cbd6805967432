//! Authenticator data under construction (WebAuthn L3 §6.1).

use crate::error::Error;
use crate::key::{TestKey, sha256};
use ciborium::Value;
use fidoscope_webauthn::Aaguid;

/// The flag bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// UP, bit 0: the user was present.
    pub user_present: bool,
    /// UV, bit 2: the user was verified.
    pub user_verified: bool,
    /// BE, bit 3: the credential can be backed up.
    pub backup_eligible: bool,
    /// BS, bit 4: the credential is backed up.
    pub backed_up: bool,
}

impl Flags {
    /// The bits, without AT.
    #[must_use]
    pub fn byte(self) -> u8 {
        u8::from(self.user_present)
            | u8::from(self.user_verified) << 2
            | u8::from(self.backup_eligible) << 3
            | u8::from(self.backed_up) << 4
    }
}

/// The part that a registration carries (WebAuthn L3 §6.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Model.
    pub aaguid: Aaguid,
    /// Credential id.
    pub credential_id: Vec<u8>,
    /// COSE key.
    pub public_key: Vec<u8>,
}

/// Authenticator data; every field may be set to something wrong before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the relying party id.
    pub rp_id_hash: [u8; 32],
    /// Flags.
    pub flags: Flags,
    /// Signature counter.
    pub sign_count: u32,
    /// Attested credential data; its presence sets AT.
    pub attested: Option<Attested>,
}

impl AuthenticatorData {
    /// Data for `rp_id`.
    #[must_use]
    pub fn new(rp_id: &str, flags: Flags, sign_count: u32) -> Self {
        Self {
            rp_id_hash: sha256(rp_id.as_bytes()),
            flags,
            sign_count,
            attested: None,
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// When the credential id is longer than 65535 bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(37 + 16 + 2 + 32 + 77);
        out.extend_from_slice(&self.rp_id_hash);
        let attested_bit = u8::from(self.attested.is_some()) << 6;
        out.push(self.flags.byte() | attested_bit);
        out.extend_from_slice(&self.sign_count.to_be_bytes());
        if let Some(attested) = &self.attested {
            let length = attested.credential_id.len();
            let length = u16::try_from(length).map_err(|_| Error::CredentialIdLength(length))?;
            out.extend_from_slice(&attested.aaguid.0);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&attested.credential_id);
            out.extend_from_slice(&attested.public_key);
        }
        Ok(out)
    }
}

/// The key as a COSE key in CTAP2 canonical form, for its algorithm.
///
/// # Errors
/// When CBOR cannot be written.
pub fn cose_key(key: &TestKey) -> Result<Vec<u8>, Error> {
    let (key_type, curve) = key.algorithm().family().cose();
    let bytes = |value: &[u8]| Value::from(value);
    let mut entries = vec![
        (1, Value::from(key_type)),
        (3, key.algorithm().number().into()),
    ];
    match (key_type, curve, key.rsa_parts()) {
        (2, Some(curve), _) => {
            entries.extend([
                (-1, curve.into()),
                (-2, bytes(key.x())),
                (-3, bytes(key.y())),
            ]);
        }
        (_, Some(curve), _) => entries.extend([(-1, curve.into()), (-2, bytes(key.point()))]),
        (_, None, Some((n, e))) => entries.extend([(-1, bytes(&n)), (-2, bytes(&e))]),
        _ => entries.push((-1, bytes(key.point()))),
    }
    let entries = entries
        .into_iter()
        .map(|(label, value)| (label.into(), value));
    cbor(&Value::Map(entries.collect()))
}

/// Writes one CBOR item; the maps keep the order they are given in.
///
/// # Errors
/// When a value cannot be written as CBOR.
pub fn cbor(value: &Value) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).map_err(|error| Error::Cbor(error.to_string()))?;
    Ok(out)
}
