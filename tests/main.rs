//! End-to-end tests: they run the real program, or read the workspace itself.

mod architecture;
mod bad_input;
mod dashboard;
mod demo;
mod detect;
mod ingest;
mod mds;
mod readme;
mod replay;
mod simulate;
mod sli;
mod support;
