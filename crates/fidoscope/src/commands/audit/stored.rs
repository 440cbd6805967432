//! Registrations from a store.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use chrono::DateTime;
use fidoscope_analytics::{Limits, StoreError};
use fidoscope_conformance::{Audited, Auditor, Place, StoredRegistration};
use fidoscope_report::{Cell, RejectedRow};

use super::Run;
use crate::failure::Failure;
use crate::store;

/// Columns that a store has if it keeps the bytes of registrations.
const BYTES: [&str; 2] = ["attestation_object", "client_data_hash"];
/// Registrations that a thread takes at a time.
const PIECE: usize = 4096;

pub(super) fn audit(
    folder: &Path,
    auditor: &Auditor<'_>,
    run: &mut Run<'_>,
) -> Result<(), Failure> {
    let by = auditor.by();
    if !by.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Failure::usage(anyhow!(
            "--by {by}: no column has such a name"
        )));
    }
    let store = store::open_to_read(folder, run.output)?;
    let limits = Limits::default();
    let columns = store
        .query("SELECT * FROM events LIMIT 0", &limits)
        .map_err(refused)?;
    let has = |name: &&str| columns.columns.iter().any(|column| column.name == *name);
    let kept = BYTES.map(|name| match has(&name) {
        true => name.to_owned(),
        false => format!("NULL AS {name}"),
    });
    let sql = format!(
        "SELECT ts, coalesce(text_of('credential_id', credential_id), credential_ref) AS credential, \
         user_id, CAST(\"{by}\" AS VARCHAR) AS value, aaguid, attestation_fmt, {} FROM events_once \
         WHERE kind IN ('registration.completed', 'credential.snapshot') ORDER BY ts, \
         raw_ref['offset'], event_id",
        kept.join(", ")
    );
    let table = store.query(&sql, &limits).map_err(refused)?;
    let source: Arc<str> = folder.display().to_string().into();
    let rows: Vec<(u64, Vec<Cell>)> = (1_u64..).zip(table.rows).collect();
    let pieces = rows.chunks(PIECE);
    run.pieces(pieces, |piece| Ok(work(piece, &source, auditor)), || ())
}

fn work(piece: &[(u64, Vec<Cell>)], source: &Arc<str>, auditor: &Auditor<'_>) -> Audited {
    let mut rejected = Vec::new();
    let mut registrations = Vec::with_capacity(piece.len());
    for (number, cells) in piece {
        let place = Place {
            source: Arc::clone(source),
            line: Some(*number),
        };
        match registration(place.clone(), cells) {
            Ok(registration) => registrations.push(registration),
            Err(reason) => rejected.push(RejectedRow {
                place: place.to_string(),
                reason,
            }),
        }
    }
    let mut audited = auditor.registrations(&registrations);
    for row in rejected {
        audited.totals.reject(row);
    }
    audited
}

fn registration(place: Place, cells: &[Cell]) -> Result<StoredRegistration, String> {
    let [ts, credential, user, value, aaguid, format, object, hash] = cells else {
        return Err(format!("{} columns", cells.len()));
    };
    let at = text(ts).map(|ts| DateTime::parse_from_rfc3339(&ts));
    let aaguid = text(aaguid).map(|aaguid| aaguid.parse()).transpose();
    Ok(StoredRegistration {
        credential: text(credential),
        user: text(user),
        group: text(value),
        registered_at: at
            .transpose()
            .map_err(|e| e.to_string())?
            .map(|at| at.to_utc()),
        aaguid: aaguid.map_err(|error: fidoscope_webauthn::AaguidError| error.to_string())?,
        format: text(format),
        attestation_object: text(object).as_deref().and_then(bytes),
        client_data_hash: text(hash)
            .as_deref()
            .and_then(bytes)
            .and_then(|hash| hash.try_into().ok()),
        ..StoredRegistration::at(place)
    })
}

/// The bytes of a column, which a query writes in hexadecimal.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// A column that does not exist is the user's mistake, everything else the store's.
fn refused(error: StoreError) -> Failure {
    match error {
        error @ (StoreError::Query(_) | StoreError::Sql(_)) => Failure::usage(error),
        error => store::failure(error),
    }
}
