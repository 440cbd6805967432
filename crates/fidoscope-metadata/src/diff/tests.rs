use crate::tests::{corpus_blobs, one_entry, unsigned};
use crate::{Blob, ModelChange, ModelDifference};
use proptest::prelude::*;
use serde_json::json;

fn words<'a>(differences: impl IntoIterator<Item = &'a ModelDifference>) -> Vec<String> {
    let head = |d: &ModelDifference| format!("{} {} {}", d.change, d.model, d.description);
    differences
        .into_iter()
        .flat_map(|d| {
            let lines = d.changes.iter();
            let lines = lines.map(|change| format!("  {}: {}", change.aspect, change.words));
            std::iter::once(head(d)).chain(lines).collect::<Vec<_>>()
        })
        .collect()
}

const MODEL: &str = "f1d05c0e-e57a-41d0-9a11-6669646f7301";

/// Changes between two entries of one model, without the line that names it.
#[track_caller]
fn check(older: serde_json::Value, newer: serde_json::Value, expected: &[&str]) {
    let entry = |mut entry: serde_json::Value| {
        entry["aaguid"] = json!(MODEL);
        one_entry(&entry.to_string())
    };
    let (older, newer) = (entry(older), entry(newer));
    let found = words(&older.difference(&newer));
    assert_eq!(found.get(1..).unwrap_or_default(), expected);
    assert!(older.difference(&older).is_empty());
}

