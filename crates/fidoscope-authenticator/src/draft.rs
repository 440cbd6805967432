//! Answers of an authenticator before and after they are signed.

use crate::android::{AndroidKeyDraft, SafetynetDraft};
use crate::apple::AppleDraft;
use crate::authenticator_data::{AuthenticatorData, cbor};
use crate::client_data::ClientData;
use crate::error::Error;
use crate::key::{TestKey, sha256};
use crate::model::Format;
use crate::pki::Identity;
use crate::signature::SignatureKind;
use crate::tpm::TpmDraft;
use ciborium::Value;
use fidoscope_recording::{AuthenticatorResponse, Credential, ResponseBody};
use fidoscope_webauthn::base64url;

/// A registration that is not signed yet: change what should be wrong, then `seal` it.
#[derive(Clone, Debug)]
pub struct RegistrationDraft {
    /// Client data.
    pub client_data: ClientData,
    /// Authenticator data.
    pub authenticator_data: AuthenticatorData,
    /// Attestation statement to make.
    pub format: Format,
    /// Certificates that go into the statement.
    pub x5c: Vec<Vec<u8>>,
    /// Signature of the statement.
    pub signature: SignatureKind,
    /// Transports reported beside it.
    pub transports: Vec<String>,
    /// The statement of format android-key, whose certificate is issued when it is sealed.
    pub android_key: Option<AndroidKeyDraft>,
    /// The statement of format android-safetynet.
    pub safetynet: Option<SafetynetDraft>,
    /// The statement of format apple, whose certificate is issued when it is sealed.
    pub apple: Option<AppleDraft>,
    /// The statement of format tpm.
    pub tpm: Option<TpmDraft>,
    /// The statements of format compound, each made of the members above.
    pub parts: Vec<CompoundPart>,
    /// Key of the credential.
    pub key: TestKey,
    /// Key that the statement is signed with, where it is not that of the credential.
    pub attestation_key: Option<TestKey>,
}

/// One statement of a compound one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompoundPart {
    /// Its format. A compound one inside has no parts.
    pub format: Format,
    /// Its signature.
    pub signature: SignatureKind,
}

impl CompoundPart {
    /// A statement without fault.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self {
            format,
            signature: SignatureKind::Genuine,
        }
    }
}

/// An assertion that is not signed yet.
#[derive(Clone, Debug)]
pub struct AssertionDraft {
    /// Client data.
    pub client_data: ClientData,
    /// Authenticator data.
    pub authenticator_data: AuthenticatorData,
    /// Credential that answers.
    pub credential_id: Vec<u8>,
    /// User handle, from a discoverable credential.
    pub user_handle: Option<Vec<u8>>,
    /// Signature.
    pub signature: SignatureKind,
    pub(crate) key: TestKey,
}

/// A credential that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// Credential id.
    pub credential_id: Vec<u8>,
    /// COSE key.
    pub public_key: Vec<u8>,
    /// Signature counter in the authenticator data.
    pub sign_count: u32,
    /// `authData`.
    pub authenticator_data: Vec<u8>,
    /// Attestation object.
    pub attestation_object: Vec<u8>,
    /// Client data, as it was hashed.
    pub client_data_json: Vec<u8>,
    /// The W3C JSON.
    pub response: Credential,
}

/// An assertion that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Asserted {
    /// Credential id.
    pub credential_id: Vec<u8>,
    /// User handle, from a discoverable credential.
    pub user_handle: Option<Vec<u8>>,
    /// Signature counter in the authenticator data.
    pub sign_count: u32,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// Client data, as it was hashed.
    pub client_data_json: Vec<u8>,
    /// Signature.
    pub signature: Vec<u8>,
    /// The W3C JSON.
    pub response: Credential,
}

impl RegistrationDraft {
    /// Attests with another key and certificate than the authenticator's own.
    pub fn attest_with(&mut self, identity: Identity) {
        self.x5c = identity.x5c;
        self.attestation_key = Some(identity.key);
    }

    /// Signs and encodes the answer.
    ///
    /// # Errors
    /// When a part cannot be encoded.
    pub fn seal(self) -> Result<Created, Error> {
        let client_data_json = self.client_data.to_bytes()?;
        let authenticator_data = self.authenticator_data.to_bytes()?;
        let statement = self.statement(&authenticator_data, &sha256(&client_data_json))?;
        let attestation_object = cbor(&Value::Map(vec![
            (text("fmt"), text(self.format.identifier())),
            (text("attStmt"), statement),
            (text("authData"), bytes(&authenticator_data)),
        ]))?;
        let sign_count = self.authenticator_data.sign_count;
        let attested = self.authenticator_data.attested.clone();
        let (credential_id, public_key) = attested
            .map(|a| (a.credential_id, a.public_key))
            .unwrap_or_default();
        let mut response =
            Credential::registration(&credential_id, &client_data_json, &attestation_object);
        response.authenticator_attachment = attachment(&self.transports).into();
        self.add_copies(&mut response, &authenticator_data);
        Ok(Created {
            credential_id,
            public_key,
            sign_count,
            authenticator_data,
            attestation_object,
            client_data_json,
            response,
        })
    }

    /// The unsigned copies that `toJSON()` adds for relying parties without a CBOR decoder.
    fn add_copies(&self, credential: &mut Credential, authenticator_data: &[u8]) {
        if let ResponseBody::Object(response) = &mut credential.response {
            let response: &mut AuthenticatorResponse = response;
            response.authenticator_data = base64url::encode(authenticator_data).into();
            response.public_key = base64url::encode(&self.key.spki_der()).into();
            response.public_key_algorithm = Some(self.key.algorithm().number().into());
            response.transports = Some(serde_json::Value::from(self.transports.clone()));
        }
    }

