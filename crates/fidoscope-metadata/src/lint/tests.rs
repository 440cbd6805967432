use crate::tests::{corpus_blobs, day, one_entry, unsigned};
use crate::{Blob, LintSeverity};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A FIDO2 model with nothing to say about, changed by a merge patch (RFC 7396).
fn entry(patch: Value) -> String {
    let mut entry = json!({
        "aaguid": "f1d05c0e-e57a-41d0-9a11-6669646f7301",
        "metadataStatement": {
            "description": "Juniper Key 2",
            "aaguid": "f1d05c0e-e57a-41d0-9a11-6669646f7301",
            "authenticatorVersion": 5,
            "protocolFamily": "fido2",
            "attestationTypes": ["basic_surrogate"],
            "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw"],
            "keyProtection": ["hardware"],
            "attestationRootCertificates": [],
        },
        "statusReports": [{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2025-01-01"}],
        "timeOfLastStatusChange": "2025-01-01",
    });
    merge(&mut entry, patch);
    entry.to_string()
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.as_object_mut().unwrap().remove(&name)),
            value => merge(&mut target[&name], value),
        }
    }
}

/// What is found on 2026-10-01 in one entry, as `severity rule /pointer-in-the-entry: message`.
#[track_caller]
fn check(patch: Value, expected: &[&str]) {
    let blob = one_entry(&entry(patch));
    assert_eq!(blob.entries().len(), 1, "no entry is dropped");
    let found: Vec<_> = blob
        .lint(day("2026-10-01"))
        .iter()
        .map(|f| {
            let at = f.pointer.strip_prefix("/entries/0").unwrap();
            format!("{} {} {at}: {}", f.severity, f.rule, f.message)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn an_entry_as_it_should_be_is_quiet() {
    check(json!({}), &[]);
    let info = json!({"aaguid": "f1d05c0ee57a41d09a116669646f7301", "firmwareVersion": 5});
    check(
        json!({"metadataStatement": {"authenticatorGetInfo": info}}),
        &[],
    );
}

#[test]
fn a_model_has_the_names_of_its_family() {
    check(
        json!({"aaguid": null}),
        &[
            "error mds.entry.identity : nothing names this model: no aaguid, no aaid, no \
             attestationCertificateKeyIdentifiers",
            "error mds.entry.identity : a fido2 model without aaguid",
        ],
    );
    check(
        json!({"aaid": "4e4e#4005"}),
        &["error mds.entry.identity /aaid: aaid belongs to uaf models; this one is fido2"],
    );
    check(
        json!({"aaguid": null, "aaid": "4e4e-4005", "metadataStatement": {"protocolFamily": "uaf"}}),
        &[
            "error mds.entry.identity /aaid: `4e4e-4005` is no AAID: four hexadecimal digits, `#`, \
           four more",
        ],
    );
    check(
        json!({"metadataStatement": {"protocolFamily": "fido3"}}),
        &[
            "note mds.entry.identity /metadataStatement/protocolFamily: unknown protocol family \
           `fido3`",
        ],
    );
    check(
        json!({"aaguid": "no"}),
        &["error mds.entry.identity /aaguid: `no` is no AAGUID: a UUID"],
    );
}

#[test]
fn one_name_leads_to_one_model() {
    let u2f = json!({
        "aaguid": null,
        "attestationCertificateKeyIdentifiers": ["bf7bcaa0d0c6187a8c6abbdd16a15640e7c7bde2"],
        "metadataStatement": {"protocolFamily": "u2f", "aaguid": null},
    });
    let (fido2, u2f) = (entry(json!({})), entry(u2f));
    let payload = format!(r#"{{"no":1,"entries":[{fido2},{u2f},{fido2},{u2f}]}}"#);
    let found: Vec<_> = Blob::open(&unsigned(&payload))
        .unwrap()
        .lint(day("2026-10-01"))
        .into_iter()
        .map(|f| format!("{} {}: {}", f.rule, f.pointer, f.message))
        .collect();
    assert_eq!(
        found,
        [
            "mds.entry.identity /entries/2/aaguid: f1d05c0e-e57a-41d0-9a11-6669646f7301 is the \
             model of /entries/0 already; the worst of both counts",
            "mds.entry.identity /entries/3/attestationCertificateKeyIdentifiers/0: names the model \
             of /entries/1 already; the worst of both counts",
        ]
    );
}

#[test]
fn key_identifiers_are_lower_case_sha1_each_once() {
    let u2f = |identifiers: Value| {
        json!({
            "aaguid": null,
            "attestationCertificateKeyIdentifiers": identifiers,
            "metadataStatement": {"protocolFamily": "u2f", "aaguid": null},
        })
    };
    let good = "2806df6c4c9a8a6b1c6d2f0a3c5f0c7d0f3b1a2e";
    check(u2f(json!([good])), &[]);
    check(
        u2f(json!([good, 7, good, "2806DF6C"])),
        &[
            "error mds.entry.acki /attestationCertificateKeyIdentifiers/1: `7` is no text",
            "warning mds.entry.acki /attestationCertificateKeyIdentifiers/2: is in the list already",
            "error mds.entry.acki /attestationCertificateKeyIdentifiers/3: `2806DF6C` is not 40 \
             lower-case hexadecimal digits",
        ],
    );
}

#[test]
fn aaguids_agree_and_are_not_zero() {
    let zero = "00000000-0000-0000-0000-000000000000";
    check(
        json!({"aaguid": zero, "metadataStatement": {"aaguid": zero}}),
        &[
            "warning mds.entry.zero-aaguid /aaguid: the zero AAGUID names no model, so nothing \
             will ever find this entry by it",
        ],
    );
    check(
        json!({"metadataStatement": {"authenticatorGetInfo": {
            "aaguid": "34f5766d000000000000000000000000"
        }}}),
        &[
            "warning mds.entry.aaguid-consistent /metadataStatement/authenticatorGetInfo/aaguid: \
             34f5766d-0000-0000-0000-000000000000, but the entry is that of \
             f1d05c0e-e57a-41d0-9a11-6669646f7301",
        ],
    );
    check(
        json!({"metadataStatement": {"authenticatorGetInfo": {"aaguid": "8dBcDuV6QdCaEWZpZG9zAQ=="}}}),
        &[
            "warning mds.entry.aaguid-consistent /metadataStatement/authenticatorGetInfo/aaguid: \
             `8dBcDuV6QdCaEWZpZG9zAQ==` is not 32 hexadecimal digits",
        ],
    );
}

#[test]
fn a_rogue_list_comes_with_its_hash() {
    let url = "https://juniper.example/rogue";
    check(json!({"rogueListURL": url, "rogueListHash": "AAAA"}), &[]);
    check(
        json!({"rogueListURL": url}),
        &[
            "error mds.entry.rogue-list /rogueListURL: no rogueListHash, so the list must not be used",
        ],
    );
    check(
        json!({"rogueListURL": url, "rogueListHash": 7}),
        &["error mds.entry.rogue-list /rogueListHash: is no hash, so the list must not be used"],
    );
}

#[test]
fn a_change_is_dated_and_a_statement_is_there() {
    check(
        json!({"timeOfLastStatusChange": "2024-12-31"}),
        &[
            "warning mds.entry.status-change /timeOfLastStatusChange: 2024-12-31, but a report \
             took effect on 2025-01-01",
        ],
    );
    check(
        json!({"timeOfLastStatusChange": null}),
        &["error mds.entry.status-change : no `timeOfLastStatusChange`"],
    );
    check(
        json!({"metadataStatement": null}),
        &[
            "warning mds.entry.statement : no `metadataStatement`: nothing says which certificates \
           attest this model",
        ],
    );
}

/// The same, for the list of reports alone.
#[track_caller]
fn check_reports(reports: Value, expected: &[&str]) {
    check(
        json!({"statusReports": reports, "timeOfLastStatusChange": "2026-12-31"}),
        expected,
    );
}

#[test]
fn the_current_report_must_not_depend_on_the_reader() {
    check_reports(
        json!([
            {"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2020-01-01"},
            {"status": "REVOKED", "effectiveDate": "2023-12-20"},
        ]),
        &[],
    );
    check_reports(
        json!([
            {"status": "REVOKED", "effectiveDate": "2023-12-20"},
            {"status": "NOT_FIDO_CERTIFIED", "effectiveDate": "2020-01-01"},
        ]),
        &[
            "note mds.status.latest /statusReports: the last report is NOT_FIDO_CERTIFIED, the \
           current one by date is REVOKED: readers that take the last are wrong",
        ],
    );
    check_reports(
        json!([
            {"status": "FIDO_CERTIFIED_L2", "effectiveDate": "2024-05-01"},
            {"status": "FIDO_CERTIFIED", "effectiveDate": "2024-05-01"},
        ]),
        &[
            "note mds.status.latest /statusReports: take effect on the same day: \
           FIDO_CERTIFIED_L2, FIDO_CERTIFIED",
        ],
    );
    check_reports(json!([]), &["error mds.status.latest : no status report"]);
}

#[test]
fn a_report_has_its_time() {
    check_reports(
        json!([{"status": "FIDO_CERTIFIED"}]),
        &[
            "note mds.status.effective /statusReports/0: no effectiveDate: in force for as long as \
           it is listed",
        ],
    );
    check_reports(
        json!([{"status": "RETIRED", "effectiveDate": "2027-01-01"}]),
        &[
            "note mds.status.effective /statusReports/0/effectiveDate: not in force before 2027-01-01",
        ],
    );
    check_reports(
        json!([{
            "status": "USER_VERIFICATION_BYPASS",
            "effectiveDate": "2024-01-01", "sunsetDate": "2024-06-01",
        }]),
        &[
            "note mds.status.effective /statusReports/0/sunsetDate: no longer in force since \
           2024-06-01",
        ],
    );
    check_reports(
        json!([{
            "status": "USER_VERIFICATION_BYPASS",
            "effectiveDate": "2024-06-01", "sunsetDate": "2024-06-01",
        }]),
        &[
            "error mds.status.effective /statusReports/0/sunsetDate: ends on 2024-06-01, before it \
           begins on 2024-06-01: never in force",
        ],
    );
}

#[test]
fn what_is_unknown_is_a_note() {
    check(
        json!({
            "shiny": 1,
            "metadataStatement": {
                "attestationTypes": ["quantum"],
                "authenticationAlgorithms": ["ml_dsa_65"],
                "keyProtection": ["magic"],
                "attachmentHint": ["external", "telepathy"],
                "multiDeviceCredentialSupport": "maybe",
            },
            "statusReports": [{
                "status": "QUANTUM_SAFE", "effectiveDate": "2025-01-01",
                "certificationProfiles": ["consumer", "hobby"],
            }],
        }),
        &[
            "note mds.stmt.unknown-fields /metadataStatement/attachmentHint/1: unknown value \
             `telepathy`",
            "note mds.stmt.att-types /metadataStatement/attestationTypes/0: unknown value `quantum`",
            "note mds.stmt.algs /metadataStatement/authenticationAlgorithms/0: unknown value \
             `ml_dsa_65`",
            "note mds.stmt.unknown-fields /metadataStatement/keyProtection/0: unknown value `magic`",
            "note mds.stmt.multi-device /metadataStatement/multiDeviceCredentialSupport: unknown \
             value `maybe`",
            "note mds.stmt.unknown-fields /shiny: unknown member",
            "note mds.status.cert-fields /statusReports/0/certificationProfiles/1: unknown value \
             `hobby`",
            "note mds.status.unknown /statusReports/0/status: unknown status `QUANTUM_SAFE`",
        ],
    );
}

#[test]
fn an_update_raises_the_version() {
    let report = |version: Value| {
        json!([{
            "status": "UPDATE_AVAILABLE", "effectiveDate": "2025-01-01",
            "authenticatorVersion": version,
        }])
    };
    check_reports(report(json!(5)), &[]);
    check_reports(
        report(json!(6)),
        &[
            "error mds.status.update-available /statusReports/0/authenticatorVersion: the update \
             is version 6, but the statement still trusts version 5",
        ],
    );
    check_reports(
        report(json!(null)),
        &[
            "note mds.status.update-available /statusReports/0: does not say which version the \
           update is",
        ],
    );
}

#[test]
fn fips_status_and_fips_members_come_together() {
    let report = |status: &str, fields: Value| {
        let mut report = json!({"status": status, "effectiveDate": "2025-01-01"});
        merge(&mut report, fields);
        json!([report])
    };
    let fields = json!({"fipsRevision": 3, "fipsPhysicalSecurityLevel": 2});
    check_reports(report("FIPS140_CERTIFIED_L2", fields), &[]);
    check_reports(
        report("FIPS140_CERTIFIED_L2", json!({"fipsRevision": "3"})),
        &[
            "error mds.status.fips /statusReports/0: FIPS140_CERTIFIED_L2 without \
             fipsPhysicalSecurityLevel",
            "error mds.status.fips /statusReports/0/fipsRevision: is not a whole number",
        ],
    );
    check_reports(
        report("FIDO_CERTIFIED_L1", json!({"fipsRevision": 3})),
        &[
            "error mds.status.fips /statusReports/0/fipsRevision: belongs to FIPS statuses; this is \
           FIDO_CERTIFIED_L1",
        ],
    );
}

#[test]
fn a_compromise_says_which_chains_it_is_about() {
    let report = |member: &str, value: &str| {
        json!([{
            "status": "ATTESTATION_KEY_COMPROMISE", "effectiveDate": "2025-01-01",
            member: value,
        }])
    };
    check_reports(
        report("batchCertificate", "MAA="),
        &[
            "error mds.status.att-key-compromise /statusReports/0/batchCertificate: is no \
           certificate, so nobody can tell which chains it is about",
        ],
    );
    check_reports(
        report("url", "https://juniper.example/"),
        &[
            "note mds.status.att-key-compromise /statusReports/0: names no certificate, so it \
           speaks against the whole model",
        ],
    );
}

#[test]
fn a_statement_has_version_types_and_algorithms() {
    check(
        json!({"metadataStatement": {
            "authenticatorVersion": null, "attestationTypes": [], "description": "",
            "authenticationAlgorithms": null,
        }}),
        &[
            "warning mds.entry.statement /metadataStatement: no description: the model has no name",
            "error mds.stmt.algs /metadataStatement: no `authenticationAlgorithms`",
            "error mds.stmt.att-types /metadataStatement: no `attestationTypes`",
            "error mds.stmt.version /metadataStatement: no `authenticatorVersion`",
        ],
    );
    check(
        json!({"metadataStatement": {"authenticatorGetInfo": {"firmwareVersion": 4}}}),
        &[
            "warning mds.stmt.version /metadataStatement/authenticatorGetInfo/firmwareVersion: \
           firmware 4 is below the lowest trustworthy version 5",
        ],
    );
}

#[test]
fn anchors_are_read_one_by_one() {
    let root = "/metadataStatement/attestationRootCertificates";
    check(
        json!({"metadataStatement": {
            "attestationTypes": ["basic_full"],
            "attestationRootCertificates": ["%", "MAA=", "MAA="],
        }}),
        &[
            &format!("error mds.stmt.roots {root}/0: is not base64: `%` at offset 0"),
            &format!("error mds.stmt.roots {root}/1: is no X.509 certificate"),
            &format!("warning mds.stmt.roots {root}/2: is in the list already"),
            &format!("error mds.stmt.roots {root}/2: is no X.509 certificate"),
        ],
    );
    check(
        json!({"metadataStatement": {"attestationTypes": ["basic_full"]}}),
        &[
            "warning mds.stmt.roots /metadataStatement: attests as basic_full, but lists no trust \
           anchor",
        ],
    );
}

/// The shell of a certificate: nothing but the times can be read.
fn dated(not_before: &str, not_after: &str) -> String {
    use base64::Engine as _;
    let element = |tag: u8, content: &[u8]| {
        let mut element = vec![tag, u8::try_from(content.len()).unwrap()];
        element.extend_from_slice(content);
        element
    };
    let time = |text: &str| element(if text.len() == 13 { 0x17 } else { 0x18 }, text.as_bytes());
    let validity = element(0x30, &[time(not_before), time(not_after)].concat());
    let parts = [vec![2, 1, 1, 0x30, 0, 0x30, 0], validity].concat();
    let der = element(0x30, &element(0x30, &parts));
    base64::engine::general_purpose::STANDARD.encode(der)
}

#[test]
fn a_certificate_of_no_day_is_told_with_it() {
    let check = |not_before: &str, not_after: &str, expected: &str| {
        let root = dated(not_before, not_after);
        let at = "/metadataStatement/attestationRootCertificates/0";
        check(
            json!({"metadataStatement": {"attestationRootCertificates": [root]}}),
            &[&format!(
                "error mds.stmt.roots {at}: is no X.509 certificate{expected}"
            )],
        );
    };
    let no_day = |day: &str| format!(": its validity names {day}, a day that there is not");
    check("160229000000Z", "170229000000Z", &no_day("2017-02-29"));
    check("991131000000Z", "170228000000Z", &no_day("1999-11-31"));
    check("20160101000000Z", "20170431235959Z", &no_day("2017-04-31"));
    check(
        "160101000000Z",
        "170101250000Z",
        ": `170101250000Z` in its validity is no time",
    );
    check("160101000000Z", "170101000000Z", "");
}

#[test]
fn a_statement_says_how_users_are_verified_and_how_it_looks() {
    check(
        json!({"metadataStatement": {
            "userVerificationDetails": [
                [{"userVerificationMethod": "passcode_external"}, {"caDesc": {"base": 10}}],
                {"userVerificationMethod": "none"},
            ],
            "icon": "https://juniper.example/icon.png",
            "iconDark": "data:image/png;base64,AAAA",
            "tcDisplayPNGCharacteristics": [],
        }}),
        &[
            "warning mds.entry.statement /metadataStatement/icon: is no data URL (RFC 2397)",
            "warning mds.entry.statement /metadataStatement/userVerificationDetails/0/1: no \
             `userVerificationMethod`: nothing says how the user is verified",
            "warning mds.entry.statement /metadataStatement/userVerificationDetails/1: is no list \
             of methods that are taken together",
        ],
    );
    check(
        json!({"metadataStatement": {"providerLogoDark": 7, "userVerificationDetails": "none"}}),
        &[
            "warning mds.entry.statement /metadataStatement/providerLogoDark: is no data URL (RFC \
             2397)",
            "warning mds.entry.statement /metadataStatement/userVerificationDetails: is no list of \
             alternatives",
        ],
    );
}

#[test]
fn what_is_oddly_written_is_a_warning() {
    check(
        json!({
            "aaguid": "f1d05c0ee57a41d09a116669646f7301",
            "metadataStatement": {"aaguid": "F1D05C0EE57A41D09A116669646F7301"},
            "timeOfLastStatusChange": "2025-01-01T00:00:00Z",
        }),
        &[
            "warning mds.entry.identity /aaguid: is not in the form of a UUID: \
             f1d05c0e-e57a-41d0-9a11-6669646f7301",
            "warning mds.entry.aaguid-consistent /metadataStatement/aaguid: is not in the form of a \
             UUID: f1d05c0e-e57a-41d0-9a11-6669646f7301",
            "warning mds.entry.status-change /timeOfLastStatusChange: `2025-01-01T00:00:00Z` has a \
             time of day; it counts by its day, 2025-01-01",
        ],
    );
}

#[test]
fn every_rule_is_a_known_step() {
    let steps = include_str!("../../rules.json");
    let steps: Value = serde_json::from_str(steps).unwrap();
    let ids: Vec<_> = steps.as_array().unwrap().iter().map(|s| &s["id"]).collect();
    for (_, blob, _) in corpus_blobs() {
        for finding in blob.lint(day("2026-11-22")) {
            assert!(ids.iter().any(|id| *id == finding.rule), "{}", finding.rule);
        }
    }
    for pointer in [
        "/no",
        "/nextUpdate",
        "/legalHeader",
        "/x",
        "/entries/0",
        "/entries/0/aaguid",
        "/entries/0/metadataStatement/attestationTypes/0",
        "/entries/0/metadataStatement",
        "/entries/0/statusReports/0/sunsetDate",
        "/entries/0/statusReports",
        "/entries/0/statusReports/0/url",
        "/entries/0/statusReports/0/authenticatorVersion",
    ] {
        let rule = super::rule_of(pointer);
        assert!(ids.iter().any(|id| *id == rule), "{pointer}: {rule}");
    }
}

/// Errors and warnings of a real BLOB, counted by rule. Findings of anchors depend on the day.
#[test]
fn real_blobs_keep_every_entry_and_their_oddities_are_found() {
    let expected = [
        "aaguid-consistent 2, status-change 1, roots 41",
        "aaguid-consistent 1, status-change 1, roots 30, version 1",
        "aaguid-consistent 1, acki 5, status-change 1, roots 30, version 1",
        "aaguid-consistent 1, acki 1, status-change 1, roots 32, version 5",
    ];
    let count = |(file, blob, entries): (&str, Blob, usize)| {
        assert_eq!(blob.entries().len(), entries, "{file}");
        let findings = blob.lint(day("2026-11-22"));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in findings.iter().filter(|f| f.severity > LintSeverity::Note) {
            *counts.entry(finding.rule).or_default() += 1;
        }
        let word = |(rule, count): (&&str, &usize)| {
            format!("{} {count}", rule.rsplit('.').next().unwrap())
        };
        let found: Vec<_> = counts.iter().map(word).collect();
        found.join(", ")
    };
    let found: Vec<_> = corpus_blobs().into_iter().map(count).collect();
    assert!(found.is_empty() || found == expected, "{found:#?}");
}

#[test]
fn what_the_live_service_published_is_named() {
    let Some((_, blob, _)) = corpus_blobs().pop() else {
        return;
    };
    let findings = blob.lint(day("2024-12-20"));
    let of = |model: &str, rule: &str| {
        let mut of = findings.iter().filter(|f| f.rule == rule);
        let finding = of.find(|f| f.model.as_deref() == Some(model)).unwrap();
        (finding.severity, finding.message.clone())
    };
    let truncated = "476 bytes follow the certificate `Feitian FIDO Root CA`";
    assert_eq!(
        of("Feitian BioPass FIDO2 Pro Authenticator", "mds.stmt.roots"),
        (LintSeverity::Warning, truncated.to_owned())
    );
    assert_eq!(
        of("RSA DS100", "mds.entry.acki"),
        (LintSeverity::Warning, "is in the list already".to_owned())
    );
    assert_eq!(
        of("TruU Windows Authenticator", "mds.status.latest"),
        (
            LintSeverity::Note,
            "the last report is NOT_FIDO_CERTIFIED, the current one by date is REVOKED: readers \
             that take the last are wrong"
                .to_owned()
        )
    );
}

proptest! {
    #[test]
    fn no_entry_makes_it_panic(
        entry in r#"\{("(aaguid|aaid|statusReports|metadataStatement|rogueListURL)":["{}\[\]:,a0-]{0,20},?){0,4}\}"#,
        root in proptest::collection::vec(any::<u8>(), 0..60),
        from in "[0-9-]{8,10}",
    ) {
        use base64::Engine as _;
        let root = base64::engine::general_purpose::STANDARD.encode(root);
        let odd = json!({
            "metadataStatement": {"attestationRootCertificates": [root.clone()]},
            "statusReports": [{"status": "REVOKED", "effectiveDate": from, "certificate": root}],
        });
        for payload in [entry, self::entry(odd)] {
            if let Ok(blob) = Blob::open(&unsigned(&format!(r#"{{"entries":[{payload}]}}"#))) {
                prop_assert_eq!(blob.entries().len(), 1);
                let _ = blob.lint(day("2026-10-01"));
            }
        }
    }
}
