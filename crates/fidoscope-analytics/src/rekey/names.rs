//! What the names of events and inputs become under the key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use deltalake::DeltaTable;
use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, StructArray,
};
use deltalake::arrow::datatypes::Int64Type;
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use fidoscope_events::{Ids, Pseudonyms};

use super::RekeyedSource;
use crate::ingest::{RAW_FILES, input_of};
use crate::schema::batch;
use crate::store::Table;
use crate::store::data_files as files;
use crate::{StoreError, Tables};

/// Length of the digits of a hash.
const DIGITS: usize = 32;

/// Length of the digits of an input in the name of a file.
const INPUT_DIGITS: usize = 16;

/// The names of one store in another one.
pub(super) struct Names<'a> {
    store: &'a Tables,
    pseudonyms: Pseudonyms,
    own_ids: &'a BTreeSet<String>,
    /// The number of each input, before and now.
    inputs: BTreeMap<i64, i64>,
    /// The sources of the inputs.
    sources: BTreeSet<String>,
}

/// How many identifiers of events were keyed and left, by source.
#[derive(Default)]
pub(super) struct Identifiers(BTreeMap<String, (u64, u64)>);

impl Identifiers {
    fn count(&mut self, source: &str, is_keyed: bool) {
        if !self.0.contains_key(source) {
            self.0.insert(source.to_owned(), (0, 0));
        }
        if let Some((keyed, left)) = self.0.get_mut(source) {
            *(if is_keyed { keyed } else { left }) += 1;
        }
    }

    pub(super) fn sources(self) -> Vec<RekeyedSource> {
        let sources = self.0.into_iter();
        let source = |(source, (keyed, left))| RekeyedSource {
            source,
            keyed,
            left,
        };
        sources.map(source).collect()
    }
}

impl<'a> Names<'a> {
    /// Reads the inputs of a store and names them under a key.
    pub(super) fn read(
        store: &'a Tables,
        table: &DeltaTable,
        pseudonyms: Pseudonyms,
        own_ids: &'a BTreeSet<String>,
    ) -> Result<Self, StoreError> {
        let mut names = Self {
            store,
            pseudonyms: pseudonyms.with_ids(Ids::Keyed),
            own_ids,
            inputs: BTreeMap::new(),
            sources: BTreeSet::new(),
        };
        for file in files(table)? {
            let data = store.files().needed(Table::Inputs, &file.path())?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(data)?;
            let columns = ["input", "identity", "variant", "source"];
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
            for rows in builder.with_projection(mask).build()? {
                names.learn(&rows?)?;
            }
        }
        Ok(names)
    }

    fn learn(&mut self, rows: &RecordBatch) -> Result<(), StoreError> {
        let inputs = self.longs(rows, Table::Inputs, "input")?;
        let numbers = self.longs(rows, Table::Inputs, "variant")?;
        let identities = texts(rows, "identity");
        for ((input, number), identity) in inputs.iter().zip(numbers.iter()).zip(identities) {
            let (Some(input), Some(number)) = (input, number) else {
                continue;
            };
            let identity = self.identity(identity.as_deref().unwrap_or_default())?;
            self.inputs.insert(input, input_of(&identity, number));
        }
        self.sources
            .extend(texts(rows, "source").into_iter().flatten());
        Ok(())
    }

    /// Refuses a source that was named and that nothing is of.
    pub(super) fn check_sources(&self) -> Result<(), StoreError> {
        let mut named = self.own_ids.iter();
        let Some(name) = named.find(|name| !self.sources.contains(*name)) else {
            return Ok(());
        };
        let known: Vec<&str> = self.sources.iter().map(String::as_str).collect();
        Err(StoreError::NoSuchSource {
            name: name.clone(),
            known: match known.is_empty() {
                true => "there are none".to_owned(),
                false => format!("there are {}", known.join(", ")),
            },
        })
    }