    /// The attestation statement (WebAuthn L3 §8).
    ///
    /// # Errors
    /// When a certificate or a CBOR item of it cannot be written.
    pub fn statement(&self, data: &[u8], client_data_hash: &[u8; 32]) -> Result<Value, Error> {
        if self.format != Format::Compound {
            return self.statement_of(self.format, self.signature, data, client_data_hash);
        }
        let part = |part: &CompoundPart| {
            let statement =
                self.statement_of(part.format, part.signature, data, client_data_hash)?;
            Ok(Value::Map(vec![
                (text("fmt"), text(part.format.identifier())),
                (text("attStmt"), statement),
            ]))
        };
        let parts: Result<Vec<Value>, Error> = self.parts.iter().map(part).collect();
        Ok(Value::Array(parts?))
    }

    /// The statement of one format.
    fn statement_of(
        &self,
        format: Format,
        kind: SignatureKind,
        data: &[u8],
        client_data_hash: &[u8; 32],
    ) -> Result<Value, Error> {
        let missing = || Error::NoAttestationKey(format.identifier().to_owned());
        match format {
            Format::None => Ok(Value::Map(Vec::new())),
            Format::Compound => Ok(Value::Array(Vec::new())),
            Format::AndroidKey => {
                let draft = self.android_key.as_ref().ok_or_else(missing)?;
                draft.statement(&self.key, data, client_data_hash, kind)
            }
            Format::AndroidSafetynet => {
                let draft = self.safetynet.as_ref().ok_or_else(missing)?;
                draft.statement(data, client_data_hash, kind)
            }
            Format::Apple => {
                let draft = self.apple.as_ref().ok_or_else(missing)?;
                draft.statement(&self.key, data, client_data_hash)
            }
            Format::Tpm => {
                let draft = self.tpm.as_ref().ok_or_else(missing)?;
                let attested = self.authenticator_data.attested.as_ref();
                let key = attested.map(|attested| attested.public_key.as_slice());
                draft.statement(key.unwrap_or_default(), data, client_data_hash, kind)
            }
            Format::PackedSelf => Ok(self.signed(format, kind, &self.key, data, client_data_hash)),
            Format::PackedX5c | Format::FidoU2f => {
                let key = self.attestation_key.as_ref().ok_or_else(missing)?;
                Ok(self.signed(format, kind, key, data, client_data_hash))
            }
        }
    }

    /// The statement of a format that consists of a signature and what it is by (WebAuthn L3 §8.2,
    /// §8.6).
    fn signed(
        &self,
        format: Format,
        kind: SignatureKind,
        key: &TestKey,
        data: &[u8],
        client_data_hash: &[u8; 32],
    ) -> Value {
        let signed = match format {
            Format::FidoU2f => self.u2f_message(client_data_hash),
            _ => [data, client_data_hash].concat(),
        };
        let signature = bytes(&kind.apply(key.sign_der(&signed)));
        let x5c = Value::Array(self.x5c.iter().map(|der| bytes(der)).collect());
        Value::Map(match format {
            Format::FidoU2f => vec![(text("sig"), signature), (text("x5c"), x5c)],
            Format::PackedX5c => vec![
                (text("alg"), key.algorithm().number().into()),
                (text("sig"), signature),
                (text("x5c"), x5c),
            ],
            _ => vec![
                (text("alg"), key.algorithm().number().into()),
                (text("sig"), signature),
            ],
        })
    }

    /// `00 || rpIdHash || clientDataHash || credentialId || publicKeyU2F` (WebAuthn L3 §8.6).
    fn u2f_message(&self, client_data_hash: &[u8; 32]) -> Vec<u8> {
        let attested = self.authenticator_data.attested.as_ref();
        let credential_id = attested
            .map(|a| a.credential_id.as_slice())
            .unwrap_or_default();
        let mut message = vec![0];
        message.extend_from_slice(&self.authenticator_data.rp_id_hash);
        message.extend_from_slice(client_data_hash);
        message.extend_from_slice(credential_id);
        message.extend_from_slice(self.key.point());
        message
    }
}

impl AssertionDraft {
    /// Signs and encodes the answer.
    ///
    /// # Errors
    /// When a part cannot be encoded.
    pub fn seal(self) -> Result<Asserted, Error> {
        let client_data_json = self.client_data.to_bytes()?;
        let authenticator_data = self.authenticator_data.to_bytes()?;
        let mut message = authenticator_data.clone();
        message.extend_from_slice(&sha256(&client_data_json));
        let signature = self.signature.apply(self.key.sign_der(&message));
        let response = Credential::authentication(
            &self.credential_id,
            &client_data_json,
            &authenticator_data,
            &signature,
            self.user_handle.as_deref(),
        );
        Ok(Asserted {
            credential_id: self.credential_id,
            user_handle: self.user_handle,
            sign_count: self.authenticator_data.sign_count,
            authenticator_data,
            client_data_json,
            signature,
            response,
        })
    }
}

fn attachment(transports: &[String]) -> &'static str {
    if transports.iter().any(|t| t == "internal") {
        "platform"
    } else {
        "cross-platform"
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn bytes(value: &[u8]) -> Value {
    Value::Bytes(value.to_vec())
}
