//! Batches of events in, one row for each credential out.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, GenericListArray, PrimitiveArray, RecordBatch,
    StringArray, new_null_array,
};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{
    DataType, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};

use super::merge::{Part, Sighting};
use super::row::Credential;
use crate::StoreError;
use crate::schema::event_file_schema;

/// Columns of the events that a row is made of.
pub(super) const COLUMNS: [&str; 24] = [
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

/// Backup eligible and backup state (`WebAuthn L3 §6.1`).
const BE: i16 = 8;
const BS: i16 = 16;

/// Which credential of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// By its identifier.
    Raw(Vec<u8>),
    /// By the vendor's reference, where there is no identifier.
    Ref(String),
}

/// The rows of one source.
#[derive(Default)]
struct Rows {
    by_id: HashMap<Vec<u8>, Credential>,
    by_ref: HashMap<String, Credential>,
}

/// A sign-in that may have been counted before.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pub(super) source: String,
    pub(super) id: Id,
    pub(super) ts: i64,
    pub(super) event_id: String,
}

/// Credentials of the events so far.
#[derive(Default)]
pub(super) struct Fold {
    sources: BTreeMap<String, Rows>,
    pub(super) late: Vec<Late>,
}

impl Fold {
    /// Takes in the events of a batch. Sign-ins up to `horizon` may be copies of counted ones.
    pub(super) fn add(&mut self, batch: &RecordBatch, horizon: i64) -> Result<(), StoreError> {
        let events = Events::of(batch)?;
        for row in 0..batch.num_rows() {
            let part = Part::of(events.kind.value(row), events.outcome.value(row));
            let Some((part, id)) = part.zip(events.id(row)) else {
                continue;
            };
            let source = events.source.value(row);
            let credential = self.entry(source, id);
            let ts = events.ts.value(row);
            let fresh = ts > horizon && credential.last_sign_in.is_none_or(|last| ts > last);
            credential.see(part, &events.sighting(row));
            events.transports(row, credential);
            if part == Part::SignIn && fresh {
                credential.sign_ins += 1;
            } else if part == Part::SignIn {
                self.late.push(Late {
                    source: source.to_owned(),
                    id: id.owned(),
                    ts,
                    event_id: events.event_id.value(row).to_owned(),
                });
            }
        }
        Ok(())
    }

    fn entry(&mut self, source: &str, id: IdRef<'_>) -> &mut Credential {
        let rows = self.sources.entry(source.to_owned()).or_default();
        let fresh = |credential_id: Option<&[u8]>, credential_ref: Option<&str>| Credential {
            source: Cow::Owned(source.to_owned()),
            credential_id: credential_id.map(<[u8]>::to_vec),
            credential_ref: credential_ref.map(|text| Cow::Owned(text.to_owned())),
            ..Credential::default()
        };
        match id {
            IdRef::Raw(raw) => rows
                .by_id
                .entry(raw.to_vec())
                .or_insert_with(|| fresh(Some(raw), None)),
            IdRef::Ref(text) => rows
                .by_ref
                .entry(text.to_owned())
                .or_insert_with(|| fresh(None, Some(text))),
        }
    }

    /// Takes in what another thread has folded.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.late.append(&mut other.late);
        for row in other.drain() {
            let source = row.source.clone();
            let id = row.id().map(IdRef::owned);
            if let Some(id) = id {
                self.entry(&source, id.as_ref()).merge(row);
            }
        }
    }

    /// Counts a sign-in that turned out to be new.
    pub(super) fn count(&mut self, late: &Late) {
        self.entry(&late.source, late.id.as_ref()).sign_ins += 1;
    }

    /// Rows so far.
    pub(super) fn len(&self) -> usize {
        let rows = self.sources.values();
        rows.map(|rows| rows.by_id.len() + rows.by_ref.len()).sum()
    }

    /// Whether there is a row for this credential.
    pub(super) fn has(&self, source: &str, id: IdRef<'_>) -> bool {
        self.sources.get(source).is_some_and(|rows| match id {
            IdRef::Raw(raw) => rows.by_id.contains_key(raw),
            IdRef::Ref(text) => rows.by_ref.contains_key(text),
        })
    }

    /// Hands over the row of a credential.
    pub(super) fn take(&mut self, source: &str, id: IdRef<'_>) -> Option<Credential> {
        let rows = self.sources.get_mut(source)?;
        match id {
            IdRef::Raw(raw) => rows.by_id.remove(raw),
            IdRef::Ref(text) => rows.by_ref.remove(text),
        }
    }

    /// Hands over all rows that are left, in order.
    pub(super) fn drain(&mut self) -> Vec<Credential> {
        let mut rows: Vec<Credential> = std::mem::take(&mut self.sources)
            .into_values()
            .flat_map(|rows| rows.by_id.into_values().chain(rows.by_ref.into_values()))
            .collect();
        rows.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
        rows
    }
}

