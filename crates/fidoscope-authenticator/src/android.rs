//! Android attestations before they are signed (WebAuthn L3 §8.4, §8.5): everything that a
//! keystore or the SafetyNet service would say can be set to something else.

use crate::der;
use crate::error::Error;
use crate::key::{TestKey, sha256};
use crate::pki::{CertificateExtension, Identity, LeafOptions, TestPki, pem_body};
use crate::signature::SignatureKind;
use chrono::{DateTime, Utc};
use ciborium::Value;
use fidoscope_webauthn::base64url;
use serde_json::{Map, json};

/// The key description extension of an Android key attestation certificate.
const KEY_DESCRIPTION: &[u64] = &[1, 3, 6, 1, 4, 1, 11129, 2, 1, 17];

/// Host that SafetyNet's certificate is for.
pub const SAFETYNET_HOST: &str = "attest.android.com";

/// What a keystore says about a key. The default is what it says about a WebAuthn credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescriptionDraft {
    /// Version of the attestation.
    pub attestation_version: i64,
    /// Where the attestation was made: 0 software, 1 trusted environment, 2 StrongBox.
    pub attestation_security_level: i64,
    /// Version of KeyMint.
    pub keymaster_version: i64,
    /// Where KeyMint runs.
    pub keymaster_security_level: i64,
    /// Writes the security levels as INTEGER, as an early revision of the standard's vector did.
    pub levels_as_integers: bool,
    /// Challenge; the hash of the client data when absent.
    pub challenge: Option<Vec<u8>>,
    /// Identifier of the device.
    pub unique_id: Vec<u8>,
    /// What the operating system enforces, in the order it is written.
    pub software: Vec<AuthorizationDraft>,
    /// What the secure hardware enforces, in the order it is written.
    pub tee: Vec<AuthorizationDraft>,
}

/// One authorization of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationDraft {
    /// Number of its context tag.
    pub tag: u32,
    /// What the tag holds, DER.
    pub value: Vec<u8>,
}

impl AuthorizationDraft {
    /// `purpose [1]`: 1 decrypts, 2 signs, 3 verifies.
    #[must_use]
    pub fn purpose(purposes: &[i64]) -> Self {
        let members = purposes.iter().map(|p| der::integer(der::INTEGER, *p));
        let value = der::element(der::SET, &members.collect::<Vec<_>>().concat());
        Self { tag: 1, value }
    }

    /// `allApplications [600]`.
    #[must_use]
    pub fn all_applications() -> Self {
        Self::null(600)
    }

    /// `origin [702]`: 0 generated, 1 derived, 2 imported, 3 unknown.
    #[must_use]
    pub fn origin(origin: i64) -> Self {
        let value = der::integer(der::INTEGER, origin);
        Self { tag: 702, value }
    }

    /// A tag that holds NULL, known or not.
    #[must_use]
    pub fn null(tag: u32) -> Self {
        let value = der::element(der::NULL, &[]);
        Self { tag, value }
    }

    fn to_der(&self) -> Vec<u8> {
        der::context(self.tag, &self.value)
    }
}

impl Default for KeyDescriptionDraft {
    fn default() -> Self {
        Self {
            attestation_version: 300,
            attestation_security_level: 1,
            keymaster_version: 300,
            keymaster_security_level: 1,
            levels_as_integers: false,
            challenge: None,
            unique_id: Vec::new(),
            software: Vec::new(),
            tee: vec![
                AuthorizationDraft::purpose(&[2]),
                AuthorizationDraft::origin(0),
            ],
        }
    }
}

impl KeyDescriptionDraft {
    /// The extension's value, about a key made for a client data hash.
    #[must_use]
    pub fn to_der(&self, client_data_hash: &[u8]) -> Vec<u8> {
        let level = if self.levels_as_integers {
            der::INTEGER
        } else {
            der::ENUMERATED
        };
        let list = |entries: &[AuthorizationDraft]| {
            let entries = entries.iter().map(AuthorizationDraft::to_der);
            der::element(der::SEQUENCE, &entries.collect::<Vec<_>>().concat())
        };
        let challenge = self.challenge.as_deref().unwrap_or(client_data_hash);
        let parts = [
            der::integer(der::INTEGER, self.attestation_version),
            der::integer(level, self.attestation_security_level),
            der::integer(der::INTEGER, self.keymaster_version),
            der::integer(level, self.keymaster_security_level),
            der::element(der::OCTET_STRING, challenge),
            der::element(der::OCTET_STRING, &self.unique_id),
            list(&self.software),
            list(&self.tee),
        ];
        der::element(der::SEQUENCE, &parts.concat())
    }
}

/// An android-key statement before its certificate is issued.
#[derive(Clone, Debug)]
pub struct AndroidKeyDraft {
    /// Who certifies the key.
    pub pki: TestPki,
    /// What the keystore says; `None` leaves the extension out.
    pub description: Option<KeyDescriptionDraft>,
    /// The rest of the certificate.
    pub leaf: LeafOptions,
    /// Key that is certified and signs, when it is not the credential's.
    pub subject: Option<TestKey>,
    /// Whether x5c ends with the root, as it did before remote key provisioning.
    pub with_root: bool,
}

