//! The canonical event, source mappings, decoding and quarantine records.
//!
//! A [`Mapping`] says how one source writes its log. [`Mapping::decode`] takes one line and calls
//! back with the canonical [`Event`]s in it; what a line was is always said with a [`Line`]. Nothing
//! here reads a clock, a file or the environment.

mod assign;
mod base64;
mod carrier;
mod catalogue;
mod clue;
mod compile;
mod condition;
mod csv;
mod definition;
mod describe;
mod field;
mod finish;
mod glance;
mod hex;
mod ip;
mod line;
mod mapping;
mod mended;
mod native;
mod needle;
mod otlp;
mod pairs;
mod path;
mod pattern;
mod place;
mod privacy;
mod problems;
mod program;
mod pseudonym;
mod reason;
mod recognise;
mod scaffold;
mod schema;
mod stray;
mod table;
mod time;
mod trial;
mod trie;
mod value;
mod words;

pub use assign::CREDENTIAL_ID_PROBLEM;
pub use carrier::{Unwrapped, Unwrapping};
pub use catalogue::{BUILTIN, Catalogue, Detected, Misfit, UnknownSource};
pub use csv::{CsvLines, is_csv};
pub use line::{Context, Line, Rejection, Scratch, Tally, Within};
pub use mapping::{Mapping, Maturity};
pub use native::{write_columns, write_line};
pub use otlp::{
    OtlpError, OtlpLimits, OtlpLines, OtlpPartialSuccess, OtlpSignal, otlp_json_lines,
    otlp_protobuf_lines,
};
pub use privacy::{Addresses, Ids, Privacy, Users};
pub use pseudonym::{NoKey, Pseudonyms, key_text, parse_key};
pub use reason::Reason;
pub use scaffold::{Scaffold, ScaffoldError, scaffold};
pub use schema::{schema, schema_text};
pub use stray::{meant, stray_words};
pub use table::{
    BytesForm, COLUMNS, Column, ColumnInfo, ColumnType, Event, Given, Protection, Text, Type,
};
pub use trial::Trial;
pub use words::{CEREMONIES, CLOSED, KINDS, OUTCOMES};
