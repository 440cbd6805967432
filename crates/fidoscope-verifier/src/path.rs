//! Paths from certificates to anchors: `chain.*`.

pub(crate) mod chain;
pub(crate) mod revocation;
pub(crate) mod sequence;
