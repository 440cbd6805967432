use serde_json::{Value, json};

use crate::CeremonyOptions;

/// Options with some members, and what is told of them.
#[track_caller]
fn read(members: Value) -> (CeremonyOptions, Vec<String>) {
    let mut value = json!({ "challenge": "AAAA" });
    let object = value.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    let text = value.to_string();
    let options: CeremonyOptions = serde_json::from_str(&text).unwrap();
    assert_eq!(
        serde_json::from_value::<CeremonyOptions>(value).unwrap(),
        options
    );
    let conversions = options.conversions.clone();
    (options, conversions)
}

/// A member as it is written again, and what is told.
#[track_caller]
fn check(members: Value, expected: Value, told: &[&str]) {
    let (options, conversions) = read(members);
    let mut written = serde_json::to_value(&options).unwrap();
    written.as_object_mut().unwrap().remove("challenge");
    assert_eq!(written, expected);
    assert_eq!(conversions, told);
}

#[test]
fn what_is_right_stays_as_it_is() {
    let good = json!({
        "rp": { "id": "shop.example", "name": "Shop" },
        "user": { "id": "AQ", "name": "a", "displayName": "A" },
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "x", "alg": -65535 }],
        "timeout": 60000,
        "excludeCredentials": [{ "id": "AQ", "type": "public-key", "transports": ["usb"] }],
        "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true,
            "userVerification": "required", "authenticatorAttachment": "platform" },
        "hints": ["hybrid"], "attestation": "direct", "attestationFormats": ["packed"],
        "rpId": "shop.example", "userVerification": "preferred",
        "allowCredentials": [{ "id": "AQ", "type": "public-key" }],
        "extensions": { "credProps": true, "x": null },
    });
    check(good.clone(), good, &[]);
    check(
        json!({ "pubKeyCredParams": [] }),
        json!({ "pubKeyCredParams": [] }),
        &[],
    );
}

#[test]
fn numbers_are_read_as_a_client_reads_them() {
    let timeout = |written: Value, read: u64, told: &[&str]| {
        check(
            json!({ "timeout": written }),
            json!({ "timeout": read }),
            told,
        );
    };
    timeout(
        json!("60000"),
        60_000,
        &["timeout: \"60000\", read as 60000 as a client does"],
    );
    timeout(
        json!(" 60000\n"),
        60_000,
        &["timeout: \" 60000\\n\", read as 60000 as a client does"],
    );
    timeout(
        json!(60000.5),
        60_000,
        &["timeout: 60000.5, read as 60000 as a client does"],
    );
    timeout(json!(60000.0), 60_000, &[]);
    timeout(
        json!(-1),
        4_294_967_295,
        &["timeout: -1, read as 4294967295 as a client does"],
    );
    timeout(
        json!(4_294_967_296_u64),
        0,
        &["timeout: 4294967296, read as 0 as a client does"],
    );
    timeout(
        json!(true),
        1,
        &["timeout: true, read as 1 as a client does"],
    );
    let algorithm = |written: Value, read: i64, told: &[&str]| {
        check(
            json!({ "pubKeyCredParams": [{ "type": "public-key", "alg": written }] }),
            json!({ "pubKeyCredParams": [{ "type": "public-key", "alg": read }] }),
            told,
        );
    };
    algorithm(
        json!("-7"),
        -7,
        &["pubKeyCredParams[0].alg: \"-7\", read as -7 as a client does"],
    );
    algorithm(
        json!(4_294_967_289_u64),
        -7,
        &["pubKeyCredParams[0].alg: 4294967289, read as -7 as a client does"],
    );
    algorithm(json!(-7.0), -7, &[]);
}

#[test]
fn other_types_are_read_as_a_client_reads_them() {
    check(
        json!({ "attestation": 5, "userVerification": true }),
        json!({ "attestation": "5", "userVerification": "true" }),
        &[
            "attestation: 5, read as \"5\" as a client does",
            "userVerification: true, read as \"true\" as a client does",
        ],
    );
    check(
        json!({ "authenticatorSelection": { "requireResidentKey": "false" } }),
        json!({ "authenticatorSelection": { "requireResidentKey": true } }),
        &["authenticatorSelection.requireResidentKey: \"false\", read as true as a client does"],
    );
    check(
        json!({ "allowCredentials": [{ "id": "AQ" }] }),
        json!({ "allowCredentials": [{ "id": "AQ", "type": "public-key" }] }),
        &["allowCredentials[0].type: missing, taken as \"public-key\""],
    );
}

#[test]
fn nulls_are_what_a_server_leaves_out() {
    check(
        json!({
            "timeout": null, "hints": null, "extensions": null, "rpId": null, "user": null,
            "authenticatorSelection": null, "pubKeyCredParams": null,
            "allowCredentials": [{ "id": "AQ", "type": "public-key", "transports": null }],
        }),
        json!({ "allowCredentials": [{ "id": "AQ", "type": "public-key" }] }),
        &[
            "user: null, taken as left out",
            "extensions: null, taken as left out",
            "pubKeyCredParams: null, taken as left out",
            "timeout: null, taken as left out",
            "authenticatorSelection: null, taken as left out",
            "hints: null, taken as left out",
            "rpId: null, taken as left out",
            "allowCredentials[0].transports: null, taken as left out",
        ],
    );
}

#[test]
fn many_conversions_are_counted() {
    let parameter = json!({ "type": "public-key", "alg": "-7" });
    let (_, told) = read(json!({ "pubKeyCredParams": vec![parameter; 1000] }));
    assert_eq!(told.len(), 9);
    assert_eq!(told.last().unwrap(), "992 more members converted");
}

#[track_caller]
fn refused(members: Value, expected: &str) {
    let mut value = json!({ "challenge": "AAAA" });
    let object = value.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    let error = serde_json::from_value::<CeremonyOptions>(value).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_no_client_takes_is_refused() {
    refused(
        json!({ "timeout": "soon" }),
        "invalid value: string \"soon\", expected a whole number",
    );
    refused(
        json!({ "pubKeyCredParams": [{ "type": "public-key", "alg": null }] }),
        "`pubKeyCredParams[0].alg` is null",
    );
    refused(json!({ "challenge": null }), "`challenge` is null");
    refused(
        json!({ "hints": "hybrid" }),
        "invalid type: string \"hybrid\", expected a list",
    );
    refused(
        json!({ "rp": ["shop.example", "Shop"] }),
        "invalid type: sequence, expected an object",
    );
    refused(
        json!({ "pubKeyCredParams": [["public-key", -7]] }),
        "invalid type: sequence, expected an object",
    );
}
