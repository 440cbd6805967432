//! The response as it came. Judging a missing or wrongly typed member is the verifier's work, so
//! loading keeps whatever was there instead of failing.

use std::borrow::Cow;
use std::fmt;

use fidoscope_webauthn::base64url;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::object::{Members, ObjectOr, object_or, set};

/// A member that should be text: absent, text, or something else.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Member {
    /// Absent.
    #[default]
    Missing,
    /// Text.
    Text(String),
    /// Another JSON type.
    Other(Value),
}

impl Member {
    /// The text, when it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Missing | Self::Other(_) => None,
        }
    }

    /// True when the member is absent.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The JSON type of what is there: `missing`, `string`, `number` …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Text(_) => "string",
            Self::Other(value) => kind_of(value),
        }
    }
}

impl From<String> for Member {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Member {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

/// Text goes straight to where it stays; everything else is as rare as it is wrong.
struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Member, E> {
        Ok(Member::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Member, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Member, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Member, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Member, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Member, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Member, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(members)).map(Member::Other)
    }
}

impl JsonSchema for Member {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Member")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text; anything else is kept for the verifier to judge."
        })
    }
}

/// The body of the response: a credential, or something that is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CredentialBody {
    /// A JSON object.
    Object(Box<Credential>),
    /// Another JSON type.
    Other(Value),
}

impl CredentialBody {
    /// The credential, when the body is an object.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        match self {
            Self::Object(credential) => Some(credential),
            Self::Other(_) => None,
        }
    }

    /// The credential, for editing.
    pub fn credential_mut(&mut self) -> Option<&mut Credential> {
        match self {
            Self::Object(credential) => Some(credential),
            Self::Other(_) => None,
        }
    }
}

/// `RegistrationResponseJSON` or `AuthenticationResponseJSON` (`WebAuthn L3 §5.1`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Credential id, base64url.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub id: Member,
    /// The same as bytes in base64url.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub raw_id: Member,
    /// `public-key`.
    #[serde(rename = "type", skip_serializing_if = "Member::is_missing")]
    pub kind: Member,
    /// The authenticator's response.
    #[serde(skip_serializing_if = "ResponseBody::is_missing")]
    pub response: ResponseBody,
    /// `platform` or `cross-platform`.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub authenticator_attachment: Member,
    /// Client extension outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_extension_results: Option<Value>,
    /// In place of a credential: the client's exception, as text or as `name` and `message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// Name of that exception, where the body is the exception itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Value>,
    /// Message of that exception, where the body is the exception itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
    /// Code of that exception, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// Members that came more than once; the last one counted.
    #[serde(skip)]
    pub duplicates: Vec<String>,
}

impl Credential {
    /// A registration response with its signed members; bytes are encoded here.
    #[must_use]
    pub fn registration(id: &[u8], client_data: &[u8], attestation_object: &[u8]) -> Self {
        Self::with_response(
            id,
            AuthenticatorResponse {
                client_data_json: base64url::encode(client_data).into(),
                attestation_object: base64url::encode(attestation_object).into(),
                ..AuthenticatorResponse::default()
            },
        )
    }

    /// An authentication response with its signed members; bytes are encoded here.
    #[must_use]
    pub fn authentication(
        id: &[u8],
        client_data: &[u8],
        authenticator_data: &[u8],
        signature: &[u8],
        user_handle: Option<&[u8]>,
    ) -> Self {
        Self::with_response(
            id,
            AuthenticatorResponse {
                client_data_json: base64url::encode(client_data).into(),
                authenticator_data: base64url::encode(authenticator_data).into(),
                signature: base64url::encode(signature).into(),
                user_handle: user_handle
                    .map_or(Member::Missing, |handle| base64url::encode(handle).into()),
                ..AuthenticatorResponse::default()
            },
        )
    }

    fn with_response(id: &[u8], response: AuthenticatorResponse) -> Self {
        let id = Member::Text(base64url::encode(id));
        Self {
            raw_id: id.clone(),
            id,
            kind: "public-key".into(),
            response: ResponseBody::Object(Box::new(response)),
            client_extension_results: Some(Value::Object(Map::new())),
            ..Self::default()
        }
    }

    /// The authenticator's response, when it is an object.
    #[must_use]
    pub fn authenticator_response(&self) -> Option<&AuthenticatorResponse> {
        match &self.response {
            ResponseBody::Object(response) => Some(response),
            ResponseBody::Missing | ResponseBody::Other(_) => None,
        }
    }
}

