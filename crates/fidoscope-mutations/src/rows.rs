//! How each row changes its base, group by group.

use super::ceremony::{Ceremony, Unfit};

/// Changes a base.
pub(super) type Edit = fn(&mut Ceremony) -> Result<(), Unfit>;

/// A row, with a name for each of its variants; a lone variant needs none.
pub(super) struct Row {
    pub(super) id: &'static str,
    /// Base, where the catalogue does not name one of ours.
    pub(super) base: Option<&'static str>,
    pub(super) variants: &'static [(&'static str, Edit)],
}

/// Rows as `"id" { "variant" => |ceremony| what changes }`, with `on "base"` before the braces
/// where the catalogue does not name one of ours.
macro_rules! rows {
    (@base) => { None };
    (@base $base:literal) => { Some($base) };
    ($($id:literal $(on $base:literal)? { $($variant:literal => |$c:ident| $edit:expr),+ $(,)? })*) => {
        pub(super) const ROWS: &[$crate::rows::Row] = &[
            $($crate::rows::Row {
                id: $id,
                base: rows!(@base $($base)?),
                variants: &[$((
                    $variant,
                    |$c: &mut $crate::ceremony::Ceremony| {
                        $edit;
                        Ok(())
                    },
                )),+],
            }),*
        ];
    };
}

mod android_key;
mod assertion;
mod attestation_object;
mod authenticator_data;
mod chain;
mod client_data;
mod credential_key;
mod envelope;
mod formats;
mod metadata;
mod order;
mod packed;
mod tpm;

#[cfg(test)]
pub(super) use assertion::STRIPPED_COUNTER;

const GROUPS: &[&[Row]] = &[
    envelope::ROWS,
    client_data::ROWS,
    attestation_object::ROWS,
    authenticator_data::ROWS,
    credential_key::ROWS,
    packed::ROWS,
    chain::ROWS,
    tpm::ROWS,
    android_key::ROWS,
    formats::ROWS,
    assertion::ROWS,
    order::ROWS,
    metadata::ROWS,
];

/// Every row, in the order of the catalogue.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    GROUPS.iter().copied().flatten()
}
