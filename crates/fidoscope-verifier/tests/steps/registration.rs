use ciborium::Value;
use fidoscope_recording::{
    AuthenticatorSelection, BackupPolicy, CredentialBody, ExtensionPolicy, Member, Recording,
    ResponseBody, State,
};
use fidoscope_verifier::Status;
use fidoscope_webauthn::base64url;

use crate::fixture::{Registration, cbor, compare, put, remove, sha256, status_of};

#[track_caller]
fn check(edit: impl FnOnce(&mut Registration), l3: &str, l2: &str) {
    let mut registration = Registration::new();
    edit(&mut registration);
    compare(&registration.build(), l3, l2);
}

/// An edit of the JSON around the signed bytes.
#[track_caller]
fn envelope(edit: impl FnOnce(&mut Recording) + 'static, step: &str) {
    check(|r| r.around(edit), step, "");
}

fn inner(recording: &mut Recording) -> &mut fidoscope_recording::AuthenticatorResponse {
    let CredentialBody::Object(credential) = &mut recording.response else {
        panic!()
    };
    let ResponseBody::Object(response) = &mut credential.response else {
        panic!()
    };
    response
}

fn outer(recording: &mut Recording) -> &mut fidoscope_recording::Credential {
    recording.response.credential_mut().unwrap()
}

#[test]
fn a_good_registration_is_accepted_with_all_its_steps() {
    let recording = Registration::new().build();
    compare(&recording, "accept", "");
    let trace = fidoscope_verifier::verify(&recording, &fidoscope_verifier::Context::default());
    let steps = trace
        .steps
        .iter()
        .filter(|outcome| outcome.step.id.starts_with("reg."));
    assert_eq!(steps.count(), 31);
    assert!(
        trace
            .steps
            .is_sorted_by_key(|outcome| outcome.step.l3.registration.max(
                // Token binding has no place in Level 3 and stands where Level 2 has it.
                if outcome.step.id == "reg.token-binding" {
                    outcome.step.l2.registration
                } else {
                    0
                }
            ))
    );
}

#[test]
fn envelope_faults() {
    envelope(
        |r| r.response = CredentialBody::Other(serde_json::json!([])),
        "env.json",
    );
    envelope(|r| outer(r).id = Member::Missing, "env.id");
    envelope(|r| outer(r).id = Member::Other(7.into()), "env.id");
    envelope(|r| outer(r).id = "+/8=".into(), "env.id");
    envelope(|r| outer(r).raw_id = "AAAA".into(), "env.id");
    envelope(|r| outer(r).kind = Member::Missing, "env.type");
    envelope(|r| outer(r).kind = "Public-Key".into(), "env.type");
    envelope(
        |r| outer(r).response = ResponseBody::Missing,
        "env.response",
    );
    envelope(
        |r| outer(r).response = ResponseBody::Other("x".into()),
        "env.response",
    );
    envelope(
        |r| inner(r).client_data_json = Member::Missing,
        "env.response",
    );
    envelope(|r| inner(r).client_data_json = "".into(), "env.response");
    envelope(
        |r| inner(r).client_data_json = Member::Other(serde_json::json!({})),
        "env.response",
    );
    envelope(
        |r| inner(r).attestation_object = Member::Missing,
        "env.response",
    );
    envelope(
        |r| inner(r).attestation_object = "a a=".into(),
        "env.response",
    );
    envelope(
        |r| {
            inner(r).attestation_object = Member::Missing;
            inner(r).authenticator_data = "AAAA".into();
            inner(r).signature = "AAAA".into();
        },
        "reg.response-type",
    );
}

#[test]
fn client_data_faults() {
    let fault = |from: &'static str, to: &'static str, step: &str| {
        check(|r| r.client_data(from, to), step, "");
    };
    check(
        |r| r.client_data = b"not json".to_vec(),
        "reg.client-data.json",
        "",
    );
    check(
        |r| r.client_data = b"[]".to_vec(),
        "reg.client-data.json",
        "",
    );
    fault("webauthn.create", "webauthn.get", "reg.type");
    fault("webauthn.create", "WebAuthn.Create", "reg.type");
    fault("\"webauthn.create\"", "7", "reg.type");
    fault("\"type\"", "\"tipe\"", "reg.type");
    fault("\"challenge\":\"Y", "\"challenge\":\"Z", "reg.challenge");
    fault("\",\"origin\"", "=\",\"origin\"", "reg.challenge");
    fault("https://example.org", "http://example.org", "reg.origin");
    fault("https://example.org", "https://example.org/", "reg.origin");
    fault(
        "https://example.org",
        "https://example.org.evil.test",
        "reg.origin",
    );
    fault("\"https://example.org\"", "null", "reg.origin");
}

