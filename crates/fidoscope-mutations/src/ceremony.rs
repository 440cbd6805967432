//! A recorded ceremony taken apart. Every part may be changed; signatures stay as they are until
//! somebody asks for new ones.

use super::blob::BlobBench;
use super::jwk;
use super::parts::{Attested, Data, Entries, Items, Keyed, Members, map_of};
use super::pki;
use chrono::{DateTime, Utc};
use ciborium::Value;
use fidoscope_authenticator::{Error, TestKey, cbor, sha256};
use fidoscope_recording::{
    AuthenticatorResponse, Credential, CredentialBody, Kind, Member, Recording, ResponseBody,
};
use fidoscope_webauthn::{CoseKey, base64url};

/// What a base lacks for a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

impl From<Error> for Unfit {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// A ceremony in parts.
#[derive(Clone, Debug)]
pub(crate) struct Ceremony {
    /// Everything but the signed members of the response.
    pub(crate) recording: Recording,
    /// Client data, as it is hashed.
    pub(crate) client: Vec<u8>,
    /// Authenticator data.
    pub(crate) data: Data,
    /// Attestation object (registration).
    pub(crate) object: Entries,
    /// Signature (authentication).
    pub(crate) signature: Vec<u8>,
    /// Private key of the credential.
    pub(crate) key: Option<TestKey>,
    /// Authenticator data as bytes, where their form is what is wrong.
    data_bytes: Option<Vec<u8>>,
    /// The attestation object as bytes, where its form is what is wrong.
    object_bytes: Option<Vec<u8>>,
    /// What was signed before, to be signed again when it changes.
    signed_before: Option<(Vec<u8>, Vec<u8>)>,
    /// A second `response` member.
    pub(crate) second_response: Option<String>,
    /// Metadata that the ceremony is judged by.
    pub(crate) metadata: Option<BlobBench>,
    is_sealed: bool,
}

impl Ceremony {
    /// A ceremony of these parts; `object` is empty in an authentication.
    pub(crate) fn new(
        recording: Recording,
        client: Vec<u8>,
        data: Data,
        object: Entries,
        key: Option<TestKey>,
    ) -> Self {
        Self {
            recording,
            client,
            data,
            object,
            signature: Vec::new(),
            key,
            data_bytes: None,
            object_bytes: None,
            signed_before: None,
            second_response: None,
            metadata: None,
            is_sealed: false,
        }
    }

    /// Takes a recording apart.
    pub(crate) fn open(recording: &Recording) -> Result<Self, Unfit> {
        let credential = recording.response.credential();
        let response = credential
            .and_then(Credential::authenticator_response)
            .ok_or_else(|| Unfit("the base has no response".to_owned()))?;
        let client = member("clientDataJSON", &response.client_data_json)?;
        let mut object = Entries::new();
        let (data, signature) = match recording.kind {
            Kind::Registration => {
                let bytes = member("attestationObject", &response.attestation_object)?;
                object = ciborium::from_reader::<Value, _>(bytes.as_slice())
                    .ok()
                    .and_then(|value| value.into_map().ok())
                    .ok_or_else(|| Unfit("attestationObject is no CBOR map".to_owned()))?;
                let data = object.bytes_mut("authData").map(|data| data.clone());
                (data.unwrap_or_default(), Vec::new())
            }
            Kind::Authentication => (
                member("authenticatorData", &response.authenticator_data)?,
                member("signature", &response.signature)?,
            ),
        };
        let data = Data::read(&data).ok_or_else(|| {
            Unfit("the base's authenticator data is not without fault".to_owned())
        })?;
        let mut ceremony = Self::new(recording.clone(), client, data, object, None);
        ceremony.signature = signature;
        let public = ceremony.public_key();
        ceremony.key = jwk::credential_key(recording.test_keys.as_ref(), public.as_deref())?;
        Ok(ceremony)
    }

