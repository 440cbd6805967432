//! The engine: Delta tables, DataFusion queries, Polars frames.
//!
//! A [`Store`] is a folder of Delta tables. [`Store::ingest`] reads a log into it exactly once;
//! [`Store::query`] reads it with SQL. SQL shrinks the event table, Polars shapes what is already
//! small, plain Rust decides. All calls block: the store owns its runtime. Time is an argument.

mod error;
mod ingest;
mod query;
mod schema;
mod store;

pub use error::StoreError;
pub use ingest::{
    IngestObserver, IngestOptions, IngestSummary, Input, Quarantined, Silent, SourceChoice, Stage,
};
pub use query::Limits;
pub use store::{Store, StoreVersion};
