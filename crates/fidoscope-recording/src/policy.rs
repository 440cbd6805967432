//! Choices that the standard leaves to the relying party, and the outcome a recording expects.
//! The same members are what a policy file says of a relying party in general; a recording's own
//! count first. A misspelt member here would silently change a verdict, so unknown ones are errors.

use fidoscope_metadata::MetadataPolicy;
use fidoscope_webauthn::Aaguid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CompoundPolicy;

/// Choices that the standard leaves to the relying party.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Profile to judge under when the caller names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether user verification is required, whatever the options said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_uv: Option<bool>,
    /// Whether attestation of type None is refused; it is accepted when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_attestation: Option<bool>,
    /// Whether self attestation is accepted; it is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_self: Option<bool>,
    /// Trust anchors, PEM: roots, intermediates or attestation certificates themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<String>,
    /// What happens to a valid attestation that leads to no anchor; rejected when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untrusted: Option<UntrustedPolicy>,
    /// How many parts of a compound statement must verify: `all`, `any` or a number; all when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compound: Option<CompoundPolicy>,
    /// Rules about backup flags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupPolicy>,
    /// What happens to extension outputs that nobody asked for; they are tolerated when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<ExtensionPolicy>,
    /// What happens to a counter that did not increase; a signal when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_count: Option<SignCountPolicy>,
    /// Models whose credentials are accepted; every model when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_models: Option<Vec<Aaguid>>,
    /// How origins are compared; exactly when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_matching: Option<OriginMatching>,
    /// Origins of other sites that may use the RP ID (`WebAuthn L3 §5.11`), besides `rp.origins`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related_origins: Vec<String>,
    /// Whether use in a cross-origin frame is expected, as `rp.allowCrossOrigin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_origin: Option<bool>,
    /// Top-level origins that may embed the relying party, besides `rp.topOrigins`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_origins: Vec<String>,
    /// Whether the format android-safetynet, deprecated by Level 3, is supported; it is not when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safetynet: Option<bool>,
    /// Which lists of an android-key attestation count; `tee` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android_key: Option<AndroidKeyPolicy>,
    /// What happens to a trust path with certificates that are weak by today's measure; it is
    /// reported when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_certificates: Option<LegacyPolicy>,
    /// What the metadata of a model counts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataPolicy>,
}

impl Policy {
    /// Takes over from a general policy what this one leaves open. A list counts as left open when
    /// it is empty, so lists are never mixed.
    pub fn complete(&mut self, general: &Self) {
        // By name, so that no member can be forgotten.
        let Self {
            profile,
            require_uv,
            require_attestation,
            accept_self,
            anchors,
            untrusted,
            compound,
            backup,
            extensions,
            sign_count,
            accepted_models,
            origin_matching,
            related_origins,
            cross_origin,
            top_origins,
            safetynet,
            android_key,
            legacy_certificates,
            metadata,
        } = general;
        or(&mut self.profile, profile);
        or(&mut self.require_uv, require_uv);
        or(&mut self.require_attestation, require_attestation);
        or(&mut self.accept_self, accept_self);
        or_list(&mut self.anchors, anchors);
        or(&mut self.untrusted, untrusted);
        or(&mut self.compound, compound);
        match (&mut self.backup, backup) {
            (Some(own), Some(general)) => own.complete(general),
            (own, general) => or(own, general),
        }
        or(&mut self.extensions, extensions);
        or(&mut self.sign_count, sign_count);
        or(&mut self.accepted_models, accepted_models);
        or(&mut self.origin_matching, origin_matching);
        or_list(&mut self.related_origins, related_origins);
        or(&mut self.cross_origin, cross_origin);
        or_list(&mut self.top_origins, top_origins);
        or(&mut self.safetynet, safetynet);
        or(&mut self.android_key, android_key);
        or(&mut self.legacy_certificates, legacy_certificates);
        match (&mut self.metadata, metadata) {
            (Some(own), Some(general)) => own.complete(general),
            (own, general) => or(own, general),
        }
    }
}

fn or<T: Clone>(own: &mut Option<T>, general: &Option<T>) {
    if own.is_none() {
        own.clone_from(general);
    }
}

fn or_list<T: Clone>(own: &mut Vec<T>, general: &[T]) {
    if own.is_empty() {
        own.extend_from_slice(general);
    }
}

/// Which authorization lists of an android-key attestation count (`WebAuthn L3 §8.4`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AndroidKeyPolicy {
    /// What the trusted execution environment enforces.
    #[default]
    Tee,
    /// That and what the operating system enforces.
    Union,
}

/// What happens to X.509 v1 issuers, SHA-1 signatures and RSA keys below 2048 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LegacyPolicy {
    /// Accepted, with a warning.
    #[default]
    Warn,
    /// The ceremony fails.
    Reject,
}

/// How an origin is compared with those that are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginMatching {
    /// Byte by byte.
    Exact,
    /// An origin below an expected one is expected too: same scheme, same port, its host ends in a
    /// dot and the expected host.
    Subdomains,
}

/// What happens to a valid attestation that leads to no anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UntrustedPolicy {
    /// The ceremony fails.
    Reject,
    /// The credential is treated as if it came without attestation.
    Downgrade,
}

/// Rules about backup flags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupPolicy {
    /// Value that the BE flag must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<bool>,
    /// Value that the BS flag must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<bool>,
    /// Whether BE must equal the record's at every authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<bool>,
}

impl BackupPolicy {
    fn complete(&mut self, general: &Self) {
        let Self {
            eligible,
            state,
            unchanged,
        } = general;
        or(&mut self.eligible, eligible);
        or(&mut self.state, state);
        or(&mut self.unchanged, unchanged);
    }
}

/// What happens to extension outputs that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExtensionPolicy {
    /// Tolerated.
    Ignore,
    /// The ceremony fails.
    RejectUnsolicited,
}

/// What happens to a counter that did not increase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignCountPolicy {
    /// Reported as a sign of a clone.
    Signal,
    /// The ceremony fails.
    Reject,
}

/// What should come out, per profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// Level 3.
    #[serde(
        rename = "webauthn-l3",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub l3: Option<ExpectedOutcome>,
    /// Level 2.
    #[serde(
        rename = "webauthn-l2",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub l2: Option<ExpectedOutcome>,
    /// FIDO server requirements.
    #[serde(
        rename = "fido-server",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub fido_server: Option<ExpectedOutcome>,
    /// Level 3 with strict lints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<ExpectedOutcome>,
}

/// The outcome expected under one profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedOutcome {
    /// Verdict.
    pub verdict: ExpectedVerdict,
    /// First failing step of a rejection; any step when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// An expected verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedVerdict {
    /// Every step that decides passes.
    Accept,
    /// A step that decides fails.
    Reject,
    /// A step that decides cannot be evaluated.
    Indeterminate,
}
