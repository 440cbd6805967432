//! Reasons for which no mutants can be made.

use crate::Unfit;

/// A base of the catalogue could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The test instrument could not make its part.
    #[error(transparent)]
    Instrument(#[from] fidoscope_authenticator::Error),
    /// What the instrument made could not be taken apart.
    #[error("cannot make a base: {0}")]
    Base(#[from] Unfit),
}