    /// How many inputs there are.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.inputs.len()).unwrap_or(u64::MAX)
    }

    /// The numbers of the inputs, before and now.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (i64, i64)> {
        self.inputs.iter().map(|(before, now)| (*before, *now))
    }

    /// Rows of the table of events.
    pub(super) fn events(
        &self,
        rows: RecordBatch,
        told: &mut Identifiers,
    ) -> Result<RecordBatch, StoreError> {
        let (sources, ids) = (texts(&rows, "source"), texts(&rows, "event_id"));
        let ids = sources.into_iter().zip(ids).map(|(source, id)| {
            let (source, id) = (source.unwrap_or_default(), id?);
            let is_open = !self.own_ids.contains(&source);
            let keyed = is_open.then(|| self.pseudonyms.of_plain_record(&id));
            let keyed = keyed.flatten();
            told.count(&source, keyed.is_some());
            Some(keyed.unwrap_or(id))
        });
        let ids: StringArray = ids.collect();
        let places = rows.column_by_name("raw_ref");
        let places = places.and_then(|column| column.as_struct_opt());
        let Some(places) = places else {
            return Err(self.foreign(Table::Events, "has events without the place of their lines"));
        };
        let inputs = places.column_by_name("input").cloned();
        let inputs = inputs.and_then(|inputs| self.renumbered(&inputs));
        let inputs = inputs.ok_or_else(|| self.unknown_input(Table::Events))?;
        let children = places.columns().iter().zip(places.fields());
        let children = children.map(|(column, field)| match field.name().as_str() {
            "input" => Arc::clone(&inputs),
            _ => Arc::clone(column),
        });
        let nulls = places.nulls().cloned();
        let places = StructArray::try_new(places.fields().clone(), children.collect(), nulls)?;
        with(
            &rows,
            [("event_id", Arc::new(ids)), ("raw_ref", Arc::new(places))],
        )
    }

    /// Rows of the table of quarantined lines; records that lie beside it are copied.
    pub(super) fn quarantine(
        &self,
        rows: RecordBatch,
        to: &Tables,
    ) -> Result<RecordBatch, StoreError> {
        let inputs = self.column_of_inputs(&rows, Table::Quarantine)?;
        let names = texts(&rows, "raw_file").into_iter();
        let files = names.map(|name| name.map(|name| self.beside(&name, to)).transpose());
        let files: StringArray = files
            .collect::<Result<Vec<Option<String>>, StoreError>>()?
            .into_iter()
            .collect();
        with(&rows, [("input", inputs), ("raw_file", Arc::new(files))])
    }

    /// Rows of the table of inputs.
    pub(super) fn inputs(&self, rows: RecordBatch) -> Result<RecordBatch, StoreError> {
        let identities = texts(&rows, "identity").into_iter();
        let identities = identities.map(|text| self.identity(&text.unwrap_or_default()));
        let identities = identities.collect::<Result<Vec<_>, _>>()?;
        let digests = rows.column_by_name("digest").map(crate::scan::bytes);
        let digests = digests.unwrap_or_default().into_iter();
        let digests = digests.map(|digest| {
            let digest = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok());
            let digest = digest.ok_or_else(|| {
                self.foreign(Table::Inputs, "has a digest that is no hash of 32 bytes")
            })?;
            Ok(self.pseudonyms.of_digest(digest).to_vec())
        });
        let digests = digests.collect::<Result<Vec<_>, StoreError>>()?;
        let parents = rows
            .column_by_name("parent")
            .and_then(|column| self.renumbered(column));
        let parents = parents.ok_or_else(|| self.unknown_input(Table::Inputs))?;
        let columns: [(&str, ArrayRef); 4] = [
            ("input", self.column_of_inputs(&rows, Table::Inputs)?),
            ("identity", Arc::new(StringArray::from(identities))),
            ("parent", parents),
            ("digest", Arc::new(BinaryArray::from_iter_values(digests))),
        ];
        with(&rows, columns)
    }

    /// The identity of an input: the digits of a hash, and the name of a stream that has one.
    fn identity(&self, identity: &str) -> Result<String, StoreError> {
        let parts = identity.split_at_checked(DIGITS);
        let named = parts.filter(|(_, name)| name.is_empty() || name.starts_with('@'));
        let keyed = named
            .and_then(|(digits, name)| Some(self.pseudonyms.of_plain_beginning(digits)? + name));
        keyed.ok_or_else(|| self.foreign(Table::Inputs, "names an input by what is no hash"))
    }

    /// Copies a record that is too large for a row, and gives the name of its file.
    fn beside(&self, name: &str, to: &Tables) -> Result<String, StoreError> {
        let strange = || {
            let reason = format!("names a file of a large record {name:?}, which is no such name");
            self.foreign(Table::Quarantine, &reason)
        };
        let inside = name
            .strip_prefix(RAW_FILES)
            .and_then(|name| name.strip_prefix('/'));
        let parts = inside.and_then(|inside| inside.split_at_checked(INPUT_DIGITS));
        let (digits, rest) = parts.ok_or_else(strange)?;
        let is_place = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        if !(rest.starts_with('-') && rest.bytes().all(is_place)) {
            return Err(strange());
        }
        let input = i64::from_str_radix(digits, 16).map_err(|_| strange())?;
        let Some(input) = self.inputs.get(&input) else {
            return Err(self.unknown_input(Table::Quarantine));
        };
        let bytes = self
            .store
            .files()
            .read(name)?
            .ok_or_else(|| StoreError::Foreign {
                path: self.store.files().name_of(name),
                reason: "the file is gone, and a quarantined record lies in it".to_owned(),
            })?;
        let new = format!("{RAW_FILES}/{input:016x}{rest}");
        to.files().write_private(&new, bytes.into())?;
        Ok(new)
    }

    fn column_of_inputs(&self, rows: &RecordBatch, kind: Table) -> Result<ArrayRef, StoreError> {
        let column = rows.column_by_name("input");
        let renumbered = column.and_then(|column| self.renumbered(column));
        renumbered.ok_or_else(|| self.unknown_input(kind))
    }

    /// Numbers of inputs as they are now; `None` where one is not among the inputs.
    fn renumbered(&self, column: &ArrayRef) -> Option<ArrayRef> {
        let column = column.as_primitive_opt::<Int64Type>()?;
        let new = column.iter().map(|input| match input {
            Some(input) => self.inputs.get(&input).copied().map(Some),
            None => Some(None),
        });
        let new: Int64Array = new.collect::<Option<Vec<_>>>()?.into();
        Some(Arc::new(new))
    }

    fn longs(&self, rows: &RecordBatch, kind: Table, name: &str) -> Result<Int64Array, StoreError> {
        let column = rows.column_by_name(name);
        let longs = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
        longs.cloned().ok_or_else(|| {
            let reason = format!("has no column {name} of whole numbers");
            self.foreign(kind, &reason)
        })
    }

    fn unknown_input(&self, kind: Table) -> StoreError {
        let reason =
            "has rows of an input that the table of inputs does not know (`store check` names it)";
        self.foreign(kind, reason)
    }

    fn foreign(&self, kind: Table, reason: &str) -> StoreError {
        StoreError::Foreign {
            path: self.store.files().name_of(kind.name()),
            reason: format!("it {reason}"),
        }
    }
}

fn texts(rows: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = rows.column_by_name(name);
    column.map(crate::scan::texts).unwrap_or_default()
}

/// The rows with other columns in the place of some.
fn with<const N: usize>(
    rows: &RecordBatch,
    new: [(&str, ArrayRef); N],
) -> Result<RecordBatch, StoreError> {
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns());
    let columns = columns.map(|(field, column)| {
        let found = new.iter().find(|(name, _)| name == field.name());
        Arc::clone(found.map_or(column, |(_, column)| column))
    });
    let columns = columns.collect();
    batch(schema, columns, rows.num_rows())
}