#[test]
fn models_come_and_go_under_each_kind_of_name() {
    let entry = |name: &str, description: &str, extra: &str| {
        format!(r#"{{{name},"metadataStatement":{{"description":"{description}"}}{extra}}}"#)
    };
    let blob = |entries: &[String]| {
        Blob::open(&unsigned(&format!(
            r#"{{"entries":[{}]}}"#,
            entries.join(",")
        )))
        .unwrap()
    };
    let fido2 = entry(&format!(r#""aaguid":"{MODEL}""#), "Juniper Key 2", "");
    let uaf = entry(r#""aaid":"4e4e#4005""#, "Juniper Phone", "");
    let u2f = |keys: &str| {
        entry(
            &format!(r#""attestationCertificateKeyIdentifiers":[{keys}]"#),
            "Juniper U2F",
            "",
        )
    };
    let revoked = r#","statusReports":[{"status":"REVOKED","effectiveDate":"2026-01-02"}]"#;
    let older = blob(&[fido2.clone(), u2f(r#""aa","bb""#), uaf.clone()]);
    let newer = blob(&[
        entry(r#""aaid":"4e4e#4006""#, "Juniper Phone 2", revoked),
        u2f(r#""cc","bb""#),
        fido2,
    ]);
    assert_eq!(
        words(&older.difference(&newer)),
        [
            "added 4e4e#4006 Juniper Phone 2",
            "  status: REVOKED since 2026-01-02",
            "removed 4e4e#4005 Juniper Phone",
            "changed bb Juniper U2F",
            "  certificate: key identifier aa removed",
            "  certificate: key identifier cc added",
        ]
    );
}

#[test]
fn statuses_are_told_whatever_their_order() {
    let l1 = json!({"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2025-01-01"});
    let plain = json!({"status": "FIDO_CERTIFIED", "effectiveDate": "2025-01-01"});
    let bypass = json!({
        "status": "USER_VERIFICATION_BYPASS", "effectiveDate": "2026-01-01",
        "sunsetDate": "2026-06-01", "authenticatorVersion": 3,
    });
    check(
        json!({"statusReports": [l1, plain]}),
        json!({"statusReports": [plain, l1]}),
        &[],
    );
    check(
        json!({"statusReports": [l1, plain]}),
        json!({"statusReports": [bypass, l1, l1]}),
        &[
            "  status: FIDO_CERTIFIED since 2025-01-01 withdrawn",
            "  status: FIDO_CERTIFIED_L1 since 2025-01-01 added",
            "  status: USER_VERIFICATION_BYPASS for version 3 since 2026-01-01 until 2026-06-01 \
             added",
        ],
    );
    let mut numbered = l1.clone();
    numbered["certificateNumber"] = json!("FIDO20020250101001");
    numbered["fipsRevision"] = json!(3);
    check(
        json!({"statusReports": [l1]}),
        json!({"statusReports": [numbered]}),
        &[
            "  status: FIDO_CERTIFIED_L1 since 2025-01-01: certificateNumber \
             \"FIDO20020250101001\" added, fipsRevision 3 added",
        ],
    );
}

#[test]
fn statements_are_told_member_by_member() {
    check(
        json!({"metadataStatement": {
            "description": "Juniper Key 2", "authenticatorVersion": 5,
            "attestationRootCertificates": ["MAA=", "MAEA"],
            "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw"],
            "authenticatorGetInfo": {"versions": ["FIDO_2_0"], "maxMsgSize": 1200},
            "cxConfigURL": "https://juniper.example/cx",
        }}),
        json!({"metadataStatement": {
            "description": "Juniper Key 2 NFC", "authenticatorVersion": 6,
            "attestationRootCertificates": ["MAEA"],
            "authenticationAlgorithms": ["ed25519_eddsa_sha512_raw"],
            "authenticatorGetInfo": {"versions": ["FIDO_2_1"], "transports": ["nfc"]},
            "icon": "data:image/png;base64,AAAA",
        }}),
        &[
            "  certificate: unreadable trust anchor (SHA-256 e4f60d0aa6d7f3d3) removed",
            "  version: authenticatorVersion 5 → 6",
            "  description: `Juniper Key 2` is now `Juniper Key 2 NFC`",
            "  capability: algorithm ed25519_eddsa_sha512_raw added",
            "  capability: algorithm secp256r1_ecdsa_sha256_raw removed",
            "  member: authenticatorGetInfo maxMsgSize 1200 removed",
            "  member: authenticatorGetInfo transports [\"nfc\"] added",
            "  member: authenticatorGetInfo versions \"FIDO_2_0\" removed",
            "  member: authenticatorGetInfo versions \"FIDO_2_1\" added",
            "  member: cxConfigURL \"https://juniper.example/cx\" removed",
            "  member: icon image/png of 3 bytes (SHA-256 bde6da8e9d3902a8) added",
        ],
    );
    check(
        json!({"timeOfLastStatusChange": "2025-01-01"}),
        json!({"metadataStatement": {}, "shiny": 1}),
        &[
            "  member: metadataStatement added",
            "  member: shiny 1 added",
            "  member: timeOfLastStatusChange 2025-01-01 removed",
        ],
    );
}

#[test]
fn an_order_that_says_nothing_is_no_change() {
    let statement = |details: serde_json::Value, more: serde_json::Value| {
        let mut statement = more;
        statement["userVerificationDetails"] = details;
        json!({"metadataStatement": statement})
    };
    let method = |name: &str| json!({"userVerificationMethod": name});
    let [touch, pin, finger] = [
        "presence_internal",
        "passcode_external",
        "fingerprint_internal",
    ]
    .map(method);
    let lists = |reversed: bool| {
        let mut lists = json!({
            "attachmentHint": ["external", "nfc"],
            "upv": [{"major": 1, "minor": 0}, {"major": 1, "minor": 1}],
            "authenticatorGetInfo": {"extensions": ["credProtect", "hmac-secret"],
                "algorithms": [{"alg": -7, "type": "public-key"}]},
        });
        if reversed {
            lists["attachmentHint"] = json!(["nfc", "external"]);
            lists["upv"] = json!([{"minor": 1, "major": 1}, {"minor": 0, "major": 1}]);
            lists["authenticatorGetInfo"]["extensions"] = json!(["hmac-secret", "credProtect"]);
        }
        lists
    };
    check(
        statement(json!([[touch, pin], [finger]]), lists(false)),
        statement(json!([[finger], [pin, touch]]), lists(true)),
        &[],
    );
    check(
        statement(json!([[touch, pin], [finger]]), json!({})),
        statement(json!([[touch], [finger], [finger]]), json!({})),
        &[
            "  member: userVerificationDetails \
             [{\"userVerificationMethod\":\"fingerprint_internal\"}] added",
            "  member: userVerificationDetails \
             [{\"userVerificationMethod\":\"passcode_external\"},\
             {\"userVerificationMethod\":\"presence_internal\"}] removed",
            "  member: userVerificationDetails \
             [{\"userVerificationMethod\":\"presence_internal\"}] added",
        ],
    );
    let profiles = |list: [&str; 2]| json!({"statusReports": [{"status": "FIDO_CERTIFIED_L1", "certificationProfiles": list}]});
    check(
        profiles(["consumer", "enterprise"]),
        profiles(["enterprise", "consumer"]),
        &[],
    );
}

#[test]
fn an_order_that_says_something_is_a_change() {
    let info = |algorithms: [i64; 2], protocols: [u8; 2]| {
        let algorithms = algorithms.map(|alg| json!({"alg": alg}));
        json!({"metadataStatement": {"authenticatorGetInfo": {
            "algorithms": algorithms, "pinUvAuthProtocols": protocols}}})
    };
    check(
        info([-7, -8], [1, 2]),
        info([-8, -7], [2, 1]),
        &[
            "  member: authenticatorGetInfo algorithms [{\"alg\":-7},{\"alg\":-8}] → \
             [{\"alg\":-8},{\"alg\":-7}]",
            "  member: authenticatorGetInfo pinUvAuthProtocols [1,2] → [2,1]",
        ],
    );
}

#[test]
fn old_and_new_values_are_told() {
    let icon = |picture: &str| json!({"metadataStatement": {"icon": picture}});
    check(
        icon("data:image/png;base64,AAAA"),
        icon("data:image/png;base64,AAAB"),
        &[
            "  member: icon image/png of 3 bytes (SHA-256 bde6da8e9d3902a8) → image/png of 3 bytes \
             (SHA-256 443133c1a1a83958)",
        ],
    );
    let terms = |last: &str| {
        let long = "a".repeat(200);
        json!({"metadataStatement": {"legalHeader": format!("{long} {last}")}})
    };
    check(
        terms("one"),
        terms("two"),
        &["  member: legalHeader …aaaaaaaaaaaaaaaaaaaaaaa one\" → …aaaaaaaaaaaaaaaaaaaaaaa two\""],
    );
    let options = |uv: bool| json!({"metadataStatement": {"authenticatorGetInfo": {"options": {"rk": true, "uv": uv}}}});
    check(
        options(true),
        options(false),
        &["  member: authenticatorGetInfo options.uv true → false"],
    );
}

/// Entries that share a name are matched one to one, however many there are.
#[test]
fn a_name_used_ten_thousand_times_is_matched_one_to_one() {
    let entry = format!(r#"{{"aaguid":"{MODEL}"}}"#);
    let many = |count: usize| {
        let entries = vec![entry.as_str(); count].join(",");
        Blob::open(&unsigned(&format!(r#"{{"entries":[{entries}]}}"#))).unwrap()
    };
    let differences = many(10_000).difference(&many(9_998));
    assert_eq!(differences.len(), 2);
    assert!(differences.iter().all(|d| d.change == ModelChange::Removed));
}

#[test]
fn real_blobs_three_years_apart() {
    let blobs = corpus_blobs();
    let [(_, first, _), (_, second, _), _, (_, last, _)] = blobs.as_slice() else {
        return;
    };
    let count = |differences: &[ModelDifference]| {
        [
            ModelChange::Added,
            ModelChange::Removed,
            ModelChange::Changed,
        ]
        .map(|change| differences.iter().filter(|d| d.change == change).count())
    };
    for (older, newer) in [(first, second), (second, last), (first, last)] {
        let there = older.difference(newer);
        let [added, removed, changed] = count(&there);
        assert_eq!(
            older.entries().len() + added,
            newer.entries().len() + removed
        );
        let back = newer.difference(older);
        assert_eq!(count(&back), [removed, added, changed]);
    }
    let differences = first.difference(last);
    assert_eq!(count(&differences), [183, 0, 98]);
    let of = |model: &str| {
        let mut words = words(differences.iter().find(|d| d.model == model));
        // Terms and ways of verification, word by word, are long.
        words.retain(|line| !line.contains("legalHeader") && !line.contains("userVerification"));
        words
    };
    assert_eq!(
        of("ba86dc56-635f-4141-aef6-00227b1b9af6"),
        [
            "added ba86dc56-635f-4141-aef6-00227b1b9af6 TruU Windows Authenticator",
            "  status: NOT_FIDO_CERTIFIED since 2023-11-07",
            "  status: REVOKED for version 1 since 2023-12-20",
        ]
    );
    assert_eq!(
        of("2fc0579f-8113-47ea-b116-bb5a8db9202a"),
        [
            "changed 2fc0579f-8113-47ea-b116-bb5a8db9202a YubiKey 5 Series with NFC",
            "  status: FIDO_CERTIFIED since 2020-05-12 added",
            "  version: authenticatorVersion 50200 → 328706",
        ]
    );
}

proptest! {
    #[test]
    fn no_pair_makes_it_panic(
        older in r#"\{("(aaguid|aaid|statusReports|metadataStatement|x)":["{}\[\]:,a0-]{0,20},?){0,4}\}"#,
        newer in r#"\{("(aaguid|aaid|statusReports|metadataStatement|x)":["{}\[\]:,a0-]{0,20},?){0,4}\}"#,
    ) {
        let open = |entry: &str| Blob::open(&unsigned(&format!(r#"{{"entries":[{entry}]}}"#)));
        if let (Ok(older), Ok(newer)) = (open(&older), open(&newer)) {
            prop_assert!(older.difference(&older).is_empty());
            prop_assert_eq!(older.difference(&newer), older.difference(&newer));
        }
    }
}
