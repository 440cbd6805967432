//! The two ceremonies (`WebAuthn L3 §7.1`, `§7.2`), step by step.

pub(crate) mod attestation_object;
pub(crate) mod authentication;
mod client_data;
mod copies;
mod cose;
pub(crate) mod data;
mod envelope;
mod extensions;
mod flags;
mod limited;
pub(crate) mod metadata;
mod models;
mod options;
pub(crate) mod origin;
pub(crate) mod registration;
mod rp_id;
pub(crate) mod trust;
