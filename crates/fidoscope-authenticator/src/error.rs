//! What can go wrong while making test material.

use chrono::{DateTime, Utc};

/// Test material could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A certificate could not be written.
    #[error("cannot write the certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A kind of key that no revocation lists are signed with.
    #[error("revocation lists signed with {0} keys cannot be written")]
    ListKey(&'static str),
    /// A date a certificate cannot carry.
    #[error("{0} cannot be a date of a certificate")]
    Date(DateTime<Utc>),
    /// A value could not be written as CBOR.
    #[error("cannot write CBOR: {0}")]
    Cbor(String),
    /// A credential id longer than its two length bytes can say.
    #[error("a credential id of {0} bytes cannot be written into authenticator data")]
    CredentialIdLength(usize),
    /// The authenticator holds no credential for the relying party (or none on the allow list).
    #[error("no credential for `{rp_id}` among the {held} this authenticator holds")]
    NoCredential {
        /// Relying party id asked for.
        rp_id: String,
        /// How many credentials there are.
        held: usize,
    },
    /// The model signs with an attestation key, and none was given.
    #[error("model `{0}` attests with a certificate; give it one with `with_attestation`")]
    NoAttestationKey(String),
    /// The credential key is of a kind that a TPM does not have.
    #[error("the credential key is neither RSA nor on a curve that TPMs have")]
    NoTpmKey,
    /// JSON could not be written.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The fault needs another attestation format.
    #[error("fault `{0}` does not apply to attestation format `{1}`")]
    FaultDoesNotApply(&'static str, &'static str),
}
