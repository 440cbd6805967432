use super::*;
use crate::tests::{corpus_blobs, day, one_entry, unsigned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

const MODEL: &str = "f1d05c0e-e57a-41d0-9a11-6669646f7301";

/// What each step came to in some test, for the last one.
static LEDGER: LazyLock<Mutex<BTreeMap<&'static str, BTreeSet<String>>>> =
    LazyLock::new(Mutex::default);

fn note(steps: &[Step]) {
    let mut ledger = LEDGER.lock().unwrap();
    for step in steps {
        let said = ledger.entry(step.id).or_default();
        for strictness in [
            Strictness::Standard,
            Strictness::FidoServer,
            Strictness::Strict,
        ] {
            said.insert(step.outcome_in(strictness).to_string());
        }
    }
}

/// The members that every entry has, unless `members` has them.
fn blob(members: &str, statement: &str) -> Blob {
    let mut entry: serde_json::Value = serde_json::from_str(&format!(
        r#"{{"aaguid":"{MODEL}","timeOfLastStatusChange":"2026-01-01",
           "statusReports":[{{"status":"FIDO_CERTIFIED_L1","effectiveDate":"2024-01-01"}}],
           "metadataStatement":{{"description":"Juniper Key 2","authenticatorVersion":5,
             "protocolFamily":"fido2","attestationTypes":["basic_full"],
             "authenticationAlgorithms":["secp256r1_ecdsa_sha256_raw"]}}}}"#
    ))
    .unwrap();
    let change = |object: &mut serde_json::Value, text: &str| {
        let change: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&format!("{{{text}}}")).unwrap();
        for (name, value) in change {
            let members = object.as_object_mut().unwrap();
            match value.is_null() {
                true => drop(members.remove(&name)),
                false => drop(members.insert(name, value)),
            }
        }
    };
    change(&mut entry["metadataStatement"], statement);
    change(&mut entry, members);
    one_entry(&entry.to_string())
}

fn attested() -> Attested<'static> {
    Attested {
        aaguid: MODEL.parse().ok(),
        observed: Some(Observed::Certified),
        algorithm: Some(-7),
        backup_eligible: Some(true),
        ..Attested::default()
    }
}

/// What a step says of the model on 2026-10-01, as `outcome`, or `outcome, fails in ...`.
#[track_caller]
fn check(blob: &Blob, id: &str, expected: &str) {
    check_as(blob, &attested(), MetadataPolicy::default(), id, expected);
}

#[track_caller]
fn check_as(blob: &Blob, who: &Attested<'_>, policy: MetadataPolicy, id: &str, expected: &str) {
    let verdict = blob.judge_model(who, day("2026-10-01"), &policy);
    note(&verdict.steps);
    let ids: Vec<_> = verdict.steps.iter().map(|step| step.id).collect();
    assert_eq!(ids.len(), 27);
    let step = verdict.steps.iter().find(|step| step.id == id).unwrap();
    let also = match step.fails_in {
        None => String::new(),
        Some(Strictness::FidoServer) => ", fails for fido-server".to_owned(),
        Some(_) => ", fails when strict".to_owned(),
    };
    assert_eq!(format!("{}{also}", step.outcome), expected, "{step:#?}");
    if step.outcome == Outcome::NotEvaluated {
        assert!(step.note.is_some(), "{step:#?}");
    }
}

