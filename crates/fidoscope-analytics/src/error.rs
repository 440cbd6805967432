//! What can go wrong with a store.

use std::io;
use std::path::PathBuf;

use deltalake::arrow::error::ArrowError;
use deltalake::datafusion::error::DataFusionError;
use deltalake::errors::DeltaTableError;
use deltalake::parquet::errors::ParquetError;
use fidoscope_events::{Addresses, Privacy, Users};
use fidoscope_report::Diagnostic;

use crate::query::NoBytes;

/// Why something with a store did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder holds something else.
    #[error(
        "{path} is not a fidoscope store: it is not empty and has no {marker}",
        path = path.display(), marker = crate::store::MARKER
    )]
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// A store is being made there, or was when its maker was stopped.
    #[error(
        "{path} is not whole: a store was begun there from {from}, and is not done",
        path = path.display()
    )]
    Begun {
        /// The folder.
        path: PathBuf,
        /// The store that it is made of.
        from: String,
    },
    /// A new store was to be made where one is.
    #[error("there is a store at {path} already", path = path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// A new store was to be made inside another one.
    #[error("{path} lies in the store {store}", path = path.display(), store = store.display())]
    Inside {
        /// The folder.
        path: PathBuf,
        /// The other store.
        store: PathBuf,
    },
    /// What is stored cannot be brought under a key, or needs none.
    #[error("{path} cannot be rekeyed: {reason}", path = path.display())]
    NotRekeyed {
        /// The store.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// What is stored is not what this version would have written, and cannot be taken over.
    #[error("{path} cannot be taken over: {reason}", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is in it.
        reason: String,
    },
    /// A source was named of which the store has no log.
    #[error("no log in this store is of the source {name}; {known}")]
    NoSuchSource {
        /// The name.
        name: String,
        /// The sources there are.
        known: String,
    },
    /// There is no store.
    #[error("there is no store at {path}", path = path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The store holds other things of people than asked for.
    #[error(
        "the events of this store have {held}; events with {wanted} go to another store",
        held = words_of(*held), wanted = words_of(*wanted)
    )]
    Privacy {
        /// What it holds.
        held: Privacy,
        /// What was asked for.
        wanted: Privacy,
    },
    /// The store was made by another version.
    #[error(
        "{path} is a store of schema {found}, and this program reads {expected}",
        path = path.display()
    )]
    OtherVersion {
        /// The folder.
        path: PathBuf,
        /// Schema that the marker names.
        found: String,
        /// Schema that this program reads.
        expected: &'static str,
    },
    /// The store was made by a newer version, which knows columns that this one would lose.
    #[error(
        "{path} was written by a newer fidoscope (columns {found}, this one knows {known}); use that one",
        path = path.display()
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Number of the columns that the marker names.
        found: u32,
        /// Number of those that this program knows.
        known: u32,
    },
    /// A key of pseudonyms cannot be read.
    #[error("{path} does not hold a key: {reason}", path = path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no key, and there was one.
    #[error(
        "{path} {lacks}{told}; under a new key every user would be taken for another one",
        path = path.display(),
        lacks = if *elsewhere {
            "is not there: the users are hidden under a key that lies elsewhere"
        } else {
            "is gone"
        },
        told = fingerprint.as_ref().map(|print| format!(" (fingerprint {print})")).unwrap_or_default()
    )]
    LostKey {
        /// Where it was, or would be.
        path: PathBuf,
        /// What told it from others, where the store remembers that.
        fingerprint: Option<String>,
        /// Whether it never lay in the store.
        elsewhere: bool,
    },
    /// Another key than the one of what is stored.
    #[error(
        "the users in {path} are hidden under the key {expected}, and this is {found}: each would be taken for another one",
        path = path.display()
    )]
    OtherKey {
        /// The store.
        path: PathBuf,
        /// Fingerprint of its key.
        expected: String,
        /// Fingerprint of the other one.
        found: String,
    },
    /// The marker is not what it should be.
    #[error("{path} cannot be read as the marker of a store: {reason}", path = path.display())]
    Marker {
        /// The marker file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// What could not be read or written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of a table, or an object, could not be read or written.
    #[error("{path}: {reason}", path = path.display())]
    Refused {
        /// What could not be read or written.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What was given as the place of a store, or of logs, is none.
    #[error("{place}: {reason}")]
    Place {
        /// The place as the user named it.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An input could not be read at all.
    #[error("{path} cannot be read: {source}")]
    Input {
        /// The input as the user named it.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// No mapping recognises the lines.
    #[error("{path}: no mapping recognises these lines{}", taken_off(*carrier))]
    UnknownSource {
        /// The input as the user named it.
        path: String,
        /// What was taken off them before.
        carrier: Option<&'static str>,
        /// The mappings there are.
        known: String,
    },
    /// A named mapping does not exist.
    #[error("there is no mapping {name}; there are {known}")]
    NoSuchMapping {
        /// The name.
        name: String,
        /// The mappings there are.
        known: String,
    },
    /// Nothing but blank lines where lines are recognised by.
    #[error("{path} begins with {bytes} bytes of blank lines; name its source with --source")]
    Blank {
        /// The input as the user named it.
        path: String,
        /// How many bytes were looked at.
        bytes: usize,
    },
    /// Another process is ingesting the same input.
    #[error("{path} is being ingested by another process; run the same command again later")]
    Concurrent {
        /// The input as the user named it.
        path: String,
    },
    /// Files that were written are gone before they could be committed.
    #[error(
        "{files} files that were written are gone before they were committed ({first}): a vacuum took them for leftovers; \
         nothing of them is stored, run the same command again"
    )]
    Vanished {
        /// How many.
        files: usize,
        /// The first one, inside its table.
        first: String,
    },
    /// Other processes change a table all the time.
    #[error("other processes keep changing the table {table}; run the same command again later")]
    Busy {
        /// The table.
        table: &'static str,
    },
    /// The observer stopped the ingest.
    #[error("stopped; what was committed stays, and the same command goes on from there")]
    Interrupted,
    /// A query that would change something.
    #[error("a store is only read by queries; {statement} is refused")]
    NotAQuery {
        /// Name of the statement, e.g. `DROP`.
        statement: String,
    },
    /// A parameter that nothing is given for.
    #[error("nothing is given for the parameter {name}; {known}")]
    Parameter {
        /// The parameter, with its `$`.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A name that is not a column.
    #[error("{name} is not a column{hint}")]
    UnknownColumn {
        /// The name.
        name: String,
        /// `; did you mean ..?`, or nothing.
        hint: String,
    },
    /// A name that is not a panel source.
    #[error("{name} is not a panel source; there are {known}")]
    UnknownPanel {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A rule asks for something that the event table cannot answer.
    #[error("rule {rule}: {reason}")]
    Rule {
        /// Identifier of the rule.
        rule: String,
        /// What it asks for.
        reason: String,
    },
    /// Disk, object store or their owner refuse a file of a table.
    #[error("the store cannot be read or written: {reason}")]
    Storage {
        /// Why.
        reason: String,
    },
    /// Delta Lake.
    #[error(transparent)]
    Delta(Box<DeltaTableError>),
    /// A statement of the user cannot be planned.
    #[error("{}", told(.0))]
    Sql(Box<Diagnostic>),
    /// A query compares bytes with a text that stands for none.
    #[error(transparent)]
    NoBytes(Box<NoBytes>),
    /// A query has taken all the memory that it may take, and what it needs next cannot lie on disk.
    #[error("the memory that queries may take does not suffice for this one")]
    Memory,
    /// DataFusion.
    #[error("{}", crate::query::without_advice(&.0.strip_backtrace()))]
    Query(Box<DataFusionError>),
    /// Arrow.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// Parquet.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// Polars.
    #[error(transparent)]
    Polars(#[from] polars::prelude::PolarsError),
    /// A part of the engine stopped without saying why.
    #[error("the {part} stopped unexpectedly")]
    Stopped {
        /// Which part.
        part: &'static str,
    },
}

impl From<DeltaTableError> for StoreError {
    fn from(error: DeltaTableError) -> Self {
        match refusal(&error) {
            Some(reason) => Self::Storage { reason },
            None => Self::Delta(Box::new(error)),
        }
    }
}

/// Why a disk or an object store refuses, said once: every error in the chain repeats those below.
pub(crate) fn refusal(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    use io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let chain = || std::iter::successors(Some(error), |error| error.source());
    let io = chain().filter_map(|error| error.downcast_ref::<io::Error>());
    let known = [
        FileTooLarge,
        PermissionDenied,
        QuotaExceeded,
        ReadOnlyFilesystem,
        StorageFull,
    ];
    let of_disk = io.filter(|error| known.contains(&error.kind())).last();
    let of_store = || chain().find_map(|error| error.downcast_ref::<object_store::Error>());
    let of_disk = of_disk.map(ToString::to_string);
    of_disk.or_else(|| of_store().map(ToString::to_string))
}

impl From<DataFusionError> for StoreError {
    fn from(error: DataFusionError) -> Self {
        // An error of our own rule comes under the name of the rule.
        let error = match error {
            DataFusionError::Context(_, inner)
                if matches!(*inner, DataFusionError::External(_)) =>
            {
                *inner
            }
            other => other,
        };
        let error = match error {
            DataFusionError::External(inner) => match inner.downcast::<NoBytes>() {
                Ok(ours) => return Self::NoBytes(ours),
                Err(inner) => DataFusionError::External(inner),
            },
            other => other,
        };
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory,
            _ => Self::Query(Box::new(error)),
        }
    }
}

/// What is wrong with a statement, in one line.
fn told(of: &Diagnostic) -> String {
    let mut said = of.message.clone();
    if let (Some(line), Some(column)) = (of.at.line, of.at.column) {
        said.push_str(&format!(" (line {line}, column {column})"));
    }
    if let Some(help) = &of.help {
        said.push_str(&format!("; {help}"));
    }
    said
}

/// The carrier that the lines were taken out of, in words.
fn taken_off(carrier: Option<&str>) -> String {
    carrier.map_or_else(String::new, |name| format!(" (taken out of {name})"))
}

/// What a store holds of people, in words.
#[must_use]
pub fn words_of(privacy: Privacy) -> String {
    let users = match privacy.users {
        Users::Keep => "user identifiers",
        Users::Hash => "hashed user identifiers",
        Users::Drop => "no user identifiers",
    };
    let addresses = match privacy.addresses {
        Addresses::Keep => "addresses",
        Addresses::Truncate => "truncated addresses",
        Addresses::Drop => "no addresses",
    };
    format!("{users} and {addresses}")
}