fn order(row: &Credential) -> (&str, Option<&[u8]>, Option<&str>) {
    (
        &row.source,
        row.credential_id.as_deref(),
        row.credential_ref.as_deref(),
    )
}

/// An [`Id`], borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) enum IdRef<'a> {
    Raw(&'a [u8]),
    Ref(&'a str),
}

impl IdRef<'_> {
    fn owned(self) -> Id {
        match self {
            Self::Raw(raw) => Id::Raw(raw.to_vec()),
            Self::Ref(text) => Id::Ref(text.to_owned()),
        }
    }
}

impl Id {
    fn as_ref(&self) -> IdRef<'_> {
        match self {
            Self::Raw(raw) => IdRef::Raw(raw),
            Self::Ref(text) => IdRef::Ref(text),
        }
    }
}

impl Credential {
    /// Which credential this is. The identifier goes first: the vendor's reference is only looked
    /// at where a source does not log the identifier. Neither the relying party nor the tenant is
    /// part of it: an identifier is unique beyond them (`WebAuthn L3 §4`, credential ID), and an
    /// event that does not name them must still find its credential.
    pub(super) fn id(&self) -> Option<IdRef<'_>> {
        let raw = self.credential_id.as_deref().map(IdRef::Raw);
        raw.or_else(|| self.credential_ref.as_deref().map(IdRef::Ref))
    }
}

/// The columns of a batch.
struct Events {
    ts: PrimitiveArray<TimestampMicrosecondType>,
    event_id: StringArray,
    source: StringArray,
    kind: StringArray,
    outcome: StringArray,
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
    fn of(batch: &RecordBatch) -> Result<Self, StoreError> {
        let text = |name| column(batch, name).map(|column| column.as_string().clone());
        let bytes = |name| column(batch, name).map(|column| column.as_binary().clone());
        let short = |name| column(batch, name).map(|column| column.as_primitive().clone());
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
            transports: column(batch, "transports")?.as_list().clone(),
            algorithm: column(batch, "public_key_alg")?.as_primitive().clone(),
            object: bytes("attestation_object")?,
            client_data_hash: bytes("client_data_hash")?,
            flags: short("flags")?,
            flags_known: short("flags_known")?,
            sign_count: column(batch, "sign_count")?.as_primitive().clone(),
        })
    }

    fn id(&self, row: usize) -> Option<IdRef<'_>> {
        let raw = bytes_at(&self.credential_id, row).map(IdRef::Raw);
        raw.or_else(|| text_at(&self.credential_ref, row).map(IdRef::Ref))
    }

    fn sighting(&self, row: usize) -> Sighting<'_> {
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
            kind: text_at(&self.credential_kind, row),
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

    fn transports(&self, row: usize, credential: &mut Credential) {
        if self.transports.is_null(row) {
            return;
        }
        let list = self.transports.value(row);
        let texts = list.as_string_opt::<i32>().into_iter().flatten().flatten();
        texts.for_each(|transport| credential.transport(transport));
    }
}

fn text_at(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

fn bytes_at(column: &BinaryArray, row: usize) -> Option<&[u8]> {
    column.is_valid(row).then(|| column.value(row))
}
