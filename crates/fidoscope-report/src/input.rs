//! What became of an input, and which models it spoke of.

use std::collections::BTreeMap;

use serde::Serialize;

/// One input of an ingest: every line is accounted for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The input as the user named it; `-` is standard input.
    pub path: String,
    /// Mapping that read it.
    pub source: Option<String>,
    /// Lines read.
    pub lines: u64,
    /// Events stored.
    pub events: u64,
    /// Lines that repeat another line's event in other words.
    pub shadows: u64,
    /// Lines that have nothing to do with passkeys.
    pub other: u64,
    /// Lines that could not be read.
    pub quarantined: u64,
    /// Events by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Quarantined lines by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Anything else worth saying, e.g. `already read`.
    pub note: Option<String>,
}

/// One authenticator model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Model {
    /// AAGUID as UUID text.
    pub aaguid: String,
    /// Name in the metadata.
    pub description: Option<String>,
    /// Latest status, e.g. `FIDO_CERTIFIED_L1`.
    pub status: Option<String>,
    /// Day from which that status holds.
    pub status_since: Option<String>,
    /// Certification level, e.g. `L1`.
    pub level: Option<String>,
    /// Protocol family, e.g. `fido2`.
    pub protocol: Option<String>,
    /// Events of this model, where they were counted.
    pub events: Option<u64>,
}