    /// This ceremony in the place of one of the catalogue's bases, if it has its shape.
    pub(crate) fn stand_in_for(&self, base: &str) -> Result<Self, Unfit> {
        let unfit = |needs: &str| Err(Unfit(format!("needs {needs}")));
        let kind = match base.starts_with('A') {
            true => Kind::Authentication,
            false => Kind::Registration,
        };
        if kind != self.recording.kind {
            return unfit(match kind {
                Kind::Registration => "a registration",
                Kind::Authentication => "an authentication",
            });
        }
        let mut ceremony = self.clone();
        let shape = match base {
            "V2" | "V4" | "V5" | "V6" => {
                if self.format() != Some("none") {
                    // Rows for a base that nobody signs: here somebody does.
                    ceremony.signed_before = Some((self.client.clone(), self.data.write()));
                }
                None
            }
            "V3" => Some(("packed", false)),
            "V7" | "V8" | "V10" | "V11" => Some(("packed", true)),
            "V13" | "GEN-RSA" => Some(("tpm", true)),
            "V14" => Some(("android-key", true)),
            "V15" => Some(("apple", true)),
            "V16" => Some(("fido-u2f", true)),
            "GEN-COMPOUND" => Some(("compound", false)),
            "GEN-SAFETYNET" => Some(("android-safetynet", false)),
            _ => None,
        };
        if let Some((format, certified)) = shape
            && (self.format() != Some(format) || self.is_certified() != certified)
        {
            return unfit(&match (format, certified) {
                ("packed", true) => "packed attestation with certificates".to_owned(),
                ("packed", false) => "packed self attestation".to_owned(),
                _ => format!("attestation of format {format}"),
            });
        }
        let algorithm = match base {
            "V8" | "A8" => Some(-35),
            "V10" | "A10" | "GEN-RSA" => Some(-257),
            "V11" | "A11" => Some(-8),
            _ => None,
        };
        match algorithm {
            Some(number) if self.algorithm() != Some(number) => {
                unfit(&format!("a credential key of algorithm {number}"))
            }
            _ => Ok(ceremony),
        }
    }

    /// The instant at which this ceremony is judged.
    pub(crate) fn judged_at(&self) -> DateTime<Utc> {
        self.recording.now.unwrap_or_else(pki::now)
    }

    /// The attestation format.
    pub(crate) fn format(&self) -> Option<&str> {
        let key = Value::from("fmt");
        let (_, value) = self.object.iter().find(|(found, _)| *found == key)?;
        value.as_text()
    }

    /// Whether the attestation statement has certificates.
    pub(crate) fn is_certified(&self) -> bool {
        let key = Value::from("attStmt");
        let statement = self.object.iter().find(|(found, _)| *found == key);
        let members = statement.and_then(|(_, value)| value.as_map());
        members.is_some_and(|members| {
            members
                .iter()
                .any(|(found, _)| *found == Value::from("x5c"))
        })
    }

    /// The credential's COSE key: in the authenticator data, or stored.
    fn public_key(&self) -> Option<Vec<u8>> {
        if let Some(attested) = &self.data.attested {
            return Some(attested.key.clone());
        }
        let record = self.recording.record.as_ref()?;
        base64url::decode(&record.public_key).ok()
    }

    /// COSE algorithm of the credential key.
    pub(crate) fn algorithm(&self) -> Option<i64> {
        CoseKey::decode(&self.public_key()?).ok()?.algorithm()
    }

    /// Fails where the credential key has another algorithm.
    pub(crate) fn needs_algorithm(&self, number: i64) -> Result<(), Unfit> {
        match self.algorithm() {
            Some(found) if found == number => Ok(()),
            _ => Err(Unfit(format!(
                "needs a credential key of algorithm {number}"
            ))),
        }
    }

    /// Fails where something is attested.
    pub(crate) fn needs_no_attestation(&self) -> Result<(), Unfit> {
        match self.format() {
            Some("none") => Ok(()),
            _ => Err(Unfit("needs attestation of format none".to_owned())),
        }
    }