impl AndroidKeyDraft {
    /// A statement without fault, certified by `pki`, without the root in x5c.
    #[must_use]
    pub fn new(pki: TestPki) -> Self {
        let leaf = LeafOptions::key_store(pki.validity());
        Self {
            pki,
            description: Some(KeyDescriptionDraft::default()),
            leaf,
            subject: None,
            with_root: false,
        }
    }

    /// Issues the certificate of `credential`, signs, and returns the statement (WebAuthn L3 §8.4).
    ///
    /// # Errors
    /// When the certificate cannot be written.
    pub fn statement(
        &self,
        credential: &TestKey,
        authenticator_data: &[u8],
        client_data_hash: &[u8; 32],
        signature: SignatureKind,
    ) -> Result<Value, Error> {
        let key = self.subject.as_ref().unwrap_or(credential);
        let mut leaf = self.leaf.clone();
        leaf.extensions
            .extend(self.description.as_ref().map(|text| CertificateExtension {
                oid: KEY_DESCRIPTION.to_vec(),
                critical: false,
                value: text.to_der(client_data_hash),
            }));
        let mut x5c = self.pki.certify(key.clone(), &leaf)?.x5c;
        if self.with_root {
            x5c.push(self.pki.root_der().to_vec());
        }
        let message = [authenticator_data, client_data_hash].concat();
        let signature = signature.apply(key.sign_der(&message));
        Ok(Value::Map(vec![
            ("alg".into(), Value::from(-7)),
            ("sig".into(), Value::Bytes(signature)),
            (
                "x5c".into(),
                Value::Array(x5c.into_iter().map(Value::Bytes).collect()),
            ),
        ]))
    }
}

/// An android-safetynet statement before the service signs it.
#[derive(Clone, Debug)]
pub struct SafetynetDraft {
    /// The service's key and certificates.
    pub identity: Identity,
    /// `ver`.
    pub version: String,
    /// Header of the JWS; `x5c` is added unless it is there.
    pub header: Map<String, serde_json::Value>,
    /// Payload; `nonce` is added unless it is there.
    pub payload: Map<String, serde_json::Value>,
    /// `response`, when it is not the JWS of the parts above.
    pub response: Option<Vec<u8>>,
}

impl SafetynetDraft {
    /// A statement without fault that the service made at an instant.
    #[must_use]
    pub fn new(identity: Identity, made_at: DateTime<Utc>) -> Self {
        let digest = "ZmlkbyBzY29wZSB0ZXN0IGFwcGxpY2F0aW9uIGRpZ2U=";
        let payload = json!({
            "timestampMs": made_at.timestamp_millis(),
            "apkPackageName": "org.example.fidoscope.test",
            "apkDigestSha256": digest,
            "ctsProfileMatch": true,
            "apkCertificateDigestSha256": [digest],
            "basicIntegrity": true,
        });
        Self {
            identity,
            version: "14366018".to_owned(),
            header: json!({ "alg": "ES256" })
                .as_object()
                .cloned()
                .unwrap_or_default(),
            payload: payload.as_object().cloned().unwrap_or_default(),
            response: None,
        }
    }

    /// Signs the response and returns the statement (WebAuthn L3 §8.5).
    ///
    /// # Errors
    /// When the parts cannot be written as JSON.
    pub fn statement(
        &self,
        authenticator_data: &[u8],
        client_data_hash: &[u8; 32],
        signature: SignatureKind,
    ) -> Result<Value, Error> {
        let response = match &self.response {
            Some(response) => response.clone(),
            None => self.jws(&[authenticator_data, client_data_hash].concat(), signature)?,
        };
        Ok(Value::Map(vec![
            ("ver".into(), self.version.clone().into()),
            ("response".into(), Value::Bytes(response)),
        ]))
    }

    fn jws(&self, attested: &[u8], kind: SignatureKind) -> Result<Vec<u8>, Error> {
        let mut header = self.header.clone();
        let certificates = self.identity.x5c.iter().map(|der| pem_body(der));
        let certificates: Vec<String> = certificates.collect();
        header.entry("x5c").or_insert_with(|| json!(certificates));
        let mut payload = self.payload.clone();
        let nonce = pem_body(&sha256(attested));
        payload.entry("nonce").or_insert_with(|| json!(nonce));
        let mut text = base64url::encode(&serde_json::to_vec(&header)?);
        text.push('.');
        text.push_str(&base64url::encode(&serde_json::to_vec(&payload)?));
        let signature = self.identity.key.sign_fixed(text.as_bytes());
        text.push('.');
        text.push_str(&base64url::encode(&kind.apply(signature)));
        Ok(text.into_bytes())
    }
}
