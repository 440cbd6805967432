//! What `serve` is made of: HTTP, and the spool between an answer and the store.

mod http;
mod judgement;
mod segments;
mod service;
mod spool;
mod wire;

pub(crate) use segments::Segments;
pub(crate) use service::{Mappings, Service};
pub(crate) use spool::{Resting, Spool};
pub(crate) use wire::{Listener, Tls};