    /// The private key of the credential.
    pub(crate) fn key(&self) -> Result<&TestKey, Unfit> {
        self.key.as_ref().ok_or_else(|| {
            Unfit("changes what is signed, and the base has no testKeys.credential".to_owned())
        })
    }

    /// Changes members of the client data.
    pub(crate) fn client(&mut self, change: impl FnOnce(&mut Members)) -> Result<(), Unfit> {
        let mut members = Members::read(&self.client)?;
        change(&mut members);
        self.client = members.write();
        Ok(())
    }

    /// The attested credential data.
    pub(crate) fn attested(&mut self) -> Result<&mut Attested, Unfit> {
        let attested = self.data.attested.as_mut();
        attested.ok_or_else(|| Unfit("needs attested credential data".to_owned()))
    }

    /// Changes authenticator data as bytes.
    pub(crate) fn data_bytes(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.encoded_data();
        change(&mut bytes);
        self.data_bytes = Some(bytes);
    }

    /// Authenticator data as they will be sent.
    pub(crate) fn encoded_data(&self) -> Vec<u8> {
        match &self.data_bytes {
            Some(bytes) => bytes.clone(),
            None => self.data.write(),
        }
    }

    /// Changes the entries of the credential key.
    pub(crate) fn key_map(&mut self, change: impl FnOnce(&mut Entries)) -> Result<(), Unfit> {
        let attested = self.attested()?;
        let mut entries = entries(&attested.key)?;
        change(&mut entries);
        attested.key = cbor(&Value::Map(entries))?;
        Ok(())
    }

    /// Changes the entries of the credential key in their encoded form.
    pub(crate) fn key_items(&mut self, change: impl FnOnce(&mut Items)) -> Result<(), Unfit> {
        let attested = self.attested()?;
        let mut items = encoded(&entries(&attested.key)?)?;
        change(&mut items);
        attested.key = map_of(&items);
        Ok(())
    }

    /// The attestation statement.
    pub(crate) fn statement(&mut self) -> Result<&mut Entries, Unfit> {
        let key = Value::from("attStmt");
        let statement = self.object.iter_mut().find(|(found, _)| *found == key);
        let members = statement.and_then(|(_, value)| value.as_map_mut());
        members.ok_or_else(|| Unfit("needs an attestation statement".to_owned()))
    }

    /// A byte string of the attestation statement.
    pub(crate) fn statement_bytes(&mut self, name: &str) -> Result<&mut Vec<u8>, Unfit> {
        self.statement()?
            .bytes_mut(name)
            .ok_or_else(|| Unfit(format!("needs `{name}` in the attestation statement")))
    }

    /// The certificates of the attestation statement.
    pub(crate) fn certificates(&mut self) -> Result<&mut Vec<Value>, Unfit> {
        let key = Value::from("x5c");
        let x5c = self
            .statement()?
            .iter_mut()
            .find(|(found, _)| *found == key);
        let list = x5c.and_then(|(_, value)| value.as_array_mut());
        list.ok_or_else(|| Unfit("needs `x5c` in the attestation statement".to_owned()))
    }

    /// Changes the attestation object as bytes.
    pub(crate) fn object_bytes(&mut self, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), Unfit> {
        let mut bytes = self.encoded_object()?;
        change(&mut bytes);
        self.object_bytes = Some(bytes);
        Ok(())
    }

    /// Changes the entries of the attestation object in their encoded form.
    pub(crate) fn object_items(&mut self, change: impl FnOnce(&mut Items)) -> Result<(), Unfit> {
        self.write_data_into_object();
        let mut items = encoded(&self.object)?;
        change(&mut items);
        self.object_bytes = Some(map_of(&items));
        Ok(())
    }

    /// The attestation object as it will be sent.
    pub(crate) fn encoded_object(&mut self) -> Result<Vec<u8>, Unfit> {
        if let Some(bytes) = &self.object_bytes {
            return Ok(bytes.clone());
        }
        self.write_data_into_object();
        Ok(cbor(&Value::Map(self.object.clone()))?)
    }

