//! One row of the table of credentials, and its Arrow form.

use std::borrow::Cow;
use std::sync::Arc;

use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use deltalake::arrow::datatypes::{
    Field, Int32Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType,
};

use super::{
    BoolColumn, BytesColumn, Column as _, IntColumn, LongColumn, Push as _, TextColumn,
    TextListColumn, TimeColumn, batch,
};
use crate::StoreError;

/// Text of a row.
pub(crate) type Text = Cow<'static, str>;

/// Declares the columns of the table together with the row that holds them.
macro_rules! credential_columns {
    ($($(#[$doc:meta])* $name:ident: $type:ty => $column:ty $(, $required:ident)?;)*) => {
        /// What the store knows about one credential of one source.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) struct Credential { $($(#[$doc])* pub(crate) $name: $type,)* }

        /// Rows in the making of a batch.
        #[derive(Default)]
        pub(crate) struct Columns { rows: usize, $($name: $column,)* }

        impl Columns {
            /// Appends a row.
            pub(crate) fn push(&mut self, row: &Credential) {
                $(self.$name.push(self.rows, &row.$name);)*
                self.rows += 1;
            }

            /// The rows as a batch.
            pub(crate) fn finish(mut self) -> Result<RecordBatch, StoreError> {
                let arrays = vec![$(self.$name.finish(self.rows)),*];
                batch(credential_schema(), arrays, self.rows)
            }
        }

        fn fields() -> Vec<Field> {
            vec![$(Field::new(stringify!($name), <$column>::data_type(), !required!($($required)?))),*]
        }

        impl Credential {
            /// The rows of a batch. A column that the batch lacks is unknown.
            pub(crate) fn read(batch: &RecordBatch) -> Vec<Self> {
                $(let $name = batch.column_by_name(stringify!($name));)*
                (0..batch.num_rows())
                    .map(|row| Self { $($name: Cell::at($name, row),)* })
                    .collect()
            }
        }
    };
}

macro_rules! required {
    () => {
        false
    };
    (required) => {
        true
    };
}

credential_columns! {
    /// Mapping name.
    source: Text => TextColumn, required;
    /// Credential identifier, raw.
    credential_id: Option<Vec<u8>> => BytesColumn;
    /// The vendor's own reference, where the source logs no identifier.
    credential_ref: Option<Text> => TextColumn;
    /// Organisation, realm or account.
    tenant: Option<Text> => TextColumn;
    /// Relying party identifier.
    rp_id: Option<Text> => TextColumn;
    /// Pseudonyms of its users, in order; one, unless something is wrong.
    users: Option<Vec<Text>> => TextListColumn;
    /// First event of the credential.
    first_seen: Option<i64> => TimeColumn;
    /// Last event of the credential.
    last_seen: Option<i64> => TimeColumn;
    /// First registration that succeeded.
    registered_at: Option<i64> => TimeColumn;
    /// Last sign-in that succeeded.
    last_sign_in: Option<i64> => TimeColumn;
    /// Sign-ins that succeeded; a line that was read twice counts once.
    sign_ins: i64 => LongColumn, required;
    /// Last removal.
    removed_at: Option<i64> => TimeColumn;
    /// Last revocation or suspension.
    revoked_at: Option<i64> => TimeColumn;
    /// Sort of credential.
    credential_kind: Option<Text> => TextColumn;
    /// Authenticator attachment.
    attachment: Option<Text> => TextColumn;
    /// Transports, in order.
    transports: Option<Vec<Text>> => TextListColumn;
    /// COSE algorithm.
    public_key_alg: Option<i32> => IntColumn;
    /// Whether it may be backed up; this never changes (`WebAuthn L3 §6.1.3`).
    be: Option<bool> => BoolColumn;
    /// Whether it was backed up when that was last seen.
    bs: Option<bool> => BoolColumn;
    /// When `bs` was seen.
    bs_at: Option<i64> => TimeColumn;
    /// Counter when it was last seen.
    sign_count: Option<i64> => LongColumn;
    /// When `sign_count` was seen.
    sign_count_at: Option<i64> => TimeColumn;
    /// Model identifier.
    aaguid: Option<Vec<u8>> => BytesColumn;
    /// Attestation statement format.
    attestation_fmt: Option<Text> => TextColumn;
    /// Attestation type: the assessment's, else what the source said.
    attestation_type: Option<Text> => TextColumn;
    /// Whether the attestation is trusted: the assessment's word, else what the source said.
    attestation_trust: Option<Text> => TextColumn;
    /// Why.
    trust_reason: Option<Text> => TextColumn;
    /// Model name: the metadata's, else what the source said.
    authenticator_model: Option<Text> => TextColumn;
    /// Certification level.
    authenticator_level: Option<Text> => TextColumn;
    /// Statuses of the model that are in force.
    authenticator_statuses: Option<Vec<Text>> => TextListColumn;
    /// Public advisories about the model.
    advisories: Option<Vec<Text>> => TextListColumn;
    /// Number of the BLOB that the assessment used; unknown when there was none.
    blob_no: Option<i64> => LongColumn;
    /// Number of the BLOB that was in force at the registration; unknown when none of that time is
    /// known.
    blob_no_then: Option<i64> => LongColumn;
    /// Trust by that BLOB, at that time.
    attestation_trust_then: Option<Text> => TextColumn;
    /// Certification level by that BLOB, at that time.
    authenticator_level_then: Option<Text> => TextColumn;
    /// Statuses that were in force at that time; unknown when that BLOB does not list the model.
    authenticator_statuses_then: Option<Vec<Text>> => TextListColumn;
    /// What is judged otherwise now than then; unknown where either is.
    changed_since_then: Option<Vec<Text>> => TextListColumn;
    /// Raw attestation object, for the next assessment.
    attestation_object: Option<Vec<u8>> => BytesColumn;
    /// SHA-256 of the client data of that registration.
    client_data_hash: Option<Vec<u8>> => BytesColumn;
    /// Attestation type as the source said.
    logged_type: Option<Text> => TextColumn;
    /// Trust as the source said.
    logged_trust: Option<Text> => TextColumn;
    /// Model name as the source said.
    logged_model: Option<Text> => TextColumn;
}

/// Columns of the table.
pub(crate) fn credential_schema() -> SchemaRef {
    Arc::new(Schema::new(fields()))
}

/// A value out of a column.
trait Cell {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self;
}

fn present(column: Option<&ArrayRef>, row: usize) -> Option<&ArrayRef> {
    column.filter(|column| column.is_valid(row))
}

impl Cell for Option<Text> {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        let texts = present(column, row)?.as_string_opt::<i32>()?;
        Some(Cow::Owned(texts.value(row).to_owned()))
    }
}

impl Cell for Text {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        Option::<Self>::at(column, row).unwrap_or_default()
    }
}

impl Cell for Option<Vec<u8>> {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        let bytes = present(column, row)?.as_binary_opt::<i32>()?;
        Some(bytes.value(row).to_vec())
    }
}

impl Cell for Option<i64> {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        let column = present(column, row)?;
        let long = column.as_primitive_opt::<Int64Type>();
        let time = || column.as_primitive_opt::<TimestampMicrosecondType>();
        long.map(|longs| longs.value(row))
            .or_else(|| time().map(|times| times.value(row)))
    }
}

impl Cell for i64 {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        Option::<Self>::at(column, row).unwrap_or_default()
    }
}

impl Cell for Option<i32> {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        let numbers = present(column, row)?.as_primitive_opt::<Int32Type>()?;
        Some(numbers.value(row))
    }
}

impl Cell for Option<bool> {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        Some(present(column, row)?.as_boolean_opt()?.value(row))
    }
}

impl Cell for Option<Vec<Text>> {
    fn at(column: Option<&ArrayRef>, row: usize) -> Self {
        let list = present(column, row)?.as_list_opt::<i32>()?.value(row);
        let texts = list.as_string_opt::<i32>()?;
        let owned = |text: &str| Cow::Owned(text.to_owned());
        Some(texts.iter().flatten().map(owned).collect())
    }
}
