//! Each rule, broken by one edit: the step that must name it, per level. The ceremonies are built
//! here, so that one edit has one cause; everything signed is signed after the edit unless the
//! edit is about the signature.

mod assertion;
mod fixture;
mod packed;
mod registration;
mod u2f;