    fn write_data_into_object(&mut self) {
        let data = self.encoded_data();
        if let Some(bytes) = self.object.bytes_mut("authData") {
            *bytes = data;
        }
    }

    /// `authData || hash`.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        [self.encoded_data().as_slice(), &sha256(&self.client)].concat()
    }

    /// The response as JSON, put together; no part may be changed after that.
    pub(crate) fn envelope(&mut self) -> Result<&mut Credential, Unfit> {
        if !self.is_sealed {
            self.seal()?;
        }
        let credential = self.recording.response.credential_mut();
        credential.ok_or_else(|| Unfit("the base's response is no object".to_owned()))
    }

    /// The members of the authenticator's response, put together.
    pub(crate) fn members(&mut self) -> Result<&mut AuthenticatorResponse, Unfit> {
        match &mut self.envelope()?.response {
            ResponseBody::Object(response) => Ok(response),
            _ => Err(Unfit("the base's response is no object".to_owned())),
        }
    }

    fn seal(&mut self) -> Result<(), Unfit> {
        if let Some((client, data)) = self.signed_before.take()
            && (client != self.client || data != self.encoded_data())
            // Without these data there is nothing to attest, and no step that would come first.
            && self.data.attested.is_some()
        {
            self.sign()?;
        }
        self.is_sealed = true;
        let client = base64url::encode(&self.client);
        let registration = self.recording.kind == Kind::Registration;
        let object = match registration {
            true => base64url::encode(&self.encoded_object()?),
            false => String::new(),
        };
        let data = base64url::encode(&self.encoded_data());
        let signature = base64url::encode(&self.signature);
        let members = self.members()?;
        members.client_data_json = client.into();
        if registration {
            members.attestation_object = object.into();
            // Copies of what was changed would be a second fault.
            members.authenticator_data = Member::Missing;
            members.public_key = Member::Missing;
            members.public_key_algorithm = None;
        } else {
            members.authenticator_data = data.into();
            members.signature = signature.into();
        }
        Ok(())
    }

    /// The recording as JSON in one line.
    pub(crate) fn into_json(mut self) -> Result<String, Unfit> {
        if !self.is_sealed {
            self.seal()?;
        }
        let json = serde_json::to_string(&self.recording).map_err(Error::from)?;
        let Some(second) = &self.second_response else {
            return Ok(json);
        };
        // The credential is the only object that may come with a member twice.
        let mut credential =
            serde_json::to_string(&self.recording.response).map_err(Error::from)?;
        let once = format!("\"response\":{credential}");
        credential.pop();
        let twice = format!("\"response\":{credential},\"response\":{second}}}");
        Ok(json.replacen(&once, &twice, 1))
    }

    /// The recording.
    pub(crate) fn into_recording(mut self) -> Result<Recording, Unfit> {
        if !self.is_sealed {
            self.seal()?;
        }
        Ok(self.recording)
    }
}

/// The body of a response that is no object.
pub(crate) fn body(value: serde_json::Value) -> CredentialBody {
    CredentialBody::Other(value)
}

fn member(name: &str, member: &Member) -> Result<Vec<u8>, Unfit> {
    let text = member.text().unwrap_or_default();
    match base64url::decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(Unfit(format!("the base has no {name} in base64url"))),
    }
}

fn entries(key: &[u8]) -> Result<Entries, Unfit> {
    ciborium::from_reader::<Value, _>(key)
        .ok()
        .and_then(|value| value.into_map().ok())
        .ok_or_else(|| Unfit("the credential key is no CBOR map".to_owned()))
}

fn encoded(entries: &Entries) -> Result<Items, Unfit> {
    let item = |(key, value): &(Value, Value)| Ok((cbor(key)?, cbor(value)?));
    entries.iter().map(item).collect()
}
