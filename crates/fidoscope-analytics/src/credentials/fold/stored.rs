//! Events as they are stored: the columns that say something about credentials.

use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, GenericListArray, PrimitiveArray, RecordBatch,
    StringArray, new_null_array,
};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{
    DataType, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};

use super::super::merge::Sighting;
use super::{BE, BS, IdRef, described};
use crate::StoreError;
use crate::schema::event_file_schema;

/// Columns of the events that a row is made of.
pub(in crate::credentials) const COLUMNS: [&str; 24] = [
    "ts",
    "event_id",
    "source",
    "kind",
    "outcome",
    "tenant",
    "rp_id",
    "user_id",
    "credential_id",
    "credential_ref",
    "credential_kind",
    "aaguid",
    "authenticator_model",
    "attestation_fmt",
    "attestation_type",
    "attestation_trust",
    "attachment",
    "transports",
    "public_key_alg",
    "attestation_object",
    "client_data_hash",
    "flags",
    "flags_known",
    "sign_count",
];

/// The columns of a batch.
pub(super) struct Events {
    pub(super) ts: PrimitiveArray<TimestampMicrosecondType>,
    pub(super) event_id: StringArray,
    pub(super) source: StringArray,
    pub(super) kind: StringArray,
    pub(super) outcome: StringArray,
    tenant: StringArray,
    rp_id: StringArray,
    user: StringArray,
    credential_id: BinaryArray,
    credential_ref: StringArray,
    credential_kind: StringArray,
    aaguid: BinaryArray,
    model: StringArray,
    format: StringArray,
    attestation_type: StringArray,
    trust: StringArray,
    attachment: StringArray,
    transports: GenericListArray<i32>,
    /// What the lists have.
    transport: StringArray,
    algorithm: PrimitiveArray<Int32Type>,
    object: BinaryArray,
    client_data_hash: BinaryArray,
    flags: PrimitiveArray<Int16Type>,
    flags_known: PrimitiveArray<Int16Type>,
    sign_count: PrimitiveArray<Int64Type>,
}

/// A column as the schema has it, whatever layout another engine gave it; one that an older store
/// lacks is unknown throughout.
fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef, StoreError> {
    let schema = event_file_schema();
    let wanted = schema
        .field_with_name(name)
        .map_or(&DataType::Utf8, |field| field.data_type());
    match batch.column_by_name(name) {
        Some(column) if column.data_type() == wanted => Ok(ArrayRef::clone(column)),
        Some(column) => Ok(cast(column, wanted)?),
        None => Ok(new_null_array(wanted, batch.num_rows())),
    }
}

impl Events {
    pub(super) fn of(batch: &RecordBatch) -> Result<Self, StoreError> {
        let text = |name| column(batch, name).map(|column| column.as_string().clone());
        let bytes = |name| column(batch, name).map(|column| column.as_binary().clone());
        let short = |name| column(batch, name).map(|column| column.as_primitive().clone());
        let transports: GenericListArray<i32> = column(batch, "transports")?.as_list().clone();
        Ok(Self {
            ts: column(batch, "ts")?.as_primitive().clone(),
            event_id: text("event_id")?,
            source: text("source")?,
            kind: text("kind")?,
            outcome: text("outcome")?,
            tenant: text("tenant")?,
            rp_id: text("rp_id")?,
            user: text("user_id")?,
            credential_id: bytes("credential_id")?,
            credential_ref: text("credential_ref")?,
            credential_kind: text("credential_kind")?,
            aaguid: bytes("aaguid")?,
            model: text("authenticator_model")?,
            format: text("attestation_fmt")?,
            attestation_type: text("attestation_type")?,
            trust: text("attestation_trust")?,
            attachment: text("attachment")?,
            transport: transports.values().as_string().clone(),
            transports,
            algorithm: column(batch, "public_key_alg")?.as_primitive().clone(),
            object: bytes("attestation_object")?,
            client_data_hash: bytes("client_data_hash")?,
            flags: short("flags")?,
            flags_known: short("flags_known")?,
            sign_count: column(batch, "sign_count")?.as_primitive().clone(),
        })
    }

    pub(super) fn id(&self, row: usize) -> Option<IdRef<'_>> {
        let raw = bytes_at(&self.credential_id, row).map(IdRef::Raw);
        raw.or_else(|| text_at(&self.credential_ref, row).map(IdRef::Ref))
    }

    pub(super) fn sighting(&self, row: usize) -> Sighting<'_> {
        let flag = |bit: i16| {
            let known = self.flags_known.is_valid(row) && self.flags.is_valid(row);
            (known && self.flags_known.value(row) & bit != 0)
                .then(|| self.flags.value(row) & bit != 0)
        };
        Sighting {
            ts: self.ts.value(row),
            tenant: text_at(&self.tenant, row),
            rp_id: text_at(&self.rp_id, row),
            user: text_at(&self.user, row),
            aaguid: bytes_at(&self.aaguid, row),
            kind: described(text_at(&self.credential_kind, row)),
            attachment: text_at(&self.attachment, row),
            algorithm: self
                .algorithm
                .is_valid(row)
                .then(|| self.algorithm.value(row)),
            format: text_at(&self.format, row),
            attestation_type: text_at(&self.attestation_type, row),
            trust: text_at(&self.trust, row),
            model: text_at(&self.model, row),
            be: flag(BE),
            bs: flag(BS),
            sign_count: self
                .sign_count
                .is_valid(row)
                .then(|| self.sign_count.value(row)),
            object: bytes_at(&self.object, row),
            client_data_hash: bytes_at(&self.client_data_hash, row),
        }
    }

    pub(super) fn transports(&self, row: usize) -> impl Iterator<Item = &str> {
        let offset = |row: usize| {
            let offset = self.transports.value_offsets().get(row);
            offset.and_then(|offset| usize::try_from(*offset).ok())
        };
        let known = self.transports.is_valid(row);
        let places = offset(row).zip(offset(row + 1)).filter(|_| known);
        let places = places.map_or(0..0, |(start, end)| start..end);
        places.filter_map(|place| text_at(&self.transport, place))
    }
}

fn text_at(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

fn bytes_at(column: &BinaryArray, row: usize) -> Option<&[u8]> {
    column.is_valid(row).then(|| column.value(row))
}