fn reports(list: &str) -> String {
    format!(r#""statusReports":[{list}]"#)
}

#[test]
fn a_model_without_fault_is_accepted() {
    let blob = blob("", "");
    let verdict = blob.judge_model(&attested(), day("2026-10-01"), &MetadataPolicy::default());
    note(&verdict.steps);
    assert!(verdict.first_failed(Strictness::Strict).is_none());
    assert_eq!(verdict.model.unwrap().description(), "Juniper Key 2");
    check(&blob, "mds.entry.identity", "pass");
    check(&blob, "mds.status.certified", "pass");
}

#[test]
fn a_report_in_force_speaks_against_the_model_wherever_it_stands() {
    let cases = [
        ("REVOKED", "mds.status.revoked", "fail"),
        ("RETIRED", "mds.status.retired", "fail"),
        (
            "ATTESTATION_KEY_COMPROMISE",
            "mds.status.att-key-compromise",
            "fail",
        ),
        ("USER_VERIFICATION_BYPASS", "mds.status.uv-bypass", "fail"),
        (
            "USER_KEY_REMOTE_COMPROMISE",
            "mds.status.remote-compromise",
            "fail",
        ),
        (
            "USER_KEY_PHYSICAL_COMPROMISE",
            "mds.status.physical-compromise",
            "warn, fails for fido-server",
        ),
    ];
    for (status, id, expected) in cases {
        let report = format!(r#"{{"status":"{status}","effectiveDate":"2025-01-01"}}"#);
        let later = r#"{"status":"FIDO_CERTIFIED_L2","effectiveDate":"2026-01-01"}"#;
        check(&blob(&reports(&report), ""), id, expected);
        check(
            &blob(&reports(&format!("{report},{later}")), ""),
            id,
            expected,
        );
        check(
            &blob(&reports(&format!("{later},{report}")), ""),
            id,
            expected,
        );
        check(&blob("", ""), id, "pass");
        let only_current = MetadataPolicy {
            reports: Some(crate::ReportPolicy::Current),
            ..MetadataPolicy::default()
        };
        let superseded = blob(&reports(&format!("{report},{later}")), "");
        check_as(&superseded, &attested(), only_current, id, "pass");
    }
    let retired = blob(&reports(r#"{"status":"RETIRED"}"#), "");
    let tolerant = MetadataPolicy {
        accept_retired: Some(true),
        ..MetadataPolicy::default()
    };
    check_as(
        &retired,
        &attested(),
        tolerant,
        "mds.status.retired",
        "warn",
    );
}

#[test]
fn a_report_counts_from_its_day_until_its_sunset() {
    let revoked = |dates: &str| blob(&reports(&format!(r#"{{"status":"REVOKED"{dates}}}"#)), "");
    let id = "mds.status.revoked";
    check(&revoked(""), id, "fail");
    check(&revoked(r#","effectiveDate":"2026-10-01""#), id, "fail");
    check(&revoked(r#","effectiveDate":"2026-10-02""#), id, "pass");
    check(&revoked(r#","sunsetDate":"2026-10-02""#), id, "fail");
    check(&revoked(r#","sunsetDate":"2026-10-01""#), id, "pass");
    let never = r#","effectiveDate":"2026-05-01","sunsetDate":"2026-04-01""#;
    check(&revoked(never), "mds.status.effective", "fail");
}

#[test]
fn a_key_compromise_is_about_the_certificates_that_it_names() {
    let id = "mds.status.att-key-compromise";
    let named = |text: &str| {
        let report = format!(r#"{{"status":"ATTESTATION_KEY_COMPROMISE","certificate":"{text}"}}"#);
        blob(&reports(&report), "")
    };
    let with = |chain| Attested {
        chain,
        ..attested()
    };
    let other = named("AQID");
    check(&other, id, "not-evaluated");
    check_as(
        &other,
        &with(&[&[9, 9]]),
        MetadataPolicy::default(),
        id,
        "pass",
    );
    check_as(
        &other,
        &with(&[&[1, 2, 3]]),
        MetadataPolicy::default(),
        id,
        "fail",
    );
    check(&named("%"), id, "fail");
}

#[test]
fn firmware_below_an_update_is_not_trusted() {
    let id = "mds.status.update-available";
    let update = |version: u64| {
        let report = format!(r#"{{"status":"UPDATE_AVAILABLE","authenticatorVersion":{version}}}"#);
        blob(&reports(&report), "")
    };
    check(&update(6), id, "fail");
    check(&update(5), id, "pass");
    let unknown = blob("", r#""authenticatorVersion":null"#);
    check(&unknown, id, "not-evaluated");
}

#[test]
fn a_publishers_fault_counts_by_the_class_of_its_rule() {
    let family = r#""protocolFamily":"u2f""#;
    check(&blob("", family), "mds.entry.identity", "fail");
    let acki = r#""attestationCertificateKeyIdentifiers":["ABC"]"#;
    check(&blob(acki, ""), "mds.entry.acki", "fail");
    let other = r#""aaguid":"00000000-0000-4000-8000-000000000001""#;
    let id = "mds.entry.aaguid-consistent";
    check(&blob("", other), id, "warn, fails when strict");
    let rogue = r#""rogueListURL":"https://example.org/rogue""#;
    check(&blob(rogue, ""), "mds.entry.rogue-list", "fail");
    let hashed = format!(r#"{rogue},"rogueListHash":"AAAA""#);
    check(&blob(&hashed, ""), "mds.entry.rogue-list", "not-evaluated");
    check(&blob("", ""), "mds.entry.rogue-list", "not-applicable");
    let fips = reports(r#"{"status":"FIPS140_CERTIFIED_L2","effectiveDate":"2026-01-01"}"#);
    check(
        &blob(&fips, ""),
        "mds.status.fips",
        "warn, fails when strict",
    );
    let whole = fips.replace(
        r#""FIPS140_CERTIFIED_L2","#,
        r#""FIPS140_CERTIFIED_L2","fipsRevision":3,"fipsPhysicalSecurityLevel":3,"#,
    );
    check(&blob(&whole, ""), "mds.status.fips", "pass");
    check(&blob(&reports(""), ""), "mds.status.latest", "fail");
    check(&blob(&reports("{}"), ""), "mds.status.unknown", "fail");
    let new = reports(r#"{"status":"QUANTUM_SAFE"}"#);
    check(&blob(&new, ""), "mds.status.unknown", "observation");
    check(&blob("", ""), "mds.status.unknown", "pass");
    let undated = r#""timeOfLastStatusChange":null"#;
    check(&blob(undated, ""), "mds.entry.status-change", "fail");
    check(&blob("", ""), "mds.entry.status-change", "pass");
    let text = r#""metadataStatement":"none""#;
    check(&blob(text, ""), "mds.entry.statement", "fail");
    check(&blob("", ""), "mds.entry.statement", "pass");
    check(
        &blob("", r#""new":1"#),
        "mds.stmt.unknown-fields",
        "observation",
    );
}

#[test]
fn a_statement_says_what_its_authenticators_may_be() {
    let surrogate = blob("", r#""attestationTypes":["basic_surrogate"]"#);
    let id = "mds.stmt.att-types";
    check(&surrogate, id, "warn, fails for fido-server");
    check(&blob("", ""), id, "pass");
    let as_self = Attested {
        observed: Some(Observed::SelfSigned),
        ..attested()
    };
    check_as(&surrogate, &as_self, MetadataPolicy::default(), id, "pass");
    let unseen = Attested {
        aaguid: attested().aaguid,
        ..Attested::default()
    };
    check_as(
        &surrogate,
        &unseen,
        MetadataPolicy::default(),
        id,
        "not-evaluated",
    );
    let id = "mds.stmt.algs";
    let edwards = blob(
        "",
        r#""authenticationAlgorithms":["ed25519_eddsa_sha512_raw"]"#,
    );
    check(&edwards, id, "warn, fails for fido-server");
    check(&blob("", ""), id, "pass");
    let quantum = Attested {
        algorithm: Some(-49),
        ..attested()
    };
    check_as(
        &edwards,
        &quantum,
        MetadataPolicy::default(),
        id,
        "not-evaluated",
    );
    let id = "mds.stmt.multi-device";
    let bound = blob("", r#""multiDeviceCredentialSupport":"unsupported""#);
    check(&bound, id, "warn, fails when strict");
    let synced = blob("", r#""multiDeviceCredentialSupport":"implicit""#);
    check(&synced, id, "pass");
    check(&blob("", ""), id, "not-applicable");
    let id = "mds.stmt.roots";
    check(
        &blob("", r#""attestationRootCertificates":["AAAA"]"#),
        id,
        "fail",
    );
    check(&blob("", ""), id, "warn");
    check(&blob("", ""), "mds.stmt.version", "not-evaluated");
}

/// Certificates come from live metadata: there is no certificate authority in this crate.
#[test]
fn attestation_keys_and_firmware_are_read_from_certificates() {
    let Some((_, live, _)) = corpus_blobs().pop() else {
        return;
    };
    let mut roots = live.entries().iter().flat_map(Entry::attestation_roots);
    let root = roots.next().unwrap().as_slice();
    let chain = [root];
    let who = Attested {
        aaguid: Some(Aaguid::ZERO),
        chain: &chain,
        ..Attested::default()
    };
    let base64 = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(root)
    };
    let statement = format!(r#""protocolFamily":"u2f","attestationRootCertificates":["{base64}"]"#);
    let keys =
        |key: &str| format!(r#""aaguid":null,"attestationCertificateKeyIdentifiers":["{key}"]"#);
    let key = crate::certificate::Certificate::parse(root)
        .unwrap()
        .key_identifier();
    let policy = MetadataPolicy::default();
    let right = blob(&keys(&key), &statement);
    check_as(&right, &who, policy, "mds.entry.acki", "pass");
    check_as(&right, &who, policy, "mds.entry.zero-aaguid", "pass");
    // A root of version 1 is worth knowing of, and good.
    check_as(&right, &who, policy, "mds.stmt.roots", "observation");
    let wrong = blob(&keys("00"), &statement);
    check_as(&wrong, &who, policy, "mds.entry.acki", "fail");
    let zero = blob(r#""aaguid":"00000000-0000-0000-0000-000000000000""#, "");
    check_as(&zero, &who, policy, "mds.entry.zero-aaguid", "fail");
    let found = live.judge_entries(day("2024-12-20"), None);
    note(&found);
    assert!(!found.iter().any(|step| step.outcome == Outcome::Fail));
}

#[test]
fn entries_together_warn_of_their_publisher_and_name_the_models_concerned() {
    let revoked = r#"{"aaguid":"00000000-0000-4000-8000-000000000001",
        "metadataStatement":{"description":"Rowan Tag"},"statusReports":[{"status":"REVOKED"}]}"#;
    let broken = r#"{"aaguid":"00000000-0000-4000-8000-000000000002","rogueListURL":"x"}"#;
    let payload = format!(r#"{{"no":2,"entries":[{revoked},{broken}]}}"#);
    let blob = Blob::open(&unsigned(&payload)).unwrap();
    let older = payload.replace("REVOKED", "FIDO_CERTIFIED");
    let older = Blob::open(&unsigned(&older)).unwrap();
    let said = |previous, id: &str| {
        let steps = blob.judge_entries(day("2026-10-01"), previous);
        assert_eq!(steps.len(), 27);
        let step = steps.into_iter().find(|step| step.id == id).unwrap();
        let found = step.found.or(step.note).unwrap_or_default();
        format!("{}: {found}", step.outcome)
    };
    assert_eq!(said(None, "mds.status.revoked"), "observation: Rowan Tag");
    assert_eq!(said(None, "mds.status.retired"), "pass: no model");
    assert_eq!(
        said(None, "mds.entry.rogue-list"),
        "warn: /entries/1/rogueListURL: no rogueListHash, so the list must not be used"
    );
    assert_eq!(
        said(None, "mds.stmt.multi-device"),
        "not-evaluated: needs an authenticator: its attestation and its credential"
    );
    assert!(said(Some(&older), "mds.entry.status-change").starts_with("warn"));
}
