//! The test instrument: software authenticators, a test PKI and a metadata signer.
//!
//! Nothing here is secret and nothing is random: keys follow from seeds, ECDSA follows
//! RFC 6979, dates are arguments. The same calls give the same bytes on every machine.

mod algorithm;
mod android;
mod apple;
mod authenticator_data;
mod bench;
mod catalogue;
mod client_data;
pub mod der;
mod draft;
mod error;
mod fault;
mod finish;
mod key;
mod metadata;
mod model;
mod pki;
mod signature;
mod software;
mod tpm;

pub use algorithm::{Algorithm, Hash};
pub use android::{
    AndroidKeyDraft, AuthorizationDraft, KeyDescriptionDraft, SAFETYNET_HOST, SafetynetDraft,
};
pub use apple::{AppleDraft, NonceForm};
pub use authenticator_data::{Attested, AuthenticatorData, Flags, cbor, cose_key};
pub use bench::TestBench;
pub use catalogue::{ceremonies, metadata, models};
pub use client_data::ClientData;
pub use draft::{Asserted, AssertionDraft, CompoundPart, Created, RegistrationDraft};
pub use error::Error;
pub use fault::{AuthenticationFault, Expected, RegistrationFault};
pub use finish::Finish;
pub use key::{Seed, TestKey, sha256};
pub use metadata::{
    BlobDamage, BlobDraft, MetadataEntry, MetadataFault, MetadataPayload, MetadataSigner,
    MetadataStatement, MetadataStatus, TEST_LEGAL_HEADER, key_identifier, live_signed,
    live_sized_payload,
};
pub use model::{Counter, Format, Model};
pub use pki::{
    AaguidExtension, AuthorityOptions, CertificateExtension, Identity, LeafOptions,
    TEST_ORGANIZATION, TestPki, TpmNames, Validity, crl_pem, extended_key_usage, pem,
    tpm_key_usage,
};
pub use signature::SignatureKind;
pub use software::{CreateOptions, GetOptions, SoftwareAuthenticator};
pub use tpm::{TpmAttestDraft, TpmDraft, TpmPublicDraft};

#[cfg(test)]
mod tests;
