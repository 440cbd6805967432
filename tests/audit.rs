//! Registrations of the past against the metadata of today.

use std::path::Path;

use fidoscope_webauthn::base64url;
use serde_json::{Value, json};

use crate::support::{Bench, Run, dataset};

/// An audit of the bundled log by the bundled BLOB.
fn bundled(bench: &Bench, more: &str) -> Run {
    bench.run(&format!(
        "audit --now 2026-11-20T15:00:00Z --input {} --blob {} --blob-anchor {} {more}",
        dataset("logs/native.ndjson.zst").display(),
        dataset("metadata/test-blob.jwt").display(),
        dataset("metadata/test-root.pem").display(),
    ))
}

#[test]
fn the_bundled_log_has_registrations_of_a_compromised_model() {
    let bench = Bench::new();
    let run = bundled(&bench, "--format json --require-level L1");
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let audit: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(audit["schema"], "fidoscope.audit/1");
    assert_eq!(audit["total"]["registrations"], 1198);
    assert_eq!(audit["total"]["classes"]["compromised"], 64);
    assert_eq!(audit["rejected_lines"], 39);
    let rows = audit["registrations"].as_array().unwrap();
    assert_eq!(audit["total"]["affected"], rows.len());
    let segments = audit["groups"].as_array().unwrap();
    assert_eq!(segments.len(), 3, "{segments:?}");
}

#[test]
fn exit_codes_follow_what_was_asked_for() {
    let bench = Bench::new();
    let code = |more: &str| bundled(&bench, more).code;
    assert_eq!(code(""), Some(1));
    assert_eq!(code("--fail-on never"), Some(0));
    assert_eq!(code("--fail-on revoked,expired"), Some(0));
    assert_eq!(code("--fail-on never --max-rejected 0"), Some(4));
    assert_eq!(code("--fail-on revokd"), Some(2));
    let none = bench.file("none.ndjson", "{\"kind\":\"challenge.issued\"}\n");
    let blob = dataset("metadata/test-blob.jwt");
    let blob = blob.display();
    let run = bench.run(&format!("audit --input {} --blob {blob}", none.display()));
    assert_eq!(run.code, Some(3), "{}", run.whole());
    let run = bench.run(&format!("audit --blob {blob}"));
    assert_eq!(run.code, Some(2), "{}", run.whole());
    let run = bench.run(&format!("audit --input nowhere.ndjson --blob {blob}"));
    assert_eq!(run.code, Some(4), "{}", run.whole());
}

/// What the user names must be what it is to be; nothing is judged by half of it.
#[test]
fn anchors_and_revocation_lists_that_cannot_be_read_are_named() {
    let bench = Bench::new();
    bench.file("text.pem", "no PEM");
    bench.file("cut.pem", "-----BEGIN CERTIFICATE-----\nAQID");
    bench.file("list.crl", [0x30, 0x03, 0x02, 0x01, 0x00]);
    std::fs::create_dir(bench.path("none")).unwrap();
    for (option, word) in [
        ("--anchor text.pem", "text.pem: there is no certificate"),
        ("--anchor cut.pem", "cut.pem: the trust anchors are not PEM"),
        ("--crl text.pem", "text.pem: no revocation list"),
        ("--crl list.crl", "list.crl: no revocation list"),
        ("--crl none", "there is no revocation list in none"),
        ("--crl elsewhere", "cannot read elsewhere"),
    ] {
        let run = bundled(&bench, option);
        assert_eq!(run.code, Some(4), "{option}: {}", run.whole());
        assert!(run.stderr.contains(word), "{option}: {}", run.stderr);
    }
}