#[test]
fn client_data_that_is_odd_but_allowed() {
    check(
        |r| r.client_data = [b"\xef\xbb\xbf", r.client_data.as_slice()].concat(),
        "accept",
        "",
    );
    check(
        |r| r.client_data("{\"type\"", "{\"x\":[1],\"type\""),
        "accept",
        "",
    );
    check(|r| r.client_data("https://", "https:\\/\\/"), "accept", "");
    check(
        |r| {
            let text = String::from_utf8(r.client_data.clone()).unwrap();
            let text = text
                .replace("{\"type\"", "{\"x\":\"?\",\"type\"")
                .into_bytes();
            r.client_data = text
                .into_iter()
                .map(|b| if b == b'?' { 0xff } else { b })
                .collect();
        },
        "accept",
        "",
    );
}

#[test]
fn frames_and_token_binding_differ_by_level() {
    let cross = "\"crossOrigin\":true";
    check(
        |r| r.client_data("\"crossOrigin\":false", cross),
        "reg.cross-origin",
        "accept",
    );
    let top = "\"crossOrigin\":false,\"topOrigin\":\"https://top.example\"";
    check(
        |r| r.client_data("\"crossOrigin\":false", top),
        "reg.top-origin",
        "accept",
    );
    check(
        |r| {
            r.client_data("\"crossOrigin\":false", top);
            r.around(|r| {
                r.rp.allow_cross_origin = true;
                r.rp.top_origins = vec!["https://top.example".to_owned()];
            });
        },
        "accept",
        "",
    );
    let token = |binding: &str| format!("\"crossOrigin\":false,\"tokenBinding\":{binding}");
    let fault = |binding: &str, l2: &str| {
        check(
            |r| r.client_data("\"crossOrigin\":false", &token(binding)),
            "accept",
            l2,
        );
    };
    fault(r#""present""#, "reg.token-binding");
    fault("{}", "reg.token-binding");
    fault(r#"{"status":"bogus"}"#, "accept");
    fault(r#"{"status":"present","id":"AA"}"#, "reg.token-binding");
    fault(r#"{"status":"supported"}"#, "accept");
}

#[test]
fn attestation_object_faults() {
    let item = |bytes: Vec<u8>, step: &str| check(|r| r.object_item = Some(bytes), step, "");
    item(vec![0x80], "att-obj.map");
    item(vec![0x41, 0], "att-obj.map");
    item(vec![0xa1], "cbor.wellformed");
    item(vec![0x1c], "cbor.wellformed");
    item([[0x81; 20].as_slice(), &[0]].concat(), "cbor.wellformed");
    let member = |name, value: Option<Value>, step: &str| {
        check(|r| r.object.push((name, value)), step, "");
    };
    member("fmt", None, "att-obj.fmt");
    member("fmt", Some(Value::Bytes(vec![1])), "att-obj.fmt");
    member("attStmt", None, "att-obj.att-stmt");
    member("attStmt", Some("x".into()), "att-obj.att-stmt");
    member("authData", None, "att-obj.auth-data");
    member("authData", Some("x".into()), "att-obj.auth-data");
    member("extra", Some(1.into()), "accept");
    member("fmt", Some("None".into()), "reg.fmt");
    member("fmt", Some("tpm".into()), "att.tpm.syntax");
    check(
        |r| {
            let entry = |name: &str, value: Value| (Value::from(name), value);
            let data = Value::Bytes(r.data());
            r.object_item = Some(cbor(&Value::Map(vec![
                entry("fmt", "none".into()),
                entry("attStmt", Value::Map(vec![])),
                entry("authData", data.clone()),
                entry("authData", data),
            ])));
        },
        "cbor.dup-key",
        "",
    );
    check(
        |r| {
            r.object
                .push(("attStmt", Some(Value::Map(vec![("alg".into(), 1.into())]))))
        },
        "att.none.empty",
        "",
    );
}

#[test]
fn authenticator_data_faults() {
    check(|r| r.data = Some(Vec::new()), "ad.len", "");
    check(|r| r.data = Some(r.data()[..36].to_vec()), "ad.len", "");
    check(|r| r.flags = 0x05, "ad.at-required", "");
    check(
        |r| r.data = Some(r.data()[..37].to_vec()),
        "ad.acd.truncated",
        "",
    );
    check(
        |r| {
            let data = r.data();
            r.data = Some(data[..data.len() - 1].to_vec());
        },
        "ad.acd.truncated",
        "",
    );
    check(|r| r.after_key = vec![0], "ad.trailing", "");
    check(|r| r.flags = 0xc5, "ad.ext.missing", "");
    let extended = |bytes: Vec<u8>, step: &str| {
        check(
            |r| {
                r.flags = 0xc5;
                r.after_key = bytes;
            },
            step,
            "",
        );
    };
    extended(vec![0x80], "ad.ext.map");
    extended(vec![0xa1, 1, 1], "ad.ext.map");
    extended(vec![0xa0], "accept");
    extended(vec![0xa1, 0x61, b'a', 0xf5], "accept");
    extended(vec![0xa1, 0x61, b'a', 0xf5, 0], "ad.trailing");
    extended(vec![0x1c], "cbor.wellformed");
    check(|r| r.flags = 0x47, "accept", "");
    check(|r| r.rp_id_hash[0] ^= 1, "reg.rp-id-hash", "");
    check(
        |r| r.rp_id_hash = sha256(b"https://example.org"),
        "reg.rp-id-hash",
        "",
    );
    check(|r| r.flags = 0x44, "reg.up", "");
    check(|r| r.flags = 0x55, "reg.be-bs", "accept");
    check(
        |r| r.credential_id = vec![1; 1024],
        "reg.cred-id-len",
        "accept",
    );
    check(|r| r.credential_id = vec![1; 1023], "accept", "");
}

#[test]
fn policy_and_state() {
    check(
        |r| {
            r.flags = 0x44;
            r.around(|r| r.mediation = Some("conditional".to_owned()));
        },
        "accept",
        "reg.up",
    );
    check(
        |r| {
            r.flags = 0x41;
            r.around(|r| {
                r.options.authenticator_selection = Some(AuthenticatorSelection {
                    user_verification: Some("required".to_owned()),
                    ..AuthenticatorSelection::default()
                });
            });
        },
        "reg.uv",
        "",
    );
    let backup = |eligible, state, step: &str| {
        let policy = BackupPolicy {
            eligible,
            state,
            unchanged: None,
        };
        check(
            |r| r.around(|r| r.policy.backup = Some(policy)),
            step,
            "accept",
        );
    };
    backup(Some(true), None, "reg.be-policy");
    backup(None, Some(true), "reg.bs-policy");
    backup(Some(false), Some(false), "accept");
    check(
        |r| r.around(|r| r.policy.require_attestation = Some(true)),
        "reg.trust",
        "",
    );
    check(
        |r| {
            r.around(|r| {
                let ids = vec![base64url::encode(&[0xc1; 32])];
                r.state = Some(State {
                    registered_ids: Some(ids),
                });
            });
        },
        "reg.cred-id-unique",
        "",
    );
    check(
        |r| r.around(|r| r.options.pub_key_cred_params.as_mut().unwrap()[0].alg = -9),
        "reg.alg",
        "",
    );
    check(
        |r| r.around(|r| r.options.pub_key_cred_params = None),
        "open: reg.alg",
        "",
    );
}

#[test]
fn unsolicited_extensions_fail_by_policy_only() {
    let mut registration = Registration::new();
    registration.around(|r| {
        let results = serde_json::json!({ "credProps": { "rk": true } });
        outer(r).client_extension_results = Some(results);
    });
    let recording = registration.build();
    compare(&recording, "accept", "");
    status_of(&recording, "reg.ext", Status::Observation);
    let mut strict = recording;
    strict.policy.extensions = Some(ExtensionPolicy::RejectUnsolicited);
    compare(&strict, "reg.ext", "");
}

#[test]
fn two_faults_are_ordered_by_each_level() {
    check(
        |r| {
            r.flags = 0x55;
            r.around(|r| r.options.pub_key_cred_params.as_mut().unwrap()[0].alg = -257);
        },
        "reg.be-bs",
        "reg.alg",
    );
    check(
        |r| {
            r.client_data("\"crossOrigin\":false", "\"crossOrigin\":true");
            r.rp_id_hash[0] ^= 1;
        },
        "reg.cross-origin",
        "reg.rp-id-hash",
    );
    check(
        |r| {
            r.flags = 0x40;
            r.around(|r| {
                r.mediation = Some("conditional".to_owned());
                r.policy.require_uv = Some(true);
            });
        },
        "reg.uv",
        "reg.up",
    );
}

#[test]
fn credential_key_faults() {
    let drop = |label: i64, step: &str| check(|r| remove(&mut r.cose, label), step, "");
    drop(1, "cose.required");
    drop(3, "cose.required");
    drop(-1, "cose.required");
    drop(-2, "cose.required");
    let set = |label: i64, value: Value, step: &str| {
        check(|r| put(&mut r.cose, label, value), step, "");
    };
    set(1, 3.into(), "cose.required");
    set(1, 1.into(), "cose.alg-kty");
    set(-1, 2.into(), "cose.crv");
    set(-1, 8.into(), "cose.crv");
    set(-3, true.into(), "cose.point-form");
    set(-2, Value::Bytes(vec![1; 31]), "cose.coord-len");
    set(-2, Value::Bytes(vec![0xff; 32]), "cose.on-curve");
    set(-4, Value::Bytes(vec![1; 32]), "cose.optional");
    check(
        |r| r.cose.insert(1, (2.into(), Value::Bytes(vec![1]))),
        "cose.optional",
        "",
    );
    check(|r| r.cose.swap(0, 1), "cbor.canonical", "");
    check(|r| r.key_item = Some(vec![0x80]), "cose.map", "");
    check(
        |r| {
            let entry = r.cose[3].clone();
            r.cose.insert(3, entry);
        },
        "cbor.dup-key",
        "",
    );
    check(
        |r| {
            let mut bytes = cbor(&Value::Map(r.cose.clone()));
            bytes[0] = 0xbf;
            bytes.push(0xff);
            r.key_item = Some(bytes);
        },
        "cbor.canonical",
        "",
    );
    check(
        |r| {
            put(&mut r.cose, 3, -70_000);
            r.around(|r| r.options.pub_key_cred_params.as_mut().unwrap()[0].alg = -70_000);
        },
        "open: cose.alg-kty",
        "",
    );
}

#[test]
fn compressed_points_of_new_identifiers_fail_in_level_3_only() {
    check(
        |r| {
            put(&mut r.cose, 3, -9);
            put(&mut r.cose, -3, true);
            r.around(|r| r.options.pub_key_cred_params.as_mut().unwrap()[0].alg = -9);
        },
        "cose.point-form",
        "accept",
    );
}

#[test]
fn unsigned_copies_are_compared_with_what_is_attested() {
    #[track_caller]
    fn check_copies(edit: fn(&mut fidoscope_recording::AuthenticatorResponse), expected: Status) {
        let mut registration = Registration::new();
        registration.around(move |recording| edit(inner(recording)));
        let recording = registration.build();
        compare(&recording, "accept", "");
        status_of(&recording, "env.copies", expected);
    }
    check_copies(|_| {}, Status::NotApplicable);
    check_copies(|r| r.public_key_algorithm = Some((-7).into()), Status::Pass);
    check_copies(
        |r| r.public_key_algorithm = Some((-257).into()),
        Status::Observation,
    );
    check_copies(|r| r.public_key = "AAAA".into(), Status::Observation);
    check_copies(
        |r| r.public_key = fidoscope_recording::Member::Other(serde_json::Value::Null),
        Status::Pass,
    );
}
