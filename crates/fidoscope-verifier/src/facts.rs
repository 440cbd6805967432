//! Facts: keys, signatures and certificates, read without a judgement.

pub(crate) mod certificate;
pub(crate) mod cose;
mod curve;
mod der;
pub(crate) mod edwards;
pub(crate) mod pem;
pub(crate) mod rsa;
pub(crate) mod signature;
