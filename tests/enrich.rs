//! Metadata joined to the credentials of a store, and joined again when there is a newer BLOB.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Bench, dataset};

const NOW: &str = "--now 2026-11-20T15:00:00Z --store store";

/// Halden Key 5 NFC, of which the bundled BLOB knows an update.
const HALDEN: &str = "f1d05c0b-514d-4f00-a000-000000000001";

fn blob() -> PathBuf {
    dataset("metadata/test-blob.jwt")
}

/// A log in which a model registers with the bytes of a bundled ceremony, another with its AAGUID
/// alone, and both sign in later without saying which model they are.
fn log(bench: &Bench) {
    let text = std::fs::read_to_string(dataset("ceremonies/registration-packed.json")).unwrap();
    let ceremony: Value = serde_json::from_str(&text).unwrap();
    let response = &ceremony["response"];
    let lines = [
        json!({"ts": "2026-11-20T12:00:00Z", "kind": "registration.completed", "outcome": "success",
            "user_id": "ada", "credential_id": response["rawId"],
            "attestation_object": response["response"]["attestationObject"],
            "client_data_json": response["response"]["clientDataJSON"]}),
        json!({"ts": "2026-11-20T12:01:00Z", "kind": "registration.completed", "outcome": "success",
            "user_id": "bob", "credential_id": "Ag", "aaguid": HALDEN, "attestation_fmt": "packed",
            "attestation_trust": "trusted"}),
        json!({"ts": "2026-11-20T12:02:00Z", "kind": "authentication.completed",
            "outcome": "success", "user_id": "ada", "credential_id": response["rawId"]}),
        json!({"ts": "2026-11-20T12:03:00Z", "kind": "authentication.completed",
            "outcome": "success", "user_id": "bob", "credential_id": "Ag"}),
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    bench.file("log.ndjson", lines.join("\n") + "\n");
}

const COLUMNS: &str = "SELECT authenticator_model, attestation_type, attestation_trust, \
    authenticator_level, array_to_string(authenticator_statuses, '+'), blob_no FROM credentials \
    ORDER BY registered_at";

#[test]
fn registrations_get_model_level_status_and_trust() {
    let bench = Bench::new();
    log(&bench);
    let run = bench.run(&format!(
        "ingest {NOW} --blob {} log.ndjson",
        blob().display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    // The bytes of the first verify under the root of its model; of the second the source's word
    // is all there is. An update that is due is its latest status, and has no level.
    assert_eq!(
        bench.ask(COLUMNS),
        "Juniper Key 2,basic,trusted,L2,FIDO_CERTIFIED_L2,42\n\
         Halden Key 5 NFC,,trusted,,FIDO_CERTIFIED_L1+UPDATE_AVAILABLE,42"
    );
    let reasons = bench.ask("SELECT trust_reason FROM credentials ORDER BY registered_at");
    assert!(
        reasons.contains("as logged; not evaluated: no attestation object"),
        "{reasons}"
    );
    assert_eq!(
        bench.ask(
            "SELECT authenticator_model, authenticator_level FROM events_enriched \
             WHERE kind = 'authentication.completed' ORDER BY ts"
        ),
        "Juniper Key 2,L2\nHalden Key 5 NFC,"
    );
    let run = bench.run(&format!("sli {NOW} --by model --format csv"));
    assert!(run.stdout.contains("Juniper Key 2"), "{}", run.whole());
}

#[test]
fn without_a_blob_nothing_is_made_up() {
    let bench = Bench::new();
    log(&bench);
    bench.run(&format!("ingest {NOW} log.ndjson"));
    assert_eq!(bench.ask(COLUMNS), ",,,,,\n,,trusted,,,");
    let run = bench.run(&format!("enrich {NOW}"));
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("--blob"), "{}", run.stderr);
    let run = bench.run(&format!("ingest {NOW} --blob log.ndjson log.ndjson"));
    assert_eq!(run.code, Some(4), "{}", run.whole());
}

/// The logs are not read again: they are gone.
#[test]
fn a_newer_blob_is_joined_without_the_logs() {
    let bench = Bench::new();
    log(&bench);
    bench.run(&format!(
        "ingest {NOW} --blob {} log.ndjson",
        blob().display()
    ));
    std::fs::remove_file(bench.path("log.ndjson")).unwrap();
    bench.file("newer.jwt", newer());
    let run = bench.run(&format!("enrich {NOW} --blob newer.jwt --format table"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    for line in ["newly REVOKED", "renamed"] {
        assert!(
            run.stdout.lines().any(|found| found.starts_with(line)),
            "{}",
            run.whole()
        );
    }
    assert!(
        run.stderr.contains("2 assessed by BLOB no. 43"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("does not verify"), "{}", run.stderr);
    let found = bench.ask(COLUMNS);
    assert!(
        found.contains("Halden Key 5,,trusted,,FIDO_CERTIFIED_L1+REVOKED"),
        "{found}"
    );
    let run = bench.run(&format!("enrich {NOW} --format json"));
    assert!(run.stderr.contains("nothing changed"), "{}", run.whole());
    // The store remembers the BLOB for the next log.
    bench.file(
        "next.ndjson",
        format!(
            "{}\n",
            json!({"ts": "2026-11-20T13:00:00Z", "kind": "registration.completed",
                "outcome": "success", "credential_id": "Aw", "aaguid": HALDEN})
        ),
    );
    bench.run(&format!("ingest {NOW} next.ndjson"));
    let found = bench.ask(COLUMNS);
    assert!(
        found.ends_with("Halden Key 5,,,,FIDO_CERTIFIED_L1+REVOKED+UPDATE_AVAILABLE,43"),
        "{found}"
    );
}

/// The bundled BLOB with the next number, in which a model has another name and is revoked.
fn newer() -> String {
    let text = std::fs::read_to_string(blob()).unwrap();
    let parts: Vec<&str> = text.trim().split('.').collect();
    let mut payload: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
    payload["no"] = json!(43);
    for entry in payload["entries"].as_array_mut().unwrap() {
        if entry["aaguid"] == HALDEN {
            entry["metadataStatement"]["description"] = json!("Halden Key 5");
            let report = json!({"status": "REVOKED", "effectiveDate": "2026-11-18"});
            entry["statusReports"]
                .as_array_mut()
                .unwrap()
                .insert(0, report);
        }
    }
    format!(
        "{}.{}.{}",
        parts[0],
        encode(payload.to_string().as_bytes()),
        parts[2]
    )
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn decode(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit).unwrap();
        bits = bits << 6 | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

fn encode(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 6 {
            held -= 6;
            text.push(char::from(
                DIGITS[usize::try_from(bits >> held & 63).unwrap()],
            ));
        }
    }
    if held > 0 {
        text.push(char::from(
            DIGITS[usize::try_from(bits << (6 - held) & 63).unwrap()],
        ));
    }
    text
}
