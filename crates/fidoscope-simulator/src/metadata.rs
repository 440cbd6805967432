//! The metadata of all models that the data sets speak of, under a test root.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fidoscope_authenticator::{Error, MetadataEntry, MetadataSigner, Model, TestBench};

use crate::ceremonies::RP_ID;
use crate::model::{FLEET_MODELS, FleetModel};

/// A signed BLOB and the root that it leads to, PEM.
pub(crate) struct Metadata {
    pub(crate) blob: Vec<u8>,
    pub(crate) root_pem: String,
    pub(crate) entries: usize,
}

/// Signs the BLOB: the models of the recordings, and those of the fleet.
pub(crate) fn metadata(seed: u64, now: DateTime<Utc>) -> Result<Metadata, Error> {
    let bench = TestBench::new(seed, RP_ID, now)?;
    let root = bench.pki().root_der();
    let mut payload = fidoscope_authenticator::metadata(seed, RP_ID, now)?;
    let fleet = FLEET_MODELS
        .iter()
        .filter_map(|model| fleet_entry(model, root, now));
    payload.entries.extend(fleet);
    let signer = MetadataSigner::new(seed, now)?;
    Ok(Metadata {
        blob: signer.sign(&payload)?,
        root_pem: signer.root_pem(),
        entries: payload.entries.len(),
    })
}

fn fleet_entry(fleet: &FleetModel, root: &[u8], now: DateTime<Utc>) -> Option<MetadataEntry> {
    let aaguid = crate::json::uuid(&fleet.aaguid).parse().ok()?;
    let model = if fleet.synced {
        Model::passkey_provider(aaguid, fleet.name)
    } else {
        Model::security_key(aaguid, fleet.name)
    };
    // Newest first, as live BLOBs have it.
    let reports: &[(&str, NaiveDate)] = match fleet.name {
        "Halden Key 5 NFC" => &[
            ("UPDATE_AVAILABLE", day(now, 4)),
            ("FIDO_CERTIFIED_L1", day(now, 610)),
        ],
        "Norrsken K2" => &[
            ("USER_KEY_PHYSICAL_COMPROMISE", day(now, 40)),
            ("FIDO_CERTIFIED_L2", day(now, 900)),
        ],
        "Vantage Hello" => &[("FIDO_CERTIFIED_L1", day(now, 520))],
        "Tessel Pocket SE" => &[("FIDO_CERTIFIED_L1plus", day(now, 330))],
        _ => &[("NOT_FIDO_CERTIFIED", day(now, 300))],
    };
    let anchors: &[&[u8]] = if fleet.synced { &[] } else { &[root] };
    let mut entry = MetadataEntry::new(&model, anchors, reports);
    let statement = &mut entry.metadata_statement;
    if fleet.attestation == "attca" {
        statement.attestation_types = vec!["attca".to_owned()];
    }
    if fleet.algorithm == -257 {
        statement.authentication_algorithms = vec!["rsassa_pkcsv15_sha256_raw".to_owned()];
    }
    if !fleet.synced {
        statement.key_protection = vec!["hardware".to_owned(), "secure_element".to_owned()];
    }
    Some(entry)
}

/// The day so many days before `now`.
fn day(now: DateTime<Utc>, days: i64) -> NaiveDate {
    (now - TimeDelta::days(days)).date_naive()
}
