//! Reads what WebAuthn clients and authenticators emit, exact about bytes.
//!
//! Two things live here: the recording of a ceremony (`fidoscope.ceremony/1`) and the decoders of
//! the bytes inside it. Neither judges. What is unusual is kept as a fact with its byte offset, so
//! that the verifier can name the step it belongs to.

mod aaguid;
mod attestation_object;
mod authenticator_data;
pub mod base64url;
pub mod cbor;
pub mod certificate;
mod client_data;
pub mod cose;
pub mod der;
pub mod encoding;
mod json;
pub mod key_description;
mod recording;
pub mod tpm;

pub use aaguid::{Aaguid, AaguidError};
pub use attestation_object::AttestationObject;
pub use authenticator_data::{
    AttestedCredentialData, AuthenticatorData, DataProblem, Extensions, Flags,
};
pub use client_data::{ClientData, ClientDataError, ClientDataText, Field};
pub use cose::CoseKey;
pub use key_description::KeyDescription;
pub use recording::{
    AndroidKeyPolicy, AuthenticatorResponse, AuthenticatorSelection, BackupPolicy, BlobReference,
    CeremonyOptions, CompoundPolicy, CompoundPolicyError, Credential, CredentialBody,
    CredentialDescriptor, CredentialParameter, CredentialRecord, Decision, DecisionVerdict,
    Expectations, ExpectedOutcome, ExpectedVerdict, ExtensionPolicy, ForeignMember, Kind, Layout,
    LegacyPolicy, LoadError, Loaded, Member, MetadataPolicy, OriginMatching, Policy, Recording,
    Refusal, RelyingParty, RelyingPartyEntity, ReportPolicy, ResponseBody, SCHEMA, SignCountPolicy,
    Source, State, UntrustedPolicy, User, UserEntity, load, schema_text,
};
