//! The recording of a ceremony, `fidoscope.ceremony/1`: what the relying party asked, what the
//! client answered, and everything else a replay needs to judge it (policy, state, clock, trust).
//!
//! Recordings come from files in that format, or are put together from what others keep: HTTP
//! archives, and options and responses side by side ([`Import`]).
//!
//! ```
//! use fidoscope_recording::Import;
//!
//! let options = r#"{"publicKey": {"challenge": "c3RhcnQ", "rpId": "shop.example"}}"#;
//! let mut import = Import::new(vec!["https://shop.example".to_owned()]);
//! import.add("options.json", options.as_bytes());
//! let imported = import.finish();
//! assert_eq!(imported.words(), "0 ceremonies, 1 options without an answer");
//! ```

mod compound;
mod credential;
mod documents;
mod import;
mod instant;
mod load;
mod members;
mod object;
mod options;
mod policy;
mod profile;
mod refusal;
mod written;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compound::{CompoundPolicy, CompoundPolicyError};
pub use credential::{AuthenticatorResponse, Credential, CredentialBody, Member, ResponseBody};
pub use documents::{Batch, Batches, ReadError};
pub use import::{Import, Imported, redact};
pub use load::{Layout, LoadError, Loaded, load};
pub use members::ForeignMember;
pub use options::{
    AuthenticatorSelection, CeremonyOptions, CredentialDescriptor, CredentialParameter,
    RelyingPartyEntity, UserEntity,
};
pub use policy::{
    AndroidKeyPolicy, BackupPolicy, Expectations, ExpectedOutcome, ExpectedVerdict,
    ExtensionPolicy, LegacyPolicy, OriginMatching, Policy, SignCountPolicy, UntrustedPolicy,
};
pub use profile::{Profile, ProfileError};
pub use refusal::Refusal;

/// The value of a recording's `schema` member.
pub const SCHEMA: &str = "fidoscope.ceremony/1";

/// Which ceremony was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A credential was created.
    Registration,
    /// A credential was used.
    Authentication,
}

impl Kind {
    /// The word in the recording.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Authentication => "authentication",
        }
    }
}

/// A recorded ceremony.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "fidoscope.ceremony/1", extend("$id" = "fidoscope.ceremony/1"))]
pub struct Recording {
    /// Always `fidoscope.ceremony/1`.
    pub schema: String,
    /// Identifier, unique in its file.
    pub id: String,
    /// Which ceremony.
    pub kind: Kind,
    /// When it happened.
    #[serde(
        default,
        deserialize_with = "instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub recorded_at: Option<DateTime<Utc>>,
    /// The options that the relying party sent, in W3C JSON.
    pub options: CeremonyOptions,
    /// Mediation of the call, which the options dictionary does not carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mediation: Option<String>,
    /// What the relying party expects of a client.
    pub rp: RelyingParty,
    /// The response, in W3C JSON, kept as it came.
    pub response: CredentialBody,
    /// The account that the ceremony was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The stored credential record (authentication).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<CredentialRecord>,
    /// What else the relying party had stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Choices that the standard leaves to the relying party.
    #[serde(default)]
    pub policy: Policy,
    /// The instant at which the ceremony is judged.
    #[serde(
        default,
        deserialize_with = "instant::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub now: Option<DateTime<Utc>>,
    /// The metadata BLOB to judge it against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mds_blob: Option<BlobReference>,
    /// Certificate revocation lists in PEM, or Android status lists in JSON.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crls: Vec<String>,
    /// Private keys of a test ceremony; never used for judging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_keys: Option<serde_json::Value>,
    /// Where the recording comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What the relying party decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// What should come out, per profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expectations>,
}

impl Recording {
    /// A recording with the mandatory members; everything else is empty.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        kind: Kind,
        options: CeremonyOptions,
        rp: RelyingParty,
        response: Credential,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            id: id.into(),
            kind,
            recorded_at: None,
            options,
            mediation: None,
            rp,
            response: CredentialBody::Object(Box::new(response)),
            user: None,
            record: None,
            state: None,
            policy: Policy::default(),
            now: None,
            mds_blob: None,
            crls: Vec::new(),
            test_keys: None,
            source: None,
            decision: None,
            expect: None,
        }
    }
}

/// What the relying party expects of a client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RelyingParty {
    /// RP ID; the options' RP ID counts when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Origins that are expected.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Top-level origins that may embed the relying party.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_origins: Vec<String>,
    /// Whether use in a cross-origin frame is expected.
    #[serde(default)]
    pub allow_cross_origin: bool,
    /// The token binding of the connection, base64url; absent when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_binding: Option<String>,
    /// The AppID of the `appid` extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
}

/// The account that a ceremony was for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Whether the account was known before the ceremony began (user name given, or signed in).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// User handle of that account, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// A stored credential record (`WebAuthn L3 §4`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CredentialRecord {
    /// Credential id, base64url.
    pub id: String,
    /// COSE key, base64url.
    pub public_key: String,
    /// Last seen signature counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_count: Option<u32>,
    /// Whether a user verification was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uv_initialized: Option<bool>,
    /// The BE flag at registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_eligible: Option<bool>,
    /// The BS flag last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_state: Option<bool>,
    /// Transports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
    /// User handle of the account that owns the record, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_handle: Option<String>,
}

/// What else the relying party had stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Credential ids that are registered already, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_ids: Option<Vec<String>>,
}

/// A metadata BLOB beside the recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlobReference {
    /// Path relative to the recording's file.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Roots that the BLOB's signature must lead to, PEM. The BLOB is judged when they are there;
    /// otherwise its digest vouches for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<String>,
    /// Revocation lists for the BLOB's certificates, PEM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crls: Vec<String>,
    /// Number of the BLOB that was at hand before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub have_no: Option<u64>,
    /// Where it was downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Where a recording comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Program that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// File that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Entry in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// What the relying party decided about the ceremony, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Whether it accepted.
    pub verdict: DecisionVerdict,
    /// Its reason, e.g. an error code or the status of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The decision of a relying party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DecisionVerdict {
    /// The credential was stored, or the user was signed in.
    Accept,
    /// The ceremony was refused.
    Reject,
}

/// The JSON Schema of a recording, made from these types.
#[must_use]
pub fn schema_text() -> String {
    let schema = schemars::schema_for!(Recording);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
