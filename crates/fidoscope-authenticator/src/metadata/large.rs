//! Metadata as large as the live service's, to measure with.

use super::{BlobDraft, TEST_LEGAL_HEADER, validity};
use crate::algorithm::Algorithm;
use crate::error::Error;
use crate::key::Seed;
use crate::pki::TestPki;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use fidoscope_metadata::SERVICE_NAME;
use fidoscope_webauthn::Aaguid;
use serde_json::{Value, json};

/// Trust anchors that the models share; the live service has about four models to an anchor.
const ANCHORS: usize = 64;
/// Bytes of an icon; pictures were 62 % of the live payload in October 2026.
const ICON: usize = 11_150;

/// A payload with `models` invented models, each with what live entries have: an icon, two trust
/// anchors, several reports and `authenticatorGetInfo`. 520 of them make nine megabytes.
///
/// # Errors
/// When a certificate cannot be written.
pub fn live_sized_payload(seed: u64, models: usize, now: DateTime<Utc>) -> Result<Vec<u8>, Error> {
    let seed = Seed::new(seed, "live-sized metadata");
    let anchors: Result<Vec<String>, Error> = (0..ANCHORS.min(models.max(1)))
        .map(|index| {
            let name = format!("fidoscope test vendor {index}");
            let pki = TestPki::new(&seed, &name, validity(now, -365, 9 * 365))?;
            Ok(STANDARD.encode(pki.root_der()))
        })
        .collect();
    let anchors = anchors?;
    let entries: Vec<Value> = (0..models)
        .map(|index| entry(&seed, index, &anchors))
        .collect();
    Ok(serde_json::to_vec(&json!({
        "legalHeader": TEST_LEGAL_HEADER,
        "no": 291,
        "nextUpdate": now.date_naive() + chrono::Days::new(14),
        "entries": entries,
    }))?)
}

/// A payload of the caller's as the live service would sign it: RS256, an intermediate, a leaf of
/// its name; and the root that it leads to, DER.
///
/// # Errors
/// When a certificate cannot be written.
pub fn live_signed(
    seed: u64,
    payload: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<(BlobDraft, Vec<u8>), Error> {
    let seed = Seed::new(seed, "metadata like the live service's");
    let long = validity(now, -365, 9 * 365);
    let name = "fidoscope test metadata";
    let pki = TestPki::new(&seed, name, long)?.with_intermediate(long)?;
    let leaf = pki.server_for(Algorithm::Rs256, SERVICE_NAME, validity(now, -100, 100))?;
    Ok((BlobDraft::new(payload, leaf), pki.root_der().to_vec()))
}

fn entry(seed: &Seed, index: usize, anchors: &[String]) -> Value {
    let label = format!("model {index}");
    let bytes = seed.bytes(&label);
    let mut aaguid = [0; 16];
    aaguid
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = from);
    let aaguid = Aaguid(aaguid);
    let noise = (0..ICON / 32 + 1).flat_map(|part| seed.bytes(&format!("{label} icon {part}")));
    let icon = STANDARD.encode(noise.take(ICON).collect::<Vec<u8>>());
    let anchor = |offset: usize| anchors.get((index + offset) % anchors.len());
    let roots: Vec<_> = [anchor(0), anchor(7)].into_iter().flatten().collect();
    let identifier = aaguid.to_string().replace('-', "");
    json!({
        "aaguid": aaguid,
        "metadataStatement": {
            "legalHeader": TEST_LEGAL_HEADER,
            "description": format!("Alder Key {index}"),
            "friendlyNames": {"en-US": format!("Alder Key {index}")},
            "aaguid": aaguid,
            "authenticatorVersion": 328_706,
            "protocolFamily": "fido2",
            "schema": 3,
            "upv": [{"major": 1, "minor": 0}, {"major": 1, "minor": 1}],
            "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw", "ed25519_eddsa_sha512_raw"],
            "publicKeyAlgAndEncodings": ["cose"],
            "attestationTypes": ["basic_full"],
            "userVerificationDetails": [
                [{"userVerificationMethod": "passcode_external",
                  "caDesc": {"base": 64, "minLength": 4, "maxRetries": 8, "blockSlowdown": 0}}],
                [{"userVerificationMethod": "presence_internal"}],
            ],
            "keyProtection": ["hardware", "secure_element"],
            "matcherProtection": ["on_chip"],
            "cryptoStrength": 128,
            "attachmentHint": ["external", "wired", "wireless", "nfc"],
            "tcDisplay": [],
            "attestationRootCertificates": roots,
            "icon": format!("data:image/png;base64,{icon}"),
            "authenticatorGetInfo": {
                "versions": ["U2F_V2", "FIDO_2_0", "FIDO_2_1"],
                "extensions": ["credProtect", "hmac-secret"],
                "aaguid": identifier,
                "options": {"plat": false, "rk": true, "clientPin": true, "up": true},
                "maxMsgSize": 1200,
                "pinUvAuthProtocols": [2, 1],
                "transports": ["nfc", "usb"],
                "algorithms": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8}],
                "firmwareVersion": 328_966,
            },
        },
        "statusReports": [
            {"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-05-12",
             "certificateNumber": format!("FIDO2002024{index:07}"),
             "certificationDescriptor": format!("Alder Key {index}"),
             "certificationPolicyVersion": "1.4", "certificationRequirementsVersion": "1.5"},
            {"status": "FIDO_CERTIFIED", "effectiveDate": "2024-05-12"},
        ],
        "timeOfLastStatusChange": "2024-05-12",
    })
}
