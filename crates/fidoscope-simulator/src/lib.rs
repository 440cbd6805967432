//! A fleet of passkeys: writes logs, recordings and labels from a seed.
//!
//! Everything is a pure function of its seed and parameters. There is no clock: the end of a
//! log is an argument.

mod act;
mod calendar;
mod ceremonies;
mod datasets;
mod dice;
mod fleet;
mod incident;
mod json;
mod keycloak;
mod log;
mod logs;
mod manifest;
mod metadata;
mod model;
mod native;
mod okta;
mod place;
mod spoil;
mod stream;
mod traffic;

pub use datasets::{
    DataFile, Error, PUBLISHED_SEED, Sink, data_files, published_now, write_datasets,
};
pub use incident::Incident;
pub use model::{Counting, FLEET_MODELS, FleetModel};
pub use stream::write_native_stream;
