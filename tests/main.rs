//! End-to-end tests: they run the real program, or read the workspace itself.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that meets the unexpected fails"
)]

mod architecture;
mod audit;
mod bad_input;
mod carriers;
mod clients;
mod conformance;
mod crash;
mod dashboard;
mod demo;
mod detect;
mod engines;
mod enrich;
mod follow;
mod grpc;
mod help;
mod ingest;
mod inspect;
mod licences;
mod mds;
mod measures;
mod native_format;
mod posture;
mod printed;
mod query;
mod readme;
mod rekey;
mod replay;
mod s3;
mod serve;
mod server;
mod simulate;
mod sli;
mod sources;
mod storage;
mod store;
mod support;
