//! Metadata joined to the credentials of a store, and joined again when there is a newer BLOB.

use std::path::PathBuf;

use fidoscope_webauthn::base64url;
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
    // is all there is. An update that is due is its latest status, and takes no level away.
    assert_eq!(
        bench.ask(COLUMNS),
        "Juniper Key 2,basic,trusted,L2,FIDO_CERTIFIED_L2,42\n\
         Halden Key 5 NFC,,trusted,L1,FIDO_CERTIFIED_L1+UPDATE_AVAILABLE,42"
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
        "Juniper Key 2,L2\nHalden Key 5 NFC,L1"
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
    bench.file("newer.jwt", newer("2026-11-18"));
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

const THEN: &str = "SELECT blob_no_then, attestation_trust_then, authenticator_level_then, \
    array_to_string(authenticator_statuses_then, '+'), array_to_string(changed_since_then, '+') \
    FROM credentials ORDER BY registered_at";

/// What was true at the registration, and what is true now, stand side by side. What was said then
/// does not change with the next BLOB, nor when the store forgets the BLOB of then.
#[test]
fn a_credential_keeps_what_was_said_at_its_registration() {
    let bench = Bench::new();
    log(&bench);
    let run = bench.run(&format!(
        "ingest {NOW} --blob {} log.ndjson",
        blob().display()
    ));
    assert!(
        run.stderr
            .contains("2 assessed by BLOB no. 42 for the first time"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("since registration, of 2: judged as it was then"),
        "{}",
        run.stderr
    );
    let of_42 = |ada: &str, bob: &str| {
        format!(
            "42,trusted,L2,FIDO_CERTIFIED_L2,{ada}\n\
             42,not-evaluated,L1,FIDO_CERTIFIED_L1+UPDATE_AVAILABLE,{bob}"
        )
    };
    assert_eq!(bench.ask(THEN), of_42("", ""));
    bench.file("newer.jwt", newer("2026-11-21"));
    let enrich = "--store store --now 2026-11-22T15:00:00Z";
    let run = bench.run(&format!("enrich {enrich} --blob newer.jwt --format csv"));
    assert!(
        run.stdout.contains("newly REVOKED,registration,1"),
        "{}",
        run.whole()
    );
    assert_eq!(bench.ask(THEN), of_42("", "level L1 -> none+newly REVOKED"));
    assert_eq!(
        bench.ask(
            "SELECT array_to_string(authenticator_statuses_then, '+'), \
             array_to_string(changed_since_then, '+') FROM events_enriched \
             WHERE kind = 'authentication.completed' ORDER BY ts"
        ),
        "FIDO_CERTIFIED_L2,\nFIDO_CERTIFIED_L1+UPDATE_AVAILABLE,level L1 -> none+newly REVOKED"
    );
    // The store remembers no 42 as well; without it, what it said stays.
    std::fs::remove_file(bench.path("store/metadata/past/42.jwt")).unwrap();
    bench.run(&format!("enrich {enrich}"));
    assert_eq!(bench.ask(THEN), of_42("", "level L1 -> none+newly REVOKED"));
}

/// Registrations of long ago need a BLOB of their time.
#[test]
fn blobs_of_the_past_are_given_once() {
    let bench = Bench::new();
    log(&bench);
    let early = std::fs::read_to_string(bench.path("log.ndjson")).unwrap();
    bench.file("log.ndjson", early.replace("2026-11-20T", "2026-10-20T"));
    bench.run(&format!(
        "ingest {NOW} --blob {} log.ndjson",
        blob().display()
    ));
    assert_eq!(bench.ask(THEN), ",,,,\n,,,,");
    let run = bench.run(&format!("enrich {NOW}"));
    assert!(
        run.stderr.contains("--blob-history gives"),
        "{}",
        run.stderr
    );
    for no in 30..42 {
        bench.file(&format!("past/blob-{no}.jwt"), of_october(no));
    }
    // What `mds fetch` keeps beside them is no BLOB.
    bench.file("past/blob.jwt.etag", "\"41\"");
    let run = bench.run(&format!("enrich {NOW} --blob-history past"));
    assert!(
        run.stderr
            .contains("no longer remembers BLOB no. 30, 31, 32, 33: "),
        "{}",
        run.stderr
    );
    let october = "41,trusted,L1,FIDO_CERTIFIED_L1,level L1 -> L2+newly FIDO_CERTIFIED_L2+\
                   no longer FIDO_CERTIFIED_L1\n41,not-evaluated,L1,FIDO_CERTIFIED_L1,";
    let found = bench.ask(THEN);
    assert!(found.starts_with(october), "{found}");
    bench.run(&format!("enrich {NOW}"));
    assert_eq!(bench.ask(THEN), found);
    // A log that tells of October only now.
    bench.file("late.ndjson", late());
    bench.run(&format!("ingest {NOW} late.ndjson"));
    let found = bench.ask(THEN);
    assert!(
        found
            .lines()
            .nth(2)
            .unwrap()
            .starts_with("41,not-evaluated,L1,"),
        "{found}"
    );
}

fn late() -> String {
    let line = json!({"ts": "2026-10-21T12:00:00Z", "kind": "registration.completed",
        "outcome": "success", "user_id": "eve", "credential_id": "BA", "aaguid": HALDEN});
    format!("{line}\n")
}

const OURS: &str = "00000000-0000-4000-8000-000000000001";

/// A rule about sign-ins of which a column of `events_enriched` says this.
fn rule(selection: &str) -> String {
    format!(
        "title: Test\nid: {OURS}\nlevel: low\nlogsource: {{product: webauthn, category: ceremony}}\n\
         detection:\n  sel:\n    kind: authentication.completed\n    {selection}\n  condition: sel\n"
    )
}

/// Rules may look at whatever is known of a credential: each fires where it is so, and stays quiet where
/// it is not.
#[test]
fn rules_see_what_is_known_of_credentials() {
    let bench = Bench::new();
    log(&bench);
    let advisory = format!(
        "advisories:\n  - id: T-1\n    title: A test\n    url: https://example.org/1\n    \
         published: 2026-01-02\n    affected:\n      - models: [{HALDEN}]\n"
    );
    bench.file("rules/policy/advisories.yaml", advisory);
    let run = bench.run(&format!(
        "ingest {NOW} --rules rules --blob {} log.ndjson",
        blob().display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    // Ada signs in with a model of level 2, registered at twelve; Bob a minute later, with one of level 1
    // that has an advisory.
    for (selection, sign_ins) in [
        ("authenticator_level: L1", 1),
        ("authenticator_level: L3", 0),
        ("authenticator_level|startswith: l", 2),
        ("authenticator_statuses: UPDATE_AVAILABLE", 1),
        ("authenticator_statuses: REVOKED", 0),
        ("authenticator_statuses_then: FIDO_CERTIFIED_L2", 1),
        ("changed_since_then: newly REVOKED", 0),
        ("advisories: T-1", 1),
        ("advisories: T-2", 0),
        ("registered_at|gte: 2026-11-20T12:01:00Z", 1),
        ("registered_at|gt: 2026-11-20T12:01:00Z", 0),
        ("registered_at|lte: 2026-11-20", 0),
        ("registered_at|exists: true", 2),
        ("ts|lt: 2026-11-20T12:03:00Z", 1),
        ("previous_event_id|exists: true", 0),
        ("observed_ts|gte: 2026-11-20 15:00", 2),
    ] {
        bench.file("rules/detections/ours.yml", rule(selection));
        let run = bench.run("detect --store store --rules rules --format json");
        let document: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.whole()));
        let findings = document["findings"].as_array().unwrap().iter();
        let ours = findings.filter(|finding| finding["rule_id"] == OURS);
        let seen = ours.map(|finding| finding["witnesses"].as_array().unwrap().len());
        assert_eq!(
            seen.sum::<usize>(),
            sign_ins,
            "{selection}: {}",
            run.whole()
        );
    }
}

/// The bundled BLOB as one of October: a lower number, every model at level 1.
fn of_october(no: u64) -> String {
    changed(|payload| {
        payload["no"] = json!(no);
        payload["nextUpdate"] = json!("2026-11-01");
        for entry in payload["entries"].as_array_mut().unwrap() {
            entry["timeOfLastStatusChange"] = json!("2025-10-16");
            entry["statusReports"] =
                json!([{ "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2025-10-16" }]);
        }
    })
}

/// The bundled BLOB with the next number, in which a model has another name and is revoked
/// since a day.
fn newer(day: &str) -> String {
    changed(|payload| {
        payload["no"] = json!(43);
        for entry in payload["entries"].as_array_mut().unwrap() {
            if entry["aaguid"] == HALDEN {
                entry["metadataStatement"]["description"] = json!("Halden Key 5");
                entry["timeOfLastStatusChange"] = json!(day);
                let report = json!({"status": "REVOKED", "effectiveDate": day});
                entry["statusReports"]
                    .as_array_mut()
                    .unwrap()
                    .insert(0, report);
            }
        }
    })
}

fn changed(change: impl Fn(&mut Value)) -> String {
    let text = std::fs::read_to_string(blob()).unwrap();
    let [header, payload, signature] = text.trim().split('.').collect::<Vec<_>>()[..] else {
        panic!("a BLOB has three parts");
    };
    let mut payload = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    change(&mut payload);
    let payload = base64url::encode(payload.to_string().as_bytes());
    format!("{header}.{payload}.{signature}")
}
