//! Whether a store is what its logs say.

use std::collections::{BTreeMap, HashMap};

use deltalake::arrow::array::AsArray;
use deltalake::arrow::datatypes::Int64Type;
use deltalake::kernel::LogicalFileView;
use deltalake::parquet::file::reader::{
    ChunkReader as _, FileReader as _, Length as _, SerializedFileReader,
};
use serde::Serialize;

use super::{as_u64, count, files};
use crate::ingest::application;
use crate::scan::{over, texts};
use crate::store::{
    Files, KEY, MARKER, Marker, Place, Purpose, RETENTION, Table, is_behind, key_faults,
};
use crate::{Store, StoreError, Tables};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// Files that were looked at.
    pub files: u64,
    /// Rows in them.
    pub rows: u64,
    /// Inputs whose position was compared with their events.
    pub inputs: u64,
    /// What is wrong.
    pub problems: Vec<Damage>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Damage {
    /// Name of the table, or `store`.
    pub table: &'static str,
    /// File inside the table's folder, where it is about a file.
    pub file: Option<String>,
    /// What is wrong.
    pub problem: String,
}

impl CheckReport {
    /// Adds something that is wrong.
    pub fn add(&mut self, table: &'static str, file: Option<&str>, problem: impl Into<String>) {
        self.problems.push(Damage {
            table,
            file: file.map(str::to_owned),
            problem: problem.into(),
        });
    }
}

impl Store {
    /// Compares the store in a place with its logs: the marker, the key, every file of every table with
    /// its size, its rows and the hash in its name, the large records of the quarantine, the positions of
    /// the inputs with the events, and some of the minutes with the events.
    pub fn check(place: impl Into<Place>) -> Result<CheckReport, StoreError> {
        Self::check_telling(place, |_| {})
    }

    /// The same, telling each part before it is looked at.
    pub fn check_telling(
        place: impl Into<Place>,
        mut tell: impl FnMut(&str),
    ) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        let files = Files::new(place.into())?;
        if files.read(MARKER)?.is_none() {
            // Whether the place is a store at all.
            return Tables::on(files, Purpose::Any).map(|_| report);
        }
        if let Err(begun @ StoreError::Begun { .. }) = Marker::read(&files) {
            return Err(begun);
        }
        // Stores of old have no minutes yet.
        let old = is_behind(&files);
        let tables = Table::ALL.into_iter();
        for table in tables.filter(|table| !old || *table != Table::Minutes) {
            if !files.has_log(table) {
                let problem = "the log of the table is gone";
                report.add(table.name(), Some("_delta_log"), problem);
            }
        }
        if !report.problems.is_empty() {
            return Ok(report);
        }
        let store = match Tables::on(files, Purpose::Any) {
            Ok(tables) => Self::from(tables),
            Err(
                error @ (StoreError::Marker { .. }
                | StoreError::Newer { .. }
                | StoreError::OtherVersion { .. }),
            ) => {
                report.add("store", Some(MARKER), error.to_string());
                return Ok(report);
            }
            Err(StoreError::Delta(error)) => {
                report.add("store", None, error.to_string());
                return Ok(report);
            }
            Err(error) => return Err(error),
        };
        for problem in key_faults(store.files(), &Marker::read(store.files())?)? {
            report.add("store", Some(KEY), problem);
        }
        if let Some(mode) = store.files().others_read(Table::Quarantine.name()) {
            let problem =
                format!("raw lines may be read by others than their owner (mode {mode:o})");
            report.add("quarantine", None, problem);
        }
        let before = report.problems.len();
        for table in Table::ALL {
            tell(&format!("checking the files of {}", table.name()));
            store.check_files(table, &mut report);
        }
        if report.problems.len() == before {
            tell("checking the positions of inputs");
            store.check_positions(&mut report)?;
            store.check_raw_files(&mut report)?;
            tell("counting minutes again");
            for problem in store.differing_minutes()? {
                report.add("minutes", None, problem);
            }
        }
        Ok(report)
    }
}

impl Tables {
    fn check_files(&self, kind: Table, report: &mut CheckReport) {
        let table = self.load(kind).and_then(|table| files(&table));
        let files = match table {
            Ok(files) => files,
            Err(error) => {
                return report.add(kind.name(), Some("_delta_log"), error.to_string());
            }
        };
        for file in files {
            let name = file.path();
            report.files += 1;
            match self.rows_of(kind, &file) {
                Ok(rows) => report.rows += rows,
                Err(problem) => report.add(kind.name(), Some(&name), problem),
            }
        }
    }

    /// Rows of a file that is as the log says; what is wrong with it otherwise.
    fn rows_of(&self, kind: Table, file: &LogicalFileView) -> Result<u64, String> {
        let name = file.path();
        let data = match self.files().data(kind, &name) {
            Ok(Some(data)) => data,
            Ok(None) => return Err("the file is gone".to_owned()),
            Err(error) => return Err(format!("cannot be read: {error}")),
        };
        let (found, size) = (data.len(), as_u64(file.size()));
        if found != size {
            return Err(format!("has {found} bytes, the log says {size}"));
        }
        if let Some(expected) = hash_in(&name) {
            let mut hasher = blake3::Hasher::new();
            let whole = data.get_read(0).map_err(std::io::Error::from);
            whole
                .and_then(|mut file| std::io::copy(&mut file, &mut hasher))
                .map_err(|error| format!("cannot be read: {error}"))?;
            let hash = hasher.finalize().to_hex();
            if !hash.starts_with(expected) {
                return Err("its content is not what was written".to_owned());
            }
        }
        let rows = SerializedFileReader::new(data)
            .map_err(|error| format!("is no Parquet file: {error}"))?;
        let rows = as_u64(rows.metadata().file_metadata().num_rows());
        match file.num_records().map(count) {
            Some(said) if said != rows => Err(format!("has {rows} rows, the log says {said}")),
            _ => Ok(rows),
        }
    }

