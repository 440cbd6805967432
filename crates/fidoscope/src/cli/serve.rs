//! `fidoscope serve`: a receiver of events.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{People, StoreArg, size};
use crate::clock;

/// Receive OpenTelemetry logs and traces and native lines over HTTP and gRPC
///
/// Receives OpenTelemetry logs and traces over HTTP (POST /v1/logs and /v1/traces; protobuf or JSON)
/// and, with --grpc, over gRPC, and native lines (POST /v1/events; NDJSON), each also as gzip or zstd.
/// What is answered with 200, or OK, is on disk and comes into the store within seconds, exactly once.
/// Prints where it listens; SIGINT and SIGTERM end it with everything stored.
///
/// /healthz says that it lives, /readyz whether it takes and stores what is sent, /metrics what it
/// counts (OpenMetrics). These three ask for no token, and tell of nobody.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4318")]
    pub(crate) listen: SocketAddr,
    /// Receive OpenTelemetry over gRPC as well, at this address; 127.0.0.1:4317 is the usual one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) grpc: Option<SocketAddr>,
    /// File with the bearer token that clients must send; required off loopback
    #[arg(
        long,
        value_name = "FILE",
        env = "FIDOSCOPE_TOKEN_FILE",
        hide_env_values = true
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// Folder for what was accepted and is not stored yet [default: one in the store]
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Certificate chain (PEM): speak HTTPS
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Largest body, before and after decompression; larger ones are answered with 413
    #[arg(long, value_name = "SIZE", default_value = "4MiB", value_parser = size::between(size::KIB, size::KIB, 64 * size::MIB))]
    pub(crate) max_body: u64,
    /// What may wait for the store before clients are told to come back later (429)
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size::between(size::MIB, 0, u64::MAX))]
    pub(crate) max_pending: u64,
    /// Connections at a time of clients that were let in; further ones are told to come back (429)
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) max_connections: usize,
    /// Name of the mapping that reads OpenTelemetry
    #[arg(long, value_name = "NAME", default_value = "otlp")]
    pub(crate) otlp_source: String,
    /// Commit what was received this often
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = clock::seconds)]
    pub(crate) follow_every: Duration,
    #[command(flatten)]
    pub(crate) people: People,
    /// Worker threads that decode [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}
