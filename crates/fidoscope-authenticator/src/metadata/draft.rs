//! A BLOB to be, of which anything may be wrong: any payload, any chain, any algorithm.

use crate::algorithm::Algorithm;
use crate::error::Error;
use crate::pki::Identity;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fidoscope_webauthn::base64url;
use serde_json::{Map, Value};

/// A BLOB before it is signed.
#[derive(Clone, Debug)]
pub struct BlobDraft {
    /// Payload, JSON as it is written.
    pub payload: Vec<u8>,
    /// `alg` of the header, whatever really signs.
    pub alg: String,
    /// `x5u` of the header.
    pub x5u: Option<String>,
    /// Key that signs, and the certificates of the header.
    pub identity: Identity,
    /// Secret of a keyed hash that takes the place of the signature.
    pub secret: Option<Vec<u8>>,
    /// What happens to it after it is signed.
    pub damage: Option<BlobDamage>,
}

/// What may happen to a BLOB on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobDamage {
    /// One bit of the signature flips.
    FlippedSignature,
    /// Somebody counts the number in the payload up.
    EditedPayload,
    /// The signature and the dot before it are lost.
    LostSignature,
}

impl BlobDraft {
    /// A BLOB without fault, signed by the leaf of `identity` with the algorithm of its key.
    #[must_use]
    pub fn new(payload: Vec<u8>, identity: Identity) -> Self {
        let alg = match identity.key.algorithm() {
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::Rs256 => "RS256",
            _ => "ES256",
        };
        Self {
            payload,
            alg: alg.to_owned(),
            x5u: None,
            identity,
            secret: None,
            damage: None,
        }
    }

    /// Signs it: a compact JWS.
    ///
    /// # Errors
    /// When a part cannot be written.
    pub fn sign(&self) -> Result<Vec<u8>, Error> {
        let signed = self.signing_input(&self.payload)?;
        let mut signature = self.signature(signed.as_bytes());
        let mut carried = signed;
        match self.damage {
            Some(BlobDamage::FlippedSignature) => {
                if let Some(first) = signature.first_mut() {
                    *first ^= 1;
                }
            }
            Some(BlobDamage::EditedPayload) => {
                let mut edited: Map<String, Value> = serde_json::from_slice(&self.payload)?;
                let no = edited.get("no").and_then(Value::as_u64).unwrap_or_default();
                edited.insert("no".to_owned(), no.saturating_add(1).into());
                let edited = serde_json::to_vec(&edited)?;
                carried = self.signing_input(&edited)?;
            }
            Some(BlobDamage::LostSignature) => return Ok(carried.into_bytes()),
            None => {}
        }
        Ok(format!("{carried}.{}", base64url::encode(&signature)).into_bytes())
    }

    fn signing_input(&self, payload: &[u8]) -> Result<String, Error> {
        let mut header = Map::new();
        header.insert("alg".to_owned(), self.alg.as_str().into());
        header.insert("typ".to_owned(), "JWT".into());
        if let Some(x5u) = &self.x5u {
            header.insert("x5u".to_owned(), x5u.as_str().into());
        }
        let x5c: Vec<String> = self
            .identity
            .x5c
            .iter()
            .map(|der| STANDARD.encode(der))
            .collect();
        if !x5c.is_empty() {
            header.insert("x5c".to_owned(), x5c.into());
        }
        let header = serde_json::to_vec(&header)?;
        let (header, payload) = (base64url::encode(&header), base64url::encode(payload));
        Ok(format!("{header}.{payload}"))
    }

    /// JWS has ECDSA signatures of a fixed length (RFC 7518 §3.4).
    fn signature(&self, message: &[u8]) -> Vec<u8> {
        if let Some(secret) = &self.secret {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            return hmac::sign(&key, message).as_ref().to_vec();
        }
        let key = &self.identity.key;
        match key.algorithm() {
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => key.sign_fixed(message),
            _ => key.sign(message),
        }
    }
}