#[test]
fn names_and_advisories_are_the_users_to_extend() {
    let bench = Bench::new();
    let line = "{\"aaguid\":\"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4\",\"credential_ref\":\"a\"}\n";
    let input = bench.file("a.ndjson", line);
    let names = "{\"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4\":{\"name\":\"Some Passwords\"}}";
    let names = bench.file("names.json", names);
    let empty = bench.file("empty.json", "{}");
    let blob = dataset("metadata/test-blob.jwt");
    let audit = |more: &str| {
        let (input, blob) = (input.display(), blob.display());
        bench.run(&format!(
            "audit --format json --input {input} --blob {blob} {more}"
        ))
    };
    let run = audit("");
    assert!(run.stdout.contains("unknown-model"), "{}", run.stdout);
    let run = audit(&format!(
        "--names {} --names {}",
        empty.display(),
        names.display()
    ));
    assert!(
        run.stdout.contains("\"name_source\":\"community\""),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("empty.json names no model"),
        "{}",
        run.stderr
    );
    let advisory = "advisories:\n  - id: T-1\n    title: A test\n    url: https://example.org/1\n    \
                    published: 2026-01-02\n    affected:\n      - models: [ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4]\n";
    bench.file("rules/policy/advisories.yaml", advisory);
    let run = audit("--rules rules --fail-on advisory");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(run.stdout.contains("T-1"), "{}", run.stdout);
    bench.file(
        "rules/policy/advisories.yaml",
        advisory.replace("models", "modles"),
    );
    let run = audit("--rules rules");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(
        run.stderr.contains("did you mean `models`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_registrations_of_a_store_are_audited_as_well() {
    let bench = Bench::new();
    let (log, blob) = (
        dataset("logs/native.ndjson.zst"),
        dataset("metadata/test-blob.jwt"),
    );
    let run = bench.run(&format!(
        "ingest --now 2026-11-20T15:00:00Z --store store --source native {}",
        log.display()
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let audit = format!(
        "audit --store store --now 2026-11-20T15:00:00Z --blob {}",
        blob.display()
    );
    let run = bench.run(&format!("{audit} --format json"));
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["total"]["classes"]["compromised"], 64);
    let run = bench.run(&format!("{audit} --by nothing"));
    assert_eq!(run.code, Some(2), "{}", run.whole());
}

/// The bundled BLOB, changed.
fn changed(change: impl Fn(&mut Value)) -> String {
    let now = std::fs::read_to_string(dataset("metadata/test-blob.jwt")).unwrap();
    let [header, payload, signature] = now.trim().split('.').collect::<Vec<_>>()[..] else {
        panic!("a BLOB has three parts");
    };
    let mut blob: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    change(&mut blob);
    let payload = base64url::encode(blob.to_string().as_bytes());
    format!("{header}.{payload}.{signature}")
}

/// The bundled BLOB as it might have been a month before: a number less, the model at another level.
fn blob_of_october() -> String {
    changed(|blob| {
        blob["no"] = json!(41);
        blob["nextUpdate"] = json!("2026-11-01");
        for entry in blob["entries"].as_array_mut().unwrap() {
            entry["timeOfLastStatusChange"] = json!("2025-10-16");
            entry["statusReports"] =
                json!([{ "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2025-10-16" }]);
        }
    })
}

/// The next BLOB: the root of a model is another, and nothing else in its entry.
fn blob_with_another_root() -> String {
    let pem = std::fs::read_to_string(dataset("metadata/test-root.pem")).unwrap();
    let root: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    changed(|blob| {
        blob["no"] = json!(43);
        // It can have been out on the 21st, not before.
        blob["nextUpdate"] = json!("2026-12-22");
        for entry in blob["entries"].as_array_mut().unwrap() {
            if entry["metadataStatement"]["description"] == "Juniper Key 2" {
                entry["metadataStatement"]["attestationRootCertificates"] = json!([root]);
            }
        }
    })
}

/// A registration of the bundled ceremonies as a native line, with its bytes.
fn line_of(ceremony: &str) -> Value {
    let file = dataset(&format!("ceremonies/{ceremony}.json"));
    let ceremony: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let response = &ceremony["response"];
    json!({"ts": "2026-11-20T12:00:00Z", "kind": "registration.completed", "outcome": "success",
        "credential_id": response["rawId"],
        "attestation_object": response["response"]["attestationObject"],
        "client_data_json": response["response"]["clientDataJSON"]})
}

/// Statements that the store keeps are verified again, then and now: a root that is withdrawn shows
/// in nothing but the bytes.
#[test]
fn stored_attestation_objects_are_verified_again() {
    let bench = Bench::new();
    let by_model = json!({"ts": "2026-11-20T12:01:00Z", "kind": "registration.completed",
        "outcome": "success", "credential_id": "Ag",
        "aaguid": "f1d05c0e-e57a-41d0-9a11-6669646f7301"});
    let lines = [
        line_of("registration-packed"),
        line_of("registration-fido-u2f"),
        by_model,
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    bench.file("log.ndjson", lines.join("\n") + "\n");
    bench.file("43.jwt", blob_with_another_root());
    bench.file(
        "past/42.jwt",
        std::fs::read(dataset("metadata/test-blob.jwt")).unwrap(),
    );
    let now = "--now 2026-11-21T15:00:00Z --store store";
    let run = bench.run(&format!("ingest {now} log.ndjson"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let audit = |more: &str| bench.run(&format!("audit {now} --blob 43.jwt {more}"));
    for past in ["--as-of past/42.jwt", "--blob-history past"] {
        let run = audit(&format!("{past} --format json --fail-on untrusted"));
        assert_eq!(run.code, Some(1), "{}", run.whole());
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        // The third has no bytes: nothing about its model has changed.
        let trust = &report["total"]["trust"];
        assert_eq!(
            *trust,
            json!({"trusted": 1, "untrusted": 1, "not-evaluated": 1})
        );
        assert_eq!(report["without_statement"], 1);
        let [row] = &report["registrations"].as_array().unwrap()[..] else {
            panic!("{}", run.stdout);
        };
        assert_eq!(row["model"], "Juniper Key 2");
        assert_eq!(row["classes"], json!(["untrusted", "changed"]));
        assert_eq!(row["new"], json!(["untrusted"]));
        let (then, now) = (&row["then"], &row["now"]);
        assert_eq!(
            (&then["blob_no"], &then["trust"]),
            (&json!(42), &json!("trusted"))
        );
        assert_eq!(
            (&now["blob_no"], &now["trust"]),
            (&json!(43), &json!("untrusted"))
        );
        assert_eq!(then["statuses"], now["statuses"]);
    }
    assert_eq!(audit("").code, Some(0));
    let run = audit("--as-of past/42.jwt --format table");
    insta::assert_snapshot!("audit_of_stored_objects", run.whole());
}

#[test]
fn a_replay_tells_what_the_metadata_of_its_time_said() {
    let bench = Bench::new();
    // What stands beside the BLOBs of a folder, a root in PEM for one, is no BLOB.
    bench.file(
        "past/root.pem",
        std::fs::read(dataset("metadata/test-root.pem")).unwrap(),
    );
    bench.file("past/41.jwt", blob_of_october());
    let file = std::fs::read(dataset("ceremonies/registration-packed.json")).unwrap();
    let mut recording: Value = serde_json::from_slice(&file).unwrap();
    recording["recordedAt"] = json!("2026-10-20T12:00:00Z");
    bench.file("in.json", recording.to_string());
    let blob = dataset("metadata/test-blob.jwt");
    let replay =
        |more: &str| bench.run(&format!("replay in.json --blob {} {more}", blob.display()));
    let run = replay("--blob-history past --format json");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let then = &document["replays"][0]["as_of"];
    assert_eq!(then["blob_no"], 41);
    assert_eq!(then["at"], "2026-10-20T12:00:00Z");
    let differences = then["differences"].as_array().unwrap();
    assert!(
        differences
            .iter()
            .any(|d| d["what"] == "level" && d["then"] == "L1" && d["now"] == "L2"),
        "{then}"
    );
    let table = replay("--blob-history past --format table");
    assert!(
        table.stdout.contains("by metadata no 41 of 2026-10-20: "),
        "{}",
        table.stdout
    );
    let without = replay("--format json");
    assert!(!without.stdout.contains("as_of"), "{}", without.stdout);
}

/// A BLOB with two entries of one model, certified in the first and revoked in the second: the worst
/// counts, wherever it is asked.
#[test]
fn of_two_entries_of_a_model_the_worst_counts() {
    let bench = Bench::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fidoscope-metadata/tests-data");
    for (file, name) in [
        ("two-entries-of-one-model.jwt", "twice.jwt"),
        ("root-rsa.pem", "root.pem"),
    ] {
        bench.file(name, std::fs::read(data.join(file)).unwrap());
    }
    let model = "f1d05c0b-514d-4f00-a000-0000000000aa";
    let registration = json!({
        "ts": "2026-11-10T10:00:00.000Z", "event_id": "r1", "kind": "registration.completed",
        "outcome": "success", "ceremony": "create", "user_id": "u", "rp_id": "shop.example",
        "credential_id": "l3GYCulLG5IHNkAGz4ypjM2Hzv2FXFAAAAAAAAAAAAA", "aaguid": model,
    });
    bench.file("registration.ndjson", format!("{registration}\n"));
    let now = "--now 2026-11-20T15:00:00Z";

    let audit = bench.run(&format!(
        "audit --input registration.ndjson --blob twice.jwt --blob-anchor root.pem {now} \
         --format json"
    ));
    assert_eq!(audit.code, Some(1), "{}", audit.whole());
    let found: Value = serde_json::from_str(&audit.stdout).unwrap();
    assert_eq!(found["total"]["classes"]["revoked"], 1, "{found:#}");

    let verify = bench.run(&format!(
        "mds verify twice.jwt --anchor root.pem --model {model} {now} --format json"
    ));
    assert_eq!(verify.code, Some(4), "{}", verify.whole());
    let found: Value = serde_json::from_str(&verify.stdout).unwrap();
    let status = |id: &str| {
        let mut steps = found["steps"].as_array().unwrap().iter();
        steps.find(|step| step["id"] == id).unwrap()["status"].clone()
    };
    assert_eq!(status("mds.status.revoked"), "fail");
    assert_eq!(status("mds.entry.identity"), "fail");

    let ingest = format!(
        "ingest --store store --source native --blob twice.jwt --blob-anchor root.pem {now} \
         registration.ndjson"
    );
    let ingest = bench.run(&ingest);
    assert_eq!(ingest.code, Some(0), "{}", ingest.whole());
    let statuses = "SELECT array_to_string(authenticator_statuses, ' '), authenticator_level IS NULL \
                    FROM credentials";
    assert_eq!(bench.ask(statuses), "FIDO_CERTIFIED_L1 REVOKED,true");

    let show = bench.run(&format!(
        "mds show {model} --blob twice.jwt --anchor root.pem {now} --format csv"
    ));
    assert_eq!(show.stdout.lines().count(), 3, "{}", show.whole());
}
