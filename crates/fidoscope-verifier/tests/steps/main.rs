//! Each rule, broken by one edit: the step that must name it, per level. The ceremonies are built
//! here, so that one edit has one cause; everything signed is signed after the edit unless the
//! edit is about the signature.

#[cfg(test)]
mod algorithms;
#[cfg(test)]
mod android_key;
#[cfg(test)]
mod apple;
#[cfg(test)]
mod assertion;
#[cfg(test)]
mod assessment;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod compound;
#[cfg(test)]
mod credential_key;
#[cfg(test)]
mod extensions;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod old_certificates;
#[cfg(test)]
mod options;
#[cfg(test)]
mod packed;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod peers_origin;
#[cfg(test)]
mod peers_signature;
#[cfg(test)]
mod peers_tpm;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod safetynet;
#[cfg(test)]
mod tpm;
#[cfg(test)]
mod u2f;
#[cfg(test)]
mod web_pki;
