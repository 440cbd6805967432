//! What `serve` is made of: HTTP and gRPC, and the spool between an answer and the store.

mod admission;
mod condition;
mod desk;
mod front;
mod grpc;
mod guests;
mod http;
mod judgement;
mod metrics;
mod refusal;
mod segments;
mod service;
mod spool;
mod wire;
mod workers;

pub(crate) use condition::Condition;
pub(crate) use front::{Front, Settings};
pub(crate) use metrics::{Metrics, Protocol};
pub(crate) use segments::Segments;
pub(crate) use service::{Mappings, Service};
pub(crate) use spool::{Resting, Spool};
pub(crate) use wire::Tls;