    /// The position of every input is one that was announced, and the events lie before it and are
    /// as many as were announced.
    fn check_positions(&self, report: &mut CheckReport) -> Result<(), StoreError> {
        let events = self.load(Table::Events)?;
        let dropped = self.transaction(&events, RETENTION)?.is_some();
        let inputs = self.announced()?;
        let stored = self.stored()?;
        for (input, held) in &stored {
            if !inputs.contains_key(input) {
                let problem = format!(
                    "{} events are of input {input}, which is unknown",
                    held.events
                );
                report.add("events", None, problem);
            }
        }
        for (input, announced) in &inputs {
            report.inputs += 1;
            let position = self.transaction(&events, &application(*input))?;
            let held = stored.get(input).copied().unwrap_or_default();
            let path = &announced.path;
            let Some(position) = position else {
                if held.events > 0 {
                    let problem = format!(
                        "{path}: {} events, and no position of the input",
                        held.events
                    );
                    report.add("events", None, problem);
                }
                continue;
            };
            let Some(events) = announced.events.get(&position) else {
                let problem = format!("{path}: position {position} was never announced");
                report.add("inputs", None, problem);
                continue;
            };
            if held.end > position {
                let problem = format!(
                    "{path}: an event lies at {}, behind the position {position}",
                    held.end
                );
                report.add("events", None, problem);
            }
            let expected = events - announced.events_before(&inputs);
            if held.events > expected || (held.events < expected && !dropped) {
                let found = held.events;
                let problem = format!("{path}: {found} events, {expected} were announced");
                report.add("events", None, problem);
            }
        }
        Ok(())
    }

    fn announced(&self) -> Result<BTreeMap<i64, Announced>, StoreError> {
        let sql = "SELECT input, path, parent, base_offset, \"offset\", events FROM inputs \
                   ORDER BY observed_ts, \"offset\"";
        let mut inputs: BTreeMap<i64, Announced> = BTreeMap::new();
        for batch in over(self.runtime(), "inputs", &self.load(Table::Inputs)?, sql)? {
            let long = |name: &str| {
                let column = batch.column_by_name(name)?;
                column.as_primitive_opt::<Int64Type>().cloned()
            };
            let (Some(ids), Some(bases), Some(offsets), Some(events), Some(parents)) = (
                long("input"),
                long("base_offset"),
                long("offset"),
                long("events"),
                long("parent"),
            ) else {
                continue;
            };
            let paths = batch.column_by_name("path").map(texts);
            let paths = paths.unwrap_or_default();
            for (row, path) in paths.into_iter().enumerate() {
                let entry = inputs.entry(ids.value(row)).or_default();
                entry.path = path.unwrap_or_default();
                entry.base = bases.value(row);
                entry.parent = parents.iter().nth(row).flatten();
                entry.events.insert(offsets.value(row), events.value(row));
            }
        }
        Ok(inputs)
    }

    fn stored(&self) -> Result<HashMap<i64, Held>, StoreError> {
        let sql = "SELECT raw_ref['input'] AS input, count(*) AS events, \
                   max(raw_ref['offset'] + raw_ref['length']) AS last FROM events GROUP BY 1";
        let mut stored = HashMap::new();
        for batch in over(self.runtime(), "events", &self.load(Table::Events)?, sql)? {
            let long = |name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
            if let (Some(ids), Some(events), Some(ends)) =
                (long("input"), long("events"), long("last"))
            {
                let held = events.values().iter().zip(ends.values());
                let held = held.map(|(events, end)| Held {
                    events: *events,
                    end: *end,
                });
                stored.extend(ids.values().iter().copied().zip(held));
            }
        }
        Ok(stored)
    }
}

/// What the table of inputs says about an input.
#[derive(Default)]
struct Announced {
    path: String,
    parent: Option<i64>,
    base: i64,
    /// Events up to each position.
    events: BTreeMap<i64, i64>,
}

impl Announced {
    /// Events up to where the input parts from the one that it shares its beginning with. The
    /// position may have been announced by an input before that one.
    fn events_before(&self, inputs: &BTreeMap<i64, Self>) -> i64 {
        let mut parent = self.parent;
        for _ in 0..inputs.len() {
            let Some(found) = parent.and_then(|parent| inputs.get(&parent)) else {
                break;
            };
            if let Some(events) = found.events.get(&self.base) {
                return *events;
            }
            parent = found.parent;
        }
        0
    }
}

/// What the table of events holds of an input.
#[derive(Clone, Copy, Default)]
struct Held {
    events: i64,
    /// End of the last line.
    end: i64,
}

/// The hash of its content that is in the name of a file which an ingest wrote.
fn hash_in(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let hash = name.strip_prefix("part-")?.strip_suffix(".zstd.parquet")?;
    let is_hash = hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(hash)
}