/// The `response` member: absent, an object, or something else.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ResponseBody {
    /// Absent.
    #[default]
    Missing,
    /// A JSON object.
    Object(Box<AuthenticatorResponse>),
    /// Another JSON type.
    Other(Value),
}

impl ResponseBody {
    /// True when the member is absent.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The JSON type of what is there.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Object(_) => "object",
            Self::Other(value) => kind_of(value),
        }
    }
}

/// The authenticator's response, of either ceremony.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorResponse {
    /// Client data, base64url.
    #[serde(rename = "clientDataJSON", skip_serializing_if = "Member::is_missing")]
    pub client_data_json: Member,
    /// Attestation object (registration), base64url.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub attestation_object: Member,
    /// Authenticator data (authentication), base64url; an unsigned copy in a registration.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub authenticator_data: Member,
    /// Assertion signature (authentication), base64url.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub signature: Member,
    /// User handle (authentication), base64url.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub user_handle: Member,
    /// Transports (registration).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transports: Option<Value>,
    /// Unsigned copy of the public key (registration), SPKI in base64url.
    #[serde(skip_serializing_if = "Member::is_missing")]
    pub public_key: Member,
    /// Unsigned copy of the algorithm (registration).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key_algorithm: Option<Value>,
    /// Members that came more than once; the last one counted.
    #[serde(skip)]
    pub duplicates: Vec<String>,
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Members for Credential {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
    ) -> Result<Option<u16>, A::Error> {
        Ok(Some(match key {
            "id" => set(&mut self.id, map.next_value()?, 1),
            "rawId" => set(&mut self.raw_id, map.next_value()?, 2),
            "type" => set(&mut self.kind, map.next_value()?, 4),
            "response" => set(&mut self.response, map.next_value()?, 8),
            "authenticatorAttachment" => {
                set(&mut self.authenticator_attachment, map.next_value()?, 16)
            }
            "clientExtensionResults" => set(
                &mut self.client_extension_results,
                Some(map.next_value()?),
                32,
            ),
            "error" => set(&mut self.error, Some(map.next_value()?), 64),
            "name" => set(&mut self.name, Some(map.next_value()?), 128),
            "message" => set(&mut self.message, Some(map.next_value()?), 256),
            "code" => set(&mut self.code, Some(map.next_value()?), 512),
            _ => return Ok(None),
        }))
    }

    fn duplicate(&mut self, key: &str) {
        self.duplicates.push(key.to_owned());
    }
}

impl Members for AuthenticatorResponse {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
    ) -> Result<Option<u16>, A::Error> {
        Ok(Some(match key {
            "clientDataJSON" => set(&mut self.client_data_json, map.next_value()?, 1),
            "attestationObject" => set(&mut self.attestation_object, map.next_value()?, 2),
            "authenticatorData" => set(&mut self.authenticator_data, map.next_value()?, 4),
            "signature" => set(&mut self.signature, map.next_value()?, 8),
            "userHandle" => set(&mut self.user_handle, map.next_value()?, 16),
            "transports" => set(&mut self.transports, Some(map.next_value()?), 32),
            "publicKey" => set(&mut self.public_key, map.next_value()?, 64),
            "publicKeyAlgorithm" => {
                set(&mut self.public_key_algorithm, Some(map.next_value()?), 128)
            }
            _ => return Ok(None),
        }))
    }

    fn duplicate(&mut self, key: &str) {
        self.duplicates.push(key.to_owned());
    }
}

impl<'de> Deserialize<'de> for CredentialBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match object_or(deserializer)? {
            ObjectOr::Object(credential) => Self::Object(credential),
            ObjectOr::Other(value) => Self::Other(value),
        })
    }
}

impl<'de> Deserialize<'de> for ResponseBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match object_or(deserializer)? {
            ObjectOr::Object(response) => Self::Object(response),
            ObjectOr::Other(value) => Self::Other(value),
        })
    }
}

impl JsonSchema for CredentialBody {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("CredentialBody")
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let credential = generator.subschema_for::<Credential>();
        json_schema!({
            "description": "The credential; without one, null or the client's exception.",
            "anyOf": [
                credential,
                { "type": ["null", "string"] },
                {
                    "type": "object",
                    "anyOf": [{ "required": ["error"] }, { "required": ["name"] }]
                }
            ]
        })
    }
}

impl JsonSchema for ResponseBody {
    fn schema_name() -> Cow<'static, str> {
        AuthenticatorResponse::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        AuthenticatorResponse::json_schema(generator)
    }
}
