//! Reads what WebAuthn clients and authenticators emit, exact about bytes.
//!
//! Decoders judge nothing. What is unusual is kept as a fact with its byte offset, so that the
//! verifier can name the step it belongs to.

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
pub mod key_description;
pub mod tpm;

pub use aaguid::{Aaguid, AaguidError};
pub use attestation_object::AttestationObject;
pub use authenticator_data::{
    AttestedCredentialData, AuthenticatorData, DataProblem, Extensions, Flags,
};
pub use client_data::{ClientData, ClientDataError, ClientDataText, Field};
pub use cose::CoseKey;
pub use key_description::KeyDescription;
